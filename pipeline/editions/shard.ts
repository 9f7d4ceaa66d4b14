// A shard of an edition: one of N parts of its projects, fixed by their names, so that machines that know nothing of each other share them out.
import { createHash } from "node:crypto";
import type { Db } from "../database/database.ts";

/** The `nth` of `of` shards, counted from 1. */
export interface Shard {
  nth: number;
  of: number;
}

const MOST = 1000;

/** The shard that a text such as 2/5 names; null if it names none. */
export function parseShard(text: string): Shard | null {
  const [, nth = 0, of = 0] = /^(\d{1,4})\/(\d{1,4})$/.exec(text)?.map(Number) ?? [];
  return nth >= 1 && nth <= of && of >= 2 && of <= MOST ? { nth, of } : null;
}

/** Whether a project belongs to a shard: the first 32 bits of its name's SHA-256, modulo the number of shards. */
export function isInShard({ nth, of }: Shard, project: string): boolean {
  return createHash("sha256").update(project).digest().readUInt32BE(0) % of === nth - 1;
}

/**
 * Gives a connection the SQL function `in_shard(shard, project)`: 1 if the project belongs to the shard as `edition.shard` has it,
 * every project to NULL.
 */
export function addShardFunction(db: Db): void {
  db.function("in_shard", { deterministic: true }, (shard, project) => {
    const parsed = shard === null ? null : parseShard(shard as string);
    return parsed === null || isInShard(parsed, project as string) ? 1 : 0;
  });
}

/** The edition's shard, as an SQL expression. Of `:edition`. */
export const SHARD = "(SELECT shard FROM edition WHERE edition = :edition)";

/** The project, as an SQL expression, under which an edition's wheel is read: the highest-ranked that lists it. Of `:edition`. */
export function readingProject(wheelId: string): string {
  return `(SELECT k.project FROM binary_wheel x CROSS JOIN answer o USING (release_id) CROSS JOIN ranked_project k ON k.edition = o.edition AND k.project = o.project
    WHERE x.wheel_id = ${wheelId} AND o.edition = :edition ORDER BY k.rank LIMIT 1)`;
}
