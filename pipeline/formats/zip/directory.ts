// The central directory of a ZIP archive, read strictly: what it lists is what Python's zipfile lists, or the archive is refused.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT section 4.3.12

import { type EndRecord, refuseHiddenRecord } from "./end-record.ts";
import { IN_ZIP64, resolveZip64 } from "./extra.ts";
import { type Entry, layOut } from "./layout.ts";
import { comparePaths, type Names, namesIn, readName } from "./name.ts";
import { addTag, entryError, ZipError, type ZipTag, type ZipTags } from "./reasons.ts";

/** Everything that a directory lists, in its order, and what is odd about it. */
export interface Directory {
  entries: Entry[];
  tags: ZipTag[];
}

/** Compression method 0: the data as they are. */
export const STORED = 0;

/** Compression method 8: raw deflate. */
export const DEFLATED = 8;

/** General purpose bit 3: sizes and CRC-32 follow the data. */
export const DATA_DESCRIPTOR_FLAG = 0x0008;

/** General purpose bits 0, 6 and 13: encryption, strong encryption, masked headers. */
export const ENCRYPTION_FLAGS = 0x2041;

const PATCH_FLAG = 0x0020;
const SIGNATURE = 0x02014b50;
const HEADER_SIZE = 46;
const NEWEST_VERSION = 63; // What Python's zipfile reads: 6.3.
const HIGH_RATIO = 50;
const BEST_DEFLATE_RATIO = 1032;
const UNIX_HOST = 3;
const UNIX_DIRECTORY = 0o4;
const UNIX_REGULAR = 0o10;
const DOS_DIRECTORY = 0x10;

/** Lists the entries of a directory, given exactly its bytes; throws ZipError. */
export function readDirectory(directory: Buffer, end: EndRecord): Directory {
  if (directory.length !== end.directorySize) throw new RangeError("not the bytes of this directory");
  refuseHiddenRecord(directory, end);
  const tags: ZipTags = new Map();
  if (end.commentLength > 0) addTag(tags, "archive-comment", null);
  const entries: Entry[] = [];
  const names = namesIn(directory);
  let at = 0;
  while (at < directory.length) {
    if (at + HEADER_SIZE > directory.length) throw overrun(directory.length - at);
    const signature = directory.readUInt32LE(at);
    if (signature !== SIGNATURE)
      throw new ZipError("directory-signature", `0x${signature.toString(16)}`, `0x0${SIGNATURE.toString(16)}`);
    if (entries.length === end.entries) throw new ZipError("count-mismatch", "more entries", `${end.entries}`);
    const nameEnd = at + HEADER_SIZE + directory.readUInt16LE(at + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(at + 30);
    if (extraEnd > directory.length) throw overrun(extraEnd - directory.length);
    entries.push(readHeader(names, at, nameEnd, extraEnd, tags));
    at = extraEnd;
  }
  if (entries.length < end.entries) throw new ZipError("count-mismatch", `${entries.length} entries`, `${end.entries}`);
  layOut(entries, end.directoryOffset, tags);
  if (names.folded.size < entries.length)
    comparePaths(
      entries.map((entry) => entry.path),
      tags,
    );
  return { entries, tags: [...tags.values()] };
}

function readHeader(names: Names, at: number, nameEnd: number, extraEnd: number, tags: ZipTags): Entry {
  const { bytes } = names;
  const flags = bytes.readUInt16LE(at + 8);
  const entry: Entry = {
    path: readName(names, at + HEADER_SIZE, nameEnd, flags, tags),
    nameLength: nameEnd - at - HEADER_SIZE,
    flags,
    method: bytes.readUInt16LE(at + 10),
    crc32: bytes.readUInt32LE(at + 16),
    compressedSize: bytes.readUInt32LE(at + 20),
    size: bytes.readUInt32LE(at + 24),
    mode: bytes[at + 5] === UNIX_HOST ? bytes.readUInt16LE(at + 40) : 0,
    extraLength: extraEnd - nameEnd,
    headerOffset: bytes.readUInt32LE(at + 42),
    nextOffset: 0,
  };
  const { compressedSize, size, headerOffset } = entry;
  if (extraEnd > nameEnd || size === IN_ZIP64 || compressedSize === IN_ZIP64 || headerOffset === IN_ZIP64)
    readExtra(entry, bytes.subarray(nameEnd, extraEnd), tags);
  refuseUnreadable(bytes, at, entry);
  tagOddities(bytes, at, entry, tags);
  return entry;
}

function readExtra(entry: Entry, extra: Buffer, tags: ZipTags): void {
  const values = [entry.size, entry.compressedSize, entry.headerOffset];
  if (resolveZip64(values, extra, entry)) addTag(tags, "zip64-extra-unused", entry.path);
  [entry.size, entry.compressedSize, entry.headerOffset] = values as [number, number, number];
}

function refuseUnreadable(bytes: Buffer, at: number, entry: Entry): void {
  const version = bytes[at + 6]!;
  const comment = bytes.readUInt16LE(at + 32);
  const disk = bytes.readUInt16LE(at + 34);
  if (comment > 0) throw entryError("entry-comment", entry.path, `a comment of ${comment} bytes`, "none");
  if (disk !== 0) throw entryError("multi-disk", entry.path, `disk ${disk}`, "0");
  if (version > NEWEST_VERSION)
    throw entryError("version-too-new", entry.path, `${version}`, `at most ${NEWEST_VERSION}`);
  if (entry.flags & ENCRYPTION_FLAGS)
    throw entryError("encrypted", entry.path, `flags ${entry.flags}`, "no encryption");
  if (entry.flags & PATCH_FLAG) throw entryError("patched-data", entry.path, `flags ${entry.flags}`, "no patch");
  if (entry.method === STORED && entry.size !== entry.compressedSize)
    throw entryError("stored-size-mismatch", entry.path, `${entry.compressedSize} bytes stored`, `${entry.size}`);
}

function tagOddities(bytes: Buffer, at: number, entry: Entry, tags: ZipTags): void {
  const { path, flags, method, size, compressedSize, mode } = entry;
  const isDirectory = path.endsWith("/");
  if (flags & DATA_DESCRIPTOR_FLAG) addTag(tags, "data-descriptor", path);
  if (method !== STORED && method !== DEFLATED) addTag(tags, "other-method", path);
  if (method === DEFLATED && size > compressedSize * BEST_DEFLATE_RATIO) addTag(tags, "impossible-ratio", path);
  else if (size > compressedSize * HIGH_RATIO) addTag(tags, "high-ratio", path);
  if (isDirectory && size > 0) addTag(tags, "directory-with-data", path);
  if (isTypeMismatch(mode >>> 12, bytes[at + 38]!, isDirectory)) addTag(tags, "type-mismatch", path);
}

function isTypeMismatch(type: number, dosAttributes: number, isDirectory: boolean): boolean {
  if (type === UNIX_DIRECTORY || dosAttributes & DOS_DIRECTORY) return !isDirectory;
  return type === UNIX_REGULAR ? isDirectory : type !== 0;
}

function overrun(bytes: number): ZipError {
  return new ZipError("directory-overrun", `an entry ${bytes} bytes beyond the directory`, "0");
}
