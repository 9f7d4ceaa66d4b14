// yauzl over the end of a file in memory: what the survey would be with a directory reader from npm. A reference, not a peer:
// given every read as a request, yauzl alone makes two requests for each entry.
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { Pool } from "undici";
import { type Entry, fromRandomAccessReader, type Options, RandomAccessReader, type ZipFile } from "yauzl";
import { type Contender, eachOf } from "./contender.ts";
import { readRange } from "./floor.ts";

const TAIL = 65_577; // What yauzl reads first: end record, the longest comment, and the locator of ZIP64.
const END_RECORD = Buffer.from("PK\x05\x06", "latin1");
const LOCAL_HEADER = 30 + 65_535; // With the longest extra field.

/** Parts of a file by where they begin; reading anything else is an error. */
class Parts extends RandomAccessReader {
  readonly known: { start: number; bytes: Buffer }[] = [];

  holds(start: number, end: number): Buffer | undefined {
    const part = this.known.find((each) => each.start <= start && end <= each.start + each.bytes.length);
    return part?.bytes.subarray(start - part.start, end - part.start);
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from([this.holds(start, end)!], { objectMode: false });
  }

  // Called back at once, yauzl would go deeper with each entry until the stack is full.
  override read(
    into: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ) {
    const bytes = this.holds(position, position + length);
    bytes?.copy(into, offset);
    queueMicrotask(() => callback(bytes ? null : new Error(`bytes ${position} to ${position + length} are not here`)));
  }
}

const open = promisify<Parts, number, Options, ZipFile>(fromRandomAccessReader);

/** Reads tails of 64 KiB, and the rest of the directory where it is longer. */
export const readByYauzl: Contender = async ({ origin, concurrency, targets }, found) => {
  const pool = new Pool(origin, { connections: concurrency });
  await eachOf(targets, concurrency, async ({ filename, path, size, recordPath }) => {
    const parts = new Parts();
    const from = Math.max(0, size - TAIL);
    let tail = await readRange(pool, path, from, size);
    const directoryAt = tail.readUInt32LE(tail.lastIndexOf(END_RECORD) + 16);
    if (directoryAt < from) tail = Buffer.concat([await readRange(pool, path, directoryAt, from), tail]);
    parts.known.push({ start: size - tail.length, bytes: tail });
    const zip = await open(parts, size, { lazyEntries: true, autoClose: false });
    const entries = await listEntries(zip);
    const entry = entries.find((each) => each.fileName === recordPath)!;
    const end = Math.min(size, entry.relativeOffsetOfLocalHeader + entry.compressedSize + LOCAL_HEADER);
    const start = entry.relativeOffsetOfLocalHeader;
    if (start < size - tail.length) parts.known.unshift({ start, bytes: await readRange(pool, path, start, end) });
    const record = await buffer(await openStream(zip, entry));
    found({
      filename,
      members: entries.length,
      lines: () => entries.map((each) => `${each.fileName}\t${each.uncompressedSize}\t${each.compressedSize}`),
      record,
    });
  });
  await pool.destroy();
};

/** Lists the entries of an opened archive one after the other, as yauzl does with `lazyEntries`. */
export function listEntries(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  return new Promise((resolve, reject) => {
    zip.on("entry", (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.on("error", reject).on("end", () => resolve(entries));
    zip.readEntry();
  });
}

function openStream(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}
