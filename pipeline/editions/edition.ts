// An edition: a month's survey, as it is stored.
import type { Db } from "../database/database.ts";
import { EXIT, RunError } from "../errors.ts";

/** A row of `edition`. */
export interface Edition {
  edition: string;
  kind: "ranking" | "projects" | "imported";
  top_n: number;
  index_url: string;
  ranking_source: string;
  ranking_sha256: Buffer;
  ranked_at: string | null;
  /** Of which projects the wheels are read, such as 2/5; null: of all. */
  shard: string | null;
}

/** The edition as it is stored, or undefined if there is none. */
export function storedEdition(db: Db, edition: string): Edition | undefined {
  return db.prepare<[string], Edition>("SELECT * FROM edition WHERE edition = ?").get(edition);
}

/** The edition as it is stored; RunError 2 if there is none. */
export function existingEdition(db: Db, edition: string): Edition {
  const stored = storedEdition(db, edition);
  if (stored) return stored;
  throw new RunError(EXIT.usage, `edition ${edition}: not in ${db.name}, expected one that was surveyed`);
}

/** The edition asked for, or the newest that is no import, or else the newest; RunError 2 if there is none. */
export function askedEdition(db: Db, edition: string | undefined): string {
  if (edition !== undefined) return existingEdition(db, edition).edition;
  const newest = db.prepare("SELECT edition FROM edition ORDER BY kind = 'imported', edition DESC LIMIT 1").pluck();
  const found = newest.get() as string | undefined;
  if (found !== undefined) return found;
  throw new RunError(EXIT.usage, `${db.name}: no edition, expected one that was surveyed`);
}
