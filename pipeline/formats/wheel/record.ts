// RECORD, the list of a wheel's files: CSV rows of path, hash, size.
// https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
import { parse } from "csv-parse/sync";
import { ItemError } from "../../errors.ts";

/** One row of RECORD: its hash field as it is (see `sha256Of`), and the size in bytes. */
export interface RecordRow {
  hash: string;
  size: number | null;
}

const SHA256_FIELD = /^sha256=([A-Za-z0-9_-]{43})=?$/;

/** The SHA-256 of a row, 32 bytes; null where there is no row, no hash, or another algorithm's. */
export function sha256Of(row: RecordRow | undefined): Buffer | null {
  const digest = row && SHA256_FIELD.exec(row.hash)?.[1];
  return digest ? Buffer.from(digest, "base64url") : null;
}

/** Reads RECORD's text into its rows by path, a repeated path by its last row; ItemError `content` if it is not CSV. */
export function parseRecord(text: string): Map<string, RecordRow> {
  const rows = new Map<string, RecordRow>();
  for (const [path, hash, size] of text.includes('"') ? quotedRows(text) : plainRows(text)) {
    if (path === "") continue;
    rows.set(path, { hash, size: /^\d+$/.test(size) ? Number(size) : null });
  }
  return rows;
}

type Fields = [path: string, hash: string, size: string];

// Without a quote anywhere a row is its text between three commas; this is nearly every RECORD, and ten times as fast.
function* plainRows(text: string): Generator<Fields> {
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, text[end - 1] === "\r" ? end - 1 : end);
    start = end + 1;
    const first = line.indexOf(",");
    const second = first < 0 ? -1 : line.indexOf(",", first + 1);
    if (first < 0) yield [line, "", ""];
    else if (second < 0) yield [line.slice(0, first), line.slice(first + 1), ""];
    else yield [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1)];
  }
}

function* quotedRows(text: string): Generator<Fields> {
  let rows: string[][];
  try {
    rows = parse(text, { relax_column_count: true, relax_quotes: true, skip_empty_lines: true });
  } catch (error) {
    throw new ItemError("content", `RECORD: ${(error as Error).message}, expected CSV rows of path, hash, size`);
  }
  for (const [path = "", hash = "", size = ""] of rows) yield [path, hash, size];
}
