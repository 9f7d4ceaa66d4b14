// Where the entries of a ZIP archive lie: one behind the other, from the file's first byte to its directory.

import { addTag, entryError, ZipError, type ZipTags } from "./reasons.ts";

/** One entry of the directory: sizes and offsets in bytes. */
export interface Entry {
  /** As Python's zipfile gives it: decoded as UTF-8 if the entry says so, else as code page 437. */
  path: string;
  /** Of the name, in bytes. */
  nameLength: number;
  flags: number;
  method: number;
  crc32: number;
  compressedSize: number;
  size: number;
  /** File type and permissions as in Unix's st_mode, where a Unix made the entry, else 0: APPNOTE sections 4.4.2 and 4.4.15. */
  mode: number;
  /** Of the extra fields in the directory. */
  extraLength: number;
  headerOffset: number;
  /** Where the next entry begins, or the directory. */
  nextOffset: number;
}

/** The length of a local header without its name and its extra fields, in bytes. */
export const LOCAL_HEADER_SIZE = 30;

const MAX_EXTRA = 0xffff;
const DATA_DESCRIPTOR_SIZE = 24; // The longest form: signature, CRC-32, two 64-bit sizes.

/** Finds what follows each entry; throws ZipError where two overlap or the first is not at offset 0, tags unexplained gaps. */
export function layOut(entries: Entry[], directoryOffset: number, tags: ZipTags): void {
  const inOrder = isAscending(entries) ? entries : [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  const first = inOrder[0]?.headerOffset ?? directoryOffset;
  if (first !== 0) throw new ZipError("prepended-data", `${first} bytes before the first entry`, "0");
  for (let place = 0; place < inOrder.length; place++) {
    const entry = inOrder[place]!;
    entry.nextOffset = inOrder[place + 1]?.headerOffset ?? directoryOffset;
    const gap = entry.nextOffset - leastEnd(entry);
    if (gap < 0) throw entryError("overlap", entry.path, `reaches ${-gap} bytes too far`, "0");
    // The local extra fields are not read yet: they are taken to be as long as those in the directory.
    if (gap > entry.extraLength + DATA_DESCRIPTOR_SIZE) addTag(tags, "gap", entry.path);
  }
}

/** The bytes [start, end) of the file in which an entry's local header and data lie, never reaching into the next entry. */
export function entryRange(entry: Entry): { start: number; end: number } {
  return { start: entry.headerOffset, end: Math.min(entry.nextOffset, leastEnd(entry) + MAX_EXTRA) };
}

function leastEnd(entry: Entry): number {
  return entry.headerOffset + LOCAL_HEADER_SIZE + entry.nameLength + entry.compressedSize;
}

function isAscending(entries: Entry[]): boolean {
  for (let place = 1; place < entries.length; place++) {
    if (entries[place]!.headerOffset < entries[place - 1]!.headerOffset) return false;
  }
  return true;
}
