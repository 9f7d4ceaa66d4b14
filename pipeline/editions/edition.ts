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
