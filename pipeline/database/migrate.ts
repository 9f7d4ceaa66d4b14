// Bringing an older database up to date: one numbered SQL file for each version, all of them in one transaction.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { Database as Db } from "better-sqlite3";
import { EXIT, RunError } from "../errors.ts";

const FOLDER = new URL("migrations/", import.meta.url);
const SCHEMA = new URL("schema.sql", import.meta.url);

/** The schema's text: the data dictionary, as a new database gets it. */
export function schemaText(): string {
  return readFileSync(SCHEMA, "utf8");
}

/** The version of schema.sql (PRAGMA user_version): that of the last migration. */
export const SCHEMA_VERSION: number = Math.max(...readdirSync(FOLDER).map((name) => Number.parseInt(name, 10)));

/** Migrates a database to the present version, one version after the other, whole or not at all; RunError 5 if that cannot be. */
export function migrate(db: Db): void {
  db.function("sha256", { deterministic: true }, (bytes) =>
    createHash("sha256")
      .update(bytes as Buffer)
      .digest(),
  );
  db.pragma("foreign_keys = OFF"); // It cannot be changed within a transaction, and tables are replaced here.
  try {
    db.transaction(() => {
      for (let version = versionOf(db) + 1; version <= SCHEMA_VERSION; version += 1) takeStep(db, version);
    }).exclusive();
  } finally {
    db.pragma("foreign_keys = ON");
  }
}

function takeStep(db: Db, to: number): void {
  try {
    db.exec(readFileSync(new URL(`${String(to).padStart(3, "0")}.sql`, FOLDER), "utf8"));
    if (to === SCHEMA_VERSION) replaceViews(db);
    const broken = (db.pragma("foreign_key_check") as unknown[]).length;
    if (broken > 0) throw new Error(`${broken} broken references`);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (/^SQLITE_(FULL|IOERR|READONLY|BUSY|NOMEM)/.test(code)) throw error;
    const found = `database ${db.name}, to schema version ${to}: ${message}`;
    throw new RunError(EXIT.database, `${found}, expected a database of this program; left as it was`);
  }
  db.pragma(`user_version = ${to}`);
}

/** The version of a database's schema; 0 of one that has just been made. */
export function versionOf(db: Db): number {
  return db.pragma("user_version", { simple: true }) as number;
}

// Views hold no data: those of schema.sql replace whichever there are.
function replaceViews(db: Db): void {
  const names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'view'").pluck().all() as string[];
  for (const name of names) db.exec(`DROP VIEW ${name}`);
  db.exec(schemaText().slice(schemaText().indexOf("CREATE VIEW")));
}
