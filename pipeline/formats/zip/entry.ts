// One entry of a ZIP archive: its local header compared with the directory's, its data inflated and checked.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT section 4.3.7

import { crc32, inflateRawSync } from "node:zlib";
import { DATA_DESCRIPTOR_FLAG, DEFLATED, ENCRYPTION_FLAGS, STORED } from "./directory.ts";
import { resolveZip64 } from "./extra.ts";
import { type Entry, LOCAL_HEADER_SIZE } from "./layout.ts";
import { NOT_ASCII, rawNameOf, UTF8_FLAG } from "./name.ts";
import { entryError, quoteName } from "./reasons.ts";

const SIGNATURE = 0x04034b50;

/** The content of an entry of at most `limit` bytes, from the bytes of `entryRange`; throws ZipError if anything is not as the directory says. */
export function readEntry(range: Buffer, entry: Entry, limit: number): Buffer {
  const bytes = range.subarray(0, entry.nextOffset - entry.headerOffset);
  const start = checkLocalHeader(bytes, entry);
  const data = bytes.subarray(start, start + entry.compressedSize);
  if (data.length < entry.compressedSize)
    throw entryError("local-cut", entry.path, `${data.length} bytes of data`, `${entry.compressedSize}`);
  if (entry.size > limit) throw entryError("entry-too-large", entry.path, `${entry.size} bytes`, `at most ${limit}`);
  const content = decompress(data, entry);
  const checksum = crc32(content);
  if (content.length !== entry.size)
    throw entryError("data-size", entry.path, `${content.length} bytes`, `${entry.size}`);
  if (checksum !== entry.crc32) throw entryError("data-crc32", entry.path, hex(checksum), hex(entry.crc32));
  return content;
}

/** Compares a local header with its directory entry; returns where the data begin. */
function checkLocalHeader(bytes: Buffer, entry: Entry): number {
  if (bytes.length < LOCAL_HEADER_SIZE)
    throw entryError("local-cut", entry.path, `${bytes.length} bytes`, "a local header");
  const signature = bytes.readUInt32LE(0);
  if (signature !== SIGNATURE) throw entryError("local-signature", entry.path, hex(signature), hex(SIGNATURE));
  const nameEnd = LOCAL_HEADER_SIZE + bytes.readUInt16LE(26);
  const extraEnd = nameEnd + bytes.readUInt16LE(28);
  if (extraEnd > bytes.length)
    throw entryError("local-cut", entry.path, `${bytes.length} bytes`, `${extraEnd} or more`);

  const name = bytes.subarray(LOCAL_HEADER_SIZE, nameEnd);
  if (!name.equals(rawNameOf(entry.path, entry.flags)))
    throw entryError("local-name", entry.path, quoteName(name.toString()), "the same name");
  const flags = bytes.readUInt16LE(6);
  if ((flags ^ entry.flags) & comparedFlags(entry))
    throw entryError("local-flags", entry.path, hex(flags), hex(entry.flags));
  const method = bytes.readUInt16LE(8);
  if (method !== entry.method) throw entryError("local-method", entry.path, `${method}`, `${entry.method}`);

  const sizes = [bytes.readUInt32LE(22), bytes.readUInt32LE(18)];
  resolveZip64(sizes, bytes.subarray(nameEnd, extraEnd), entry);
  const isLater = (value: number) => value === 0 && (flags & DATA_DESCRIPTOR_FLAG) !== 0;
  for (const [index, wanted] of [entry.size, entry.compressedSize].entries()) {
    const found = sizes[index]!;
    if (found !== wanted && !isLater(found)) throw entryError("local-size", entry.path, `${found} bytes`, `${wanted}`);
  }
  const checksum = bytes.readUInt32LE(14);
  if (checksum !== entry.crc32 && !isLater(checksum))
    throw entryError("local-crc32", entry.path, hex(checksum), hex(entry.crc32));
  return extraEnd;
}

/** Bits that change how an entry is read. How hard the data were compressed is none, and ASCII names are the same in any encoding. */
function comparedFlags(entry: Entry): number {
  return DATA_DESCRIPTOR_FLAG | ENCRYPTION_FLAGS | (NOT_ASCII.test(entry.path) ? UTF8_FLAG : 0);
}

function decompress(data: Buffer, entry: Entry): Buffer {
  if (entry.method === STORED) return data;
  if (entry.method !== DEFLATED) throw entryError("method-unsupported", entry.path, `${entry.method}`, "0 or 8");
  let inflated: { buffer: Buffer; engine: { bytesWritten: number } };
  try {
    // zlib grows its output as it goes, so a false size never costs more memory than the data inflate to.
    inflated = inflateRawSync(data, { info: true, maxOutputLength: Math.max(1, entry.size) }) as never;
  } catch (error) {
    const tooLong = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    if (tooLong) throw entryError("data-size", entry.path, "more bytes", `${entry.size}`);
    throw entryError("data-corrupt", entry.path, (error as Error).message, "deflated data");
  }
  const { buffer, engine } = inflated;
  if (engine.bytesWritten !== data.length)
    throw entryError("data-size", entry.path, `${engine.bytesWritten} bytes deflated`, `${data.length}`);
  return buffer;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
