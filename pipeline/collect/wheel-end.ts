// What the end of a wheel says: its directory, and the documents of its .dist-info, in as few ranges as they lie in.
import { ItemError } from "../errors.ts";
import { findDistInfo } from "../formats/wheel/info.ts";
import { type Directory, readDirectory } from "../formats/zip/directory.ts";
import { findEndRecord } from "../formats/zip/end-record.ts";
import { readEntry } from "../formats/zip/entry.ts";
import { type Entry, entryRange } from "../formats/zip/layout.ts";

/** Reads the bytes [start, end) of a file. */
type ReadRange = (start: number, end: number) => Promise<Buffer>;

/**
 * A wheel's directory and the documents of its own .dist-info by their path below it; `needed` bytes of its end hold all of them.
 * `unread` are optional documents that could not be had, by the same path, and why.
 */
export interface WheelEnd {
  directory: Directory;
  directorySize: number;
  distInfo: string | null;
  documents: Map<string, Buffer>;
  unread: Map<string, string>;
  needed: number;
}

const DOCUMENT = /^(RECORD|WHEEL|DELVEWHEEL|sboms\/.+)$/;
const OPTIONAL = /^(DELVEWHEEL|sboms\/.+)$/; // None of these ever costs a wheel.
/** Bytes of a document once inflated at most, and of all that are fetched for one wheel. */
export const DOCUMENT_LIMIT = 8 * 1024 * 1024;
const NEAR = 128 * 1024; // Documents nearer to each other than this are one range: a request costs as much as these bytes.
const MOST_RANGES = 8;
const MOST_OPTIONAL = 200; // Optional documents that are read of a wheel: the nearest to its end.
const SPREAD_LIMIT = 2 * DOCUMENT_LIMIT; // Bytes of the ranges of all documents, with what lies between those that are one range.

/** Reads the end of a wheel of `size` bytes, beginning with its last `tail` bytes; ItemError if it is no strict ZIP or its documents are broken. */
export async function readWheelEnd(
  name: { distribution: string; version: string },
  size: number,
  tail: number,
  read: ReadRange,
): Promise<WheelEnd> {
  let known = await read(size - tail, size);
  const extendTo = async (start: number) => {
    const from = size - known.length;
    if (start < from) known = Buffer.concat([await read(Math.max(0, start), from), known]);
  };

  let end = findEndRecord(known, size);
  for (; "needFrom" in end; end = findEndRecord(known, size)) await extendTo(end.needFrom);
  if (end.directoryOffset < size - known.length) {
    // RECORD lies before the directory as a rule and takes half its size: read with what is missing of it, it saves a request.
    await extendTo(end.directoryOffset - Math.ceil(end.directorySize / 2) - 8 * 1024);
  }
  const knownFrom = size - known.length;
  const at = end.directoryOffset - knownFrom;
  const directory = readDirectory(known.subarray(at, at + end.directorySize), end);

  const paths = directory.entries.map((entry) => entry.path);
  const distInfo = findDistInfo(paths, name.distribution, name.version);
  const unread = new Map<string, string>();
  const wanted = distInfo === null ? [] : documentsOf(directory, distInfo, unread);
  return {
    directory,
    directorySize: end.directorySize,
    distInfo,
    documents: await readDocuments(wanted, { start: knownFrom, bytes: known }, read, unread),
    unread,
    needed: size - (wanted[0]?.start ?? end.directoryOffset),
  };
}

async function readDocuments(
  wanted: Wanted[],
  end: Part,
  read: ReadRange,
  unread: Map<string, string>,
): Promise<Map<string, Buffer>> {
  const missing = mergeRanges(wanted.filter(({ start }) => start < end.start));
  const parts = await Promise.all(
    missing.map(async (range) => ({ start: range.start, bytes: await read(range.start, range.end) })),
  );
  parts.push(end);
  const documents = new Map<string, Buffer>();
  let room = DOCUMENT_LIMIT;
  for (const { path, entry, start } of [...wanted].sort(mandatoryFirst)) {
    const part = parts.find((each) => start >= each.start && start < each.start + each.bytes.length)!;
    try {
      const content = readEntry(part.bytes.subarray(start - part.start), entry, room);
      room -= content.length;
      documents.set(path, content);
    } catch (error) {
      if (!(error instanceof ItemError) || !OPTIONAL.test(path)) throw error;
      unread.set(path, error.message);
    }
  }
  return documents;
}

function mandatoryFirst(a: Wanted, b: Wanted): number {
  return Number(OPTIONAL.test(a.path)) - Number(OPTIONAL.test(b.path)) || a.start - b.start;
}

/** Some bytes of a file, from offset `start`. */
interface Part {
  start: number;
  bytes: Buffer;
}

/** A document by its path below .dist-info, and its place in the file: the bytes [start, end) hold its local header and its data. */
interface Wanted {
  path: string;
  entry: Entry;
  start: number;
  end: number;
}

/** The documents to be read, in the order in which they lie. Optional ones that are too much are left out: the largest, or the farthest from the end. */
function documentsOf(directory: Directory, distInfo: string, unread: Map<string, string>): Wanted[] {
  const wanted: Wanted[] = [];
  for (const entry of directory.entries) {
    const path = entry.path.startsWith(distInfo) ? entry.path.slice(distInfo.length) : "";
    if (DOCUMENT.test(path) && !path.endsWith("/")) wanted.push({ path, entry, ...entryRange(entry) });
  }
  wanted.sort((a, b) => a.start - b.start);
  const leaveOut = (document: Wanted | undefined, why: string) => {
    if (!document) throw new ItemError("too-large", `documents of .dist-info: ${why}`);
    unread.set(document.path, why);
    wanted.splice(wanted.indexOf(document), 1);
  };
  const optional = () => wanted.filter(({ path }) => OPTIONAL.test(path));
  for (const document of optional().slice(0, -MOST_OPTIONAL)) leaveOut(document, `expected at most ${MOST_OPTIONAL}`);
  for (let size = sizeOf(wanted); size > DOCUMENT_LIMIT; size = sizeOf(wanted))
    leaveOut(largestOf(optional()), `${size} bytes compressed, expected at most ${DOCUMENT_LIMIT}`);
  for (let size = sizeOf(mergeRanges(wanted)); size > SPREAD_LIMIT; size = sizeOf(mergeRanges(wanted)))
    leaveOut(optional()[0], `${size} bytes with what lies between them, expected at most ${SPREAD_LIMIT}`);
  return wanted;
}

function sizeOf(ranges: { start: number; end: number }[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

function largestOf(documents: Wanted[]): Wanted | undefined {
  return documents.sort((a, b) => b.end - b.start - (a.end - a.start))[0];
}

/** Joins ranges, in ascending order, that lie near to each other; the nearest ones too, until there are not too many. */
function mergeRanges(ranges: { start: number; end: number }[]): { start: number; end: number }[] {
  for (let near = NEAR; ; near *= 4) {
    const merged: { start: number; end: number }[] = [];
    for (const { start, end } of ranges) {
      const last = merged.at(-1);
      if (last && start - last.end <= near) last.end = Math.max(last.end, end);
      else merged.push({ start, end });
    }
    if (merged.length <= MOST_RANGES) return merged;
  }
}
