// ELF: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html; symbol versions and notes as the LSB has them. Of a file with holes.
import { BinaryError, type BinaryFacts, type BinaryForm, emptyFacts } from "./facts.ts";
import type { Pieces } from "./pieces.ts";

const MACHINES = new Map([
  [3, "i386"],
  [8, "mips"],
  [20, "ppc"],
  [21, "ppc64"],
  [22, "s390x"],
  [40, "arm"],
  [62, "x86_64"],
  [183, "aarch64"],
  [243, "riscv64"],
  [258, "loongarch64"],
]);
const MOST_HEADERS = 2_000; // Program headers, sections: the largest real files have some hundred,
const MOST_ENTRIES = 20_000; // and entries of the dynamic section or of versions.
const LARGEST_NOTES = 64 * 1024; // Bytes.

const [PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE] = [1, 2, 3, 4];
const [DT_NEEDED, DT_STRTAB, DT_SONAME, DT_VERNEED, DT_VERNEEDNUM] = [1, 5, 14, 0x6ffffffe, 0x6fffffff];
const NT_GNU_BUILD_ID = 3;

interface Segment {
  type: number;
  offset: number;
  address: number;
  size: number;
}

interface Section {
  name: string;
  offset: number;
  size: number;
}

/** How numbers lie in a file: its class and byte order. Addresses beyond 2^53 are none that a file of ours could have. */
interface Layout {
  is64: boolean;
  u16(bytes: Buffer, at: number): number;
  u32(bytes: Buffer, at: number): number;
  word(bytes: Buffer, at: number): number;
}

const FORMS = new Map<number, BinaryForm>([
  [1, "object"],
  [2, "executable"],
]);

/** Reads an ELF file; null if its beginning is not known or is none, BinaryError if it contradicts itself. */
export function readElf(file: Pieces): BinaryFacts | null {
  const ident = file.read(0, 16);
  if (ident?.readUInt32BE(0) !== 0x7f454c46) return null;
  const layout = layoutOf(ident);
  const header = file.read(0, layout.is64 ? 64 : 52);
  if (!header) return null;
  const machine = layout.u16(header, 18);
  const facts = emptyFacts("elf", MACHINES.get(machine) ?? `machine ${machine}`);
  const segments = segmentsOf(file, header, layout);
  facts.form = FORMS.get(layout.u16(header, 16)) ?? null;
  if (segments) {
    readNotes(file, segments, layout, facts);
    readDynamic(file, segments, layout, facts);
  }
  const sections = sectionsOf(file, header, layout);
  if (sections) readSections(file, sections, layout, facts);
  return facts;
}

function layoutOf(ident: Buffer): Layout {
  const [bits, order] = [ident[4], ident[5]];
  if ((bits !== 1 && bits !== 2) || (order !== 1 && order !== 2))
    throw new BinaryError(`ELF class ${bits}, byte order ${order}, expected 1 or 2`);
  const isLittle = order === 1;
  const u16 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const u64 = (bytes: Buffer, at: number) => Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  return { is64: bits === 2, u16, u32, word: bits === 2 ? u64 : u32 };
}

function segmentsOf(file: Pieces, header: Buffer, { is64, u16, u32, word }: Layout): Segment[] | null {
  const offset = word(header, is64 ? 32 : 28);
  const [size, count] = [u16(header, is64 ? 54 : 42), u16(header, is64 ? 56 : 44)];
  if (count === 0) return [];
  if (size < (is64 ? 56 : 32) || count > MOST_HEADERS)
    throw new BinaryError(
      `${count} program headers of ${size} bytes, expected at most ${MOST_HEADERS} of ${is64 ? 56 : 32}`,
    );
  const table = file.read(offset, size * count);
  if (!table) return null;
  return Array.from({ length: count }, (_, nth) => {
    const entry = table.subarray(nth * size);
    return is64
      ? { type: u32(entry, 0), offset: word(entry, 8), address: word(entry, 16), size: word(entry, 32) }
      : { type: u32(entry, 0), offset: word(entry, 4), address: word(entry, 8), size: word(entry, 16) };
  });
}

function readNotes(file: Pieces, segments: Segment[], layout: Layout, facts: BinaryFacts): void {
  const notes = segments.filter(({ type }) => type === PT_NOTE);
  const read = notes.map(({ offset, size }) => (size > LARGEST_NOTES ? null : file.read(offset, size)));
  for (const bytes of read) facts.identity ??= bytes && buildIdIn(bytes, layout);
  if (facts.identity !== null || read.every((bytes) => bytes !== null)) facts.parts.push("notes");
}

function buildIdIn(bytes: Buffer, { u32 }: Layout): string | null {
  for (let at = 0; at + 12 <= bytes.length; ) {
    const [nameSize, size, type] = [u32(bytes, at), u32(bytes, at + 4), u32(bytes, at + 8)];
    const from = at + 12 + roundUp(nameSize, 4);
    if (from + size > bytes.length) return null;
    const isGnu = bytes.toString("latin1", at + 12, at + 12 + nameSize) === "GNU\0";
    if (type === NT_GNU_BUILD_ID && isGnu && size > 0) return bytes.toString("hex", from, from + size);
    at = from + roundUp(size, 4);
  }
  return null;
}

function roundUp(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}

function readDynamic(file: Pieces, segments: Segment[], layout: Layout, facts: BinaryFacts): void {
  const { is64, word } = layout;
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  const isRun = facts.form === null && segments.some(({ type }) => type === PT_INTERP);
  if (!isRun) facts.form ??= "library";
  if (!dynamic) return;
  const size = is64 ? 16 : 8;
  if (dynamic.size > MOST_ENTRIES * size)
    throw new BinaryError(`dynamic section of ${dynamic.size} bytes, expected fewer`);
  const bytes = file.read(dynamic.offset, dynamic.size);
  if (!bytes) return;
  const values = new Map<number, number[]>();
  for (let at = 0; at + size <= bytes.length; at += size) {
    const tag = word(bytes, at);
    if (tag === 0) break;
    values.set(tag, [...(values.get(tag) ?? []), word(bytes, at + size / 2)]);
  }
  if (isRun) facts.form = values.has(DT_SONAME) ? "library" : "executable"; // Some libraries can be run and tell their version.
  const strings = values.get(DT_STRTAB)?.[0];
  const table = strings === undefined ? null : offsetOf(segments, strings);
  const textAt = (offset: number) => (table === null ? null : file.readText(table + offset));
  const needed = (values.get(DT_NEEDED) ?? []).map(textAt);
  const [soname] = values.get(DT_SONAME) ?? [];
  facts.soname = soname === undefined ? null : textAt(soname);
  facts.needed = needed.every((text) => text !== null) ? (needed as string[]) : null;
  if (facts.needed !== null && (soname === undefined || facts.soname !== null)) facts.parts.push("dynamic");
  const [versions, count] = [values.get(DT_VERNEED)?.[0], values.get(DT_VERNEEDNUM)?.[0] ?? 0];
  const names = versions === undefined ? [] : versionsNeeded(file, offsetOf(segments, versions), count, textAt, layout);
  if (names === null) return;
  facts.parts.push("versions");
  facts.glibc = newest(names.flatMap((name) => /^GLIBC_(\d+(?:\.\d+)+)$/.exec(name)?.[1] ?? []));
}

/** Where in the file an address lies; null if no segment is loaded there. */
function offsetOf(segments: Segment[], address: number): number | null {
  const segment = segments.find(
    (each) => each.type === PT_LOAD && each.address <= address && address < each.address + each.size,
  );
  return segment ? segment.offset + (address - segment.address) : null;
}

function versionsNeeded(
  file: Pieces,
  start: number | null,
  count: number,
  textAt: (offset: number) => string | null,
  { u16, u32 }: Layout,
): string[] | null {
  const names: (string | null)[] = [];
  let [at, left] = [start, MOST_ENTRIES];
  for (let nth = 0; nth < count; nth += 1) {
    const need = at === null ? null : file.read(at, 16);
    if (!need) return null;
    let aux: number = at! + u32(need, 8);
    for (let n = 0; n < u16(need, 2); n += 1) {
      const entry = file.read(aux, 16);
      left -= 1;
      if (!entry || left < 0) return null;
      names.push(textAt(u32(entry, 8)));
      aux += u32(entry, 12);
    }
    const next = u32(need, 12);
    left -= 1;
    if (next === 0) break;
    if (left < 0) return null;
    at = at! + next;
  }
  return names.every((name) => name !== null) ? (names as string[]) : null;
}

function newest(versions: string[]): string | null {
  const byNumber = new Intl.Collator("en", { numeric: true });
  return [...versions].sort(byNumber.compare).at(-1) ?? null;
}

function sectionsOf(file: Pieces, header: Buffer, { is64, u16, u32, word }: Layout): Section[] | null {
  const offset = word(header, is64 ? 40 : 32);
  const [size, count, names] = [u16(header, is64 ? 58 : 46), u16(header, is64 ? 60 : 48), u16(header, is64 ? 62 : 50)];
  if (count === 0 || names >= count) return null;
  if (size < (is64 ? 64 : 40) || count > MOST_HEADERS) return null; // Section headers are for tools: a file runs without.
  const table = file.read(offset, size * count);
  if (!table) return null;
  const at = (nth: number) => {
    const entry = table.subarray(nth * size);
    return is64
      ? { name: u32(entry, 0), offset: word(entry, 24), size: word(entry, 32) }
      : { name: u32(entry, 0), offset: word(entry, 16), size: word(entry, 20) };
  };
  const strings = at(names);
  const sections = Array.from({ length: count }, (_, nth) => at(nth)).map((each) => ({
    ...each,
    name: each.name >= strings.size ? null : file.readText(strings.offset + each.name, 256),
  }));
  return sections.every(({ name }) => name !== null) ? (sections as Section[]) : null;
}

function readSections(file: Pieces, sections: Section[], _layout: Layout, facts: BinaryFacts): void {
  const named = (name: string) => sections.find((section) => section.name === name);
  const [comment, link] = [named(".comment"), named(".gnu_debuglink")];
  const bytes = comment && comment.size <= LARGEST_NOTES ? file.read(comment.offset, comment.size) : null;
  const compilers = bytes
    ? [
        ...new Set(
          bytes
            .toString("utf8")
            .split("\0")
            .filter((text) => text !== ""),
        ),
      ]
    : [];
  if (compilers.length > 0) facts.compiler = compilers.join("; ");
  facts.debuglink = link ? file.readText(link.offset, Math.min(link.size, 1024)) : null;
  const isRead = (comment === undefined || bytes !== null) && (link === undefined || facts.debuglink !== null);
  if (isRead) facts.parts.push("sections");
}
