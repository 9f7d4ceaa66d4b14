// The files of a dataset, written part by part, with the length and the SHA-256 that others check them by.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Db } from "../../database/database.ts";
import { rowsOf } from "../catalogue.ts";
import { csvParts } from "../csv.ts";
import { writeNew } from "../output.ts";
import { parquetParts } from "../parquet.ts";
import type { PublishedTable, Row } from "../table.ts";

/** A file of a dataset: its name, its length in bytes, and its SHA-256 in hex. */
export interface DatasetFile {
  name: string;
  bytes: number;
  sha256: string;
}

/** A table of a dataset with its number of rows and its two files. */
export interface DatasetTable {
  table: PublishedTable;
  rows: number;
  csv: DatasetFile;
  parquet: DatasetFile;
}

/** Writes a table's rows of an edition as CSV and as Parquet, and hands them to `partition`, few of them in memory at a time. */
export function writeTable(
  db: Db,
  edition: string,
  table: PublishedTable,
  folder: string,
  partition: (rows: Iterable<Row>) => void,
): DatasetTable {
  let rows = 0;
  function* read(): Generator<Row> {
    rows = 0;
    for (const row of rowsOf(db, table, edition)) {
      rows += 1;
      yield row;
    }
  }
  const csv = writeParts(folder, `${table.name}.csv`, csvParts(table.columns, read()));
  const parquet = writeParts(folder, `${table.name}.parquet`, parquetParts(table.columns, read()));
  partition(read());
  return { table, rows, csv, parquet };
}

/** Writes a new file of these parts, one after the other, and flushes it. */
export function writeParts(folder: string, name: string, parts: Iterable<string | Uint8Array>): DatasetFile {
  return { name, ...writeNew(join(folder, name), parts) };
}

/** The SHA-256 of a file in hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
