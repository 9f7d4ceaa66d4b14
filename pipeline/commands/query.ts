// `query`: a question in SQL, asked of the database without being able to change it.
import { Argument, Command } from "@commander-js/extra-typings";
import type { Statement } from "better-sqlite3";
import { type Db, openForReading } from "../database/database.ts";
import { EXIT, RunError } from "../errors.ts";
import type { FilledTable } from "../publish/table.ts";
import { databaseOption } from "./options.ts";
import { csvOption, jsonOption, printRows } from "./rows.ts";

/** The command. */
export const queryCommand = () =>
  new Command("query")
    .description("answer a question in SQL (one statement that only reads; docs/queries.md has examples)")
    .addArgument(new Argument("<SQL>", "for example: SELECT * FROM library_rank LIMIT 10"))
    .addOption(databaseOption())
    .addOption(csvOption())
    .addOption(jsonOption())
    .action(async (sql, { database, ...form }) => {
      const db = openForReading(database);
      try {
        await printRows(answerOf(db, sql), form);
      } finally {
        db.close();
      }
    });

const CHANGING = /^(?:\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*(?:pragma|attach|detach|vacuum)\b/i;

/** The rows of a query; RunError 2 if it is no single statement that only reads. */
export function answerOf(db: Db, sql: string): FilledTable {
  const query = readingStatement(db, sql);
  try {
    const rows = query.raw().all() as FilledTable["rows"];
    const columns = query.columns().map(({ name }, column) => ({
      ...{ name, meaning: "", stranger: true as const },
      type: rows.some((row) => typeof row[column] === "string") ? ("text" as const) : ("number" as const),
    }));
    const inText = rows.map((row) => row.map((cell) => (Buffer.isBuffer(cell) ? cell.toString("hex") : cell)));
    return { table: { name: "query", title: "", meaning: "", leavesOut: "", query: sql, columns }, rows: inText };
  } catch (error) {
    throw refusal(error);
  }
}

function readingStatement(db: Db, sql: string): Statement {
  let query: Statement;
  try {
    query = db.prepare(sql);
  } catch (error) {
    throw refusal(error);
  }
  // A pragma may change how the file is read, and ATTACH makes a file.
  if (!query.reader || !query.readonly || CHANGING.test(sql))
    throw new RunError(EXIT.usage, "query: a statement that may change something, expected one that only reads");
  return query;
}

function refusal(error: unknown): RunError {
  return new RunError(
    EXIT.usage,
    `query: ${(error as Error).message}, expected one statement of SQLite's SQL that reads`,
  );
}
