// What is published: each table declared once, with its query and its columns. Every form of it is a writer over this.
import { type Db, statement } from "../database/database.ts";
import { BASELINE_TABLES } from "./tables/baseline-2023.ts";
import { COVERAGE_TABLES } from "./tables/coverage.ts";
import { PROJECT_TABLES } from "./tables/projects.ts";
import { RANKED_TABLES } from "./tables/ranked.ts";

/**
 * A column of a published table. `stranger`: its text was written by others, and no character of it may mean anything to a
 * reader; `identifier`: it is a word of ours that stands for something, not prose.
 */
export interface Column {
  name: string;
  type: "text" | "integer" | "number";
  /** What a number counts or measures; without one it is a place in an order. */
  unit?: string;
  meaning: string;
  stranger?: true;
  identifier?: true;
}

/** A published table: its query takes the edition as `:edition` and gives the columns in their order, the rows in theirs. */
export interface PublishedTable {
  /** Its file's name, without a suffix. */
  name: string;
  title: string;
  meaning: string;
  query: string;
  columns: Column[];
}

/** A table with the rows that it has for an edition. */
export interface FilledTable {
  table: PublishedTable;
  rows: (string | number | null)[][];
}

/** All published tables. */
export const CATALOGUE: readonly PublishedTable[] = [
  ...RANKED_TABLES,
  ...PROJECT_TABLES,
  ...BASELINE_TABLES,
  ...COVERAGE_TABLES,
];

/** The rows of the table of this name for an edition. */
export function readTable(db: Db, name: string, edition: string): FilledTable {
  const table = CATALOGUE.find((each) => each.name === name)!;
  return { table, rows: statement(db, table.query).raw().all({ edition }) as FilledTable["rows"] };
}

/** The first rows and columns of a table. */
export function headOf({ table, rows }: FilledTable, height: number, width: number): FilledTable {
  const columns = table.columns.slice(0, width);
  return { table: { ...table, columns }, rows: rows.slice(0, height).map((row) => row.slice(0, width)) };
}
