// How commands that answer a question print rows: a table for people, CSV, or JSON.
import { Option } from "@commander-js/extra-typings";
import { markdownTable } from "markdown-table";
import { printable } from "../progress.ts";
import { toCsv } from "../publish/csv.ts";
import type { FilledTable } from "../publish/table.ts";
import { printLine } from "./output.ts";

/** What the options say of the form. */
export interface RowForm {
  csv?: true | undefined;
  json?: true | undefined;
}

const OFTEN_SAME = new Set(["edition", "project", "wheel", "platform_family", "repair_tool"]);

/** --csv: the rows as the published CSVs have them. */
export const csvOption = () => new Option("--csv", "as CSV, names escaped as in the published tables");

/** --json: the rows as one array of objects. */
export const jsonOption = () => new Option("--json", "as one JSON array of objects").conflicts("csv");

/** Prints the rows of a table in the form asked for; names are verbatim in JSON, inert in a table. */
export async function printRows(filled: FilledTable, { csv, json }: RowForm): Promise<void> {
  if (csv) process.stdout.write(toCsv(filled));
  else if (json) await printJson(filled);
  else if (filled.rows.length > 0) process.stdout.write(`${tableOf(filled)}\n`);
}

async function printJson({ table: { columns }, rows }: FilledTable): Promise<void> {
  if (rows.length === 0) return printLine("[]");
  for (const [at, row] of rows.entries()) {
    const object = Object.fromEntries(columns.map(({ name }, column) => [name, row[column]]));
    await printLine(`${at === 0 ? "[" : " "}${JSON.stringify(object)}${at === rows.length - 1 ? "]" : ","}`);
  }
}

/** A table for people: columns in which nothing is said are left out, and so are those that say the same of every row of many. */
function tableOf({ table: { columns }, rows }: FilledTable): string {
  const shown = columns.flatMap((column, at) => {
    const said = new Set(rows.map((row) => row[at]));
    const isEmpty = said.size === 1 && said.has(null);
    return isEmpty || (rows.length > 1 && said.size === 1 && OFTEN_SAME.has(column.name)) ? [] : [{ column, at }];
  });
  const cells = rows.map((row) => shown.map(({ at }) => printable(String(row[at] ?? ""))));
  const align = shown.map(({ column }) => (column.type === "text" ? "left" : "right"));
  return markdownTable([shown.map(({ column }) => column.name), ...cells], { align });
}
