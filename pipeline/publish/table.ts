// What a published table is.

/**
 * A column of a published table. `stranger`: its text was written by others, and no character of it may mean anything to a
 * reader; `identifier`: it is a word of ours that stands for something, not prose; `csvOnly`: pages for people do without it.
 */
export interface Column {
  name: string;
  type: "text" | "integer" | "number";
  /** What a number counts or measures; without one it is a place in an order. */
  unit?: string;
  meaning: string;
  stranger?: true;
  identifier?: true;
  csvOnly?: true;
}

/** A published table: its query takes the edition as `:edition` and gives the columns in their order, the rows in theirs. */
export interface PublishedTable {
  /** Its file's name, without a suffix. */
  name: string;
  title: string;
  meaning: string;
  /** What a reader could expect in it and does not find, and where that is. */
  leavesOut: string;
  query: string;
  /** The earlier edition that it sets beside this one: what changed in between is told with it. */
  since?: string;
  columns: Column[];
}

/** A row: the columns' cells in their order. */
export type Row = (string | number | null)[];

/** A table with the rows that it has for an edition. */
export interface FilledTable {
  table: PublishedTable;
  rows: Row[];
}

/** A row as an object: the cells by their columns' names. */
export type Cells = Record<string, string | number | null>;

/** The rows of a table as objects. */
export function recordsOf({ table: { columns }, rows }: FilledTable): Cells[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]!])));
}

/** A drawing of a table: its file's name without a suffix, its heading, what it shows in words, and the SVG. */
export interface Chart {
  name: string;
  title: string;
  alt: string;
  svg: string;
}

/** The rows, so many at a time. */
export function* inBatches(rows: Iterable<Row>, size: number): Generator<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Gives the table of a name with its rows for the edition in question. */
export type ReadTable = (name: string) => FilledTable;
