// Writes small ZIP archives byte by byte, so that any field can be set to anything: the source of all malformed archives of the tests.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

import { crc32, deflateRawSync } from "node:zlib";

const LOCAL_HEADER = {
  signature: 4,
  version: 2,
  flags: 2,
  method: 2,
  time: 2,
  date: 2,
  crc32: 4,
  compressedSize: 4,
  size: 4,
  nameLength: 2,
  extraLength: 2,
};
const DIRECTORY_HEADER = {
  signature: 4,
  madeBy: 2,
  version: 2,
  flags: 2,
  method: 2,
  time: 2,
  date: 2,
  crc32: 4,
  compressedSize: 4,
  size: 4,
  nameLength: 2,
  extraLength: 2,
  commentLength: 2,
  disk: 2,
  internalAttributes: 2,
  externalAttributes: 4,
  headerOffset: 4,
};
const DATA_DESCRIPTOR = { signature: 4, crc32: 4, compressedSize: 4, size: 4 };
const ZIP64_END_RECORD = {
  signature: 4,
  length: 8,
  madeBy: 2,
  version: 2,
  disk: 4,
  directoryDisk: 4,
  entriesHere: 8,
  entries: 8,
  directorySize: 8,
  directoryOffset: 8,
};
const LOCATOR = { signature: 4, disk: 4, recordOffset: 8, disks: 4 };
const END_RECORD = {
  signature: 4,
  disk: 2,
  directoryDisk: 2,
  entriesHere: 2,
  entries: 2,
  directorySize: 4,
  directoryOffset: 4,
  commentLength: 2,
};

type Fields<Layout> = { [Name in keyof Layout]?: number | bigint };

/** An entry to write: a name and data are enough; everything else is what the format wants unless it is given. */
export interface EntryToWrite {
  /** A string is written as UTF-8, with its flag if it is not ASCII; bytes are written as they are. */
  name: string | Buffer;
  data?: string | Buffer;
  /** 0, stored, unless given; 8 deflates the data. */
  method?: number;
  /** What stands for the data, in place of the data compressed. */
  compressed?: Buffer;
  /** Writes sizes and CRC-32 behind the data, with these fields, and zeros into the local header. */
  descriptor?: Fields<typeof DATA_DESCRIPTOR>;
  directory?: Fields<typeof DIRECTORY_HEADER>;
  extra?: Buffer;
  comment?: string | Buffer;
  local?: Fields<typeof LOCAL_HEADER>;
  localName?: string | Buffer;
  localExtra?: Buffer;
  /** Writes only one half of it. */
  only?: "local" | "directory";
  /** Bytes in front of the local header. */
  before?: Buffer;
}

/** What else to change: bytes between the parts, and fields of the end records. */
export interface Overrides {
  beforeDirectory?: Buffer;
  /** Counted as part of the directory. */
  directoryEnd?: Buffer;
  afterDirectory?: Buffer;
  /** Writes the ZIP64 end record and its locator, and an end record that refers to them. */
  zip64?: boolean;
  zip64End?: Fields<typeof ZIP64_END_RECORD>;
  beforeLocator?: Buffer;
  locator?: Fields<typeof LOCATOR>;
  beforeEnd?: Buffer;
  end?: Fields<typeof END_RECORD>;
  comment?: string | Buffer;
  trailer?: Buffer;
}

/** A ZIP archive of these entries. */
export function buildZip(entries: EntryToWrite[], overrides: Overrides = {}): Buffer {
  const body: Buffer[] = [];
  const headers: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { before = EMPTY, only } = entry;
    const { local, header } = buildEntry(entry, offset + before.length);
    const written = only === "directory" ? [before] : [before, local];
    body.push(...written);
    offset += Buffer.concat(written).length;
    if (only !== "local") headers.push(header);
  }
  return Buffer.concat([...body, buildEnd(headers, offset, overrides)]);
}

/** One extra field. */
export function extraField(id: number, data: Buffer): Buffer {
  return Buffer.concat([pack({ id: 2, length: 2 }, { id, length: data.length }), data]);
}

/** A ZIP64 extra field of these values. */
export function zip64Field(...values: (number | bigint)[]): Buffer {
  return extraField(1, Buffer.concat(values.map((value) => pack({ value: 8 }, { value }))));
}

/** A Unicode Path extra field with that name for an entry whose header has the bytes of `name`. */
export function unicodePathField(unicodeName: string, name: string | Buffer = unicodeName, version = 1): Buffer {
  const head = pack({ version: 1, crc32: 4 }, { version, crc32: crc32(name) });
  return extraField(0x7075, Buffer.concat([head, Buffer.from(unicodeName)]));
}

const EMPTY = Buffer.alloc(0);
const UTF8_FLAG = 0x0800;
const DESCRIPTOR_FLAG = 0x0008;
const FIRST_OF_1980 = 0x21;
const MADE_BY_UNIX = 0x0314;
const FILE_ATTRIBUTES = 0o100644 * 0x10000;
const DIRECTORY_ATTRIBUTES = 0o40755 * 0x10000 + 0x10;

function buildEntry(entry: EntryToWrite, headerOffset: number): { local: Buffer; header: Buffer } {
  const { data = EMPTY, method = 0, extra = EMPTY, comment = "", localName = entry.name, localExtra = EMPTY } = entry;
  const name = Buffer.from(entry.name as string);
  const content = Buffer.from(data as string);
  const compressed = entry.compressed ?? (method === 8 ? deflateRawSync(content) : content);
  const isInternational = typeof entry.name === "string" && name.length > entry.name.length;
  const place = { version: 20, flags: isInternational ? UTF8_FLAG : 0, method, date: FIRST_OF_1980 };
  if (entry.descriptor) place.flags |= DESCRIPTOR_FLAG;
  const sizes = { crc32: crc32(content), compressedSize: compressed.length, size: content.length };
  const local = pack(LOCAL_HEADER, {
    signature: 0x04034b50,
    ...place,
    ...(entry.descriptor ? {} : sizes),
    nameLength: Buffer.from(localName as string).length,
    extraLength: localExtra.length,
    ...entry.local,
  });
  const descriptor = entry.descriptor
    ? pack(DATA_DESCRIPTOR, { signature: 0x08074b50, ...sizes, ...entry.descriptor })
    : EMPTY;
  const header = pack(DIRECTORY_HEADER, {
    signature: 0x02014b50,
    madeBy: MADE_BY_UNIX,
    ...place,
    ...sizes,
    nameLength: name.length,
    extraLength: extra.length,
    commentLength: comment.length,
    externalAttributes: name.at(-1) === 0x2f ? DIRECTORY_ATTRIBUTES : FILE_ATTRIBUTES,
    headerOffset,
    ...entry.directory,
  });
  return {
    local: Buffer.concat([local, Buffer.from(localName as string), localExtra, compressed, descriptor]),
    header: Buffer.concat([header, name, extra, Buffer.from(comment as string)]),
  };
}

function buildEnd(headers: Buffer[], bodyLength: number, overrides: Overrides): Buffer {
  const { beforeDirectory = EMPTY, directoryEnd = EMPTY, afterDirectory = EMPTY, trailer = EMPTY } = overrides;
  const comment = Buffer.from((overrides.comment ?? EMPTY) as string);
  const directory = Buffer.concat([...headers, directoryEnd]);
  const counts = { entriesHere: headers.length, entries: headers.length };
  const place = { directorySize: directory.length, directoryOffset: bodyLength + beforeDirectory.length };
  const recordOffset = place.directoryOffset + directory.length + afterDirectory.length;
  const refersToZip64 = {
    entriesHere: 0xffff,
    entries: 0xffff,
    directorySize: 0xffffffff,
    directoryOffset: 0xffffffff,
  };
  const end = pack(END_RECORD, {
    signature: 0x06054b50,
    ...(overrides.zip64 ? refersToZip64 : { ...counts, ...place }),
    commentLength: comment.length,
    ...overrides.end,
  });
  const zip64 = overrides.zip64 ? buildZip64End({ ...counts, ...place }, recordOffset, overrides) : EMPTY;
  return Buffer.concat([beforeDirectory, directory, afterDirectory, zip64, end, comment, trailer]);
}

function buildZip64End(fields: Fields<typeof ZIP64_END_RECORD>, recordOffset: number, overrides: Overrides): Buffer {
  const { beforeLocator = EMPTY, beforeEnd = EMPTY } = overrides;
  const record = pack(ZIP64_END_RECORD, {
    signature: 0x06064b50,
    length: 44 + beforeLocator.length,
    madeBy: 45,
    version: 45,
    ...fields,
    ...overrides.zip64End,
  });
  const locator = pack(LOCATOR, { signature: 0x07064b50, recordOffset, disks: 1, ...overrides.locator });
  return Buffer.concat([record, beforeLocator, locator, beforeEnd]);
}

/** The fields of a record in their order, little-endian, zero where no value is given. */
function pack<Layout extends Record<string, number>>(layout: Layout, values: Fields<Layout>): Buffer {
  const fields = Object.entries(layout).map(([name, width]) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(values[name] ?? 0));
    return bytes.subarray(0, width);
  });
  return Buffer.concat(fields);
}
