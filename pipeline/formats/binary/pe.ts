// PE: https://learn.microsoft.com/windows/win32/debug/pe-format; the version resource as VS_VERSIONINFO has it. Of a file with holes.
import { BinaryError, type BinaryFacts, emptyFacts } from "./facts.ts";
import type { Pieces } from "./pieces.ts";

const MACHINES = new Map([
  [0x14c, "i386"],
  [0x8664, "x86_64"],
  [0x1c4, "arm"],
  [0xaa64, "aarch64"],
]);
const MOST_SECTIONS = 96; // What Windows loads at most.
const MOST_ENTRIES = 4_096; // Of a table: imported libraries, resources of one level, debug entries.
const LARGEST_VERSION = 64 * 1024; // Bytes of a version resource.

const [EXPORT, IMPORT, RESOURCE, DEBUG] = [0, 1, 2, 6];
const RT_VERSION = 16;
const CODEVIEW = 2;

interface Section {
  address: number;
  size: number;
  offset: number;
}

interface Directory {
  address: number;
  size: number;
}

const IMAGE_FILE_DLL = 0x2000; // Of the characteristics.

/** Reads a PE file; null if its headers are not known or it is none, BinaryError if it contradicts itself. */
export function readPe(file: Pieces): BinaryFacts | null {
  const dos = file.read(0, 64);
  if (dos?.toString("latin1", 0, 2) !== "MZ") return null;
  const start = dos.readUInt32LE(0x3c);
  const header = file.read(start, 24);
  if (header?.toString("latin1", 0, 4) !== "PE\0\0") return null;
  const [machine, sectionCount, time, optionalSize] = [
    header.readUInt16LE(4),
    header.readUInt16LE(6),
    header.readUInt32LE(8),
    header.readUInt16LE(20),
  ];
  if (sectionCount > MOST_SECTIONS)
    throw new BinaryError(`${sectionCount} sections, expected at most ${MOST_SECTIONS}`);
  const facts = emptyFacts("pe", MACHINES.get(machine) ?? `machine ${machine}`);
  facts.form = header.readUInt16LE(22) & IMAGE_FILE_DLL ? "library" : "executable";
  const optional = file.read(start + 24, optionalSize);
  const table = file.read(start + 24 + optionalSize, sectionCount * 40);
  if (!optional || !table || optionalSize < 96) return facts;
  facts.identity = time.toString(16).padStart(8, "0") + optional.readUInt32LE(56).toString(16);
  const sections = Array.from({ length: sectionCount }, (_, nth): Section => {
    const at = nth * 40;
    const [virtual, address, raw, offset] = [8, 12, 16, 20].map((field) => table.readUInt32LE(at + field));
    return { address: address!, size: Math.max(virtual!, raw!), offset: offset! };
  });
  const image = { file, sections, directories: directoriesIn(optional) };
  readImports(image, facts);
  readExports(image, facts);
  readDebug(image, facts);
  readVersion(image, facts);
  return facts;
}

interface Image {
  file: Pieces;
  sections: Section[];
  directories: Directory[];
}

function directoriesIn(optional: Buffer): Directory[] {
  const magic = optional.readUInt16LE(0);
  if (magic !== 0x10b && magic !== 0x20b)
    throw new BinaryError(`optional header 0x${magic.toString(16)}, expected 0x10b or 0x20b`);
  const from = magic === 0x20b ? 112 : 96;
  if (optional.length < from) return [];
  const count = Math.min(optional.readUInt32LE(from - 4), 16, Math.floor((optional.length - from) / 8));
  return Array.from({ length: count }, (_, nth) => ({
    address: optional.readUInt32LE(from + nth * 8),
    size: optional.readUInt32LE(from + nth * 8 + 4),
  }));
}

/** Where in the file an address (RVA) lies; -1 if no section is loaded there. */
function offsetOf(sections: Section[], address: number): number {
  const section = sections.find((each) => each.address <= address && address < each.address + each.size);
  return section ? section.offset + (address - section.address) : -1;
}

function readImports({ file, sections, directories }: Image, facts: BinaryFacts): void {
  const { address = 0 } = directories[IMPORT] ?? {};
  if (address === 0) {
    facts.needed = [];
    facts.parts.push("imports");
    return;
  }
  const names: string[] = [];
  for (let at = offsetOf(sections, address); names.length < MOST_ENTRIES; at += 20) {
    const entry = file.read(at, 20);
    if (!entry) return;
    const name = entry.readUInt32LE(12);
    if (name === 0) {
      facts.needed = names;
      facts.parts.push("imports");
      return;
    }
    const text = file.readText(offsetOf(sections, name), 512);
    if (text === null) return;
    names.push(text);
  }
}

function readExports({ file, sections, directories }: Image, facts: BinaryFacts): void {
  const { address = 0 } = directories[EXPORT] ?? {};
  const table = address === 0 ? null : file.read(offsetOf(sections, address), 40);
  if (table) facts.soname = file.readText(offsetOf(sections, table.readUInt32LE(12)), 512);
  if (address === 0 || facts.soname !== null) facts.parts.push("dynamic");
}

function readDebug({ file, sections, directories }: Image, facts: BinaryFacts): void {
  const { address = 0, size = 0 } = directories[DEBUG] ?? {};
  const count = Math.min(Math.floor(size / 28), MOST_ENTRIES);
  const table = address === 0 ? null : file.read(offsetOf(sections, address), count * 28);
  if (!table) return;
  facts.parts.push("debug");
  for (let at = 0; at + 28 <= table.length; at += 28) {
    if (table.readUInt32LE(at + 12) !== CODEVIEW) continue;
    const from = table.readUInt32LE(at + 24);
    const data = file.read(from, 24);
    if (data?.toString("latin1", 0, 4) !== "RSDS") continue;
    const guid = Buffer.from(data.subarray(4, 20));
    guid.subarray(0, 4).reverse();
    guid.subarray(4, 6).reverse();
    guid.subarray(6, 8).reverse();
    facts.debugId = guid.toString("hex") + data.readUInt32LE(20).toString(16);
    facts.debuglink = file.readText(from + 24, 1024);
    return;
  }
}

function readVersion({ file, sections, directories }: Image, facts: BinaryFacts): void {
  const { address = 0 } = directories[RESOURCE] ?? {};
  const root = address === 0 ? -1 : offsetOf(sections, address);
  if (root < 0) {
    if (address === 0) facts.parts.push("resource");
    return;
  }
  const types = entriesOf(file, root, 0);
  const type = types?.find(({ id }) => id === RT_VERSION);
  if (types && !type) facts.parts.push("resource");
  const name = type && entriesOf(file, root, type.at)?.[0];
  const language = name && entriesOf(file, root, name.at)?.[0];
  const data = language && file.read(root + language.at, 8);
  if (!data) return;
  const size = data.readUInt32LE(4);
  const bytes = size > LARGEST_VERSION ? null : file.read(offsetOf(sections, data.readUInt32LE(0)), size);
  const at = bytes?.indexOf(Buffer.from([0xbd, 0x04, 0xef, 0xfe])) ?? -1; // VS_FIXEDFILEINFO's signature
  if (!bytes || at < 0 || at + 24 > bytes.length) return;
  const [high, low] = [bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12)];
  facts.resourceVersion = [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff].join(".");
  facts.parts.push("resource");
}

/** The entries of a table of resources: each its number (-1 if it has a name), and where the next level begins; null if they are not known. */
function entriesOf(file: Pieces, root: number, at: number): { id: number; at: number }[] | null {
  const head = file.read(root + at, 16);
  if (!head) return null;
  const count = head.readUInt16LE(12) + head.readUInt16LE(14);
  const table = count > MOST_ENTRIES ? null : file.read(root + at + 16, count * 8);
  if (!table) return null;
  return Array.from({ length: count }, (_, nth) => {
    const id = table.readUInt32LE(nth * 8);
    return { id: id >= 0x80000000 ? -1 : id, at: table.readUInt32LE(nth * 8 + 4) & 0x7fffffff };
  });
}
