// Mach-O and fat files, as <mach-o/loader.h> and <mach-o/fat.h> have them. Of a file with holes; of a fat one its first slice.
import { BinaryError, type BinaryFacts, type BinaryForm, emptyFacts } from "./facts.ts";
import { Pieces } from "./pieces.ts";

const MACHINES = new Map([
  [7, "i386"],
  [0x1000007, "x86_64"],
  [12, "arm"],
  [0x100000c, "aarch64"],
  [18, "ppc"],
  [0x1000012, "ppc64"],
]);
const FORMS = new Map<number, BinaryForm>([
  [1, "object"],
  [2, "executable"],
  [6, "library"],
  [8, "library"], // A bundle.
]);
const MOST_SLICES = 32; // A Java class file begins like a fat file, with a version of 45 and more where this count stands.
const MOST_COMMANDS = 20_000;
const MOST_BYTES = 4 * 1024 * 1024; // Of all load commands.

const LC_LOAD_DYLIB = new Set([0xc, 0x80000018, 0x8000001f]); // plain, weak, re-exported
const [LC_ID_DYLIB, LC_UUID] = [0xd, 0x1b];

/** Reads a Mach-O or fat file; null if its header is not known or it is none, BinaryError if it contradicts itself. */
export function readMachO(file: Pieces): BinaryFacts | null {
  const magic = file.read(0, 4)?.readUInt32BE(0);
  if (magic === 0xcafebabe || magic === 0xcafebabf) return readFat(file, magic === 0xcafebabf);
  return readThin(file);
}

function readFat(file: Pieces, is64: boolean): BinaryFacts | null {
  const count = file.read(4, 4)?.readUInt32BE(0) ?? 0;
  if (count === 0 || count > MOST_SLICES) return null;
  const first = file.read(8, is64 ? 32 : 20);
  if (!first) return null;
  const [offset, size] = is64
    ? [Number(first.readBigUInt64BE(8)), Number(first.readBigUInt64BE(16))]
    : [first.readUInt32BE(8), first.readUInt32BE(12)];
  if (offset + size > file.size)
    throw new BinaryError(`a slice of ${size} bytes at ${offset}, expected it within ${file.size}`);
  const inside = file.pieces
    .filter((piece) => piece.offset + piece.bytes.length > offset && piece.offset < offset + size)
    .map((piece) => ({
      offset: Math.max(0, piece.offset - offset),
      bytes: piece.bytes.subarray(Math.max(0, offset - piece.offset)),
    }));
  return readThin(new Pieces(size, inside));
}

function readThin(file: Pieces): BinaryFacts | null {
  const magic = file.read(0, 4)?.readUInt32BE(0);
  const isBig = magic === 0xfeedface || magic === 0xfeedfacf;
  const is64 = magic === 0xfeedfacf || magic === 0xcffaedfe;
  if (!isBig && magic !== 0xcefaedfe && magic !== 0xcffaedfe) return null;
  const header = file.read(0, is64 ? 32 : 28);
  if (!header) return null;
  const u32 = (bytes: Buffer, at: number) => (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const [type, count, size] = [u32(header, 4), u32(header, 16), u32(header, 20)];
  if (count > MOST_COMMANDS || size > MOST_BYTES)
    throw new BinaryError(
      `${count} load commands of ${size} bytes, expected at most ${MOST_COMMANDS} of ${MOST_BYTES}`,
    );
  const facts = emptyFacts("macho", MACHINES.get(type) ?? `machine ${type}`);
  facts.form = FORMS.get(u32(header, 12)) ?? null;
  const bytes = file.read(header.length, size);
  if (!bytes) return facts;
  const needed: string[] = [];
  for (let nth = 0, at = 0; nth < count; nth += 1) {
    const length = at + 8 <= bytes.length ? u32(bytes, at + 4) : 0;
    if (length < 8 || at + length > bytes.length)
      throw new BinaryError(`load command ${nth} of ${length} bytes at ${at}, expected it within ${size}`);
    const [command, body] = [u32(bytes, at), bytes.subarray(at, at + length)];
    if (command === LC_UUID && length >= 24) facts.identity = body.toString("hex", 8, 24);
    if (command === LC_ID_DYLIB) {
      facts.soname = nameIn(body, u32);
      if (length >= 20) facts.dylibVersion = versionIn(u32(body, 16));
    }
    if (LC_LOAD_DYLIB.has(command)) needed.push(nameIn(body, u32));
    at += length;
  }
  facts.needed = needed;
  facts.parts.push("notes", "dynamic", "imports");
  return facts;
}

/** X.Y.Z, of 16, 8 and 8 bits. */
const versionIn = (packed: number) => `${packed >>> 16}.${(packed >>> 8) & 255}.${packed & 255}`;

function nameIn(command: Buffer, u32: (bytes: Buffer, at: number) => number): string {
  const from = command.length >= 12 ? u32(command, 8) : 0;
  if (from < 12 || from >= command.length)
    throw new BinaryError(`a name at ${from} of a load command of ${command.length} bytes`);
  const end = command.indexOf(0, from);
  return command.toString("utf8", from, end < 0 ? command.length : end);
}
