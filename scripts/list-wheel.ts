// Reads what is recorded of one wheel: its directory, and of its .dist-info what holds facts and no prose.
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { parseWheelFilename } from "../pipeline/formats/wheel/filename.ts";
import { findDistInfo } from "../pipeline/formats/wheel/info.ts";
import { parseRecord, sha256Of } from "../pipeline/formats/wheel/record.ts";
import { DEFLATED, readDirectory, STORED } from "../pipeline/formats/zip/directory.ts";
import { END_WINDOW, findEndRecord } from "../pipeline/formats/zip/end-record.ts";
import { readEntry } from "../pipeline/formats/zip/entry.ts";
import { type Entry, entryRange } from "../pipeline/formats/zip/layout.ts";
import {
  type ListedEntry,
  type ListedText,
  type Listing,
  type RecordForm,
  recordText,
} from "../test/loopback/listing.ts";
import { reduceSbom } from "./reduce-sbom.ts";

/** A wheel's listing, and whether its form of RECORD gives the real RECORD byte for byte (but for reduced documents). */
export interface ListedWheel {
  listing: Listing;
  faithful: boolean;
}

/** A wheel with more entries keeps its project out: six such projects would be a third of the slice. */
export const MOST_ENTRIES = 1700;

const RECORDED_TEXTS = /^(WHEEL|DELVEWHEEL|sboms\/.*[^/])$/;
const LARGEST_OFFSET = 0xffffffff;
const LARGEST_DOCUMENT = 64 * 1024 * 1024;

/** Lists a wheel on disk; an Error says why it cannot be recorded. */
export function listWheel(path: string, filename: string): ListedWheel {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const entries = readEntries(file, size);
    checkEntries(entries);
    const { distribution, version } = parseWheelFilename(filename);
    const paths = entries.map((entry) => entry.path);
    const distInfo = findDistInfo(paths, distribution, version);
    const recordEntry = entries.find((entry) => entry.path === `${distInfo}RECORD`);
    if (distInfo === null || !recordEntry) throw new Error("no RECORD, expected one in the wheel's own .dist-info");
    const record = readText(file, recordEntry);
    const listing: Listing = {
      filename,
      texts: entries.filter((entry) => isRecorded(entry, distInfo)).map((entry) => listText(file, entry)),
      record: { path: recordEntry.path, ...formOf(record, paths) },
      entries: withHashes(entries, record),
    };
    return { listing: withReducedTexts(listing), faithful: recordText(listing) === record };
  } finally {
    closeSync(file);
  }
}

function readEntries(file: number, size: number): Entry[] {
  const end = findEndRecord(read(file, Math.max(0, size - END_WINDOW), size), size);
  if ("needFrom" in end) throw new Error(`end record: not in the last ${END_WINDOW} bytes, expected there`);
  const { directoryOffset, directorySize } = end;
  return readDirectory(read(file, directoryOffset, directoryOffset + directorySize), end).entries;
}

function checkEntries(entries: Entry[]): void {
  if (entries.length > MOST_ENTRIES) throw new Error(`${entries.length} entries, expected at most ${MOST_ENTRIES}`);
  let previous = -1;
  for (const { path, nameLength, method, headerOffset } of entries) {
    const plain = (method === STORED || method === DEFLATED) && nameLength === Buffer.byteLength(path);
    if (!plain || headerOffset <= previous || headerOffset > LARGEST_OFFSET) {
      throw new Error(
        `${path}: method ${method} at ${headerOffset}, expected stored or deflated, in order, below 4 GiB`,
      );
    }
    previous = headerOffset;
  }
}

function isRecorded({ path }: Entry, distInfo: string): boolean {
  return path.startsWith(distInfo) && RECORDED_TEXTS.test(path.slice(distInfo.length));
}

function listText(file: number, entry: Entry): ListedText {
  const text = readText(file, entry);
  return { path: entry.path, ...(entry.path.includes("/sboms/") ? reduceSbom(text) : { text, reduced: false }) };
}

function readText(file: number, entry: Entry): string {
  const { start, end } = entryRange(entry);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
    readEntry(read(file, start, end), entry, LARGEST_DOCUMENT),
  );
}

function read(file: number, start: number, end: number): Buffer {
  const bytes = Buffer.alloc(end - start);
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
}

// RECORD's rows as runs of the archive's files; a row of no file ends a run and is lost, and the RECORD is not faithful.
function formOf(record: string, paths: string[]): Omit<RecordForm, "path"> {
  const files = paths.filter((path) => !path.endsWith("/"));
  const numbers = new Map(files.map((path, index) => [path, index + 1]));
  const runs: RecordForm["runs"] = [];
  for (const path of parseRecord(record).keys()) {
    const number = numbers.get(path);
    if (number === undefined) continue;
    const run = runs.at(-1);
    if (run?.[1] === number - 1) run[1] = number;
    else runs.push([number, number]);
  }
  const inOrder = runs.length === 1 && runs[0]![0] === 1 && runs[0]![1] === files.length;
  return { newline: record.includes("\r\n") ? "\r\n" : "\n", runs: inOrder ? [] : runs };
}

function withHashes(entries: Entry[], record: string): ListedEntry[] {
  const rows = parseRecord(record);
  return entries.map((entry) => ({
    path: entry.path,
    size: entry.size,
    packed: entry.compressedSize,
    stored: entry.method === STORED,
    crc32: entry.crc32,
    sha256: sha256Of(rows.get(entry.path))?.toString("base64url") ?? "",
    offset: entry.headerOffset,
  }));
}

// Size, CRC-32 and hash of a reduced document are its own, here and in RECORD, which thereby changes too.
function withReducedTexts(listing: Listing): Listing {
  const reduced = new Map(
    listing.texts.filter((text) => text.reduced).map(({ path, text }) => [path, Buffer.from(text)]),
  );
  const entries = listing.entries.map((entry) => {
    const bytes = reduced.get(entry.path);
    const sha256 = bytes ? createHash("sha256").update(bytes).digest("base64url") : "";
    return bytes ? { ...withBytes(entry, bytes), sha256 } : entry;
  });
  const record = Buffer.from(recordText({ ...listing, entries }));
  const isRecord = ({ path }: ListedEntry) => path === listing.record.path;
  return { ...listing, entries: entries.map((entry) => (isRecord(entry) ? withBytes(entry, record) : entry)) };
}

function withBytes(entry: ListedEntry, bytes: Buffer): ListedEntry {
  const packed = entry.stored ? bytes.length : entry.packed;
  return { ...entry, size: bytes.length, packed, crc32: crc32(bytes) };
}
