// All editions of each table as one: ROOT/parquet/<table>/edition=YYYY-MM/<table>.parquet, which DuckDB, Spark and ClickHouse read as a table
// with a column `edition` (Hive partitioning). An edition adds its own folders, and touches no other's.
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parquetParts } from "../parquet.ts";
import type { PublishedTable, Row } from "../table.ts";
import { writeParts } from "./files.ts";

const FOLDER = "parquet";
const EDITION = "edition";

/** Where an edition's partitions are made before they are put in their places: a folder that is there, and empty. */
export function stagePartitions(root: string, edition: string): string {
  const staged = join(root, FOLDER, `.${edition}.new`);
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(staged, { recursive: true });
  return staged;
}

/** Writes a table's partition there, without the column that the folder's name says. */
export function writePartition(staged: string, table: PublishedTable, rows: Iterable<Row>): void {
  const at = table.columns.findIndex(({ name }) => name === EDITION);
  const columns = table.columns.filter((_, nth) => nth !== at);
  const without = function* (): Generator<Row> {
    for (const row of rows) yield at === -1 ? row : (row.filter((_, nth) => nth !== at) as Row);
  };
  writeParts(staged, `${table.name}.parquet`, parquetParts(columns, without()));
}

/** Puts an edition's partitions in their places, one after the other, each whole. */
export function placePartitions(root: string, edition: string, tables: readonly { table: PublishedTable }[]): void {
  const staged = join(root, FOLDER, `.${edition}.new`);
  for (const { table } of tables) {
    const folder = join(root, FOLDER, table.name, `${EDITION}=${edition}`);
    mkdirSync(folder, { recursive: true });
    renameSync(join(staged, `${table.name}.parquet`), join(folder, `${table.name}.parquet`));
  }
  rmSync(staged, { recursive: true });
}
