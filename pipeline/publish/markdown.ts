// A published table as Markdown, in which no character that strangers wrote is markup.
import { markdownTable } from "markdown-table";
import { escapeCharacter, escapeMarkup, escapeName } from "./escape.ts";
import type { Column, FilledTable, PublishedTable } from "./table.ts";

const MOST_ROWS = 10_000; // Nobody reads more; the CSV has them all.

/** The table as a Markdown one, numbers to the right, what strangers wrote and identifiers as code. */
export function toMarkdown({ table: { columns }, rows }: FilledTable): string {
  const align = columns.map(({ type }) => (type === "text" ? null : "right"));
  const cells = rows.slice(0, MOST_ROWS).map((row) => row.map((cell, index) => cellOf(columns[index]!, cell)));
  return `${markdownTable([columns.map(({ name }) => name), ...cells], { align, alignDelimiters: false })}\n`;
}

/** What a table is and what each of its columns means, as Markdown. */
export function explain({ meaning, columns }: PublishedTable): string {
  return [meaning, "", ...columns.map((column) => `- **${column.name}**: ${column.meaning}`)].join("\n");
}

function cellOf({ stranger, identifier }: Column, cell: string | number | null): string {
  if (typeof cell !== "string") return String(cell ?? "");
  return stranger || identifier ? code(cell) : escapeMarkup(cell);
}

// A name as a code span, in which no character is markup; what could end it or its cell, and what readers of lesser Markdown
// would take for HTML, is escaped like what does not print.
function code(name: string): string {
  return `\`${escapeName(name).replace(/[`|<]/g, escapeCharacter)}\``;
}
