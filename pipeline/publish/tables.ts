// A ranked table in the forms it is published in. Each is one query in tables/, named like the file it fills.
import { readFileSync } from "node:fs";
import { stringify } from "csv-stringify/sync";
import { markdownTable } from "markdown-table";
import type { Db } from "../database/database.ts";
import { escapeCharacter, escapeMarkup, escapeName } from "./escape.ts";

/** A table as it is published: its columns in order, and its rows of names, counts and gaps. */
export interface Table {
  columns: string[];
  rows: (string | number | null)[][];
}

/** The tables that have a query in tables/. */
export type TableName = "libraries" | "components" | "projects" | "unrecognized" | "baseline" | "then-and-now";

/** Runs a table's query for an edition. */
export function readTable(db: Db, name: TableName, edition: string): Table {
  const query = db.prepare(readFileSync(new URL(`tables/${name}.sql`, import.meta.url), "utf8")).raw();
  const columns = query.columns().map((column) => column.name);
  return { columns, rows: query.all({ edition }) as Table["rows"] };
}

/** The table as CSV (RFC 4180 with LF line ends, UTF-8, a header): names escaped, so that no spreadsheet takes one for a formula. */
export function toCsv({ columns, rows }: Table): string {
  const parts = [stringify([columns])];
  for (let at = 0; at < rows.length; at += CHUNK) {
    const cells = rows
      .slice(at, at + CHUNK)
      .map((row) => row.map((cell) => (typeof cell === "string" ? escapeName(cell) : cell)));
    parts.push(stringify(cells, { escape_formulas: true }));
  }
  return parts.join("");
}

const CHUNK = 5_000; // Rows that are cells and text at a time.
const MOST_ROWS = 10_000; // Nobody reads more; the CSV has them all.
const OUR_WORDS = new Set(["outcome", "meaning", "kind", "group", "anomaly", "stage", "name", "why"]); // Columns that hold no stranger's text.

/** The table as a Markdown one: what strangers wrote as code, so that no character of theirs is markup. */
export function toMarkdown({ columns, rows }: Table): string {
  const align = columns.map((_, index) =>
    rows.length > 0 && rows.every((row) => typeof row[index] !== "string") ? "right" : null,
  );
  const cells = rows.slice(0, MOST_ROWS).map((row) => row.map((cell, index) => markdownCell(columns[index]!, cell)));
  return `${markdownTable([columns, ...cells], { align, alignDelimiters: false })}\n`;
}

function markdownCell(column: string, cell: string | number | null): string {
  if (typeof cell !== "string") return String(cell ?? "");
  return OUR_WORDS.has(column) ? escapeMarkup(cell) : code(cell);
}

// A name as a code span, in which no character is markup; what could end it or its cell, and what readers of lesser Markdown
// would take for HTML, is escaped like what does not print.
function code(name: string): string {
  return `\`${escapeName(name).replace(/[`|<]/g, escapeCharacter)}\``;
}
