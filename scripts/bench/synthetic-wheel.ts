// The end of a wheel that never was: its last documents, its directory, its end record, at the places where a real wheel has them.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { createHash } from "node:crypto";
import { crc32, deflateRawSync } from "node:zlib";

/** A file in the wheel: `size` in bytes, `packed` the room of its data; 0 for a share of what the wheel's own size leaves. */
export interface SyntheticMember {
  path: string;
  size: number;
  packed: number;
}

interface Placed extends SyntheticMember {
  crc32: number;
  offset: number;
}

const LOCAL_HEADER_SIZE = 30;
const HEADER_SIZE = 46;
const END_RECORD_SIZE = 22;
const VERSION = 20;
const UNIX = 3 << 8;
const DEFLATED = 8;
const MODE = 0o100644 * 2 ** 16;
const METADATA = { size: 5000, packed: 2000 };

/** The last bytes of a wheel of `size` bytes with these members, from the local header of WHEEL on. */
export function wheelTail(filename: string, size: number, members: SyntheticMember[]): Buffer {
  const distInfo = `${filename.split("-").slice(0, 2).join("-")}.dist-info`;
  const document = (name: string, text: string) => {
    const bytes = Buffer.from(text);
    return {
      path: `${distInfo}/${name}`,
      size: bytes.length,
      crc32: crc32(bytes),
      data: deflateRawSync(bytes, { level: 1 }),
    };
  };
  const listed = [...members, { path: `${distInfo}/METADATA`, ...METADATA }];
  const wheel = document("WHEEL", "Wheel-Version: 1.0\nGenerator: synthetic\nRoot-Is-Purelib: false\n");
  const record = document("RECORD", recordText(filename, [...listed, wheel], `${distInfo}/RECORD`));
  const documents = [wheel, record];
  const directorySize = [...listed, ...documents].reduce((sum, { path }) => sum + HEADER_SIZE + path.length, 0);
  const documentsSize = documents.reduce(
    (sum, { path, data }) => sum + LOCAL_HEADER_SIZE + path.length + data.length,
    0,
  );
  const tail = Buffer.alloc(documentsSize + directorySize + END_RECORD_SIZE);

  const placed = place(listed, size - tail.length);
  let at = 0;
  for (const { data, ...facts } of documents) {
    const entry = { ...facts, packed: data.length, offset: size - tail.length + at };
    placed.push(entry);
    at = writeLocalHeader(tail, at, entry);
    at += data.copy(tail, at);
  }
  const directoryAt = at;
  for (const entry of placed) at = writeHeader(tail, at, entry);
  writeEndRecord(tail, at, placed.length, at - directoryAt, size - tail.length + directoryAt);
  return tail;
}

// One behind the other, so that they end where the documents begin.
function place(members: SyntheticMember[], end: number): Placed[] {
  const fixed = members.reduce((sum, { path, packed }) => sum + LOCAL_HEADER_SIZE + path.length + packed, 0);
  const sharers = members.filter(({ packed }) => packed === 0).length;
  const share = Math.floor((end - fixed) / sharers);
  let rest = end - fixed - share * (sharers - 1); // The first of them has what the division leaves.
  let offset = 0;
  return members.map(({ path, size, packed }, index) => {
    const room = packed || rest;
    if (packed === 0) rest = share;
    const entry = { path, size, packed: room, crc32: index + 1, offset };
    offset += LOCAL_HEADER_SIZE + path.length + room;
    return entry;
  });
}

function recordText(filename: string, members: { path: string; size: number }[], recordPath: string): string {
  const hashes = createHash("shake256", { outputLength: 32 * members.length })
    .update(filename)
    .digest();
  const rows = members.map(
    ({ path, size }, index) => `${path},sha256=${hashes.toString("base64url", 32 * index, 32 * (index + 1))},${size}\n`,
  );
  return `${rows.join("")}${recordPath},,\n`;
}

// The fields that both headers have, from "version needed" to the length of the extra field.
function writeCommonFields(bytes: Buffer, at: number, { path, size, packed, crc32: checksum }: Placed): void {
  bytes.writeUInt16LE(VERSION, at);
  bytes.writeUInt16LE(DEFLATED, at + 4);
  bytes.writeUInt32LE(checksum, at + 10);
  bytes.writeUInt32LE(packed, at + 14);
  bytes.writeUInt32LE(size, at + 18);
  bytes.writeUInt16LE(path.length, at + 22);
}

function writeLocalHeader(bytes: Buffer, at: number, entry: Placed): number {
  bytes.writeUInt32LE(0x04034b50, at);
  writeCommonFields(bytes, at + 4, entry);
  return at + LOCAL_HEADER_SIZE + bytes.write(entry.path, at + LOCAL_HEADER_SIZE, "latin1");
}

function writeHeader(bytes: Buffer, at: number, entry: Placed): number {
  bytes.writeUInt32LE(0x02014b50, at);
  bytes.writeUInt16LE(UNIX | VERSION, at + 4);
  writeCommonFields(bytes, at + 6, entry);
  bytes.writeUInt32LE(MODE, at + 38);
  bytes.writeUInt32LE(entry.offset, at + 42);
  return at + HEADER_SIZE + bytes.write(entry.path, at + HEADER_SIZE, "latin1");
}

function writeEndRecord(bytes: Buffer, at: number, entries: number, size: number, offset: number): void {
  bytes.writeUInt32LE(0x06054b50, at);
  bytes.writeUInt16LE(entries, at + 8);
  bytes.writeUInt16LE(entries, at + 10);
  bytes.writeUInt32LE(size, at + 12);
  bytes.writeUInt32LE(offset, at + 16);
}
