// The pages that people read: an edition's front page, that of the data of 2023, and a page for a table.
import { EDITION_2023 } from "../editions/baseline-2023/names.ts";
import { SURVEY_2023 } from "../editions/baseline-2023/survey.ts";
import { type Coverage, reasonsIncomplete } from "../editions/coverage.ts";
import { METHOD } from "../method.ts";
import { count } from "../words.ts";
import { headOf } from "./catalogue.ts";
import { escapeMarkup } from "./escape.ts";
import { explain, toMarkdown } from "./markdown.ts";
import {
  askedNotice,
  breaksNotice,
  datesNotice,
  incompleteNotice,
  localNotice,
  otherFilesNotice,
  shortNotice,
} from "./notices.ts";
import type { Chart, FilledTable, PublishedTable, ReadTable } from "./table.ts";

const TOP = 25; // Rows of each ranked table on a front page,

/** and its first columns there: rank, name, packages, percent, files, wheels. */
export const TOP_COLUMNS = 6;

/** A table that was written: how many rows it has, whether its CSV was too large, and whether it is a page too. */
export interface Written {
  table: PublishedTable;
  rows: number;
  isLarge: boolean;
  isPage: boolean;
}

/** What the page of an edition is made of. */
export interface Contents {
  edition: string;
  coverage: Coverage;
  tables: Written[];
  charts: Chart[];
  read: ReadTable;
}

/** An edition as a heading names it. */
export function headingOf(edition: string, coverage: Coverage): string {
  const isIncomplete = coverage.kind !== "imported" && reasonsIncomplete(coverage).length > 0;
  return isIncomplete ? `${edition} (INCOMPLETE)` : edition;
}

/** The page of a table of an edition, with the breaks that it crosses. */
export function tablePage(filled: FilledTable, heading: string, edition: string): string {
  const { table } = filled;
  const breaks = table.since === undefined ? [] : breaksNotice(table.since, edition);
  return join([`# ${table.title}, ${heading}`, explain(table), ...breaks, toMarkdown(filled)]);
}

/** The front page of a surveyed edition: what was found, in words and in figures, what it covers and leaves out. */
export function frontPage({ edition, coverage, tables, charts, read }: Contents, findings: string[]): string {
  const libraries = read("libraries");
  const section = (name: string, nothing: string) => {
    const filled = read(name);
    const body =
      filled.rows.length === 0
        ? [nothing]
        : [meaningOf(filled.table), ...drawn(charts, name), toMarkdown(filled).trimEnd()];
    return [`## ${filled.table.title}`, ...body];
  };
  const unrecognized = tables.find(({ table }) => table.name === "unrecognized")!.rows;
  return join([
    `# Native libraries in wheels, ${headingOf(edition, coverage)}`,
    ...incompleteNotice(coverage),
    ...localNotice(coverage),
    ...shortNotice(coverage),
    ...datesNotice(coverage),
    `${coverage.outcomes.taken ?? 0} of ${coverage.topN} projects with binary wheels, from ${sourceOf(coverage)}; ` +
      `${coverage.wheelsRead} of ${coverage.wheels} binary wheels of their latest releases read.${askedNotice(coverage)} Method version ${METHOD}.`,
    "## Findings",
    findings.map((finding) => `- ${finding}`).join("\n"),
    `## The ${TOP} commonest libraries`,
    ...drawn(charts, "libraries"),
    toMarkdown(headOf(libraries, TOP, TOP_COLUMNS)).trimEnd(),
    `## The ${TOP} commonest upstream projects`,
    ...drawn(charts, "components"),
    toMarkdown(headOf(read("components"), TOP, TOP_COLUMNS)).trimEnd(),
    `${unrecognized} of ${libraries.rows.length} libraries belong to no project that the rules know: ` +
      "mostly libraries of the packages themselves. They are in unrecognized.csv.",
    ...["versions", "trends", "sizes"].flatMap((name) => drawnWithHeading(charts, name)),
    ...tableList(tables, "CC0-1.0"),
    ...section("outcomes", ""),
    ...(coverage.unasked > 0
      ? [`${count(coverage.unasked, "further project")} of the ranking not needed, or not reached.`]
      : []),
    ...otherFilesNotice(coverage),
    ...section("platforms", "No wheel."),
    ...section("kinds", "No native file."),
    ...section("contents", "No shared library."),
    ...section("sbom-completeness", "No wheel bundles a shared library."),
    ...section("failures", "Nothing."),
    ...section("anomalies", "No wheel."),
    ...howToCite(edition, coverage),
  ]);
}

/** The front page of the data of 2023: whose they are, what they published, and what the same data say. */
export function importedPage({ edition, coverage, tables, charts, read }: Contents): string {
  const baseline = read("baseline");
  const allOfPypi = read("all-of-pypi");
  const files = tables.find(({ table }) => table.name === "files")!.rows;
  return join([
    `# ${baseline.table.title}`,
    `Imported: ${files} files of ${coverage.outcomes.taken ?? 0} projects. Nothing was surveyed for this edition. Method version ${METHOD}.`,
    ATTRIBUTION,
    `The data know of each file its project, its name, and the one distribution in which it was first seen. They have no
\`.dylib\`, no library that ends in plain \`.so\`, and 488 projects. So shares by platform are no more than a lower bound.`,
    explain(baseline.table),
    toMarkdown(baseline),
    `## The ${TOP} commonest libraries, by distinct projects`,
    ...drawn(charts, "libraries"),
    toMarkdown(headOf(read("libraries"), TOP, TOP_COLUMNS)).trimEnd(),
    `## The ${TOP} commonest upstream projects`,
    ...drawn(charts, "components"),
    toMarkdown(headOf(read("components"), TOP, TOP_COLUMNS)).trimEnd(),
    `## ${allOfPypi.table.title}`,
    meaningOf(allOfPypi.table),
    toMarkdown(allOfPypi).trimEnd(),
    ...tableList(tables, `CC0-1.0, but for files.csv: ${licence.id}, by ${givenNames} ${familyNames}`),
    ...howToCite(edition, coverage),
  ]);
}

const { title, givenNames, familyNames, year, url, licence, changes } = SURVEY_2023;
/** Whose the data of 2023 are, and what was changed in them. */
export const ATTRIBUTION = `The data are those of [${title}](${url})
by ${givenNames} ${familyNames}, ${year}, licence [${licence.id}](${licence.url}), described in his
[report of 2023-07-07](https://sethmlarson.dev/security-developer-in-residence-weekly-report-2). files.csv is his table under
that licence, changed in this: ${changes}. What is counted of it here is CC0-1.0.`;

function tableList(tables: Written[], data: string): string[] {
  const link = (name: string) => `[${name}](${name})`;
  const items = tables.map(({ table, rows, isLarge, isPage }) => {
    const places = [
      isLarge ? "in the dataset only, larger than 25 MB" : link(`${table.name}.csv`),
      ...(isPage ? [link(`${table.name}.md`)] : []),
    ];
    return `- **${table.title}** (${places.join(", ")}; ${count(rows, "row")}). ${meaningOf(table).replaceAll("\n", " ")}`;
  });
  return ["## Tables", items.join("\n"), `Data: ${data}.`];
}

/** The chart of this name, if there is one, as Markdown shows it: its text is that of the chart itself. */
function drawn(charts: Chart[], name: string): string[] {
  return charts.filter((chart) => chart.name === name).map((chart) => asImage(chart));
}

function drawnWithHeading(charts: Chart[], name: string): string[] {
  return charts.filter((chart) => chart.name === name).flatMap((chart) => [`## ${chart.title}`, asImage(chart)]);
}

/** A chart as a Markdown image, the file beside the page. */
export function asImage({ name, alt }: Chart, folder = ""): string {
  return `![${escapeMarkup(alt)}](${folder}${name}.svg)`;
}

function meaningOf({ meaning, leavesOut }: PublishedTable): string {
  return `${meaning} Left out: ${leavesOut}`;
}

/** A heading and the words with which an edition is cited, or why it is not. */
export function howToCite(edition: string, coverage: Coverage): string[] {
  const isIncomplete = coverage.kind !== "imported" && reasonsIncomplete(coverage).length > 0;
  const data = edition === EDITION_2023 ? ", from the data of Seth Larson's survey (Apache-2.0)" : "";
  const citation = `wheel-survey: Native libraries in Python wheels, edition ${edition}, method version ${METHOD}${data}. CC0-1.0.`;
  return ["## How to cite", isIncomplete ? "Not yet: this edition is incomplete." : `> ${citation}`];
}

/** Where an edition's projects are from. */
export function sourceOf(coverage: Coverage): string {
  return coverage.kind === "ranking"
    ? `the download ranking${coverage.rankedAt ? ` of ${coverage.rankedAt}` : ""} (${coverage.ranked} projects, SHA-256 \`${coverage.rankingSha256}\`)`
    : `a list of ${coverage.ranked} projects (SHA-256 \`${coverage.rankingSha256}\`)`;
}

function join(paragraphs: string[]): string {
  return `${paragraphs.map((paragraph) => paragraph.trimEnd()).join("\n\n")}\n`;
}
