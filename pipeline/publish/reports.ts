// The reports of an edition, from the database alone: the same facts give the same bytes.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import type { Db } from "../database/database.ts";
import { EDITION_2023 } from "../editions/baseline-2023/names.ts";
import { editionBefore } from "../editions/comparison.ts";
import { readCoverage } from "../editions/coverage.ts";
import { existingEdition } from "../editions/edition.ts";
import { DERIVERS, stampOf } from "../method.ts";
import type { Stage } from "../stage/stage.ts";
import { OF_IMPORTED, onceEach, readTable, rowsOf, tableNamed } from "./catalogue.ts";
import { drawCharts, takePen } from "./charts.ts";
import { toCsvWithin } from "./csv.ts";
import { findingsOf } from "./findings.ts";
import { checkOutput, hashFolder, type OwnFile, type OwnFolder, replaceFile, replaceFolder } from "./output.ts";
import { frontPage, headingOf, importedPage, tablePage, type Written } from "./pages.ts";
import type { PublishedTable } from "./table.ts";

/** The tables of a surveyed edition, in the order in which its page lists them, and those that are a page too. */
const SURVEYED = [
  ...["libraries", "components", "versions", "changes", "trends", "projects", "unrecognized", "carried"],
  ...[
    "duplicates",
    "shared",
    "sizes",
    "sboms",
    "sbom-completeness",
    "distributions",
    "past-end",
    "origins",
    "origin-conflicts",
    "version-conflicts",
    "linked",
    "repairs",
    "platforms",
    "all-of-pypi",
  ],
];
const AS_PAGES = new Set([
  "libraries",
  "components",
  "versions",
  "changes",
  "duplicates",
  "distributions",
  "past-end",
  "linked",
  "repairs",
  "all-of-pypi",
  "then-and-now",
]);

/** The names that files of ours have in an edition's folder. */
const KNOWN: ReadonlySet<string> = new Set([
  "README.md",
  ...[...SURVEYED, ...OF_IMPORTED, "then-and-now"].flatMap((name) => [`${name}.csv`, `${name}.md`, `${name}.svg`]),
]);
const editionFolder = (name: string, root: string): OwnFolder => ({ root, name, known: KNOWN });
const listFile = (root: string): OwnFile => ({ root, name: "README.md", heading: LIST_HEADING });

const LONG = new Set(["carried", "files", "trends", "unrecognized"]); // No page reads them: they are never held as rows.
const KEPT_ROWS = 10_000; // Of a table: a longer one is read again for the charts and the page, and not held meanwhile.
const MOST_BYTES = 25e6; // Of a CSV file: a larger one is in the dataset alone.

/** The stage: writes reports/<edition>/ and the list of editions beside it. */
export const reports: Stage = {
  kind: "publish",
  name: "reports",
  unit: { thing: "report", deed: "written" },
  about:
    "reports/<edition>/: what was found, in words, charts, and tables as CSV and Markdown, and what they cover and leave out",
  check: ({ edition, reports }) => checkReports(edition, reports),
  async run({ db, edition, request, succeeded }) {
    const root = request.reports;
    const shard = shardOf(db, edition);
    if (shard !== null)
      return `not written: shard ${shard} alone has no figures of the edition; put the shards together (survey merge)`;
    if (!(await writeReports(db, edition, root))) return `${root}/${edition} unchanged`;
    succeeded(1);
    return `written to ${root}/${edition}`;
  },
  tally(db, edition) {
    if (shardOf(db, edition) !== null) return { done: 0, pending: 0, failed: 0 };
    const done = lastInputs(db, edition)?.startsWith(reportInputs(db, edition)) ? 1 : 0;
    return { done, pending: 1 - done, failed: 0 };
  },
};

function shardOf(db: Db, edition: string): string | null {
  return existingEdition(db, edition).shard;
}

/** Finds out, and leaves nothing behind, whether an edition's reports could be written; RunError 7 if not. */
export function checkReports(edition: string, root: string): void {
  checkOutput(editionFolder(edition, root), listFile(root));
}

/** Writes an edition's folder, then the list of editions beside it; says whether the folder has changed. RunError 7 if it cannot. */
export async function writeReports(db: Db, edition: string, root: string): Promise<boolean> {
  const facts = reportInputs(db, edition);
  const inputs = () => `${facts} ${hashFolder(root, edition)}`;
  const current = lastInputs(db, edition) === inputs();
  const changed = !current && replaceFolder(editionFolder(edition, root), await filesOf(db, edition));
  if (!current) {
    const store = db.prepare("INSERT OR REPLACE INTO derivation (derived, stamp) VALUES (?, ?)");
    store.run(`reports ${edition}`, inputs());
  }
  replaceFile(listFile(root), editionList(root));
  return changed;
}

// Everything that the reports are made of: facts are only added to, so their numbers tell which there are; what may change is listed.
// Of the editions before it of the same kind, and of 2023, trends and changes read the ranks, and of the last one what it covers.
const INPUTS = `
WITH others AS (
  SELECT o.edition FROM edition o JOIN edition e ON e.edition = :edition
  WHERE o.edition = '${EDITION_2023}' OR (o.kind = e.kind AND o.edition <= e.edition)
)
SELECT json_array(e.kind, e.top_n, e.ranked_at, hex(e.ranking_sha256),
  (SELECT json_array(min(asked_on), max(asked_on), sum(files - wheels - sdists))
    FROM answer JOIN release USING (release_id) WHERE edition = e.edition),
  (SELECT json_group_array(json_array(edition, outcome, n)) FROM (
    SELECT edition, outcome, count(*) AS n FROM candidate WHERE edition IN others GROUP BY edition, outcome ORDER BY edition, outcome)),
  (SELECT json_group_array(json_array(edition, wheels, reader, natives, matched)) FROM (
    SELECT a.edition, count(*) AS wheels, sum(w.reader) AS reader, sum(j.native_files) AS natives, sum(j.matched) AS matched
    FROM answer a JOIN binary_wheel b USING (release_id) JOIN wheel w ON w.wheel_id = b.wheel_id
    LEFT JOIN judged_wheel j ON j.wheel_id = b.wheel_id
    WHERE a.edition IN (e.edition, ${editionBefore("e.edition")}) GROUP BY a.edition ORDER BY a.edition)),
  (SELECT json_group_array(json_array(derived, stamp)) FROM (
    SELECT * FROM derivation WHERE derived IN ('names', 'components', 'sboms', 'told', 'origins') OR derived IN (SELECT 'ranks ' || edition FROM others) ORDER BY derived)),
  (SELECT json_group_array(json_array(original, digits, purl)) FROM (SELECT * FROM fingerprint ORDER BY original, digits, purl)),
  (SELECT json_array(count(*), sum(plan), sum(read_bytes)) FROM file_contents),
  (SELECT json_group_array(json_array(file_id, version)) FROM (SELECT * FROM file_version ORDER BY file_id)),
  (SELECT json_array(count(*), count(DISTINCT file_id), total(length(text))) FROM file_linked),
  (SELECT json_group_array(json_array(counted_by, name, packages, files, wheels)) FROM (
    SELECT * FROM rank WHERE edition IN others ORDER BY edition, counted_by, rank)),
  (SELECT json_group_array(json_array(stage, item, kind, message)) FROM (
    SELECT stage, item, kind, message FROM failure WHERE edition = e.edition ORDER BY stage, item)))
FROM edition e WHERE e.edition = :edition`;

function reportInputs(db: Db, edition: string): string {
  const hash = createHash("sha256").update(db.prepare(INPUTS).pluck().get({ edition }) as string);
  return hash.update(reportsStamp()).digest("hex");
}

/** What reports are stamped with, beside what they are made of: the versions of all derivers, and the lists that they read. */
export function reportsStamp(): string {
  return (Object.keys(DERIVERS) as (keyof typeof DERIVERS)[]).map(stampOf).join("\n");
}

function lastInputs(db: Db, edition: string): string | undefined {
  const stored = db.prepare<[string], string>("SELECT stamp FROM derivation WHERE derived = ?").pluck();
  return stored.get(`reports ${edition}`);
}

/** Every file of an edition's reports: name → text. */
async function filesOf(db: Db, edition: string): Promise<Map<string, string>> {
  const coverage = readCoverage(db, edition);
  const isImported = coverage.kind === "imported";
  const heading = headingOf(edition, coverage);
  const read = onceEach((name) => readTable(db, name, edition), KEPT_ROWS);
  const files = new Map([["README.md", ""]]); // The first of them, and written last.
  const tables: Written[] = [];
  for (const name of isImported ? OF_IMPORTED : [...SURVEYED, ...(hasImported(db) ? ["then-and-now"] : [])]) {
    const table = tableNamed(name);
    const filled = LONG.has(name) ? null : read(name);
    const csv = toCsvWithin(MOST_BYTES, filled ?? { table, rows: rowsOf(db, table, edition) });
    const rows = filled?.rows.length ?? countRows(db, table, edition);
    const isPage = AS_PAGES.has(name);
    if (csv !== null) files.set(`${name}.csv`, csv);
    if (isPage) files.set(`${name}.md`, tablePage(filled ?? read(name), heading, edition));
    tables.push({ table, rows, isLarge: csv === null, isPage });
  }
  const charts = drawCharts(await takePen(), db, edition, isImported, read);
  for (const { name, svg } of charts) files.set(`${name}.svg`, svg);
  const contents = { edition, coverage, tables, charts, read };
  const page = isImported ? importedPage(contents) : frontPage(contents, findingsOf(db, edition, read));
  return files.set("README.md", page);
}

function countRows(db: Db, { query }: PublishedTable, edition: string): number {
  return db.prepare(`SELECT count(*) FROM (${query})`).pluck().get({ edition }) as number;
}

/** Whether the data of 2023 have been imported and counted. */
function hasImported(db: Db): boolean {
  return db.prepare("SELECT 1 FROM rank WHERE edition = ? LIMIT 1").get(EDITION_2023) !== undefined;
}

const LIST_HEADING = "# Reports\n\nOne folder for each edition, written by the program and never edited by hand.";

function editionList(root: string): string {
  const editions = readdirSync(root)
    .filter((name) => /^\d{4}-\d\d$/.test(name))
    .sort()
    .reverse();
  const links = editions.map((edition) => `- [${edition}](${edition}/README.md)`).join("\n");
  return `${LIST_HEADING}\n\n${links}\n`;
}
