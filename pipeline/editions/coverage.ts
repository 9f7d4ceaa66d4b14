// What an edition covers and what it does not: the numbers that belong beside every table made of it.
import type { Db } from "../database/database.ts";
import type { ItemErrorKind } from "../errors.ts";
import { stampOf } from "../method.ts";
import { KINDS_OF_COMPONENTS } from "../naming/component-of.ts";
import { TRIES } from "../stage/stage.ts";
import { count, grouped } from "../words.ts";
import type { EditionDates } from "./dates.ts";
import type { Outcome } from "./release.ts";
import { readingProject, SHARD } from "./shard.ts";

/** An edition's extent, counted from the facts. */
export interface Coverage extends EditionDates {
  kind: "ranking" | "projects" | "imported";
  /** Of which projects the wheels are read and counted here, such as 2/5; null: of all. */
  shard: string | null;
  indexUrl: string;
  rankingSha256: string;
  topN: number;
  ranked: number;
  outcomes: Partial<Record<Outcome, number>>;
  /** Files that are neither wheels nor source distributions, and the projects that have some. */
  otherFiles: number;
  otherFilesOf: number;
  wheels: number;
  wheelsRead: number;
  unasked: number;
  /** What the deriving stages have not come to yet: wheels to be named and to be compared with their SBOMs, names, ranks; or have done by other rules or another method. */
  unnamed: number;
  unmatched: number;
  unjudged: boolean;
  unranked: boolean;
  outdated: boolean;
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
  const stamps = Object.fromEntries(STAMPED.map((deriver) => [deriver, stampOf(deriver)]));
  const given = { edition, stamps: JSON.stringify({ ...stamps, [`ranks ${edition}`]: stampOf("ranks") }) };
  const { unjudged, unranked, outdated, ...row } = db.prepare(COUNTS).get(given) as Counts;
  const outcomes = Object.fromEntries(
    db.prepare("SELECT outcome, count(*) FROM candidate WHERE edition = ? GROUP BY outcome").raw().all(edition) as [
      Outcome,
      number,
    ][],
  );
  const failures = db
    .prepare(`SELECT stage, item, kind, message, r.project IS NOT NULL AS keepsPlace,
         f.tries >= ${TRIES} OR (f.stage = 'releases' AND r.project IS NULL) AS left
       FROM failure f LEFT JOIN ranked_project r ON r.edition = f.edition AND r.project = f.item
       WHERE f.edition = ? ORDER BY stage, item`)
    .all(edition) as Failure[];
  const asked = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const unasked = row.ranked === 0 ? 0 : row.ranked - asked;
  return {
    ...row,
    unjudged: unjudged === 1,
    unranked: unranked === 1,
    outdated: outdated === 1,
    outcomes,
    failures,
    unasked,
  };
}

const STAMPED = ["names", "components", "sboms", "origins"] as const;

type Counts = Omit<Coverage, "outcomes" | "failures" | "unasked" | "unjudged" | "unranked" | "outdated"> & {
  unjudged: number;
  unranked: number;
  outdated: number;
};

const COUNTS = `
WITH listed AS (
  SELECT w.sha256 IS NULL AS imported, w.reader IS NOT NULL AS read, (w.reader IS NOT NULL OR w.sha256 IS NULL) AND j.wheel_id IS NULL AS unnamed,
    j.matched = 0 AS unmatched
  FROM answer a JOIN binary_wheel b USING (release_id) JOIN wheel w ON w.wheel_id = b.wheel_id
  LEFT JOIN judged_wheel j ON j.wheel_id = b.wheel_id
  WHERE a.edition = :edition
    AND (w.reader IS NOT NULL OR w.sha256 IS NULL OR in_shard(${SHARD}, ${readingProject("b.wheel_id")}))
), other AS (
  SELECT files, wheels, sdists FROM answer a JOIN release r USING (release_id)
  WHERE a.edition = :edition AND files > wheels + sdists
)
SELECT edition, kind, shard, ranked_at AS rankedAt,
  (SELECT min(asked_on) FROM answer a WHERE a.edition = e.edition) AS askedFrom,
  (SELECT max(asked_on) FROM answer a WHERE a.edition = e.edition) AS askedTo, lower(hex(ranking_sha256)) AS rankingSha256, index_url AS indexUrl, top_n AS topN,
  (SELECT count(*) FROM ranked_project r WHERE r.edition = e.edition) AS ranked,
  (SELECT coalesce(sum(files - wheels - sdists), 0) FROM other) AS otherFiles,
  (SELECT count(*) FROM other) AS otherFilesOf,
  (SELECT count(*) FROM listed WHERE NOT imported) AS wheels,
  (SELECT coalesce(sum(read), 0) FROM listed) AS wheelsRead,
  (SELECT coalesce(sum(unnamed), 0) FROM listed) AS unnamed,
  (SELECT coalesce(sum(unmatched), 0) FROM listed) AS unmatched,
  EXISTS (SELECT 1 FROM name n WHERE n.kind IN (${KINDS_OF_COMPONENTS})
    AND NOT EXISTS (SELECT 1 FROM name_component c WHERE c.name_id = n.name_id)) AS unjudged,
  NOT EXISTS (SELECT 1 FROM derivation WHERE derived = 'ranks ' || e.edition) AS unranked,
  EXISTS (SELECT 1 FROM json_each(:stamps) s
    WHERE NOT EXISTS (SELECT 1 FROM derivation d WHERE d.derived = s.key AND d.stamp = s.value)) AS outdated
FROM edition e WHERE e.edition = :edition`;

/** Why the tables of this edition would be wrong to cite as they are; empty if they are complete. */
export function reasonsIncomplete(coverage: Coverage): string[] {
  const { outcomes, topN, unasked, failures } = coverage;
  const reasons: string[] = [];
  if (coverage.shard !== null) reasons.push(`shard ${coverage.shard} alone (survey merge puts shards together)`);
  if (failures.length > 0) reasons.push(`${count(failures.length, "item")} failed`);
  const unread = coverage.wheels - coverage.wheelsRead - failures.filter(({ stage }) => stage === "members").length;
  if (unread > 0) reasons.push(`${count(unread, "wheel")} not read yet`);
  const held = failures.filter((failure) => failure.keepsPlace === 1).length;
  const places = topN - (outcomes.taken ?? 0) - held;
  if (places > 0 && unasked > held) reasons.push(`${count(Math.min(places, unasked), "more project")} to be found`);
  if (coverage.unnamed > 0) reasons.push(`${count(coverage.unnamed, "wheel")} not judged yet (stage libraries)`);
  else if (coverage.unjudged) reasons.push("upstream projects not given yet (stage components)");
  else if (coverage.unmatched > 0)
    reasons.push(`${count(coverage.unmatched, "wheel")} not compared with their SBOMs yet (stage sboms)`);
  else if (coverage.unranked) reasons.push("libraries not counted yet (stage ranks)");
  else if (coverage.outdated)
    reasons.push("names or counts made by other rules or another method (stages libraries to ranks)");
  return reasons;
}

/** What an edition covers, in a line for people; a second one says what is missing, if anything is. */
export function coverageLines(coverage: Coverage): string[] {
  const { edition, outcomes, topN, wheelsRead, wheels, failures } = coverage;
  const taken = `${grouped(outcomes.taken ?? 0)} of ${count(topN, "project")} taken`;
  const read = `${grouped(wheelsRead)} of ${count(wheels, "wheel")} read`;
  const incomplete = reasonsIncomplete(coverage);
  return [
    `edition ${edition}: ${taken}, ${read}, ${count(failures.length, "item")} failed`,
    ...(incomplete.length > 0 ? [`INCOMPLETE: ${incomplete.join("; ")}`] : []),
  ];
}

/** How much an imported edition holds. */
export function readImported(db: Db, edition: string): { files: number; projects: number } {
  const sql = `
    SELECT count(*) AS files, count(DISTINCT a.project) AS projects
    FROM answer a JOIN binary_wheel b USING (release_id) JOIN member m USING (wheel_id) WHERE a.edition = ?`;
  return db.prepare(sql).get(edition) as { files: number; projects: number };
}
