// The reports of an edition, from the database alone: the same facts give the same bytes.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import type { Db } from "../database/database.ts";
import { EDITION_2023 } from "../editions/baseline-2023/names.ts";
import { type Coverage, readCoverage, readImported, reasonsIncomplete } from "../editions/coverage.ts";
import { DERIVERS, METHOD, stampOf } from "../method.ts";
import type { Stage } from "../stage/stage.ts";
import { count } from "../words.ts";
import { headOf, readTable } from "./catalogue.ts";
import { toCsv } from "./csv.ts";
import { explain, toMarkdown } from "./markdown.ts";
import { askedNotice, breaksNotice, datesNotice, incompleteNotice, otherFilesNotice, shortNotice } from "./notices.ts";
import { checkOutput, hashFolder, type OwnFile, type OwnFolder, replaceFile, replaceFolder } from "./output.ts";
import type { FilledTable } from "./table.ts";

const TOP = 25; // Rows that the edition's front page shows of each ranked table.

/** The stage: writes reports/<edition>/ and the list of editions beside it. */
export const reports: Stage = {
  kind: "publish",
  name: "reports",
  unit: { thing: "report", deed: "written" },
  about: "reports/<edition>/: the ranked tables as CSV and Markdown, and what they cover",
  check: ({ edition, reports }) => checkReports(edition, reports),
  run({ db, edition, request, succeeded }) {
    const root = request.reports;
    if (!writeReports(db, edition, root)) return `${root}/${edition} unchanged`;
    succeeded(1);
    return `written to ${root}/${edition}`;
  },
  tally(db, edition) {
    const done = lastInputs(db, edition)?.startsWith(reportInputs(db, edition)) ? 1 : 0;
    return { done, pending: 1 - done, failed: 0 };
  },
};

/** Finds out, and leaves nothing behind, whether an edition's reports could be written; RunError 7 if not. */
export function checkReports(edition: string, root: string): void {
  checkOutput(editionFolder(edition, root), listFile(root));
}

/** Writes an edition's folder, then the list of editions beside it; says whether the folder has changed. RunError 7 if it cannot. */
export function writeReports(db: Db, edition: string, root: string): boolean {
  const facts = reportInputs(db, edition);
  const inputs = () => `${facts} ${hashFolder(root, edition)}`;
  const current = lastInputs(db, edition) === inputs();
  const changed = !current && replaceFolder(editionFolder(edition, root), filesOf(db, edition));
  if (!current) {
    const store = db.prepare("INSERT OR REPLACE INTO derivation (derived, stamp) VALUES (?, ?)");
    store.run(`reports ${edition}`, inputs());
  }
  replaceFile(listFile(root), editionList(root));
  return changed;
}

// Everything that the reports are made of: facts are only added to, so their numbers tell which there are; what may change is listed.
const INPUTS = `
SELECT json_array(e.kind, e.top_n, e.ranked_at, hex(e.ranking_sha256),
  (SELECT json_array(min(asked_on), max(asked_on), sum(files - wheels - sdists))
    FROM answer JOIN release USING (release_id) WHERE edition = e.edition),
  (SELECT json_group_object(outcome, n) FROM (
    SELECT outcome, count(*) AS n FROM candidate WHERE edition = e.edition GROUP BY outcome ORDER BY outcome)),
  (SELECT json_array(count(*), sum(w.reader), sum(j.native_files), sum(j.matched))
    FROM answer a JOIN binary_wheel b USING (release_id) JOIN wheel w ON w.wheel_id = b.wheel_id
    LEFT JOIN judged_wheel j ON j.wheel_id = b.wheel_id WHERE a.edition = e.edition),
  (SELECT json_group_array(json_array(derived, stamp)) FROM (
    SELECT * FROM derivation WHERE derived IN ('names', 'components', 'sboms', 'ranks ' || e.edition, 'ranks ${EDITION_2023}') ORDER BY derived)),
  (SELECT json_group_array(json_array(counted_by, name, packages, files, wheels)) FROM (
    SELECT * FROM rank WHERE edition IN (e.edition, '${EDITION_2023}') ORDER BY edition, counted_by, rank)),
  (SELECT json_group_array(json_array(stage, item, kind, message)) FROM (
    SELECT stage, item, kind, message FROM failure WHERE edition = e.edition ORDER BY stage, item)))
FROM edition e WHERE e.edition = ?`;

function reportInputs(db: Db, edition: string): string {
  const hash = createHash("sha256").update(db.prepare(INPUTS).pluck().get(edition) as string);
  const stamps = (Object.keys(DERIVERS) as (keyof typeof DERIVERS)[]).map(stampOf);
  return hash.update(stamps.join("\n")).digest("hex");
}

function lastInputs(db: Db, edition: string): string | undefined {
  const stored = db.prepare<[string], string>("SELECT stamp FROM derivation WHERE derived = ?").pluck();
  return stored.get(`reports ${edition}`);
}

/** Every file of an edition's reports: name → text. */
function filesOf(db: Db, edition: string): Map<string, string> {
  const kind = db.prepare("SELECT kind FROM edition WHERE edition = ?").pluck().get(edition);
  return kind === "imported" ? importedFiles(db, edition) : surveyFiles(db, edition);
}

function surveyFiles(db: Db, edition: string): Map<string, string> {
  const coverage = readCoverage(db, edition);
  const heading = reasonsIncomplete(coverage).length > 0 ? `${edition} (INCOMPLETE)` : edition;
  const names = hasImported(db) ? [...SURVEYED, THEN_AND_NOW] : SURVEYED;
  const tables = Object.fromEntries(names.map((name) => [name, readTable(db, name, edition)]));
  const page = (filled: FilledTable) => {
    const { table } = filled;
    const breaks = table.since === undefined ? [] : breaksNotice(table.since, edition);
    return [`# ${table.title}, ${heading}`, explain(table), ...breaks, toMarkdown(filled)].join("\n\n");
  };
  const inWords = Object.values(tables).filter(({ table }) => IN_WORDS.has(table.name));
  return new Map([
    ["README.md", frontPage(db, edition, heading, coverage, tables)],
    ...Object.values(tables).map((filled): [string, string] => [`${filled.table.name}.csv`, toCsv(filled)]),
    ...inWords.map((filled): [string, string] => [`${filled.table.name}.md`, page(filled)]),
  ]);
}

const SURVEYED = ["libraries", "components", "projects", "unrecognized", "sbom-completeness"];
const THEN_AND_NOW = "then-and-now"; // Only beside an import.
const BASELINE = "baseline"; // Of an import.
const IN_WORDS = new Set(["libraries", "components", THEN_AND_NOW]); // Tables that people read as a page too.

/** The files in which a table is published. */
function namesOf(table: string): string[] {
  return [`${table}.csv`, ...(IN_WORDS.has(table) ? [`${table}.md`] : [])];
}

const KNOWN: ReadonlySet<string> = new Set(["README.md", ...[...SURVEYED, THEN_AND_NOW, BASELINE].flatMap(namesOf)]);
const editionFolder = (name: string, root: string): OwnFolder => ({ root, name, known: KNOWN });
const listFile = (root: string): OwnFile => ({ root, name: "README.md", heading: LIST_HEADING });

function importedFiles(db: Db, edition: string): Map<string, string> {
  const baseline = readTable(db, BASELINE, edition);
  const { projects, files } = readImported(db, edition);
  const page = [
    `# ${baseline.table.title}`,
    `Imported: ${files} files of ${projects} projects. Nothing was surveyed for this edition.`,
    explain(baseline.table),
    `The data know of each file its project, its name, and the one distribution in which it was first seen. They have no
\`.dylib\`, no library that ends in plain \`.so\`, and 488 projects.`,
    toMarkdown(baseline),
  ];
  return new Map([
    ["README.md", page.join("\n\n")],
    [`${BASELINE}.csv`, toCsv(baseline)],
  ]);
}

/** Whether the data of 2023 have been imported and counted. */
function hasImported(db: Db): boolean {
  return db.prepare("SELECT 1 FROM rank WHERE edition = ? LIMIT 1").get(EDITION_2023) !== undefined;
}

function frontPage(
  db: Db,
  edition: string,
  heading: string,
  coverage: Coverage,
  tables: Record<string, FilledTable>,
): string {
  const taken = coverage.outcomes.taken ?? 0;
  const source =
    coverage.kind === "ranking"
      ? `the download ranking${coverage.rankedAt ? ` of ${coverage.rankedAt}` : ""} (${coverage.ranked} projects, SHA-256 \`${coverage.rankingSha256}\`)`
      : `a list of ${coverage.ranked} projects (SHA-256 \`${coverage.rankingSha256}\`)`;
  const files = Object.keys(tables).flatMap(namesOf);
  const { libraries, components, unrecognized } = tables as Record<string, FilledTable>;
  const section = (name: string, nothing: string) => {
    const filled = readTable(db, name, edition);
    const body = filled.rows.length === 0 ? [nothing] : [filled.table.meaning, toMarkdown(filled).trimEnd()];
    return [`## ${filled.table.title}`, ...body];
  };
  const sections = [
    `# Native libraries in wheels, ${heading}`,
    ...incompleteNotice(coverage),
    ...shortNotice(coverage),
    ...datesNotice(coverage),
    `${taken} of ${coverage.topN} projects with binary wheels, from ${source}; ` +
      `${coverage.wheelsRead} of ${coverage.wheels} binary wheels of their latest releases read.${askedNotice(coverage)} Method version ${METHOD}.`,
    `Files: ${files.map((file) => `[${file}](${file})`).join(" · ")}. Data: CC0-1.0.`,
    `## The ${TOP} commonest libraries`,
    toMarkdown(headOf(libraries!, TOP, 5)).trimEnd(),
    `## The ${TOP} commonest upstream projects`,
    toMarkdown(headOf(components!, TOP, 5)).trimEnd(),
    `${unrecognized!.rows.length} of ${libraries!.rows.length} libraries belong to no project that the rules know: ` +
      "mostly libraries of the packages themselves. They are in unrecognized.csv.",
    ...section("outcomes", ""),
    ...(coverage.unasked > 0
      ? [`${count(coverage.unasked, "further project")} of the ranking not needed, or not reached.`]
      : []),
    ...otherFilesNotice(coverage),
    ...section("kinds", "No native file."),
    ...section("sbom-completeness", "No wheel bundles a shared library."),
    ...section("failures", "Nothing."),
    ...section("anomalies", "No wheel."),
  ];
  return `${sections.join("\n\n")}\n`;
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
