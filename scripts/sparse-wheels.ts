// Writes a database of recorded wheel ends (tables wheel and segment) out as a folder of sparse wheels with a SHA256SUMS.
//   node --import tsx scripts/sparse-wheels.ts REAL_WHEELS_DB FOLDER
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Database from "better-sqlite3";
import { HASH_LIST } from "../test/loopback/folder-source.ts";

interface Wheel {
  filename: string;
  size: number;
  sha256: string;
}

interface Segment {
  start: number;
  bytes: Buffer;
}

const USAGE = "sparse-wheels.ts REAL_WHEELS_DB FOLDER";

function main(): void {
  const [database, folder] = readArguments();
  const db = openDatabase(database);
  const wheels = db.prepare<[], Wheel>("SELECT filename, size, sha256 FROM wheel ORDER BY filename").all();
  const segments = db.prepare<[string], Segment>("SELECT start, bytes FROM segment WHERE filename = ? ORDER BY start");
  mkdirSync(folder, { recursive: true });
  for (const { filename, size } of wheels) writeSparse(join(folder, filename), size, segments.iterate(filename));
  const hashes = wheels.map(({ filename, sha256 }) => `${sha256}  ${filename}\n`);
  writeFileSync(join(folder, HASH_LIST), hashes.join(""));
  console.error(`${wheels.length} wheels in ${folder}`);
}

function readArguments(): [database: string, folder: string] {
  try {
    const [database, folder, ...others] = parseArgs({ allowPositionals: true }).positionals;
    if (database !== undefined && folder !== undefined && others.length === 0) return [database, folder];
    return refuse(`${process.argv.length - 2} arguments`);
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function openDatabase(path: string): Database.Database {
  try {
    const db = new Database(path, { readonly: true });
    db.prepare("SELECT 1 FROM wheel JOIN segment USING (filename) LIMIT 1").get();
    return db;
  } catch (error) {
    return refuse(`${path}: ${(error as Error).message}`);
  }
}

function writeSparse(path: string, size: number, segments: Iterable<Segment>): void {
  const file = openSync(path, "w");
  ftruncateSync(file, size);
  for (const { start, bytes } of segments) writeSync(file, bytes, 0, bytes.length, start);
  closeSync(file);
}

function refuse(found: string): never {
  console.error(`sparse-wheels: ${found}, expected ${USAGE}`);
  process.exit(2);
}

main();
