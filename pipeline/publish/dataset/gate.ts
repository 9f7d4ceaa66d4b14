// Whether an edition may be published.
import type { Db } from "../../database/database.ts";
import { editionBefore } from "../../editions/comparison.ts";
import { readCoverage, reasonsIncomplete } from "../../editions/coverage.ts";

const MOST_LOST = 0.1; // Of the projects of the edition before of the same kind.

/** Why this edition must not be published; empty if it may. */
export function reasonsToRefuse(db: Db, edition: string): string[] {
  const coverage = readCoverage(db, edition);
  const reasons = reasonsIncomplete(coverage);
  if (coverage.kind !== "imported" && coverage.wheelsRead === 0) reasons.push("no wheel was read");
  const { known, lost } = db.prepare(LOST).get({ edition }) as { known: number; lost: number };
  if (lost > known * MOST_LOST) reasons.push(`${lost} of the ${known} projects of the edition before are gone`);
  return reasons;
}

const LOST = `
WITH before AS (
  SELECT project FROM candidate WHERE outcome = 'taken' AND edition = ${editionBefore(":edition")}
)
SELECT count(*) AS known,
  count(*) - count(c.project) AS lost
FROM before b LEFT JOIN candidate c ON c.edition = :edition AND c.project = b.project AND c.outcome = 'taken'`;
