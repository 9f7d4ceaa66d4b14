// What is published: each table declared once, with its query and its columns. Every form of it is a writer over this.
import { type Db, statement } from "../database/database.ts";
import type { FilledTable, PublishedTable, ReadTable, Row } from "./table.ts";
import { BASELINE_TABLES } from "./tables/baseline-2023.ts";
import { CARRIED_TABLES } from "./tables/carried.ts";
import { CHANGE_TABLES } from "./tables/changes.ts";
import { COVERAGE_TABLES } from "./tables/coverage.ts";
import { LINKED_TABLES } from "./tables/linked.ts";
import { ORIGIN_TABLES } from "./tables/origins.ts";
import { PROJECT_TABLES } from "./tables/projects.ts";
import { RANKED_TABLES } from "./tables/ranked.ts";
import { REPAIR_TABLES } from "./tables/repairs.ts";
import { SBOM_TABLES } from "./tables/sboms.ts";
import { VERSION_TABLES } from "./tables/versions.ts";

/** All published tables. */
export const CATALOGUE: readonly PublishedTable[] = [
  ...RANKED_TABLES,
  ...VERSION_TABLES,
  ...LINKED_TABLES,
  ...CHANGE_TABLES,
  ...PROJECT_TABLES,
  ...CARRIED_TABLES,
  ...SBOM_TABLES,
  ...ORIGIN_TABLES,
  ...REPAIR_TABLES,
  ...BASELINE_TABLES,
  ...COVERAGE_TABLES,
];

/** The tables that imported data can fill, in the order in which the page of such an edition lists them, */
export const OF_IMPORTED: readonly string[] = [
  ...["libraries", "components", "baseline", "distributions", "past-end", "origins", "origin-conflicts"],
  ...["all-of-pypi", "trends", "files"],
];

/** and those of them that are of imported data alone. Every other table of the catalogue is of a surveyed edition. */
const OF_IMPORTED_ALONE: ReadonlySet<string> = new Set(["baseline", "files"]);

/** The tables that make sense of an edition of either kind. */
export function tablesOf(isImported: boolean): PublishedTable[] {
  return isImported ? OF_IMPORTED.map(tableNamed) : CATALOGUE.filter(({ name }) => !OF_IMPORTED_ALONE.has(name));
}

/** The table of this name. */
export function tableNamed(name: string): PublishedTable {
  return CATALOGUE.find((table) => table.name === name)!;
}

/** The rows of the table of this name for an edition. */
export function readTable(db: Db, name: string, edition: string): FilledTable {
  const table = tableNamed(name);
  return { table, rows: statement(db, table.query).raw().all({ edition }) as Row[] };
}

/** Reads each table when it is first asked for, and keeps it, unless it has more than `most` rows: those are read again. */
export function onceEach(read: ReadTable, most = Number.POSITIVE_INFINITY): ReadTable {
  const known = new Map<string, FilledTable>();
  return (name) => {
    const filled = known.get(name) ?? read(name);
    if (filled.rows.length <= most) known.set(name, filled);
    return filled;
  };
}

/** The rows of a table for an edition as they come, for one that need not fit into memory. */
export function rowsOf(db: Db, { query }: PublishedTable, edition: string): IterableIterator<Row> {
  return db.prepare(query).raw().iterate({ edition }) as IterableIterator<Row>;
}

/** The first rows and columns of a table. */
export function headOf({ table, rows }: FilledTable, height: number, width: number): FilledTable {
  const columns = table.columns.slice(0, width);
  return { table: { ...table, columns }, rows: rows.slice(0, height).map((row) => row.slice(0, width)) };
}
