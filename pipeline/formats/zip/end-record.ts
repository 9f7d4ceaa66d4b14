// The end of a ZIP archive: the end record, and in front of it the ZIP64 locator and the ZIP64 end record where there are any.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.3.14 to 4.3.16
//
// Which of several end records counts? Python's zipfile, hence pip, takes the one that is the file's last 22 bytes if its comment is
// empty, else the last signature in the last 64 KiB. Other readers want a record whose comment ends with the file. Only what both take
// is accepted: no byte and no second signature may follow. A record in front of the one that counts is looked for in the directory
// (readDirectory), where nothing but an extra field can hide one; an entry's own data may well be a ZIP archive, and are not searched.
// So the verdict never depends on how long a tail the caller happened to read.

import { ZipError } from "./reasons.ts";

/** More entries than this are refused: six times the largest real wheel measured. */
export const MAX_ENTRIES = 100_000;

/** A larger directory, in bytes, is refused: more than four times the largest real one measured. */
export const MAX_DIRECTORY_SIZE = 8 * 1024 * 1024;

const END_SIGNATURE = Buffer.from("PK\x05\x06", "latin1");
const END_SIZE = 22;
const MAX_COMMENT = 0xffff;
const LONGEST_END = END_SIZE + MAX_COMMENT;
const ZIP64_SIGNATURE = 0x06064b50;
const ZIP64_SIZE = 56;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_SIZE = 20;
const ENTRY_SIZE = 46;
const CHANCE_SIGNATURES = 100; // A checksum, a size or an offset may be the signature by chance, but no more of them.
const NONE_16 = 0xffff;
const NONE_32 = 0xffffffff;

/** The last bytes of a file in which its end records lie, if it is an archive: 65,633. */
export const END_WINDOW = ZIP64_SIZE + LOCATOR_SIZE + LONGEST_END;

/** What the end records say, all of it checked against the file's size: offsets and sizes in bytes. */
export interface EndRecord {
  entries: number;
  directoryOffset: number;
  directorySize: number;
  zip64: boolean;
  commentLength: number;
  /** The whole file's. */
  fileSize: number;
}

/** The tail was too short to decide: the file's bytes from this offset are needed. */
export interface MoreNeeded {
  needFrom: number;
}

/** Finds the end record in a file's last bytes, `tail`; throws ZipError, asks for more bytes where these do not settle it. */
export function findEndRecord(tail: Buffer, fileSize: number): EndRecord | MoreNeeded {
  if (fileSize < END_SIZE) throw new ZipError("too-small", `${fileSize} bytes`, `at least ${END_SIZE}`);
  const tailOffset = fileSize - tail.length;
  const needFrom = Math.max(0, fileSize - END_WINDOW);
  const settled = tailOffset <= needFrom;

  const at = findRecord(tail, settled);
  if (at === undefined || (at < LOCATOR_SIZE + ZIP64_SIZE && !settled)) return { needFrom };

  const legacy = readFields(tail, at);
  const zip64 = at >= LOCATOR_SIZE && tail.readUInt32LE(at - LOCATOR_SIZE) === LOCATOR_SIGNATURE;
  const recordAt = zip64 ? at - LOCATOR_SIZE - ZIP64_SIZE : at;
  const fields = zip64 ? readZip64(tail, recordAt, tailOffset, legacy) : refuseSentinels(legacy);
  checkFields(fields);

  const { entries, directoryOffset, directorySize } = fields;
  if (directoryOffset + directorySize !== tailOffset + recordAt) {
    if (!settled) return { needFrom };
    refuseEarlierRecord(tail, at);
    const found = `${directorySize} bytes at ${directoryOffset}`;
    throw new ZipError("directory-not-bound", found, `the directory to end at ${tailOffset + recordAt}`);
  }
  return { entries, directoryOffset, directorySize, zip64, commentLength: tail.length - at - END_SIZE, fileSize };
}

/** A little-endian 64-bit number as a JavaScript number; throws ZipError above 2^53 - 1. */
export function readUInt64(bytes: Buffer, at: number): number {
  const value = bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at);
  if (!Number.isSafeInteger(value)) throw new ZipError("integer-overflow", `${value}`, "at most 2^53 - 1");
  return value;
}

/** Refuses an end record inside the directory that some reader would believe: its comment ends with the file, or its fields are sound. */
export function refuseHiddenRecord(directory: Buffer, end: EndRecord): void {
  let signatures = 0;
  for (let at = directory.indexOf(END_SIGNATURE); at >= 0; at = directory.indexOf(END_SIGNATURE, at + 1)) {
    if (at + END_SIZE > directory.length) return;
    const offset = end.directoryOffset + at;
    if (isBelievable(directory, at, offset, end.fileSize) || ++signatures > CHANCE_SIGNATURES)
      throw new ZipError("multiple-end-records", `one inside the directory, at ${offset}`, "one");
  }
}

function isBelievable(directory: Buffer, at: number, offset: number, fileSize: number): boolean {
  const { disk, directoryDisk, entriesHere, entries, directorySize } = readFields(directory, at);
  const commentEnd = offset + END_SIZE + directory.readUInt16LE(at + 20);
  const sound = disk === 0 && directoryDisk === 0 && entriesHere === entries && directorySize <= offset;
  return commentEnd === fileSize || (sound && commentEnd < fileSize);
}

interface EndFields {
  disk: number;
  directoryDisk: number;
  entriesHere: number;
  entries: number;
  directorySize: number;
  directoryOffset: number;
}

/** The index of the end record that every reader takes; undefined where a longer tail is needed to say why there is none. */
function findRecord(tail: Buffer, settled: boolean): number | undefined {
  const plain = tail.length - END_SIZE;
  if (plain >= 0 && tail.indexOf(END_SIGNATURE, plain) === plain && endsFile(tail, plain)) return plain;
  const last = tail.lastIndexOf(END_SIGNATURE);
  if (last >= 0 && endsFile(tail, last)) return last;
  if (!settled) return undefined;

  if (last < Math.max(0, tail.length - LONGEST_END))
    throw new ZipError("no-end-record", `none in the last ${LONGEST_END} bytes`, "one");
  refuseEarlierRecord(tail, last);
  const rest = plain - last;
  if (rest < 0) throw new ZipError("end-record-cut", `${END_SIZE + rest} bytes of it`, `${END_SIZE}`);
  const announced = tail.readUInt16LE(last + 20);
  const found = `${rest} bytes behind the end record`;
  throw new ZipError(announced > rest ? "end-record-cut" : "trailing-data", found, `a comment of ${announced}`);
}

function endsFile(tail: Buffer, at: number): boolean {
  return at + END_SIZE <= tail.length && at + END_SIZE + tail.readUInt16LE(at + 20) === tail.length;
}

function refuseEarlierRecord(tail: Buffer, before: number): void {
  const first = Math.max(0, tail.length - LONGEST_END);
  for (let at = before - 1; at >= first; at--) {
    at = tail.lastIndexOf(END_SIGNATURE, at);
    if (at >= first && endsFile(tail, at))
      throw new ZipError("multiple-end-records", `signatures ${before - at} bytes apart`, "one");
  }
}

function readFields(bytes: Buffer, at: number): EndFields {
  return {
    disk: bytes.readUInt16LE(at + 4),
    directoryDisk: bytes.readUInt16LE(at + 6),
    entriesHere: bytes.readUInt16LE(at + 8),
    entries: bytes.readUInt16LE(at + 10),
    directorySize: bytes.readUInt32LE(at + 12),
    directoryOffset: bytes.readUInt32LE(at + 16),
  };
}

function readZip64(tail: Buffer, at: number, tailOffset: number, legacy: EndFields): EndFields {
  if (at < 0 || tail.readUInt32LE(at) !== ZIP64_SIGNATURE)
    throw new ZipError("zip64-record-missing", "no ZIP64 end record", "one directly in front of its locator");
  const locatorAt = at + ZIP64_SIZE;
  const pointer = readUInt64(tail, locatorAt + 8);
  if (pointer !== tailOffset + at)
    throw new ZipError("zip64-locator-mismatch", `offset ${pointer}`, `${tailOffset + at}`);
  // Python writes 1 for the number of disks; some writers leave it 0, and every reader takes both.
  const disks = tail.readUInt32LE(locatorAt + 16);
  if (tail.readUInt32LE(locatorAt + 4) !== 0 || disks > 1) throw new ZipError("multi-disk", `${disks} disks`, "1");
  const length = readUInt64(tail, at + 4);
  if (length !== ZIP64_SIZE - 12)
    throw new ZipError("zip64-extensible-data", `a record of ${length} bytes`, `${ZIP64_SIZE - 12}`);

  const fields: EndFields = {
    disk: tail.readUInt32LE(at + 16),
    directoryDisk: tail.readUInt32LE(at + 20),
    entriesHere: readUInt64(tail, at + 24),
    entries: readUInt64(tail, at + 32),
    directorySize: readUInt64(tail, at + 40),
    directoryOffset: readUInt64(tail, at + 48),
  };
  for (const name of Object.keys(fields) as (keyof EndFields)[]) {
    const none = name === "directorySize" || name === "directoryOffset" ? NONE_32 : NONE_16;
    if (legacy[name] !== none && legacy[name] !== fields[name])
      throw new ZipError("zip64-legacy-mismatch", `${name} ${legacy[name]}`, `${fields[name]} or ${none}`);
  }
  return fields;
}

/** Without ZIP64, 65,535 entries are a number like any other: Python's zipfile writes them so. */
function refuseSentinels(fields: EndFields): EndFields {
  if (fields.directorySize === NONE_32 || fields.directoryOffset === NONE_32)
    throw new ZipError("zip64-locator-missing", "no ZIP64 locator", "one in front of the end record");
  return fields;
}

function checkFields({ disk, directoryDisk, entriesHere, entries, directorySize }: EndFields): void {
  if (disk !== 0 || directoryDisk !== 0)
    throw new ZipError("multi-disk", `disk ${disk}, directory on ${directoryDisk}`, "0 and 0");
  if (entriesHere !== entries) throw new ZipError("count-mismatch", `${entriesHere} entries of ${entries}`, "all");
  if (entries > MAX_ENTRIES) throw new ZipError("too-many-entries", `${entries}`, `at most ${MAX_ENTRIES}`);
  if (directorySize > MAX_DIRECTORY_SIZE)
    throw new ZipError("directory-too-large", `${directorySize} bytes`, `at most ${MAX_DIRECTORY_SIZE}`);
  if (entries * ENTRY_SIZE > directorySize)
    throw new ZipError("count-too-big", `${entries} entries`, `at most ${Math.floor(directorySize / ENTRY_SIZE)}`);
}
