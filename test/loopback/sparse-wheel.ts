// A recorded wheel as a sparse file: every header and the documents at their places, zeros for everything else.
// The ZIP format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { crc32, deflateRawSync } from "node:zlib";
import { endOf, type ListedEntry, type Listing, recordText } from "./listing.ts";
import type { Extent } from "./source.ts";

declare module "node:zlib" {
  // Since Node 20.15, but not in the types of Node 20.
  export function crc32(data: Uint8Array, value?: number): number;
}

const END_RECORD_SIZE = 22;
const EMPTY_BLOCK = Buffer.from([0, 0, 0, 0xff, 0xff]);
const UNIX = 3 << 8; // the host system of "version made by" (4.4.2)
const VERSION = 20; // 2.0: deflate and directories (4.4.3.2)
const UTF_8 = 1 << 11; // general purpose bit 11 (4.4.4)
const DEFLATED = 8; // compression method (4.4.5)
const DATE = (1 << 5) | 1; // 1980-01-01, the first day that ZIP knows (4.4.6)

/** The known bytes of the recorded wheel that is `size` bytes long; an Error if the listing contradicts itself. */
export function sparseWheel(listing: Listing, size: number): Extent[] {
  const { entries, extents } = layOut(listing);
  const directory = Buffer.concat(entries.map(centralHeader));
  const start = size - END_RECORD_SIZE - directory.length;
  const end = entries.length > 0 ? endOf(entries.at(-1)!) : 0;
  if (end > start) throw new Error(`${listing.filename}: entries end at ${end}, expected at most ${start}`);
  const bytes = Buffer.concat([directory, endRecord(entries.length, directory.length, start)]);
  return [...extents, { start, bytes }];
}

/**
 * The documents are packed anew, and one may come out some bytes longer than the room it had. METADATA, whose bytes
 * nobody can read here, then gives up as many of its own, and the entries between the two move by that much.
 */
function layOut(listing: Listing): { entries: ListedEntry[]; extents: Extent[] } {
  const documents = packedDocuments(listing);
  const lack = ({ path, packed }: ListedEntry) => Math.max(0, (documents.get(path)?.length ?? 0) - packed);
  const missing = listing.entries.reduce((sum, entry) => sum + lack(entry), 0);
  const metadata = listing.record.path.replace(/RECORD$/, "METADATA");
  const giver = missing > 0 ? listing.entries.find(({ path }) => path === metadata) : undefined;
  if (missing > 0 && (!giver || giver.stored || giver.packed <= missing)) {
    throw new Error(
      `${listing.filename}: documents ${missing} bytes longer than their room, expected as many in METADATA`,
    );
  }
  const entries: ListedEntry[] = [];
  const extents: Extent[] = [];
  let moved = 0;
  for (const entry of listing.entries) {
    const data = documents.get(entry.path);
    const given = entry === giver ? missing : 0;
    const placed = { ...entry, offset: entry.offset + moved, packed: data?.length ?? entry.packed - given };
    moved += lack(entry) - given;
    entries.push(placed);
    extents.push({ start: placed.offset, bytes: Buffer.concat([localHeader(placed), data ?? Buffer.alloc(0)]) });
  }
  return { entries, extents };
}

function packedDocuments(listing: Listing): Map<string, Buffer> {
  const texts = new Map(listing.texts.map(({ path, text }) => [path, text]));
  texts.set(listing.record.path, recordText(listing));
  const packed = new Map<string, Buffer>();
  for (const entry of listing.entries) {
    const text = texts.get(entry.path);
    if (text === undefined) continue;
    const bytes = Buffer.from(text);
    if (bytes.length !== entry.size || crc32(bytes) !== entry.crc32) {
      throw new Error(
        `${listing.filename}, ${entry.path}: its text has another size or CRC-32, expected those of its entry`,
      );
    }
    packed.set(entry.path, entry.stored ? bytes : deflateInto(bytes, entry.packed));
  }
  return packed;
}

// Packed tighter than they were, documents are filled up with empty blocks (RFC 1951, 3.2.4) so that no gap opens behind them.
function deflateInto(bytes: Buffer, room: number): Buffer {
  const packed = deflateRawSync(bytes, { level: 9 });
  const blocks = Math.max(0, Math.floor((room - packed.length) / EMPTY_BLOCK.length));
  return Buffer.concat([...Array<Buffer>(blocks).fill(EMPTY_BLOCK), packed]);
}

type Field = [width: 2 | 4, value: number];

function fields(...list: Field[]): Buffer {
  const bytes = Buffer.alloc(list.reduce((sum, [width]) => sum + width, 0));
  let offset = 0;
  for (const [width, value] of list) offset = bytes.writeUIntLE(value, offset, width);
  return bytes;
}

// The fields that both headers of an entry have, in the same order: version needed to extra field length.
function commonFields({ path, size, packed, stored, crc32: checksum }: ListedEntry): Field[] {
  const nameLength = Buffer.byteLength(path);
  return [
    [2, VERSION],
    [2, nameLength === path.length ? 0 : UTF_8],
    [2, stored ? 0 : DEFLATED],
    [2, 0], // last mod file time
    [2, DATE],
    [4, checksum],
    [4, packed],
    [4, size],
    [2, nameLength],
    [2, 0], // extra field length
  ];
}

function localHeader(entry: ListedEntry): Buffer {
  return Buffer.concat([fields([4, 0x04034b50], ...commonFields(entry)), Buffer.from(entry.path)]);
}

function centralHeader(entry: ListedEntry): Buffer {
  const isDirectory = entry.path.endsWith("/");
  const rest: Field[] = [
    [2, 0], // file comment length
    [2, 0], // disk number start
    [2, 0], // internal file attributes
    [4, (isDirectory ? 0o40755 : 0o100644) * 2 ** 16], // external file attributes: the mode
    [4, entry.offset], // relative offset of local header
  ];
  const head = fields([4, 0x02014b50], [2, UNIX | VERSION], ...commonFields(entry), ...rest);
  return Buffer.concat([head, Buffer.from(entry.path)]);
}

function endRecord(count: number, size: number, start: number): Buffer {
  return fields(
    [4, 0x06054b50],
    [2, 0], // number of this disk
    [2, 0], // disk with the start of the directory
    [2, count],
    [2, count],
    [4, size],
    [4, start],
    [2, 0], // comment length
  );
}
