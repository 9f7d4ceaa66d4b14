// The pieces of a member of a wheel that tell most of a native file, in one range or two, and what stands in them.
import { crc32 } from "node:zlib";
import { BinaryError, type BinaryFacts } from "../formats/binary/facts.ts";
import { inflateEnd, inflateStart, inflateWhole } from "../formats/binary/inflate.ts";
import { type Piece, Pieces } from "../formats/binary/pieces.ts";
import { readBinary } from "../formats/binary/read.ts";
import { type FoundText, textsIn, wholeUpTo } from "../naming/texts-in-bytes.ts";

/** Where a file lies in a wheel, as the directory says: sizes and offsets in bytes; `method` 0 stored, 8 deflate. */
export interface StoredFile {
  wheelSize: number;
  method: number;
  compressedSize: number;
  headerOffset: number;
  nextOffset: number;
  size: number;
  crc32: number;
  /** The upstream project of the library, whose rule says which texts tell its release; null: no rule knows it. */
  component: string | null;
}

/** Reads the bytes of a wheel from `start` to before `end`. */
export type ReadRange = (start: number, end: number) => Promise<Buffer>;

type Place = Pick<StoredFile, "headerOffset" | "nextOffset" | "size">;

/** What was read of a file: how many of its bytes are known, what they say, and why no more is known. */
export interface Contents {
  known: number;
  facts: BinaryFacts | null;
  texts: FoundText[];
  /** Modules whose initialization functions it has. */
  inits: string[];
  problem: string | null;
}

/** How much is asked for, in bytes: of a member of at most `whole` compressed ones all, of others the first `start` and the last `end`, and the last `further` where these do not say what it loads. */
export interface Plan {
  whole: number;
  start: number;
  end: number;
  further: number;
}

/** The plans, by their numbers in the database: heads, libraries, and files that are read for what is linked in. */
export type PlanNumber = 1 | 2 | 3;

const PLANS: Record<PlanNumber, Plan> = {
  1: { whole: 68 * 1024, start: 2 * 1024, end: 64 * 1024, further: 64 * 1024 },
  2: { whole: 1024 * 1024, start: 2 * 1024, end: 256 * 1024, further: 1024 * 1024 },
  3: { whole: 32 * 1024 * 1024, start: 2 * 1024, end: 256 * 1024, further: 1024 * 1024 },
};

/** How much a plan asks for of a library of this component (null: of none), whose rule may want all of it. */
export function planFor(plan: PlanNumber, component: string | null): Plan {
  const { whole, ...ends } = PLANS[plan];
  return { ...ends, whole: plan === 1 ? whole : Math.max(whole, wholeUpTo(component)) };
}

/** Whether a plan asks for all of a file: one that is larger than what is held of one is read by its ends, if these are apart. */
export function isReadWhole({ whole, start, end }: Plan, { headerOffset, nextOffset, size }: Place): boolean {
  const length = nextOffset - headerOffset;
  return length <= whole && (size <= MOST_INFLATED || length <= LOCAL_HEADER + NAME_AND_EXTRA + start + end);
}

/** How many bytes a plan asks for of a file that lies between these offsets. */
export function plannedBytes(plan: Plan, place: Place): number {
  if (isReadWhole(plan, place)) return place.nextOffset - place.headerOffset;
  return LOCAL_HEADER + NAME_AND_EXTRA + plan.start + plan.end;
}

const LOCAL_HEADER = 30; // Bytes before the name (APPNOTE 4.3.7).
const NAME_AND_EXTRA = 512; // Bytes that are asked for with it: what is longer costs the beginning, not the file.
const MOST_INFLATED = 64 * 1024 * 1024; // Bytes that are held of one file.

/** Reads a file as a plan says; what is odd about it is told in `problem`. The reader's error if the bytes cannot be had. */
export async function readContents(file: StoredFile, plan: Plan, read: ReadRange): Promise<Contents> {
  const { headerOffset, nextOffset } = file;
  if (file.method !== 0 && file.method !== 8) return unread(`compression method ${file.method}, expected 0 or 8`);
  if (isReadWhole(plan, file)) return tell(file, wholePieces(file, await read(headerOffset, nextOffset)));
  const { start, end, further } = plan;
  const head = await read(headerOffset, headerOffset + LOCAL_HEADER + NAME_AND_EXTRA + start);
  const tail = await read(nextOffset - end, nextOffset);
  const found = tellEnds(file, head, tail);
  if (found.facts === null || found.facts.needed !== null || further <= end) return found;
  const more = await read(Math.max(nextOffset - further, headerOffset + head.length), nextOffset - end);
  return tellEnds(file, head, Buffer.concat([more, tail]));
}

/** Tells what a file's beginning, local header included, and its end say. */
function tellEnds(file: StoredFile, head: Buffer, tail: Buffer): Contents {
  const { headerOffset, nextOffset, size } = file;
  const data = dataOffset(head);
  if (typeof data === "string") return unread(data);
  const dataEnd = headerOffset + data + file.compressedSize;
  if (dataEnd > nextOffset)
    return unread(`${file.compressedSize} compressed bytes, expected them before the next member`);
  const suffix = tail.subarray(0, tail.length - (nextOffset - dataEnd)); // A data descriptor may lie behind it.
  const prefix = head.subarray(data);
  if (file.method === 0)
    return tell(file, {
      pieces: [
        { offset: 0, bytes: prefix },
        { offset: size - suffix.length, bytes: suffix },
      ],
    });
  if (size > MOST_INFLATED * 16) return unread(`${size} bytes, expected fewer`);
  const pieces = [
    { offset: 0, bytes: inflateStart(prefix, MOST_INFLATED) },
    ...inflateEnd(suffix, size, MOST_INFLATED),
  ];
  return tell(file, { pieces });
}

function unread(problem: string): Contents {
  return { known: 0, facts: null, texts: [], inits: [], problem };
}

function wholePieces(file: StoredFile, bytes: Buffer): { pieces: Piece[]; problem?: string } {
  const data = dataOffset(bytes);
  if (typeof data === "string") return { pieces: [], problem: data };
  const compressed = bytes.subarray(data, data + file.compressedSize);
  if (compressed.length < file.compressedSize)
    return { pieces: [], problem: `${file.compressedSize} compressed bytes, expected them before the next member` };
  const inflated =
    file.method === 0 ? compressed : file.size > MOST_INFLATED ? null : inflateWhole(compressed, file.size);
  if (inflated === null || inflated.length !== file.size)
    return { pieces: [], problem: `no deflate stream of ${file.size} bytes, expected what the directory says` };
  if (crc32(inflated) !== file.crc32) return { pieces: [], problem: "another CRC-32 than the directory says" };
  return { pieces: [{ offset: 0, bytes: inflated }] };
}

/** Where a member's data begin, by its local header; or what is wrong with that. */
function dataOffset(bytes: Buffer): number | string {
  if (bytes.length < LOCAL_HEADER || bytes.readUInt32LE(0) !== 0x04034b50)
    return "no local header, expected one where the directory says";
  return LOCAL_HEADER + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
}

function tell({ size, component }: StoredFile, { pieces, problem }: { pieces: Piece[]; problem?: string }): Contents {
  const file = new Pieces(size, pieces);
  const known = { known: file.known, inits: initsIn(file.pieces) };
  const texts = (facts: BinaryFacts | null) =>
    textsIn({ component, size, pieces: file.pieces, resource: facts?.resourceVersion, dylib: facts?.dylibVersion });
  try {
    const facts = readBinary(file);
    return { ...known, facts, texts: texts(facts), problem: problem ?? null };
  } catch (error) {
    if (!(error instanceof BinaryError)) throw error;
    return { ...known, facts: null, texts: texts(null), problem: error.message };
  }
}

// Behind a NUL, in Mach-O behind an underscore too (https://docs.python.org/3/extending/building.html).
const INIT = /(?<=\0_?)Py(?:Init|ModExport)_(\w+)(?=\0)/g;
const MOST_INITS = 100; // An interpreter has those of all modules that are built in.

/** The names of the modules whose initialization functions stand in a file's string tables. */
function initsIn(pieces: readonly Piece[]): string[] {
  const names = new Set<string>();
  for (const { bytes } of pieces) {
    if (!bytes.includes("PyInit_") && !bytes.includes("PyModExport_")) continue;
    for (const [, name] of bytes.toString("latin1").matchAll(INIT)) {
      names.add(name!);
      if (names.size === MOST_INITS) return [...names];
    }
  }
  return [...names];
}
