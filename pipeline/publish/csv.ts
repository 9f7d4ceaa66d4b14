// A published table as CSV: RFC 4180 with LF line ends, UTF-8, a header.
import { stringify } from "csv-stringify/sync";
import { escapeName } from "./escape.ts";
import { type Column, inBatches, type PublishedTable, type Row } from "./table.ts";

/** A table and its rows, which may come one after the other. */
interface Rows {
  table: PublishedTable;
  rows: Iterable<Row>;
}

const BATCH = 500; // Rows that are cells and text at a time.

/** The table as CSV: what strangers wrote escaped, so that no spreadsheet takes it for a formula. */
export function toCsv({ table: { columns }, rows }: Rows): string {
  return [...csvParts(columns, rows)].join("");
}

/** The table as CSV, or null as soon as that has more bytes than `most`. */
export function toCsvWithin(most: number, { table: { columns }, rows }: Rows): string | null {
  const parts: string[] = [];
  let bytes = 0;
  for (const part of csvParts(columns, rows)) {
    bytes += Buffer.byteLength(part);
    if (bytes > most) return null;
    parts.push(part);
  }
  return parts.join("");
}

/** The table as CSV, some thousand rows at a time. */
export function* csvParts(columns: readonly Column[], rows: Iterable<Row>): Generator<string> {
  yield stringify([columns.map(({ name }) => name)]);
  for (const batch of inBatches(rows, BATCH)) {
    const cells = batch.map((row) =>
      row.map((cell, index) => (columns[index]!.stranger && typeof cell === "string" ? escapeName(cell) : cell)),
    );
    yield stringify(cells, { escape_formulas: true });
  }
}
