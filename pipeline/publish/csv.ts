// A published table as CSV: RFC 4180 with LF line ends, UTF-8, a header.
import { stringify } from "csv-stringify/sync";
import { escapeName } from "./escape.ts";
import type { PublishedTable, Row } from "./table.ts";

/** A table and its rows, which may come one after the other. */
interface Rows {
  table: PublishedTable;
  rows: Iterable<Row>;
}

const CHUNK = 5_000; // Rows that are cells and text at a time.

/** The table as CSV, as it comes: what strangers wrote escaped, so that no spreadsheet takes it for a formula. */
export function* csvParts({ table: { columns }, rows }: Rows): Generator<string> {
  const cellsOf = (row: Row) =>
    row.map((cell, index) => (columns[index]!.stranger && typeof cell === "string" ? escapeName(cell) : cell));
  yield stringify([columns.map(({ name }) => name)]);
  let cells: Row[] = [];
  for (const row of rows) {
    cells.push(cellsOf(row));
    if (cells.length < CHUNK) continue;
    yield stringify(cells, { escape_formulas: true });
    cells = [];
  }
  yield stringify(cells, { escape_formulas: true });
}

/** The table as CSV. */
export function toCsv(rows: Rows): string {
  return [...csvParts(rows)].join("");
}

/** The table as CSV, or null as soon as that has more bytes than `most`. */
export function toCsvWithin(most: number, rows: Rows): string | null {
  const parts: string[] = [];
  let bytes = 0;
  for (const part of csvParts(rows)) {
    bytes += Buffer.byteLength(part);
    if (bytes > most) return null;
    parts.push(part);
  }
  return parts.join("");
}
