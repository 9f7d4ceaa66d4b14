// A published table as CSV: RFC 4180 with LF line ends, UTF-8, a header.
import { stringify } from "csv-stringify/sync";
import { escapeName } from "./escape.ts";
import type { FilledTable } from "./table.ts";

const CHUNK = 5_000; // Rows that are cells and text at a time.

/** The table as CSV: what strangers wrote escaped, so that no spreadsheet takes it for a formula. */
export function toCsv({ table: { columns }, rows }: FilledTable): string {
  const parts = [stringify([columns.map(({ name }) => name)])];
  for (let at = 0; at < rows.length; at += CHUNK) {
    const cells = rows
      .slice(at, at + CHUNK)
      .map((row) =>
        row.map((cell, index) => (columns[index]!.stranger && typeof cell === "string" ? escapeName(cell) : cell)),
      );
    parts.push(stringify(cells, { escape_formulas: true }));
  }
  return parts.join("");
}
