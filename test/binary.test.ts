// What native files say of themselves: whole, with holes, damaged and hostile. What a reader tells of part of a file is what it tells of the whole.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BinaryError, type BinaryFacts } from "../pipeline/formats/binary/facts.ts";
import { Pieces } from "../pipeline/formats/binary/pieces.ts";
import { readBinary } from "../pipeline/formats/binary/read.ts";
import { buildElf, buildFat, buildMachO, buildPe } from "./loopback/binaries.ts";
import "./seed.ts";

const BUILD_ID = "c0b9959017cf64b03131964573944fc72958bb2b";
const UUID = "4c4c44e755553144a128fdb60fbf1420";
const PADDING = Buffer.from("padding ".repeat(200));

const ELF = buildElf({
  ...{
    soname: "libssl.so.3",
    needed: ["libcrypto.so.3", "libc.so.6"],
    buildId: BUILD_ID,
    glibc: "2.33",
    text: PADDING,
  },
  ...{ comment: "GCC: (GNU) 14.2.1", debuglink: "libssl.so.3-3.0.7-27.el9.x86_64.debug" },
});
const PE = buildPe({
  ...{ name: "libssl-3-x64.dll", needed: ["libcrypto-3-x64.dll", "KERNEL32.dll"], time: 0x6b08d124, text: PADDING },
  ...{ guid: "00112233445566778899aabbccddeeff", pdb: "libssl.pdb", version: [3, 0, 13, 0] },
});
const MACHO = buildMachO({
  ...{ installName: "@rpath/libssl.3.dylib", needed: ["@rpath/libcrypto.3.dylib", "/usr/lib/libSystem.B.dylib"] },
  ...{ uuid: UUID, text: PADDING },
});
const NOTHING = {
  dylibVersion: null,
  form: "library" as const,
  glibc: null,
  compiler: null,
  debuglink: null,
  debugId: null,
  resourceVersion: null,
};

const WHOLE: [name: string, bytes: Buffer, facts: BinaryFacts][] = [
  [
    "ELF",
    ELF,
    {
      ...{
        format: "elf",
        machine: "x86_64",
        identity: BUILD_ID,
        soname: "libssl.so.3",
        needed: ["libcrypto.so.3", "libc.so.6"],
      },
      ...{
        form: "library",
        dylibVersion: null,
        glibc: "2.33",
        compiler: "GCC: (GNU) 14.2.1",
        debuglink: "libssl.so.3-3.0.7-27.el9.x86_64.debug",
        debugId: null,
        resourceVersion: null,
      },
      parts: ["header", "notes", "dynamic", "versions", "sections"],
    },
  ],
  [
    "PE",
    PE,
    {
      ...{
        ...NOTHING,
        format: "pe",
        machine: "x86_64",
        identity: "6b08d1240",
        soname: "libssl-3-x64.dll",
      },
      ...{
        needed: ["libcrypto-3-x64.dll", "KERNEL32.dll"],
        debuglink: "libssl.pdb",
        debugId: "33221100554477668899aabbccddeeff1",
        resourceVersion: "3.0.13.0",
      },
      parts: ["header", "imports", "dynamic", "debug", "resource"],
    },
  ],
  [
    "Mach-O",
    MACHO,
    {
      ...{
        ...NOTHING,
        dylibVersion: "0.0.0",
        format: "macho",
        machine: "aarch64",
        identity: UUID,
        soname: "@rpath/libssl.3.dylib",
      },
      needed: ["@rpath/libcrypto.3.dylib", "/usr/lib/libSystem.B.dylib"],
      parts: ["header", "notes", "dynamic", "imports"],
    },
  ],
];

for (const [name, bytes, facts] of WHOLE) {
  test(`${name}: what the whole file says`, () => assert.deepEqual(readBinary(Pieces.whole(bytes)), facts));

  test(`${name}: what part of the file says is what the whole says, or not read`, () => {
    const cuts = fc.array(fc.tuple(fc.nat({ max: bytes.length }), fc.nat({ max: 600 })), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, fc.boolean(), (holes, hasHead) => {
        const pieces = holes.map(([offset, length]) => ({ offset, bytes: bytes.subarray(offset, offset + length) }));
        if (hasHead) pieces.push({ offset: 0, bytes: bytes.subarray(0, 400) });
        const found = readBinary(new Pieces(bytes.length, pieces));
        if (found === null) return;
        for (const field of [
          "soname",
          "needed",
          "glibc",
          "compiler",
          "debuglink",
          "debugId",
          "resourceVersion",
        ] as const)
          if (found[field] !== null) assert.deepEqual(found[field], facts[field], field);
        assert.equal(found.machine, facts.machine);
        for (const part of found.parts) assert.ok(facts.parts.includes(part));
        if (found.parts.includes("dynamic")) assert.equal(found.soname, facts.soname);
      }),
    );
  });

  test(`${name}: of a damaged file come facts or the reader's own error, at once`, () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: 700 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, fc.nat({ max: bytes.length }), (damage, length) => {
        const broken = Buffer.from(bytes.subarray(0, damage.length % 2 === 0 ? bytes.length : length));
        for (const [at, byte] of damage) if (at < broken.length) broken[at] = byte;
        try {
          readBinary(Pieces.whole(broken));
        } catch (error) {
          assert.ok(error instanceof BinaryError, String(error));
        }
      }),
    );
  });
}

test("a library that loads nothing needs the empty list; a fat file is its first slice; what is no native file is none", () => {
  assert.deepEqual(readBinary(Pieces.whole(buildElf({})))!.needed, []);
  assert.deepEqual(readBinary(Pieces.whole(buildPe({})))!.needed, []);
  assert.deepEqual(readBinary(Pieces.whole(buildMachO({})))!.needed, []);
  assert.deepEqual(readBinary(Pieces.whole(buildFat([MACHO, buildMachO({ installName: "other" })]))), WHOLE[2]![2]);
  const javaClass = Buffer.from("cafebabe0000003400ff", "hex");
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from("MZ"),
    Buffer.from("#!/bin/sh\n"),
    Buffer.from("\x7fELF"),
    javaClass,
  ])
    assert.equal(readBinary(Pieces.whole(bytes)), null);
});

const hostile = (bytes: Buffer, change: (bytes: Buffer) => void) => {
  const changed = Buffer.from(bytes);
  change(changed);
  return Pieces.whole(changed);
};

test("lying counts and loops are errors of the reader's, or nothing read", () => {
  const refused = (file: Pieces, message: RegExp) =>
    assert.throws(
      () => readBinary(file),
      (error) => error instanceof BinaryError && message.test(error.message),
    );
  refused(
    hostile(ELF, (bytes) => bytes.writeUInt16LE(65535, 56)),
    /65535 program headers/,
  );
  refused(
    hostile(ELF, (bytes) => bytes.writeUInt8(9, 4)),
    /ELF class 9/,
  );
  refused(
    hostile(PE, (bytes) => bytes.writeUInt16LE(5000, 0x86)),
    /5000 sections/,
  );
  refused(
    hostile(MACHO, (bytes) => bytes.writeUInt32LE(100_000, 16)),
    /100000 load commands/,
  );
  refused(
    hostile(MACHO, (bytes) => bytes.writeUInt32LE(0, 36)),
    /load command 0 of 0 bytes/,
  );
  const loop = hostile(ELF, (bytes) => {
    const at = bytes.indexOf(Buffer.from([1, 0, 1, 0])); // The version table points to itself, as often as it says.
    bytes.writeUInt32LE(0, at + 12 + 16);
    bytes.writeUInt16LE(65535, at + 2);
  });
  assert.equal(readBinary(loop)!.glibc, null);
  const pastEnd = hostile(ELF, (bytes) => bytes.writeBigUInt64LE(2n ** 63n, 40));
  assert.equal(readBinary(pastEnd)!.compiler, null);
});
