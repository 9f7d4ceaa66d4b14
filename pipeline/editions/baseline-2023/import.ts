// The data of the survey of 2023, brought in as an edition of its own: which file name was seen in which project.
// Its CSV has no header: project, file name, distribution in which that name was first seen. Our reports have the same rows below one.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "csv-parse/sync";
import { type Db, statement } from "../../database/database.ts";
import { EXIT, RunError } from "../../errors.ts";
import { isProjectName, normalizeProjectName } from "../../formats/pypi/project-name.ts";
import { unescapeName } from "../../publish/escape.ts";
import { count } from "../../words.ts";
import { judgeFile, storeAnswer } from "../release.ts";
import { EDITION_2023 } from "./names.ts";

const PUBLISHED = new URL("../../../data/published-2023.csv", import.meta.url);

/** The data set of 2023, which came from `at`. */
export interface Data2023 {
  at: string;
  sha256: Buffer;
  rows: Row[];
}

/** Reads the data set of 2023 in either form, that of its survey or that of reports/2023-07/; RunError 4 if it is not it. */
export function readData(at: string, bytes: Buffer): Data2023 {
  return { at, sha256: createHash("sha256").update(bytes).digest(), rows: parseData(at, bytes.toString("utf8")) };
}

/** The stored rows of the data, as a query: project, file name, distribution; to be told the edition, and an order. */
export const FILES_2023 = `SELECT a.project, p.path, b.filename
FROM answer a JOIN binary_wheel b USING (release_id) JOIN member m USING (wheel_id) JOIN path p USING (path_id) WHERE true`;

const HEADER = "project,file_name,distribution"; // Of the table `files` in reports/2023-07/.

/** Stores the data set of 2023; says how much it is. RunError 2 if other data are there. */
export function import2023(db: Db, { at, sha256, rows }: Data2023): string {
  if (db.prepare("SELECT 1 FROM edition WHERE edition = ?").get(EDITION_2023) !== undefined) {
    if (isStored(db, rows)) return `${count(rows.length, "file")}, imported before`;
    const found = `edition ${EDITION_2023}: other data than ${at}`;
    throw new RunError(EXIT.usage, `${found}, expected the same as before; use another --database`);
  }
  const projects = groupBy(rows, ([project]) => project);
  db.transaction(() => {
    db.prepare(
      `INSERT INTO edition (edition, kind, top_n, index_url, ranking_source, ranking_sha256, ranked_at) VALUES (?, 'imported', ?, '', ?, ?, NULL)`,
    ).run(EDITION_2023, projects.size, basename(at), sha256);
    for (const [project, files] of projects) storeProject(db, project, files);
    const published = db.prepare("INSERT INTO published_2023 (library, published) VALUES (?, ?)");
    for (const row of parse(readFileSync(PUBLISHED), { from_line: 2 }) as string[][])
      published.run(row[0], Number(row[1]));
  }).immediate();
  return `${count(rows.length, "file")} of ${count(projects.size, "project")}`;
}

type Row = [project: string, fileName: string, distribution: string];

function isStored(db: Db, rows: Row[]): boolean {
  const stored = db.prepare(`${FILES_2023} AND a.edition = ?`).raw().all(EDITION_2023) as Row[];
  const given = new Set(rows.map((row) => row.join()));
  return stored.length === given.size && stored.every((row) => given.has(row.join()));
}

function groupBy<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return groups;
}

// A release for each project, a wheel without a hash for each distribution, a file without one for each name.
function storeProject(db: Db, project: string, rows: Row[]): void {
  const insert = (sql: string, ...values: unknown[]) => Number(statement(db, sql).run(...values).lastInsertRowid);
  const distributions = groupBy(rows, ([, , distribution]) => distribution);
  const release = insert("INSERT INTO release (project, files) VALUES (?, ?)", project, distributions.size);
  insert("INSERT INTO release_outcome (release_id, outcome) VALUES (?, 'taken')", release);
  storeAnswer(db, EDITION_2023, { project, releaseId: release, etag: null, askedOn: null });
  for (const [distribution, files] of distributions) {
    const wheel = insert("INSERT INTO wheel DEFAULT VALUES");
    const listed = [release, distribution, wheel];
    insert("INSERT INTO release_file (release_id, filename, wheel_id, yanked) VALUES (?, ?, ?, 0)", ...listed);
    judgeFile(db, release, distribution, wheel, true);
    for (const [, fileName] of files) {
      insert("INSERT INTO path (path) VALUES (?) ON CONFLICT DO NOTHING", fileName);
      const member = [wheel, fileName, insert("INSERT INTO file DEFAULT VALUES")];
      insert(
        "INSERT OR IGNORE INTO member (wheel_id, path_id, file_id) VALUES (?, (SELECT path_id FROM path WHERE path = ?), ?)",
        ...member,
      );
    }
  }
}

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
  if (rows[0]?.join() === HEADER) rows = rows.slice(1).map((row) => row.map(unescapeName));
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
