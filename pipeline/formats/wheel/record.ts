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
const ODD_SHA256_FIELD = /^sha256=(?:([0-9A-Fa-f]{64})|([A-Za-z0-9+/]{43})=?)$/; // in hex, or in base64 of the other alphabet

/** The SHA-256 of a row, 32 bytes; null where there is no row, no hash, or another algorithm's. */
export function sha256Of(row: RecordRow | undefined): Buffer | null {
  if (row === undefined) return null;
  const [, digest] = SHA256_FIELD.exec(row.hash) ?? [];
  if (digest !== undefined) return Buffer.from(digest, "base64url");
  const [, hex, base64] = ODD_SHA256_FIELD.exec(row.hash) ?? [];
  if (hex !== undefined) return Buffer.from(hex, "hex");
  return base64 === undefined ? null : Buffer.from(base64, "base64");
}

/** Whether a row's SHA-256 can be read, but is not written in URL-safe base64 as the specification wants it. */
export function hasOddDigest({ hash }: RecordRow): boolean {
  return !SHA256_FIELD.test(hash) && ODD_SHA256_FIELD.test(hash);
}

/** RECORD's rows by the paths that the archive has: `\`, which the specification allows on Windows, is `/` unless the archive has it too. */
export function withArchivePaths(
  record: Map<string, RecordRow>,
  entries: readonly { path: string }[],
): Map<string, RecordRow> {
  if (![...record.keys()].some((path) => path.includes("\\"))) return record;
  const paths = new Set(entries.map(({ path }) => path));
  const pathOf = (path: string) => (paths.has(path) ? path : path.replaceAll("\\", "/"));
  return new Map([...record].map(([path, row]) => [pathOf(path), row]));
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
