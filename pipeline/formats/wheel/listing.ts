// Everything that a wheel's central directory lists, in one small value: what each entry is called, its size, CRC-32 and mode.
// A byte 1 (the form's version) and the number of entries, then columns, all of it compressed as raw deflate (RFC 1951):
//   shared    a byte for each path: how many characters it begins with that the one before begins with, 255 at most
//   paths     the rest of each path, UTF-8, each ended by a line feed (no path of an accepted archive has one)
//   sizes     uncompressed, each as a base-128 number, the low groups first
//   modes     Unix modes, likewise; 0 where the entry says none
//   checksums CRC-32 of each, 4 bytes, little-endian
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { MAX_DIRECTORY_SIZE, MAX_ENTRIES } from "../zip/end-record.ts";
import type { Entry } from "../zip/layout.ts";

/** An entry as a listing keeps it: size in bytes, uncompressed. */
export type ListedEntry = Pick<Entry, "path" | "size" | "crc32" | "mode">;

const VERSION = 1;
const MOST_SHARED = 255;
const LARGEST = 2 * MAX_DIRECTORY_SIZE; // Bytes: an entry of a directory has 46 and its path, one of a listing at most some 30 and the path's rest.

/** The listing of these entries, in their order. */
export function encodeListing(entries: readonly ListedEntry[]): Buffer {
  const shared = Buffer.alloc(entries.length);
  const checksums = Buffer.alloc(4 * entries.length);
  const rests: string[] = [];
  let before = "";
  for (const [at, { path, crc32 }] of entries.entries()) {
    const common = commonStart(before, path);
    shared[at] = common;
    rests.push(`${path.slice(common)}\n`);
    checksums.writeUInt32LE(crc32, 4 * at);
    before = path;
  }
  const head = Buffer.concat([Buffer.from([VERSION]), numbers([entries.length])]);
  const sizes = numbers(entries.map(({ size }) => size));
  const modes = numbers(entries.map(({ mode }) => mode));
  return deflateRawSync(Buffer.concat([head, shared, Buffer.from(rests.join("")), sizes, modes, checksums]));
}

/** The entries of a listing; RangeError if it is not one, or larger than that of any archive that is accepted. */
export function decodeListing(listing: Buffer): ListedEntry[] {
  const bytes = inflateRawSync(listing, { maxOutputLength: LARGEST });
  if (bytes[0] !== VERSION) throw new RangeError(`listing: form ${bytes[0]}, expected ${VERSION}`);
  const [[count], sharedAt] = readNumbers(bytes, 1, 1) as [[number], number];
  if (count > MAX_ENTRIES) throw new RangeError(`listing: ${count} entries, expected at most ${MAX_ENTRIES}`);
  let at = sharedAt + count;
  const paths: string[] = [];
  for (let nth = 0, before = ""; nth < count; nth += 1) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw new RangeError(`listing: ${nth} paths, expected ${count}`);
    before = before.slice(0, bytes[sharedAt + nth]) + bytes.toString("utf8", at, end);
    paths.push(before);
    at = end + 1;
  }
  const [sizes, modesAt] = readNumbers(bytes, at, count);
  const [modes, checksumsAt] = readNumbers(bytes, modesAt, count);
  return paths.map((path, nth) => ({
    path,
    size: sizes[nth]!,
    crc32: bytes.readUInt32LE(checksumsAt + 4 * nth),
    mode: modes[nth]!,
  }));
}

function commonStart(before: string, path: string): number {
  const most = Math.min(before.length, path.length, MOST_SHARED);
  let common = 0;
  while (common < most && before.charCodeAt(common) === path.charCodeAt(common)) common += 1;
  return isSplitPair(path, common) ? common - 1 : common; // UTF-8 has no half of a surrogate pair.
}

function isSplitPair(text: string, at: number): boolean {
  return at > 0 && /[\ud800-\udbff]/.test(text.charAt(at - 1));
}

function numbers(values: number[]): Buffer {
  const bytes: number[] = [];
  for (let value of values) {
    for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
    bytes.push(value);
  }
  return Buffer.from(bytes);
}

function readNumbers(bytes: Buffer, from: number, count: number): [values: number[], next: number] {
  const values: number[] = [];
  let at = from;
  for (let nth = 0; nth < count; nth += 1) {
    let value = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) break;
    }
    values.push(value);
  }
  return [values, at];
}
