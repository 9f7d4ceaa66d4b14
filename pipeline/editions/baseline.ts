// The survey of 2023 beside ours: its published figures and what they counted, and each later edition against its data.
import type { Db } from "../database/database.ts";
import { readTable, toCsv, toMarkdown } from "../publish/tables.ts";

const BASELINE_EXPLAINED = `The ranked table of 2023 stood under the heading "Unique Packages". From its own data, three figures:

- **published**: the figure of 2023.
- **pairs**: distinct pairs of project and file name, names folded by the rule of 2023: the hash of eight hex digits and what
  follows \`.so\` taken off, if that is digits and dots. This is what was published.
- **packages**: distinct projects, by the same rule.
- **packages_now**: distinct projects, by our names. They also fold names with a letter in the version (\`.so.1.0.2k\`), with
  two hashes, with the hashes of other tools and in other cases.

The data know of each file its project, its name, and the one distribution in which it was first seen. They have no
\`.dylib\`, no library that ends in plain \`.so\`, and 488 projects.`;

const THEN_AND_NOW_EXPLAINED = `Distinct projects that carry a library, by our names, in the data of 2023 and in this edition, and their share of the projects
surveyed. Only what both can see is counted: shared libraries whose file name ends in \`.dll\` or goes on after \`.so\`, in
wheels for Linux and Windows.

Not comparable, and left out: macOS (the data of 2023 have no \`.dylib\`), libraries that end in plain \`.so\`, source
distributions, extension modules, and counts by platform (the data keep one distribution for each file name). To be read with
care: the projects are those of each time's ranking, and how downloads are counted has changed in between.`;

/** The files of the imported edition's reports: name → text. */
export function baselineFiles(db: Db, edition: string): Map<string, string> {
  const table = readTable(db, "baseline", edition);
  const { projects, files } = db
    .prepare("SELECT count(DISTINCT project) AS projects, count(*) AS files FROM imported_file WHERE edition = ?")
    .get(edition) as { projects: number; files: number };
  const extent = `Imported: ${files} files of ${projects} projects. Nothing was surveyed for this edition.`;
  return new Map([
    ["README.md", `# The survey of 2023, recounted\n\n${extent}\n\n${BASELINE_EXPLAINED}\n\n${toMarkdown(table)}`],
    ["baseline.csv", toCsv(table)],
  ]);
}

/** Whether the data of 2023 have been imported and named. */
export function hasImported(db: Db): boolean {
  return db.prepare("SELECT 1 FROM imported_name LIMIT 1").get() !== undefined;
}

/** The files that set an edition beside the data of 2023, if those have been imported: name → text. */
export function thenAndNowFiles(db: Db, edition: string, heading: string): Map<string, string> {
  if (!hasImported(db)) return new Map();
  const table = readTable(db, "then-and-now", edition);
  return new Map([
    ["then-and-now.csv", toCsv(table)],
    ["then-and-now.md", `# Libraries in 2023 and in ${heading}\n\n${THEN_AND_NOW_EXPLAINED}\n\n${toMarkdown(table)}`],
  ]);
}
