// Deflate (RFC 1951) read from either end of a member. From the end: a block with dynamic Huffman codes can be recognized at any bit, as its
// three codes have to be complete; what refers to the unknown window before it comes out otherwise for another window, and is unknown.
import { constants, inflateRawSync } from "node:zlib";
import type { Piece } from "./pieces.ts";

const WINDOW = 32 * 1024; // Bytes that a match may reach back.
const ZEROS = Buffer.alloc(WINDOW, 0x00);
const ONES = Buffer.alloc(WINDOW, 0xff);
const MOST_TRIES = 64; // Blocks from which it is tried: a false one has never been seen to be followed by another.
const SHORTEST = 8; // Bytes of a run that are worth to be a piece.

/** What the beginning of a deflated member holds: at most `most` bytes, as many as it gives. */
export function inflateStart(compressed: Buffer, most: number): Buffer {
  if (compressed.length === 0 || most === 0) return Buffer.alloc(0);
  try {
    return inflateRawSync(compressed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") return Buffer.alloc(0);
    return inflatePart(compressed, most);
  }
}

/** What a whole deflated member holds; null unless it is `size` bytes, and ends where the member does. */
export function inflateWhole(compressed: Buffer, size: number): Buffer | null {
  const found = inflateExactly(compressed, size, undefined);
  return found?.length === size ? found : null;
}

/** The known bytes of a member of `size` bytes, by the last ones of its deflated form; none if no block begins in them, or they give more than `most`. */
export function inflateEnd(suffix: Buffer, size: number, most = size): Piece[] {
  const limit = Math.min(size, most);
  const shifted = new Map<number, Buffer>();
  let tries = 0;
  for (const bit of dynamicBlocks(suffix)) {
    tries += 1;
    if (tries > MOST_TRIES) return [];
    const shift = bit & 7;
    const whole = shifted.get(shift) ?? shiftBy(suffix, shift);
    shifted.set(shift, whole);
    const from = whole.subarray(bit >> 3);
    const zeros = inflateExactly(from, limit, ZEROS);
    const ones = zeros && inflateExactly(from, limit, ONES);
    if (zeros && ones && zeros.length === ones.length && zeros.length <= size)
      return known(zeros, ones, size - zeros.length);
  }
  return [];
}

// The stream must end with the last byte: what ends before it was no block of this member's. Of bits that were shifted the last byte may be
// empty: then it was filled up with zeros.
function inflateExactly(compressed: Buffer, size: number, dictionary: Buffer | undefined): Buffer | null {
  try {
    const options = { info: true, maxOutputLength: size + 1, ...(dictionary ? { dictionary } : {}) } as const;
    const { buffer, engine } = inflateRawSync(compressed, options) as unknown as Inflated;
    const isEnd = compressed
      .subarray(engine.bytesWritten)
      .every((byte, at) => dictionary !== undefined && at === 0 && byte === 0);
    return isEnd ? buffer : null;
  } catch {
    return null;
  }
}

interface Inflated {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

// A prefix that gives more than is wanted: less and less of it, until it gives no more than that.
function inflatePart(compressed: Buffer, most: number): Buffer {
  for (let length = compressed.length >> 1; length > 0; length >>= 1) {
    try {
      const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: most };
      return inflateRawSync(compressed.subarray(0, length), options);
    } catch {
      // Still more than that, or a member that is damaged before it.
    }
  }
  return Buffer.alloc(0);
}

/** The runs of bytes that two windows give alike, each as a piece of the file; `offset` is where the first byte lies in it. */
function known(one: Buffer, other: Buffer, offset: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < one.length; ) {
    while (at < one.length && one[at] !== other[at]) at += 1;
    const from = at;
    while (at < one.length && one[at] === other[at]) at += 1;
    if (at - from >= SHORTEST) pieces.push({ offset: offset + from, bytes: one.subarray(from, at) });
  }
  return pieces;
}

function shiftBy(bytes: Buffer, bits: number): Buffer {
  if (bits === 0) return bytes;
  const result = Buffer.allocUnsafe(bytes.length);
  for (let at = 0; at < bytes.length; at += 1)
    result[at] = (bytes[at]! >> bits) | (((bytes[at + 1] ?? 0) << (8 - bits)) & 0xff);
  return result;
}

const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]; // RFC 1951, 3.2.7

/** The bits at which a block with dynamic codes may begin, in their order: where all three of its codes are complete. */
function* dynamicBlocks(bytes: Buffer): Generator<number> {
  const end = bytes.length * 8;
  const lengths = new Uint8Array(19);
  for (let bit = 0; bit + 17 < end; bit += 1) {
    const head = bitsAt(bytes, bit, 17);
    if (((head >> 1) & 3) !== 2) continue; // BTYPE 10
    const literals = (head >> 3) & 31;
    const distances = (head >> 8) & 31;
    if (literals > 29 || distances > 29) continue;
    const count = ((head >> 13) & 15) + 4;
    let kraft = 0;
    lengths.fill(0);
    for (let nth = 0; nth < count; nth += 1) {
      const length = bitsAt(bytes, bit + 17 + nth * 3, 3);
      lengths[ORDER[nth]!] = length;
      if (length > 0) kraft += 128 >> length;
    }
    if (kraft === 128 && hasCompleteCodes(bytes, bit + 17 + count * 3, lengths, literals + 257, distances + 1))
      yield bit;
  }
}

/** Whether the code lengths that follow make complete codes for literals and distances (a distance code of one length may be incomplete). */
function hasCompleteCodes(
  bytes: Buffer,
  start: number,
  lengths: Uint8Array,
  literals: number,
  distances: number,
): boolean {
  const table = decodingTable(lengths);
  const end = bytes.length * 8;
  const total = literals + distances;
  const found = new Uint8Array(total);
  let bit = start;
  for (let at = 0; at < total; ) {
    if (bit + 14 > end) return false;
    const entry = table[bitsAt(bytes, bit, 7)]!;
    bit += entry >> 5;
    const symbol = entry & 31;
    if (symbol < 16) {
      found[at] = symbol;
      at += 1;
      continue;
    }
    if (symbol === 16 && at === 0) return false;
    const extra = symbol === 16 ? 2 : symbol === 17 ? 3 : 7;
    const repeat = bitsAt(bytes, bit, extra) + (symbol === 18 ? 11 : 3);
    bit += extra;
    if (at + repeat > total) return false;
    found.fill(symbol === 16 ? found[at - 1]! : 0, at, at + repeat);
    at += repeat;
  }
  if (found[256] === 0) return false; // Nothing could end the block.
  const ofDistances = found.subarray(literals);
  return (
    isComplete(found.subarray(0, literals)) &&
    (isComplete(ofDistances) || ofDistances.filter((length) => length > 0).length <= 1)
  );
}

function isComplete(lengths: Uint8Array): boolean {
  let kraft = 0;
  for (const length of lengths) if (length > 0) kraft += 32768 >> length;
  return kraft === 32768;
}

/** For each seven bits the symbol of a complete code of at most seven, and how many of the bits are its: length << 5 | symbol. */
function decodingTable(lengths: Uint8Array): Uint8Array {
  const table = new Uint8Array(128);
  let code = 0;
  for (let length = 1; length <= 7; length += 1) {
    for (let symbol = 0; symbol < lengths.length; symbol += 1) {
      if (lengths[symbol] !== length) continue;
      const reversed = reverse(code, length);
      for (let at = reversed; at < 128; at += 1 << length) table[at] = (length << 5) | symbol;
      code += 1;
    }
    code <<= 1;
  }
  return table;
}

function reverse(code: number, length: number): number {
  let result = 0;
  for (let nth = 0; nth < length; nth += 1) result |= ((code >> nth) & 1) << (length - 1 - nth);
  return result;
}

/** Up to 17 bits from a bit on, the first the lowest, as RFC 1951 packs them; zeros after the end. */
function bitsAt(bytes: Buffer, bit: number, length: number): number {
  const at = bit >> 3;
  const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (word >>> (bit & 7)) & ((1 << length) - 1);
}
