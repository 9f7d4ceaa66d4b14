// A published table as Parquet (format version 2, snappy): every value as it is, typed as its column says.
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import { type Column, inBatches, type Row } from "./table.ts";

const ROW_GROUP = 10_000; // Rows that are in memory at a time.
const TYPES = { text: "STRING", integer: "INT64", number: "DOUBLE" } as const;

/** The table as the bytes of a Parquet file, a row group at a time; each part is to be used up before the next is asked for. */
export function* parquetParts(columns: readonly Column[], rows: Iterable<Row>): Generator<Uint8Array> {
  const bytes = new ByteWriter();
  const schema = schemaFromColumnData({ columnData: columnsOf(columns, []) });
  const writer = new ParquetWriter({ writer: bytes, schema }); // It writes to memory, and so at once.
  for (const batch of inBatches(rows, ROW_GROUP)) {
    void writer.write({ columnData: columnsOf(columns, batch), rowGroupSize: batch.length });
    yield bytes.getBytes();
    bytes.index = 0;
  }
  void writer.finish();
  yield bytes.getBytes();
}

function columnsOf(columns: readonly Column[], rows: Row[]) {
  return columns.map(({ name, type }, at) => ({
    name,
    type: TYPES[type],
    data: rows.map((row) => (type === "integer" && row[at] !== null ? BigInt(row[at]!) : row[at]!)),
  }));
}
