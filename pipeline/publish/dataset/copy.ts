// The database as others get it: the facts and what was made of them, without what it took to make it.
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import type { Db } from "../../database/database.ts";
import { addShardFunction } from "../../editions/shard.ts";
import { EXIT, RunError } from "../../errors.ts";

/** Tables that are published without rows: who ran it, when and where, and the listings, whose native files are in `member`. */
export const EMPTIED = ["listing", "run_worker", "run_stage", "run"];

const CACHE_KIB = 16 * 1024;

/** Writes the copy, compact and in one file, and opens it for reading; RunError 7 if SQLite does not find it whole. */
export async function copyDatabase(db: Db, file: string): Promise<Db> {
  await writeCopy(db, file);
  const copy = new Database(file);
  addShardFunction(copy);
  try {
    copy.pragma(`cache_size = -${CACHE_KIB}`);
    copy.exec("ANALYZE");
    const found = copy.pragma("integrity_check", { simple: true });
    if (found !== "ok") throw new RunError(EXIT.output, `output ${file}: integrity check: ${found}, expected ok`);
    copy.pragma("query_only = ON");
    return copy;
  } catch (error) {
    copy.close();
    throw error;
  }
}

// By way of a second copy, in which nothing needs a journal because it is only passed on.
async function writeCopy(db: Db, file: string): Promise<void> {
  const whole = `${file}.whole`;
  await db.backup(whole);
  const copy = new Database(whole);
  try {
    copy.pragma("journal_mode = DELETE");
    copy.pragma("journal_mode = OFF");
    copy.pragma("synchronous = OFF");
    for (const table of EMPTIED) copy.exec(`DELETE FROM ${table}`);
    copy.prepare("VACUUM INTO ?").run(file);
  } finally {
    copy.close();
    rmSync(whole);
  }
}

/**
 * The SHA-256 of what a database holds, however its pages lie: a line for each row of each table, its values as SQLite's quote()
 * writes them, tables by name and rows by their columns from the first on. RECIPE does the same in Python.
 */
export function hashRows(db: Db): string {
  const hash = createHash("sha256");
  const tables = db.prepare<[], string>(TABLES).pluck().all();
  for (const table of tables) {
    const columns = db.prepare<[string], string>("SELECT name FROM pragma_table_info(?)").pluck().all(table);
    const values = columns.map((column) => `quote(${column})`).join(" || ',' || ");
    const rows = db.prepare<[], string>(`SELECT ${values} FROM ${table} ORDER BY ${columns.join(", ")}`).pluck();
    for (const row of rows.iterate()) hash.update(`${table},${row}\n`);
  }
  return hash.digest("hex");
}

const TABLES = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
AND name NOT IN (${EMPTIED.map((table) => `'${table}'`).join(", ")}) ORDER BY name`;

/** A Python program that prints what hashRows gives for survey.sqlite. */
export const RECIPE = `import hashlib, sqlite3
db = sqlite3.connect("survey.sqlite")
digest = hashlib.sha256()
for (table,) in db.execute("""${TABLES}""").fetchall():
    columns = [name for (name,) in db.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    values = " || ',' || ".join(f"quote({column})" for column in columns)
    for (row,) in db.execute(f"SELECT {values} FROM {table} ORDER BY {', '.join(columns)}"):
        digest.update(f"{table},{row}\\n".encode())
print(digest.hexdigest())`;
