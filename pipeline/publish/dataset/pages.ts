// What people read of a dataset: the data dictionary and how to cite it.
import { dictionary, type RelationColumn } from "../../database/dictionary.ts";
import { SURVEY_2023 } from "../../editions/baseline-2023/survey.ts";
import { METHOD } from "../../method.ts";
import { count } from "../../words.ts";
import { explain } from "../markdown.ts";
import { type About, AUTHORS, DATABASE } from "./about.ts";
import { EMPTIED, RECIPE } from "./copy.ts";
import type { DatasetFile, DatasetTable } from "./files.ts";
import { attribution, OWN, spdxOf } from "./licences.ts";

/** data-dictionary.md: what is in each file, column by column, and how to load and check it; `rows` is the SHA-256 of the database's rows, `sboms` the archive of SBOMs. */
export function dataDictionary(about: About, tables: DatasetTable[], rows: string, sboms: DatasetFile | null): string {
  const sections = [
    `# ${about.title}`,
    about.description,
    ...attribution(
      about,
      tables.map(({ table }) => table.name),
    ),
    `Data: ${spdxOf(about)}, see [LICENSE](LICENSE). How to cite it: [CITATION.cff](CITATION.cff).`,
    "## Loading it",
    `Each table is a CSV and a Parquet file with the rows of this edition. [${DATABASE}](${DATABASE}) holds every edition so far, in
the tables below and in the views of the same names as the files.`,
    LOADING,
    `Parquet and SQLite have every value as it is. In CSV an empty cell is no value or an empty text, and in names from wheels, whatever
does not print, a backslash, and a first character that a spreadsheet would act on are written as \`\\u{hex}\`.`,
    ...(sboms
      ? [
          `[${sboms.name}](${sboms.name}) holds an SBOM (CycloneDX 1.6) of each wheel of this edition that was read, as <project>/<wheel>.cdx.json: its bundled
files, the distributions' packages of which they are copies, and what the wheel's own documents say.`,
        ]
      : []),
    "## Checking it",
    `\`sha256sum -c SHA256SUMS\` checks the files. The same facts give the same bytes but for ${DATABASE}, whose pages may lie otherwise:
what it holds, the empty tables ${EMPTIED.join(", ")} left out, has the SHA-256 \`${rows}\`, which this prints anew:`,
    `\`\`\`python\n${RECIPE}\n\`\`\``,
    "## The files",
    tables.map(listed).join("\n"),
    ...tables.flatMap(({ table }) => [`### ${table.name}`, explain(table)]),
    `## The tables of ${DATABASE}`,
    ...dictionary().flatMap(({ kind, name, about, columns }) =>
      kind === "table" ? [`### Table ${name}`, `A row for each ${about}.`, columns.map(explained).join("\n")] : [],
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}

function listed({ table, rows, csv, parquet }: DatasetTable): string {
  return `- ${table.name} ([CSV](${csv.name}), [Parquet](${parquet.name})): ${table.title}, ${count(rows, "row")}`;
}

function explained({ name, meaning }: RelationColumn): string {
  return `- **${name}**: ${meaning}`;
}

const LOADING = `\`\`\`sh
duckdb -c "SELECT component, count(DISTINCT project) FROM 'native_file.parquet' GROUP BY component ORDER BY 2 DESC"
python3 -c "import pandas; print(pandas.read_parquet('native_file.parquet'))"
sqlite3 ${DATABASE} "SELECT * FROM component_rank LIMIT 10"
datasette ${DATABASE} --metadata metadata.json
\`\`\``;

/** CITATION.cff: https://citation-file-format.github.io/, version 1.2.0. */
export function citation({ edition, title, description, day, isImported, imported }: About): string {
  const fields = {
    "cff-version": "1.2.0",
    message: "If you use these data, please cite them with their edition and method version.",
    type: "dataset",
    title,
    abstract: description,
    version: `${edition}, method ${METHOD}`,
    ...(day && { "date-released": day }),
    ...(!isImported && { license: OWN.id }), // Several would mean any of them; LICENSE says which holds for what.
    ...(imported !== null && { references: [referenceTo(imported)] }),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`);
  return `${lines.join("")}authors:\n  - name: ${JSON.stringify(AUTHORS)}\n`;
}

function referenceTo(imported: string): object {
  const { title, givenNames, familyNames, year, url, licence } = SURVEY_2023;
  return {
    type: "data",
    title,
    authors: [{ "family-names": familyNames, "given-names": givenNames }],
    year,
    url,
    license: licence.id,
    scope: `the data of edition ${imported}`,
  };
}
