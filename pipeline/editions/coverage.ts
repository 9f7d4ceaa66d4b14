// What an edition covers and what it does not: the numbers that belong beside every table made of it.
import type { Db } from "../database/database.ts";
import { ITEM_ERRORS, type ItemErrorKind } from "../errors.ts";
import { OUTCOMES, type Outcome } from "../formats/pypi/project-document.ts";
import type { Table } from "../publish/tables.ts";
import { TRIES } from "../stage/stage.ts";

/** An edition's extent, counted from the facts. */
export interface Coverage {
  kind: "ranking" | "projects" | "imported";
  rankedAt: string | null;
  rankingSha256: string;
  topN: number;
  ranked: number;
  outcomes: Partial<Record<Outcome, number>>;
  wheels: number;
  wheelsRead: number;
  unasked: number;
  unnamed: number;
  unjudged: boolean;
  failures: Failure[];
}

/** An item that is not in the numbers. */
export interface Failure {
  stage: string;
  item: string;
  kind: ItemErrorKind;
  message: string;
  /** Whether it is a project of the ranking, whose place it keeps. */
  keepsPlace: number;
  /** Whether no further run will try it. */
  left: number;
}

/** Counts what an edition covers. */
export function readCoverage(db: Db, edition: string): Coverage {
  const row = db
    .prepare(
      `SELECT kind, ranked_at AS rankedAt, lower(hex(ranking_sha256)) AS rankingSha256, top_n AS topN,
         (SELECT count(*) FROM ranking r WHERE r.edition = e.edition) AS ranked,
         (SELECT count(*) FROM survey s WHERE s.edition = e.edition) AS wheels,
         (SELECT count(*) FROM survey s JOIN wheel w USING (wheel) WHERE s.edition = e.edition AND w.read_for IS NOT NULL) AS wheelsRead,
         (SELECT count(*) FROM member m CROSS JOIN survey s USING (wheel)
          WHERE m.member > (SELECT coalesce(max(member), 0) FROM library) AND s.edition = e.edition) AS unnamed,
         NOT EXISTS (SELECT 1 FROM derivation WHERE stage = 'components') AS unjudged
       FROM edition e WHERE e.edition = ?`,
    )
    .get(edition) as Omit<Coverage, "outcomes" | "failures" | "unasked" | "unjudged"> & { unjudged: number };
  const outcomes = Object.fromEntries(
    db.prepare("SELECT outcome, count(*) FROM candidate WHERE edition = ? GROUP BY outcome").raw().all(edition) as [
      Outcome,
      number,
    ][],
  );
  const failures = db
    .prepare(`SELECT stage, item, kind, message, r.project IS NOT NULL AS keepsPlace,
         f.tries >= ${TRIES} OR (f.stage = 'releases' AND r.project IS NULL) AS left
       FROM failure f LEFT JOIN ranking r ON r.edition = f.edition AND r.project = f.item
       WHERE f.edition = ? ORDER BY stage, item`)
    .all(edition) as Failure[];
  const asked = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return { ...row, unjudged: row.unjudged === 1, outcomes, failures, unasked: row.ranked - asked };
}

/** Why the tables of this edition would be wrong to cite as they are; empty if they are complete. */
export function reasonsIncomplete(coverage: Coverage): string[] {
  const { outcomes, topN, unasked, failures } = coverage;
  const reasons: string[] = [];
  if (failures.length > 0) reasons.push(`${count(failures.length, "item")} failed`);
  const unread = coverage.wheels - coverage.wheelsRead - failures.filter(({ stage }) => stage === "members").length;
  if (unread > 0) reasons.push(`${count(unread, "wheel")} not read yet`);
  const held = failures.filter((failure) => failure.keepsPlace === 1).length;
  const places = topN - (outcomes.taken ?? 0) - held;
  if (places > 0 && unasked > held) reasons.push(`${count(Math.min(places, unasked), "more project")} to be found`);
  if (coverage.unnamed > 0) reasons.push(`${count(coverage.unnamed, "native file")} not named yet (stage libraries)`);
  else if (coverage.unjudged) reasons.push("upstream projects not given yet (stage components)");
  return reasons;
}

/** A number of things in words: 1 item, 2 items. */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** How many candidates were taken or passed by, and why. */
export function outcomeTable(coverage: Coverage): Table {
  const rows = Object.entries(OUTCOMES).map(([outcome, meaning]) => [
    outcome,
    coverage.outcomes[outcome as Outcome] ?? 0,
    meaning,
  ]);
  return { columns: ["outcome", "projects", "meaning"], rows };
}

/** The failed items. What the network said differs from run to run, so of that only the kind is told. */
export function failureTable(failures: Failure[]): Table {
  const rows = failures.map(({ stage, item, kind, message }) => {
    const passing = kind === "network" || kind === "status" || kind === "range";
    return [stage, item, kind, passing ? ITEM_ERRORS[kind] : message];
  });
  return { columns: ["stage", "item", "kind", "why"], rows };
}

/** The surveyed native files by kind and recognized group. */
export function kindTable(db: Db, edition: string): Table {
  const rows = db
    .prepare(
      `SELECT kind, member_group, count(DISTINCT project), count(*) FROM native_file
       WHERE edition = ? AND kind IS NOT NULL GROUP BY kind, member_group ORDER BY kind, member_group`,
    )
    .raw()
    .all(edition) as Table["rows"];
  return { columns: ["kind", "group", "packages", "files in wheels"], rows };
}

/** What is odd about wheels that are nevertheless in the numbers. */
export function anomalyTable(db: Db, edition: string): Table {
  const rows = db
    .prepare(
      `SELECT a.tag, count(*), min(s.filename) FROM anomaly a JOIN survey s USING (wheel)
       WHERE s.edition = ? GROUP BY a.tag ORDER BY a.tag`,
    )
    .raw()
    .all(edition) as Table["rows"];
  return { columns: ["anomaly", "wheels", "for example"], rows };
}
