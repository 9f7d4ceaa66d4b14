// A published table as Markdown, in which no character that strangers wrote is markup.
import { markdownTable } from "markdown-table";
import { escapeCharacter, escapeMarkup, escapeName } from "./escape.ts";
import type { Column, FilledTable, PublishedTable } from "./table.ts";

const MOST_ROWS = 10_000; // Nobody reads more; the CSV has them all.

/** The table as a Markdown one without the columns that are for CSV alone, numbers to the right, what strangers wrote and identifiers as code. */
export function toMarkdown({ table: { columns }, rows }: FilledTable): string {
  const shown = columns.flatMap((column, index) => (column.csvOnly ? [] : [{ column, index }]));
  const align = shown.map(({ column }) => (column.type === "text" ? null : "right"));
  const cells = rows.slice(0, MOST_ROWS).map((row) => shown.map(({ column, index }) => cellOf(column, row[index]!)));
  return `${markdownTable([shown.map(({ column }) => column.name), ...cells], { align, alignDelimiters: false })}\n`;
}

/** What a table is, what each of its columns means and what it leaves out, as Markdown. */
export function explain({ meaning, leavesOut, columns }: PublishedTable): string {
  const words = columns.map((column) => `- **${column.name}**: ${column.meaning}`);
  return [meaning, "", ...words, "", `Left out: ${leavesOut}`].join("\n");
}

function cellOf({ stranger, identifier }: Column, cell: string | number | null): string {
  if (typeof cell !== "string") return String(cell ?? "");
  return stranger || identifier ? asCode(cell) : escapeMarkup(cell);
}

/**
 * A name as a code span, in which no character is markup; what could end it or its cell, and what readers of lesser Markdown
 * would take for HTML, is escaped like what does not print.
 */
export function asCode(name: string): string {
  return `\`${escapeName(name).replace(/[`|<]/g, escapeCharacter)}\``;
}
