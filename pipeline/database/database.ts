// Opening the survey's database: created, checked, and refused untouched if it is not ours or newer than this program.
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { EXIT, RunError } from "../errors.ts";
import { makeFolder } from "../folders.ts";
import { takeLock } from "./lock.ts";

/** The connection through which the stages read and write. */
export type Db = Database.Database;

/** "WHLS" in ASCII, in the header of each database of ours (PRAGMA application_id). */
export const APPLICATION_ID = 0x57484c53;

/** The version of schema.sql (PRAGMA user_version). */
export const SCHEMA_VERSION = 1;

const CACHE_KIB = 16 * 1024;
const SCHEMA = new URL("./schema.sql", import.meta.url);
const SQLITE_HEADER = "SQLite format 3\0";

/** Opens the database for the one run that may write to it, creating it if it is missing; RunError 5 or 7 if it cannot be had. */
export function openForWriting(file: string): { db: Db; close: () => void } {
  refuseForeign(file);
  try {
    makeFolder(dirname(file));
    const release = takeLock(file);
    if (!release)
      throw new RunError(EXIT.database, `database ${file}: in use by ${holder(file)}, expected no other run`);
    try {
      const db = new Database(file);
      create(db);
      const close = () => closeTo(db, release);
      process.once("exit", close);
      return {
        db,
        close() {
          process.off("exit", close);
          close();
        },
      };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    throw databaseError(file, error);
  }
}

/** Opens the database for reading beside a run that may be writing; RunError 5 if it is missing, foreign or newer. */
export function openForReading(file: string): Db {
  if (!existsSync(file))
    throw new RunError(EXIT.database, `database ${file}: no such file, expected one that a survey made`);
  refuseForeign(file);
  try {
    let db: Db;
    try {
      // Not opened read-only: the last reader of a database in WAL mode has to be able to tidy up behind a killed writer.
      db = new Database(file, { fileMustExist: true });
      db.pragma("query_only = ON");
    } catch {
      db = new Database(file, { readonly: true });
    }
    checkVersion(db, file);
    if (db.pragma("user_version", { simple: true }) === 0) {
      db.close();
      throw new RunError(EXIT.database, `database ${file}: empty, expected one that a survey made`);
    }
    return db;
  } catch (error) {
    throw databaseError(file, error);
  }
}

/** A database in memory with the survey's schema, for tests and for building reports from imported data. */
export function openInMemory(): Db {
  const db = new Database(":memory:");
  create(db);
  return db;
}

const STATEMENTS = new WeakMap<Db, Map<string, Database.Statement>>();

/** The statement of this SQL text, prepared once for each connection: for what is asked or stored again and again. */
export function statement<Params extends unknown[] = unknown[], Row = unknown>(
  db: Db,
  sql: string,
): Database.Statement<Params, Row> {
  const known = STATEMENTS.get(db) ?? new Map<string, Database.Statement>();
  STATEMENTS.set(db, known);
  const prepared = known.get(sql) ?? db.prepare(sql);
  known.set(sql, prepared);
  return prepared as Database.Statement<Params, Row>;
}

/** Turns what SQLite or the file system says of a database file into the RunError for it; other errors come back as they are. */
export function databaseError(file: string, error: unknown): unknown {
  if (error instanceof RunError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (/^SQLITE_(NOTADB|CORRUPT|BUSY|LOCKED)/.test(code)) {
    return new RunError(
      EXIT.database,
      `database ${file}: ${error.message} (${code}), expected a whole database of this program`,
    );
  }
  if (/^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|PERM)/.test(code)) {
    return new RunError(EXIT.output, `database ${file}: ${error.message} (${code}), expected to be able to write it`);
  }
  const { path } = error as NodeJS.ErrnoException;
  return path === undefined
    ? error
    : new RunError(EXIT.output, `${path}: ${error.message}, expected to be able to write it`);
}

function create(db: Db): void {
  if (db.pragma("user_version", { simple: true }) === 0) {
    db.pragma("page_size = 8192");
    db.transaction(() => {
      db.exec(readFileSync(SCHEMA, "utf8"));
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
  }
  checkVersion(db, db.name);
  db.pragma("journal_mode = WAL");
  // Each open of a WAL database by better-sqlite3 starts with NORMAL, under which a power cut may undo commits.
  db.pragma("synchronous = FULL");
  if (db.pragma("synchronous", { simple: true }) !== 2) throw new Error("PRAGMA synchronous: not FULL");
  db.pragma(`cache_size = -${CACHE_KIB}`);
}

function checkVersion(db: Db, file: string): void {
  const version = db.pragma("user_version", { simple: true }) as number;
  if (version > SCHEMA_VERSION) {
    throw new RunError(
      EXIT.database,
      `database ${file}: schema version ${version}, expected at most ${SCHEMA_VERSION}; use a newer program`,
    );
  }
}

// Reads the header itself, so that a foreign file is not touched, not even by opening it as a database.
function refuseForeign(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat || (stat.isFile() && stat.size === 0)) return;
  if (!stat.isFile())
    throw new RunError(EXIT.database, `database ${file}: not a regular file, expected a SQLite database`);
  const header = Buffer.alloc(100);
  try {
    const fd = openSync(file, "r");
    readSync(fd, header, 0, 100, 0);
    closeSync(fd);
  } catch (error) {
    throw databaseError(file, error);
  }
  if (header.toString("latin1", 0, 16) !== SQLITE_HEADER) {
    throw new RunError(EXIT.database, `database ${file}: not a SQLite database, expected one that a survey made`);
  }
  const version = header.readUInt32BE(60);
  const application = header.readUInt32BE(68);
  // A run killed while it made the file leaves an empty database, which is nobody's.
  const fresh = application === 0 && version === 0 && header.readUInt32BE(40) === 0;
  if (application !== APPLICATION_ID && !fresh) {
    throw new RunError(
      EXIT.database,
      `database ${file}: made by another program (application id ${application}), expected one that a survey made; left untouched`,
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new RunError(
      EXIT.database,
      `database ${file}: schema version ${version}, expected at most ${SCHEMA_VERSION}; use a newer program`,
    );
  }
}

function removeSpool(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // The next run removes it.
  }
}

function holder(file: string): string {
  try {
    const db = openForReading(file);
    const run = db
      .prepare("SELECT pid, host, started_at FROM run WHERE ended_at IS NULL ORDER BY run DESC LIMIT 1")
      .get() as { pid: number; host: string; started_at: string } | undefined;
    db.close();
    if (run && (run.host !== hostname() || lives(run.pid)))
      return `process ${run.pid} on ${run.host === hostname() ? "this host" : run.host} since ${run.started_at}`;
  } catch {
    // The holder has only just begun.
  }
  return "another process";
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

// At rest the database is one file: everything checkpointed, no -wal beside it.
function closeTo(db: Db, release: () => void): void {
  try {
    db.pragma("journal_mode = DELETE");
  } catch {
    // A reader is looking: then the last of us to close removes the -wal.
  }
  try {
    db.close();
  } finally {
    removeSpool(`${db.name}.spool`);
    release();
  }
}
