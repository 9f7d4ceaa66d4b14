// Fills what is generated: the parts of README.md between <!-- name --> and <!-- /name -->, docs/anomalies.md, reports/2023-07/ from its
// own files.csv, and what the derivers make of the recorded slice. A test fails when they have drifted.
//   node --import tsx scripts/docs.ts
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { markdownTable } from "markdown-table";
import { RECORD_ANOMALIES } from "../pipeline/collect/compare-record.ts";
import { runImport2023 } from "../pipeline/commands/import-2023.ts";
import { openForReading } from "../pipeline/database/database.ts";
import { dictionary } from "../pipeline/database/dictionary.ts";
import { EDITION_2023 } from "../pipeline/editions/baseline-2023/names.ts";
import { EXIT, EXIT_MEANINGS, ITEM_ERRORS } from "../pipeline/errors.ts";
import { SBOM_ANOMALIES } from "../pipeline/formats/sbom/entry.ts";
import { ZIP_REASONS, ZIP_TAGS } from "../pipeline/formats/zip/reasons.ts";
import { SILENT } from "../pipeline/progress.ts";
import { CATALOGUE, headOf, readTable } from "../pipeline/publish/catalogue.ts";
import { unescapeName } from "../pipeline/publish/escape.ts";
import { toMarkdown } from "../pipeline/publish/markdown.ts";
import { TOP_COLUMNS } from "../pipeline/publish/pages.ts";
import { runSurvey } from "../pipeline/stage/run.ts";
import { STAGES } from "../pipeline/stages.ts";
import { startIndex } from "../test/loopback/index-server.ts";
import { recordedSource } from "../test/loopback/recorded-source.ts";
import { type Derived, derivedIn, unstamped } from "./derivers.ts";

const ROOT = new URL("..", import.meta.url);
const EDITION = "2026-11";
const NOW = new Date("2026-11-02T12:00:00Z");
const TOP = 10;

/** What the derivers make of the recorded slice. */
export const DERIVED = "test/fixtures/derivers.json";

/** The generated documents as they should be: path from the root → text. */
export async function generatedDocs(): Promise<Map<string, string>> {
  const { latestTable, derived } = await surveyRecorded();
  const parts: Record<string, string> = {
    edition: newestEdition(),
    table: latestTable,
    tables: table(
      ["table", "what"],
      CATALOGUE.map(({ name, title }) => [`\`${name}\``, title]),
    ),
    stages: table(
      ["", "stage", "kind", "what"],
      STAGES.map(({ name, kind, about }, at) => [String(at + 1), `\`${name}\``, kind, about]),
    ),
    exits: table(
      ["exit code", "meaning"],
      Object.entries(EXIT).map(([name, code]) => [String(code), EXIT_MEANINGS[name as keyof typeof EXIT]]),
    ),
    views: table(
      ["view", "one row for each"],
      dictionary().flatMap(({ kind, name, about }) => (kind === "view" ? [[`\`${name}\``, about]] : [])),
    ),
    failures: meanings("kind", ITEM_ERRORS),
  };
  let readme = readFileSync(new URL("README.md", ROOT), "utf8");
  for (const [name, text] of Object.entries(parts)) {
    readme = readme.replace(
      new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`),
      (_, open, close) => `${open}${text}\n${close}`,
    );
  }
  return new Map([
    ["README.md", readme],
    ["docs/anomalies.md", anomalies()],
    ...(await reports2023()),
    [DERIVED, `${JSON.stringify(derived, null, 2)}\n`],
  ]);
}

/** The commonest libraries of the newest edition in reports/ that is complete. */
function newestEdition(): string {
  const folder = new URL("reports/", ROOT);
  const isComplete = (name: string) =>
    !readFileSync(new URL(`${name}/README.md`, folder), "utf8")
      .split("\n", 1)[0]!
      .includes("INCOMPLETE");
  const newest = readdirSync(folder)
    .filter((name) => /^\d{4}-\d\d$/.test(name) && isComplete(name))
    .sort()
    .at(-1)!;
  const [, ...rows]: string[][] = parse(readFileSync(new URL(`${newest}/libraries.csv`, folder), "utf8"));
  const filled = {
    table: CATALOGUE.find(({ name }) => name === "libraries")!,
    rows: rows.map((row) => row.map(unescapeName)),
  };
  const whose = newest === EDITION_2023 ? "the data of Seth Larson's survey of 2023" : "a survey";
  return `${chartOf(newest)}The ${TOP} commonest of ${rows.length} libraries in [edition ${newest}](reports/${newest}/README.md), ${whose}:\n\n${toMarkdown(headOf(filled, TOP, TOP_COLUMNS)).trimEnd()}`;
}

/** The chart of an edition's libraries, with the text that it has itself; nothing for one that was published before there were charts. */
function chartOf(edition: string): string {
  const file = new URL(`reports/${edition}/libraries.svg`, ROOT);
  if (!existsSync(file)) return "";
  const [, said] = /<desc>(.*)<\/desc>/.exec(readFileSync(file, "utf8"))!;
  return `[![${said}](reports/${edition}/libraries.svg)](reports/${edition}/README.md)\n\n`;
}

/** The committed reports of the data of 2023, made anew from the data among them. */
async function reports2023(): Promise<[path: string, text: string][]> {
  const scratch = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const places = { database: join(scratch, "survey.sqlite"), reports: join(scratch, "reports") };
  const data = fileURLToPath(new URL(`reports/${EDITION_2023}/files.csv`, ROOT));
  try {
    await runImport2023(data, places, SILENT, new AbortController().signal);
    const made = join(places.reports, EDITION_2023);
    return readdirSync(made).map((name) => [`reports/${EDITION_2023}/${name}`, readFileSync(join(made, name), "utf8")]);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The table at the top of README.md, and what the derivers make of the recorded slice. */
async function surveyRecorded(): Promise<{ latestTable: string; derived: Record<string, Derived> }> {
  const scratch = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const index = await startIndex(recordedSource());
  const database = join(scratch, "survey.sqlite");
  const request = {
    ...{
      edition: EDITION,
      index: index.url,
      ranking: index.rankingUrl,
      projects: null,
      top: 160,
      database,
      reports: join(scratch, "reports"),
    },
    ...{ fileHosts: [], concurrency: 8, rate: 0, contact: null, retry: false, now: () => NOW },
  };
  try {
    await runSurvey(STAGES, request, SILENT, new AbortController().signal);
    const db = openForReading(database);
    const libraries = readTable(db, "libraries", EDITION);
    const derived = derivedIn(db, join(request.reports, EDITION));
    db.close();
    const shown = toMarkdown(headOf(libraries, TOP, TOP_COLUMNS)).trimEnd();
    const latestTable = `The ${TOP} commonest of ${libraries.rows.length} libraries in the recorded slice of PyPI that ships with this repository: 160 projects, of most only one wheel, so no figure of all of PyPI.\n\n${shown}`;
    return { latestTable, derived };
  } finally {
    await index.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function anomalies(): string {
  return `# What is odd, and what is refused

Generated by \`scripts/docs.ts\` from the program's own lists.

## Kept and told

These words stand in the table \`anomaly\` and in the reports. The wheels are in the numbers.

${meanings("anomaly", { ...RECORD_ANOMALIES, ...SBOM_ANOMALIES, ...ZIP_TAGS })}

## Refused

These reasons begin the message of a failure of kind \`zip\`. Such a wheel is not in the numbers: readers would not agree on
what it holds.

${meanings("reason", ZIP_REASONS)}
`;
}

function meanings(heading: string, words: Record<string, string>): string {
  return table(
    [heading, "meaning"],
    Object.entries(words).map(([word, meaning]) => [`\`${word}\``, meaning]),
  );
}

function table(columns: string[], rows: string[][]): string {
  return markdownTable([columns, ...rows], { alignDelimiters: false });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(new URL("docs", ROOT), { recursive: true });
  const docs = await generatedDocs();
  const changed = existsSync(new URL(DERIVED, ROOT))
    ? unstamped(JSON.parse(readFileSync(new URL(DERIVED, ROOT), "utf8")), JSON.parse(docs.get(DERIVED)!))
    : [];
  if (changed.length > 0) {
    const wanted =
      "expected its version in pipeline/method.ts to go up with them, and METHOD with a line in CHANGELOG.md";
    process.stderr.write(`other outputs of ${changed.join(", ")}, ${wanted}\n`);
    process.exitCode = 1;
  } else for (const [path, text] of docs) writeFileSync(new URL(path, ROOT), text);
}
