// Small native files that are built here, byte for byte: what they say of themselves, and padding in between. They hold no code.

/** What an ELF file is to say. */
export interface ElfContent {
  soname?: string;
  needed?: string[];
  buildId?: string;
  glibc?: string;
  comment?: string;
  debuglink?: string;
  text?: Buffer;
  /** Bytes before its strings and dynamic section. */
  before?: Buffer;
}

/** A shared library for x86-64 Linux. */
export function buildElf({
  soname,
  needed = [],
  buildId,
  glibc,
  comment,
  debuglink,
  text = Buffer.alloc(0),
  before = Buffer.alloc(0),
}: ElfContent): Buffer {
  const strings = makeStrings();
  const dynamic: [tag: number, value: number][] = needed.map((name) => [1, strings.add(name)]);
  if (soname !== undefined) dynamic.push([14, strings.add(soname)]);
  const version =
    glibc === undefined ? Buffer.alloc(0) : versionNeed(strings.add("libc.so.6"), strings.add(`GLIBC_${glibc}`));
  const note = buildId === undefined ? Buffer.alloc(0) : noteOf(Buffer.from(buildId, "hex"));
  const start = 64 + 3 * 56;
  const at = { note: start, version: start + note.length + before.length, strings: 0, dynamic: 0, text: 0 };
  at.strings = at.version + version.length;
  at.dynamic = at.strings + align(strings.bytes().length, 8);
  dynamic.push([5, BASE + at.strings], [10, strings.bytes().length]);
  if (glibc !== undefined) dynamic.push([0x6ffffffe, BASE + at.version], [0x6fffffff, 1]);
  dynamic.push([0, 0]);
  at.text = at.dynamic + dynamic.length * 16;
  const loaded = at.text + text.length;
  const sections = [
    { name: "", bytes: Buffer.alloc(0) },
    ...(comment === undefined ? [] : [{ name: ".comment", bytes: Buffer.from(`${comment}\0`) }]),
    ...(debuglink === undefined
      ? []
      : [{ name: ".gnu_debuglink", bytes: padded(Buffer.from(`${debuglink}\0CRC.`), 4) }]),
  ];
  const names = makeStrings();
  const placed = [...sections, { name: ".shstrtab", bytes: Buffer.alloc(0) }].map(({ name, bytes }) => ({
    name: names.add(name),
    bytes,
  }));
  placed.at(-1)!.bytes = names.bytes();
  let end = loaded;
  const headers = placed.map(({ name, bytes }) => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(name, 0);
    header.writeBigUInt64LE(BigInt(end), 24);
    header.writeBigUInt64LE(BigInt(bytes.length), 32);
    end += bytes.length;
    return header;
  });
  const table = align(end, 8);
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(62, 18);
  header.writeBigUInt64LE(64n, 32);
  header.writeBigUInt64LE(BigInt(table), 40);
  for (const [field, value] of [
    [52, 64],
    [54, 56],
    [56, 3],
    [58, 64],
    [60, headers.length],
    [62, headers.length - 1],
  ] as const)
    header.writeUInt16LE(value, field);
  const segment = (type: number, offset: number, size: number) => {
    const entry = Buffer.alloc(56);
    entry.writeUInt32LE(type, 0);
    for (const [field, value] of [
      [8, offset],
      [16, BASE + offset],
      [32, size],
      [40, size],
    ] as const)
      entry.writeBigUInt64LE(BigInt(value), field);
    return entry;
  };
  const entries = Buffer.alloc(dynamic.length * 16);
  for (const [nth, [tag, value]] of dynamic.entries()) {
    entries.writeBigUInt64LE(BigInt(tag), nth * 16);
    entries.writeBigUInt64LE(BigInt(value), nth * 16 + 8);
  }
  return Buffer.concat([
    ...[header, segment(1, 0, loaded), segment(2, at.dynamic, entries.length), segment(4, at.note, note.length)],
    ...[note, before, version, padded(strings.bytes(), 8), entries, text, ...placed.map(({ bytes }) => bytes)],
    ...[Buffer.alloc(table - end), ...headers],
  ]);
}

const BASE = 0x10000; // The address at which the file's beginning is loaded.

function makeStrings() {
  let text = "\0";
  return {
    add(name: string): number {
      if (name === "") return 0;
      const at = Buffer.byteLength(text);
      text += `${name}\0`;
      return at;
    },
    bytes: () => Buffer.from(text),
  };
}

function align(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}

function padded(bytes: Buffer, to: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(align(bytes.length, to) - bytes.length)]);
}

function noteOf(id: Buffer): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt32LE(4, 0);
  head.writeUInt32LE(id.length, 4);
  head.writeUInt32LE(3, 8);
  head.write("GNU\0", 12);
  return padded(Buffer.concat([head, id]), 8);
}

function versionNeed(file: number, name: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt16LE(1, 0);
  bytes.writeUInt16LE(1, 2);
  bytes.writeUInt32LE(file, 4);
  bytes.writeUInt32LE(16, 8);
  bytes.writeUInt32LE(name, 16 + 8);
  return bytes;
}

/** What a PE file is to say; `version` has four numbers. */
export interface PeContent {
  name?: string;
  needed?: string[];
  time?: number;
  guid?: string;
  pdb?: string;
  version?: [number, number, number, number];
  text?: Buffer;
}

/** A DLL for x86-64 Windows, with one section that holds all. */
export function buildPe({
  name,
  needed = [],
  time = 0,
  guid,
  pdb = "",
  version,
  text = Buffer.alloc(0),
}: PeContent): Buffer {
  const [address, offset] = [0x1000, 0x200];
  let body = Buffer.alloc(0);
  const put = (bytes: Buffer) => {
    const at = address + body.length;
    body = Buffer.concat([body, padded(bytes, 4)]);
    return at;
  };
  const directories = Buffer.alloc(16 * 8);
  const point = (nth: number, at: number, size: number) => {
    directories.writeUInt32LE(at, nth * 8);
    directories.writeUInt32LE(size, nth * 8 + 4);
  };
  if (name !== undefined) {
    const table = Buffer.alloc(40);
    table.writeUInt32LE(put(Buffer.from(`${name}\0`)), 12);
    point(0, put(table), 40);
  }
  if (needed.length > 0) {
    const table = Buffer.alloc((needed.length + 1) * 20);
    for (const [nth, library] of needed.entries()) table.writeUInt32LE(put(Buffer.from(`${library}\0`)), nth * 20 + 12);
    point(1, put(table), table.length);
  }
  if (guid !== undefined) {
    const data = Buffer.concat([
      Buffer.from("RSDS"),
      Buffer.from(guid, "hex"),
      Buffer.from([1, 0, 0, 0]),
      Buffer.from(`${pdb}\0`),
    ]);
    const at = put(data);
    const entry = Buffer.alloc(28);
    for (const [field, value] of [
      [12, 2],
      [16, data.length],
      [20, at],
      [24, at - address + offset],
    ] as const)
      entry.writeUInt32LE(value, field);
    point(6, put(entry), 28);
  }
  if (version !== undefined) {
    const info = Buffer.alloc(52);
    info.writeUInt32LE(0xfeef04bd, 0);
    info.writeUInt32LE(version[0] * 65536 + version[1], 8);
    info.writeUInt32LE(version[2] * 65536 + version[3], 12);
    const at = put(info);
    const level = (id: number, to: number) => {
      const table = Buffer.alloc(24);
      table.writeUInt16LE(1, 14);
      table.writeUInt32LE(id, 16);
      table.writeUInt32LE(to, 20);
      return table;
    };
    const leaf = Buffer.alloc(16);
    leaf.writeUInt32LE(at, 0);
    leaf.writeUInt32LE(info.length, 4);
    const tree = Buffer.concat([level(16, 0x80000000 + 24), level(1, 0x80000000 + 48), level(1033, 72), leaf]);
    point(2, put(tree), tree.length);
  }
  put(text);
  const header = Buffer.alloc(offset);
  header.write("MZ");
  header.writeUInt32LE(0x80, 0x3c);
  header.write("PE\0\0", 0x80);
  header.writeUInt16LE(0x8664, 0x84);
  header.writeUInt16LE(1, 0x86);
  header.writeUInt32LE(time, 0x88);
  header.writeUInt16LE(0x2000, 0x96); // IMAGE_FILE_DLL
  header.writeUInt16LE(240, 0x94);
  header.writeUInt16LE(0x20b, 0x98);
  header.writeUInt32LE(16, 0x98 + 108);
  directories.copy(header, 0x98 + 112);
  for (const [field, value] of [
    [8, body.length],
    [12, address],
    [16, body.length],
    [20, offset],
  ] as const)
    header.writeUInt32LE(value, 0x98 + 240 + field);
  return Buffer.concat([header, body]);
}

/** What a Mach-O file is to say. */
export interface MachOContent {
  installName?: string;
  needed?: string[];
  uuid?: string;
  text?: Buffer;
}

/** A dylib for macOS on ARM. */
export function buildMachO({ installName, needed = [], uuid, text = Buffer.alloc(0) }: MachOContent): Buffer {
  const dylib = (command: number, name: string) => {
    const body = padded(Buffer.concat([Buffer.alloc(24), Buffer.from(`${name}\0`)]), 8);
    body.writeUInt32LE(command, 0);
    body.writeUInt32LE(body.length, 4);
    body.writeUInt32LE(24, 8);
    return body;
  };
  const commands = [
    ...(installName === undefined ? [] : [dylib(0xd, installName)]),
    ...(uuid === undefined
      ? []
      : [Buffer.concat([Buffer.from([0x1b, 0, 0, 0, 24, 0, 0, 0]), Buffer.from(uuid, "hex")])]),
    ...needed.map((name) => dylib(0xc, name)),
  ];
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(0x100000c, 4);
  header.writeUInt32LE(6, 12);
  header.writeUInt32LE(commands.length, 16);
  header.writeUInt32LE(
    commands.reduce((sum, { length }) => sum + length, 0),
    20,
  );
  return Buffer.concat([header, ...commands, text]);
}

/** A fat file of these slices. */
export function buildFat(slices: Buffer[]): Buffer {
  const header = Buffer.alloc(align(8 + slices.length * 20, 16));
  header.writeUInt32BE(0xcafebabe, 0);
  header.writeUInt32BE(slices.length, 4);
  let at = header.length;
  const bodies = slices.map((slice, nth) => {
    header.writeUInt32BE(0x100000c, 8 + nth * 20);
    header.writeUInt32BE(at, 8 + nth * 20 + 8);
    header.writeUInt32BE(slice.length, 8 + nth * 20 + 12);
    const body = padded(slice, 16);
    at += body.length;
    return body;
  });
  return Buffer.concat([header, ...bodies]);
}
