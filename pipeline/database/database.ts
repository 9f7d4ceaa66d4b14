// Opening the survey's database: created, checked, and refused untouched if it is not ours or newer than this program.
import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { addShardFunction } from "../editions/shard.ts";
import { EXIT, RunError } from "../errors.ts";
import { makeFolder } from "../folders.ts";
import { isAlive } from "../processes.ts";
import { takeLock } from "./lock.ts";
import { migrate, SCHEMA_VERSION, schemaText, versionOf } from "./migrate.ts";

/** The connection through which the stages read and write. */
export type Db = Database.Database;

/** "WHLS" in ASCII, in the header of each database of ours (PRAGMA application_id). */
const APPLICATION_ID = 0x57484c53;

const CACHE_KIB = 16 * 1024;
const SQLITE_HEADER = "SQLite format 3\0";

/** A database that may be written to: `upgradedFrom` is the version it had, if that was an older one. */
export interface WritableDb {
  db: Db;
  upgradedFrom: number | null;
  close: () => void;
}

/** Opens the database for the one run that may write to it, creating it or bringing it up to date; RunError 5 or 7 if it cannot be had. */
export function openForWriting(file: string): WritableDb {
  refuseForeign(file);
  try {
    makeFolder(dirname(file));
    const release = takeLock(file);
    if (!release)
      throw new RunError(EXIT.database, `database ${file}: in use by ${holder(file)}, expected no other run`);
    try {
      const db = new Database(file);
      const upgradedFrom = prepare(db);
      const close = () => closeTo(db, release);
      process.once("exit", close);
      return {
        db,
        upgradedFrom,
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

/** The line that says that an older database has been brought up to date. */
export function upgradeNotice(file: string, from: number): string {
  return `${file}: brought up to date, from schema version ${from} to ${SCHEMA_VERSION}`;
}

/** Opens the database for reading beside a run that may be writing; RunError 5 if it is missing, foreign or newer. */
export function openForReading(file: string): Db {
  if (!existsSync(file))
    throw new RunError(EXIT.database, `database ${file}: no such file, expected one that a survey made`);
  const version = refuseForeign(file);
  if (version > 0) checkCurrent(version, file);
  try {
    let db: Db;
    try {
      // Not opened read-only: the last reader of a database in WAL mode has to be able to remove the journals of a killed writer.
      db = new Database(file, { fileMustExist: true });
      db.pragma("query_only = ON");
    } catch {
      db = new Database(file, { readonly: true });
    }
    addShardFunction(db);
    try {
      checkCurrent(versionOf(db), file);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  } catch (error) {
    throw databaseError(file, error);
  }
}

/** A database in memory with the survey's schema, for tests and for building reports from imported data. */
export function openInMemory(): Db {
  const db = new Database(":memory:");
  prepare(db);
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

/** Makes a new database ours, or an older one up to date, and sets how it is written; gives the version it had if that was older. */
function prepare(db: Db): number | null {
  addShardFunction(db);
  const found = versionOf(db);
  checkNotNewer(found, db.name);
  if (found === 0) {
    db.pragma("page_size = 8192");
    db.transaction(() => {
      db.exec(schemaText());
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${SCHEMA_VERSION}`);
    })();
  } else if (found < SCHEMA_VERSION) migrate(db);
  db.pragma("journal_mode = WAL");
  // Each open of a WAL database by better-sqlite3 starts with NORMAL, under which a power cut may undo commits.
  db.pragma("synchronous = FULL");
  if (db.pragma("synchronous", { simple: true }) !== 2) throw new Error("PRAGMA synchronous: not FULL");
  db.pragma(`cache_size = -${CACHE_KIB}`);
  return found > 0 && found < SCHEMA_VERSION ? found : null;
}

function checkNotNewer(version: number, file: string): void {
  if (version <= SCHEMA_VERSION) return;
  const found = `database ${file}: schema version ${version}`;
  throw new RunError(EXIT.database, `${found}, expected at most ${SCHEMA_VERSION}; use a newer program`);
}

function checkCurrent(version: number, file: string): void {
  checkNotNewer(version, file);
  if (version === SCHEMA_VERSION) return;
  const command = `npm run survey -- upgrade --database ${file}`;
  const found = version === 0 ? "empty" : `schema version ${version}`;
  const wanted = version === 0 ? "one that a survey made" : `${SCHEMA_VERSION}; bring it up to date with: ${command}`;
  throw new RunError(EXIT.database, `database ${file}: ${found}, expected ${wanted}`);
}

// Reads the header itself, so that a foreign file is not touched, not even by opening it as a database; gives its version.
function refuseForeign(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat || (stat.isFile() && stat.size === 0)) return 0;
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
  // A run killed while it made the file leaves an empty database, which belongs to no program.
  const fresh = application === 0 && version === 0 && header.readUInt32BE(40) === 0;
  if (application !== APPLICATION_ID && !fresh) {
    throw new RunError(
      EXIT.database,
      `database ${file}: made by another program (application id ${application}), expected one that a survey made; left untouched`,
    );
  }
  checkNotNewer(version, file);
  return version;
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
      .prepare("SELECT pid, host, started_at FROM run WHERE ended_at IS NULL ORDER BY run_id DESC LIMIT 1")
      .get() as { pid: number; host: string; started_at: string } | undefined;
    db.close();
    if (run && (run.host !== hostname() || isAlive(run.pid)))
      return `process ${run.pid} on ${run.host === hostname() ? "this host" : run.host} since ${run.started_at}`;
  } catch {
    // The holder has only just begun.
  }
  return "another process";
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
