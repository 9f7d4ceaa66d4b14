// When a deriving stage has to rebuild its tables: whenever the facts, the rules, the method or the code they came from have changed.
import { createHash } from "node:crypto";
import type { Db } from "../database/database.ts";
import { hashSources, METHOD } from "../method.ts";

const CHUNK = 500; // Rows in memory at a time: few enough to be forgotten before V8 takes them for lasting ones.

/** What a rebuild came to: how many rows it judged, and that in words. */
export interface Rebuilt {
  rows: number;
  summary: string;
}

const SOURCES = ["derive/", "formats/"];

/** Rebuilds a stage's tables in one transaction unless they were built from the same inputs, by the same code. */
export function rebuildOnce(db: Db, stage: string, inputs: string, rebuild: () => Rebuilt): Rebuilt {
  const key = createHash("sha256")
    .update(`${METHOD}\n${hashSources(SOURCES)}\n${inputs}`)
    .digest("hex");
  if (db.prepare("SELECT inputs FROM derivation WHERE stage = ?").pluck().get(stage) === key)
    return { rows: 0, summary: "unchanged" };
  return db
    .transaction(() => {
      const rebuilt = rebuild();
      db.prepare("INSERT OR REPLACE INTO derivation (stage, inputs) VALUES (?, ?)").run(stage, key);
      return rebuilt;
    })
    .immediate();
}

/** The rows of a query in order of their `member`, some at a time: it takes `:after`, the member to begin behind, and `:limit`. */
export function* byMember<Row extends { member: number }>(db: Db, sql: string): Generator<Row> {
  const query = db.prepare<[object], Row>(sql);
  for (let after = 0; ; ) {
    const rows = query.all({ after, limit: CHUNK });
    if (rows.length === 0) return;
    yield* rows;
    after = rows.at(-1)!.member;
  }
}

/** Which members the facts hold: they are never edited, so their number and the last of them say it all. */
export function memberFacts(db: Db): string {
  return db.prepare("SELECT count(*) || '/' || coalesce(max(member), 0) FROM member").pluck().get() as string;
}
