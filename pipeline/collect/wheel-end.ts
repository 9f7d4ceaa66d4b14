// What the end of a wheel says: its directory, and the documents of its .dist-info, in as few ranges as they lie in.
import { ItemError } from "../errors.ts";
import { findDistInfo } from "../formats/wheel/info.ts";
import { type Directory, readDirectory } from "../formats/zip/directory.ts";
import { findEndRecord } from "../formats/zip/end-record.ts";
import { readEntry } from "../formats/zip/entry.ts";
import { type Entry, entryRange } from "../formats/zip/layout.ts";

/** Reads the bytes [start, end) of a file. */
type ReadRange = (start: number, end: number) => Promise<Buffer>;

/** A wheel's directory and the documents of its own .dist-info by their path below it; `needed` bytes of its end hold all of them. */
export interface WheelEnd {
  directory: Directory;
  directorySize: number;
  distInfo: string | null;
  documents: Map<string, Buffer>;
  needed: number;
}

const DOCUMENT = /^(RECORD|WHEEL|DELVEWHEEL|sboms\/.+)$/;
const DOCUMENT_LIMIT = 8 * 1024 * 1024; // Bytes of a document once inflated, and of all that are fetched for one wheel.
const NEAR = 128 * 1024; // Documents nearer to each other than this are one range: a request costs as much as these bytes.
const MOST_RANGES = 8;
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
  const wanted = distInfo === null ? [] : documentsOf(directory, distInfo);
  return {
    directory,
    directorySize: end.directorySize,
    distInfo,
    documents: await readDocuments(wanted, { start: knownFrom, bytes: known }, read),
    needed: size - (wanted[0]?.start ?? end.directoryOffset),
  };
}

async function readDocuments(wanted: Wanted[], end: Part, read: ReadRange): Promise<Map<string, Buffer>> {
  const missing = mergeRanges(wanted.filter(({ start }) => start < end.start));
  const parts = await Promise.all(
    missing.map(async (range) => ({ start: range.start, bytes: await read(range.start, range.end) })),
  );
  parts.push(end);
  const documents = new Map<string, Buffer>();
  let room = DOCUMENT_LIMIT;
  for (const { path, entry, start } of wanted) {
    const part = parts.find((each) => start >= each.start && start < each.start + each.bytes.length)!;
    const content = readEntry(part.bytes.subarray(start - part.start), entry, room);
    room -= content.length;
    documents.set(path, content);
  }
  return documents;
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

function documentsOf(directory: Directory, distInfo: string): Wanted[] {
  const wanted: Wanted[] = [];
  for (const entry of directory.entries) {
    const path = entry.path.startsWith(distInfo) ? entry.path.slice(distInfo.length) : "";
    if (DOCUMENT.test(path) && !path.endsWith("/")) wanted.push({ path, entry, ...entryRange(entry) });
  }
  wanted.sort((a, b) => a.start - b.start);
  refuseMore(DOCUMENT_LIMIT, wanted, "compressed");
  refuseMore(SPREAD_LIMIT, mergeRanges(wanted), "with what lies between them");
  return wanted;
}

function refuseMore(limit: number, ranges: { start: number; end: number }[], what: string): void {
  const total = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  if (total > limit)
    throw new ItemError("too-large", `documents of .dist-info: ${total} bytes ${what}, expected at most ${limit}`);
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
