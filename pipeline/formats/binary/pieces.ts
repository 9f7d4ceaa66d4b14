// A file of which only pieces are known: whoever reads it is told where a hole is, and never gets a byte that may be another.

/** Bytes at an offset of a file. */
export interface Piece {
  offset: number;
  bytes: Buffer;
}

/** A file of this size in bytes, of which some pieces are known. */
export class Pieces {
  readonly size: number;
  readonly pieces: readonly Piece[];

  /** Pieces may lie in any order, touch and overlap; what lies outside the file is cut off. */
  constructor(size: number, pieces: Iterable<Piece>) {
    this.size = size;
    this.pieces = joined(size, pieces);
  }

  /** The whole of a file. */
  static whole(bytes: Buffer): Pieces {
    return new Pieces(bytes.length, [{ offset: 0, bytes }]);
  }

  /** How many bytes are known. */
  get known(): number {
    return this.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** The bytes from `offset` on, `length` of them; null if they are not all known, or not all inside the file. */
  read(offset: number, length: number): Buffer | null {
    if (length === 0) return Buffer.alloc(0);
    const piece = this.#pieceAt(offset);
    if (!piece || length < 0 || offset + length > piece.offset + piece.bytes.length) return null;
    return piece.bytes.subarray(offset - piece.offset, offset - piece.offset + length);
  }

  /** The text from `offset` to the next zero byte; null if that is not known, or further away than `longest` bytes. */
  readText(offset: number, longest = 4096): string | null {
    const piece = this.#pieceAt(offset);
    if (!piece) return null;
    const from = offset - piece.offset;
    const end = piece.bytes.subarray(from, from + longest + 1).indexOf(0);
    return end < 0 ? null : piece.bytes.toString("utf8", from, from + end);
  }

  #pieceAt(offset: number): Piece | undefined {
    if (!Number.isSafeInteger(offset) || offset < 0) return undefined;
    return this.pieces.find((piece) => piece.offset <= offset && offset < piece.offset + piece.bytes.length);
  }
}

function joined(size: number, pieces: Iterable<Piece>): Piece[] {
  const inside = [...pieces]
    .map(({ offset, bytes }) => ({ offset, bytes: bytes.subarray(0, Math.max(0, size - offset)) }))
    .filter(({ bytes }) => bytes.length > 0)
    .sort((one, other) => one.offset - other.offset);
  const result: Piece[] = [];
  for (const piece of inside) {
    const last = result.at(-1);
    const end = last ? last.offset + last.bytes.length : -1;
    if (!last || piece.offset > end) result.push(piece);
    else if (piece.offset + piece.bytes.length > end)
      last.bytes = Buffer.concat([last.bytes, piece.bytes.subarray(end - piece.offset)]);
  }
  return result;
}
