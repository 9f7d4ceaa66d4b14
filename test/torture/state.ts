// What must hold of a survey at any moment: whole, nothing wrong, nothing lost; and when it is complete: all of it, and nothing else.
// All that the ordeals ask of a database stands here.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { EDITION, everything, rows, survey } from "../harness.ts";

const FACTS = [
  "SELECT 'candidate', edition, project, outcome, version, files FROM candidate",
  "SELECT 'surveyed wheel', edition, project, wheel, version, url, sha256, size FROM surveyed_wheel",
  `SELECT 'wheel', lower(hex(sha256)), reader, entries, uncompressed_size, directory_size, dist_info,
     (SELECT lower(hex(entries)) FROM listing l WHERE l.wheel_id = w.wheel_id),
     (SELECT count(*) FROM wheel_document d WHERE d.wheel_id = w.wheel_id) FROM wheel w WHERE reader IS NOT NULL`,
  `SELECT 'member', lower(hex(w.sha256)), p.path, f.size, m.compressed_size, f.crc32, f.hex, m.header_offset
     FROM member m JOIN wheel w USING (wheel_id) JOIN path p USING (path_id) JOIN file f USING (file_id)`,
];

const TORN = [
  "SELECT 'wheel ' || wheel_id FROM wheel w WHERE (reader IS NOT NULL) <> EXISTS (SELECT 1 FROM listing l WHERE l.wheel_id = w.wheel_id)",
  `SELECT 'names of wheel ' || wheel_id FROM judged_wheel j
     WHERE native_files <> (SELECT count(*) FROM member_name m WHERE m.wheel_id = j.wheel_id)`,
  `SELECT 'wheels of ' || project FROM candidate c
     WHERE (outcome = 'taken') <> EXISTS (SELECT 1 FROM surveyed_wheel s WHERE s.edition = c.edition AND s.project = c.project)`,
  "SELECT 'ranking of ' || edition FROM edition e WHERE NOT EXISTS (SELECT 1 FROM ranked_project r WHERE r.edition = e.edition)",
];

// An item's cost is stored with its facts, in one transaction: what a killed run had asked in vain is not counted.
const COST = "SELECT edition, stage, requests, bytes FROM cost ORDER BY edition, stage";

/** Where it shows how often the network failed, as a request that is sent again is counted again. */
const NETWORK_VIEWS = ["cost", "survey_cost"];

/** The facts of a database, one line each, and what is broken about them: SQLite's own checks, items that are only half there. */
export interface State {
  facts: string[];
  broken: string[];
}

/** Reads a copy of a database and its journals, as its killed writer left them; the original stays as it is. */
export function stateOf(database: string): State {
  const folder = join(dirname(database), "..", `${basename(dirname(database))}-copy`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  try {
    const copy = join(folder, basename(database));
    for (const suffix of ["", "-wal", "-journal"])
      if (existsSync(database + suffix)) copyFileSync(database + suffix, copy + suffix);
    return existsSync(copy) ? readState(copy) : { facts: [], broken: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readState(file: string): State {
  const db = new Database(file);
  try {
    const lines = (sql: string) => (db.prepare(sql).raw().all() as unknown[]).map((row) => JSON.stringify(row));
    const checks = ["PRAGMA integrity_check", "PRAGMA foreign_key_check"].flatMap(lines);
    const broken = checks.filter((line) => line !== '["ok"]');
    if (db.pragma("user_version", { simple: true }) === 0) return { facts: [], broken };
    return { facts: FACTS.flatMap(lines).sort(), broken: [...broken, ...TORN.flatMap(lines)] };
  } catch (error) {
    return { facts: [], broken: [String(error)] };
  } finally {
    db.close();
  }
}

/** What a complete survey has come to: its facts, its stable views, failures and costs, and the bytes of its reports. */
export interface Outcome {
  facts: string[];
  views: Record<string, string[]>;
  reports: Record<string, string>;
}

/** The outcome of a survey that has ended. */
export function outcomeOf(request: SurveyRequest): Outcome {
  const cost = rows(request.database, COST).map((row) => JSON.stringify(row));
  const views = { ...everything(request.database), cost };
  return { facts: stateOf(request.database).facts, views, reports: filesIn(join(request.reports, EDITION)) };
}

/** What a survey comes to that nothing disturbs. */
export async function undisturbed(request: SurveyRequest): Promise<Outcome> {
  mkdirSync(dirname(request.database), { recursive: true });
  await survey(request);
  return outcomeOf(request);
}

/** The texts of a folder's files by their names, without what depends on the day on which they were made. */
export function filesIn(folder: string): Record<string, string> {
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return Object.fromEntries(names.map((name) => [name, undated(readFileSync(join(folder, name), "utf8"))]));
}

function undated(report: string): string {
  return report.replace(/ The index was asked [^.]*\./, "").replace(/^\*\*Dates that do not belong .*\n\n/m, "");
}

/** How a database that may be incomplete breaks a promise, given what an undisturbed survey says and what was there earlier. */
export function wrongIn({ facts, broken }: State, expected: Outcome, earlier: string[] = []): string[] {
  const right = new Set(expected.facts);
  const now = new Set(facts);
  return [
    ...broken.map((line) => `broken: ${line}`),
    ...facts.filter((fact) => !right.has(fact)).map((fact) => `wrong: ${fact}`),
    ...facts.filter((fact, at) => facts[at - 1] === fact).map((fact) => `doubled: ${fact}`),
    ...earlier.filter((fact) => !now.has(fact)).map((fact) => `lost: ${fact}`),
  ];
}

/** In what an ended survey may differ from an undisturbed one: `untidy`, in the files beside it; `costly`, in what it cost. */
interface Allowance {
  untidy?: boolean;
  costly?: boolean;
}

/** How an ended survey differs from an undisturbed one: in its database, its views, its reports and the files beside them, unless that is allowed. */
export function differences(
  request: SurveyRequest,
  expected: Outcome,
  { untidy = false, costly = false }: Allowance = {},
): string[] {
  const found = outcomeOf(request);
  const wrong = wrongIn(stateOf(request.database), expected, expected.facts);
  for (const [view, expectedRows] of Object.entries(expected.views)) {
    if (costly && NETWORK_VIEWS.includes(view)) continue;
    if (JSON.stringify(found.views[view]) !== JSON.stringify(expectedRows)) wrong.push(`view ${view} differs`);
  }
  if (JSON.stringify(found.reports) !== JSON.stringify(expected.reports)) wrong.push("reports differ");
  return untidy ? wrong : [...wrong, ...leftovers(request)];
}

/** Files that a run has left beside the database and the reports. */
function leftovers({ database, reports }: SurveyRequest): string[] {
  const expected = new Set([database, reports, join(reports, EDITION), join(reports, "README.md")]);
  return [dirname(database), reports]
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => !expected.has(path))
    .map((path) => `left over: ${basename(path)}`);
}
