// Stage 6: the reports of an edition, from the database alone: the same facts give the same bytes.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import type { Db } from "../database/database.ts";
import { baselineFiles, hasImported, thenAndNowFiles } from "../editions/baseline.ts";
import {
  anomalyTable,
  type Coverage,
  count,
  failureTable,
  kindTable,
  outcomeTable,
  readCoverage,
  reasonsIncomplete,
} from "../editions/coverage.ts";
import { hashSources, METHOD } from "../method.ts";
import type { Stage } from "../stage/stage.ts";
import { hashFolder, replaceFile, replaceFolder } from "./output.ts";
import { readTable, type Table, toCsv, toMarkdown } from "./tables.ts";

const TOP = 25; // Rows that the edition's front page shows of each ranked table.

/** The stage: writes reports/<edition>/ and the list of editions beside it. */
export const reports: Stage = {
  kind: "publish",
  name: "reports",
  about: "reports/<edition>/: the ranked tables as CSV and Markdown, and what they cover",
  run({ db, edition, reports: root, succeeded }) {
    if (!writeReports(db, edition, root)) return `${root}/${edition} unchanged`;
    succeeded(1);
    return `written to ${root}/${edition}`;
  },
  tally(db, edition) {
    const done = lastInputs(db, edition)?.startsWith(reportInputs(db, edition)) ? 1 : 0;
    return { done, pending: 1 - done, failed: 0 };
  },
};

/** Writes an edition's folder, then the list of editions beside it; says whether the folder has changed. RunError 7 if it cannot. */
export function writeReports(db: Db, edition: string, root: string): boolean {
  const facts = reportInputs(db, edition);
  const inputs = () => `${facts} ${hashFolder(root, edition)}`;
  const current = lastInputs(db, edition) === inputs();
  const changed = !current && replaceFolder(root, edition, filesOf(db, edition));
  if (!current) {
    const store = db.prepare("INSERT OR REPLACE INTO derivation (stage, inputs) VALUES (?, ?)");
    store.run(`reports ${edition}`, inputs());
  }
  replaceFile(root, "README.md", LIST_HEADING, editionList(root));
  return changed;
}

// Everything that the reports are made of, told apart by little: facts are only added to, so their numbers tell which there are;
// judgements, those of the imported edition among them, are known by their own inputs; and what else may change is listed.
const INPUTS = `
SELECT json_array(e.kind, e.top_n, e.ranked_at, hex(e.ranking_sha256),
  (SELECT json_group_object(outcome, n) FROM (
    SELECT outcome, count(*) AS n FROM candidate WHERE edition = e.edition GROUP BY outcome ORDER BY outcome)),
  (SELECT count(*) FROM survey s WHERE s.edition = e.edition),
  (SELECT count(*) FROM survey s JOIN wheel w USING (wheel) WHERE s.edition = e.edition AND w.read_for IS NOT NULL),
  (SELECT json_group_object(stage, inputs) FROM (
    SELECT stage, inputs FROM derivation WHERE stage NOT LIKE 'reports%' ORDER BY stage)),
  (SELECT json_group_array(json_array(stage, item, kind, message)) FROM (
    SELECT stage, item, kind, message FROM failure WHERE edition = e.edition ORDER BY stage, item)))
FROM edition e WHERE e.edition = ?`;

const SOURCES = ["publish/", "publish/tables/", "./", "formats/"];

function reportInputs(db: Db, edition: string): string {
  const hash = createHash("sha256").update(db.prepare(INPUTS).pluck().get(edition) as string);
  return hash.update(hashSources(SOURCES)).digest("hex");
}

function lastInputs(db: Db, edition: string): string | undefined {
  const stored = db.prepare<[string], string>("SELECT inputs FROM derivation WHERE stage = ?").pluck();
  return stored.get(`reports ${edition}`);
}

/** Every file of an edition's reports: name → text. */
function filesOf(db: Db, edition: string): Map<string, string> {
  const kind = db.prepare("SELECT kind FROM edition WHERE edition = ?").pluck().get(edition);
  return kind === "imported" ? baselineFiles(db, edition) : surveyFiles(db, edition);
}

function surveyFiles(db: Db, edition: string): Map<string, string> {
  const coverage = readCoverage(db, edition);
  const tables = {
    libraries: readTable(db, "libraries", edition),
    components: readTable(db, "components", edition),
    projects: readTable(db, "projects", edition),
    unrecognized: readTable(db, "unrecognized", edition),
  };
  const heading = reasonsIncomplete(coverage).length > 0 ? `${edition} (INCOMPLETE)` : edition;
  return new Map([
    ["README.md", frontPage(db, edition, heading, coverage, tables)],
    ["libraries.csv", toCsv(tables.libraries)],
    ["libraries.md", `# Libraries in wheels, ${heading}\n\n${LIBRARIES_EXPLAINED}\n\n${toMarkdown(tables.libraries)}`],
    ["components.csv", toCsv(tables.components)],
    [
      "components.md",
      `# Upstream projects in wheels, ${heading}\n\n${COMPONENTS_EXPLAINED}\n\n${toMarkdown(tables.components)}`,
    ],
    ["projects.csv", toCsv(tables.projects)],
    ["unrecognized.csv", toCsv(tables.unrecognized)],
    ...thenAndNowFiles(db, edition, heading),
  ]);
}

const LIBRARIES_EXPLAINED =
  "Packages are distinct projects that carry the library in a surveyed wheel, files distinct pairs of project and file name; " +
  "the last five columns count the packages by platform family. Ties are in byte order of the name. Extension modules are not bundled libraries.";

const COMPONENTS_EXPLAINED =
  "Packages are distinct projects that carry a library of the upstream project in a surveyed wheel. " +
  "Libraries that no rule knows are in `libraries.csv` only.";

function frontPage(
  db: Db,
  edition: string,
  heading: string,
  coverage: Coverage,
  tables: Record<"libraries" | "components" | "unrecognized", Table>,
): string {
  const taken = coverage.outcomes.taken ?? 0;
  const source =
    coverage.kind === "ranking"
      ? `the download ranking${coverage.rankedAt ? ` of ${coverage.rankedAt}` : ""} (${coverage.ranked} projects, SHA-256 \`${coverage.rankingSha256}\`)`
      : `a list of ${coverage.ranked} projects (SHA-256 \`${coverage.rankingSha256}\`)`;
  const thenAndNow = hasImported(db)
    ? " · [then-and-now.csv](then-and-now.csv) · [then-and-now.md](then-and-now.md)"
    : "";
  const sections = [
    `# Native libraries in wheels, ${heading}`,
    ...incompleteNotice(coverage),
    ...shortNotice(coverage),
    `${taken} of ${coverage.topN} projects with binary wheels, from ${source}; ` +
      `${coverage.wheelsRead} of ${coverage.wheels} binary wheels of their latest releases read. Method version ${METHOD}.`,
    `Files: [libraries.csv](libraries.csv) · [libraries.md](libraries.md) · [components.csv](components.csv) · ` +
      `[components.md](components.md) · [projects.csv](projects.csv) · [unrecognized.csv](unrecognized.csv)${thenAndNow}. Data: CC0-1.0.`,
    `## The ${TOP} commonest libraries`,
    toMarkdown(head(tables.libraries, 5)).trimEnd(),
    `## The ${TOP} commonest upstream projects`,
    toMarkdown(head(tables.components, 5)).trimEnd(),
    `${tables.unrecognized.rows.length} of ${tables.libraries.rows.length} libraries belong to no project that the rules know: ` +
      "mostly libraries of the packages themselves. They are in unrecognized.csv.",
    "## What was covered",
    toMarkdown(outcomeTable(coverage)).trimEnd(),
    ...(coverage.unasked > 0
      ? [`${count(coverage.unasked, "further project")} of the ranking not needed, or not reached.`]
      : []),
    "## What the wheels hold",
    "Native files by kind. Only shared libraries outside the recognized groups are in the ranked tables.",
    toMarkdown(kindTable(db, edition)).trimEnd(),
    "## What failed",
    coverage.failures.length === 0 ? "Nothing." : toMarkdown(failureTable(coverage.failures)).trimEnd(),
    "## What is odd",
    ...anomalies(anomalyTable(db, edition)),
  ];
  return `${sections.join("\n\n")}\n`;
}

function incompleteNotice(coverage: Coverage): string[] {
  const reasons = reasonsIncomplete(coverage);
  return reasons.length === 0 ? [] : [`**INCOMPLETE: ${reasons.join("; ")}.** The figures below leave them out.`];
}

function shortNotice({ kind, outcomes, topN, unasked }: Coverage): string[] {
  const isShort = kind === "ranking" && unasked === 0 && (outcomes.taken ?? 0) < topN;
  return isShort ? [`The ranking ended before ${topN} projects with binary wheels were found.`] : [];
}

function anomalies(table: Table): string[] {
  if (table.rows.length === 0) return ["No wheel."];
  return ["These wheels are in the numbers; docs/anomalies.md says what each word means.", toMarkdown(table).trimEnd()];
}

function head({ columns, rows }: Table, width: number): Table {
  return { columns: columns.slice(0, width), rows: rows.slice(0, TOP).map((row) => row.slice(0, width)) };
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
