// The data of the survey of 2023, brought in as an edition of its own: which file name was seen in which project.
// Its CSV has no header: project, file name, distribution in which that name was first seen.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "csv-parse/sync";
import { fetchPublic } from "../collect/fetch-public.ts";
import type { Db } from "../database/database.ts";
import { EXIT, RunError } from "../errors.ts";
import { isProjectName, normalizeProjectName } from "../formats/pypi/project-name.ts";

/** The edition under which the data of 2023 are stored. */
export const EDITION_2023 = "2023-07";

const PUBLISHED = new URL("../../data/published-2023.csv", import.meta.url);

/** Stores the data set of 2023 from a file or a URL; says how much it is. RunError 4 if it cannot be read or is not it. */
export async function import2023(db: Db, at: string, signal: AbortSignal): Promise<string> {
  const bytes = await fetchPublic("data of 2023", at, signal);
  const rows = parseData(at, bytes.toString("utf8"));
  const sha256 = createHash("sha256").update(bytes).digest();
  const known = db.prepare("SELECT ranking_sha256 FROM edition WHERE edition = ?").pluck().get(EDITION_2023) as
    | Buffer
    | undefined;
  if (known?.equals(sha256)) return `${rows.length} files, imported before`;
  if (known)
    throw new RunError(
      EXIT.usage,
      `edition ${EDITION_2023}: other data than ${at}, expected the same as before; use another --database`,
    );
  const projects = new Set(rows.map(([project]) => project));
  db.transaction(() => {
    db.prepare(
      `INSERT INTO edition (edition, kind, top_n, index_url, ranking_source, ranking_sha256, ranked_at) VALUES (?, 'imported', ?, '', ?, ?, NULL)`,
    ).run(EDITION_2023, projects.size, basename(at), sha256);
    const file = db.prepare(
      "INSERT INTO imported_file (edition, project, file_name, distribution) VALUES (?, ?, ?, ?)",
    );
    for (const row of rows) file.run(EDITION_2023, ...row);
    const published = db.prepare("INSERT INTO published_2023 (library, published) VALUES (?, ?)");
    for (const row of parse(readFileSync(PUBLISHED), { from_line: 2 }) as string[][])
      published.run(row[0], Number(row[1]));
  }).immediate();
  return `${rows.length} files of ${projects.size} projects`;
}

type Row = [project: string, fileName: string, distribution: string];

function parseData(at: string, text: string): Row[] {
  const refuse = (found: string) => {
    throw new RunError(
      EXIT.source,
      `data of 2023, ${at}: ${found}, expected CSV rows of project, file name, distribution, without a header`,
    );
  };
  let rows: string[][] = [];
  try {
    rows = parse(text, { skip_empty_lines: true });
  } catch (error) {
    refuse((error as Error).message);
  }
  if (rows.length === 0) refuse("no row");
  rows.forEach((row, index) => {
    const [project = "", fileName = "", distribution = ""] = row;
    const sound =
      row.length === 3 &&
      isProjectName(project) &&
      /^[^/]+$/.test(fileName) &&
      /\.(whl|gz|zip|bz2)$/.test(distribution);
    if (!sound) refuse(`row ${index + 1} is ${JSON.stringify(row.join(",").slice(0, 100))}`);
  });
  return rows.map(([project, fileName, distribution]) => [normalizeProjectName(project!), fileName!, distribution!]);
}
