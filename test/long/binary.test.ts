// The readers of native files on what real toolchains build (gcc, MinGW, clang with lld, patchelf, strip), compared with readelf and
// llvm-readobj; whole, and as the plan for wheels reads them: their beginning, and their end out of the middle of a deflate stream.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import type { BinaryFacts } from "../../pipeline/formats/binary/facts.ts";
import { inflateEnd, inflateStart } from "../../pipeline/formats/binary/inflate.ts";
import { Pieces } from "../../pipeline/formats/binary/pieces.ts";
import { readBinary } from "../../pipeline/formats/binary/read.ts";
import { scratchFolder } from "../harness.ts";
import { byObjdump, byReadelf } from "../oracle/native-facts.ts";

const has = (program: string) => spawnSync(program, ["--version"]).status === 0;
const ld64 = existsSync("/usr/bin")
  ? readdirSync("/usr/bin").find((name) => /^ld64\.lld(-\d+)?$/.test(name))
  : undefined;
const needs = (...programs: (string | undefined)[]) => {
  const missing = programs.filter((program) => program === undefined || !has(program));
  return {
    skip: missing.length > 0 ? `not here: ${missing.map((program) => program ?? "ld64.lld").join(", ")}` : false,
  };
};

const read = (file: string) => readBinary(Pieces.whole(readFileSync(file)))!;
const SOURCE = 'const char *f(void) { return "some text"; }\n';

/** What its first 2 KiB and last 64 KiB once deflated say of a file. */
function readInPart(file: string): BinaryFacts | null {
  const bytes = readFileSync(file);
  const deflated = deflateRawSync(bytes);
  const start = inflateStart(deflated.subarray(0, 2048), 1 << 20);
  return readBinary(
    new Pieces(bytes.length, [{ offset: 0, bytes: start }, ...inflateEnd(deflated.subarray(-65_536), bytes.length)]),
  );
}

const pick = ({ identity, soname, needed, glibc }: BinaryFacts) => ({ identity, soname, needed, glibc });

test(
  "every shared library of this machine: what readelf says, and of part of it nothing else",
  needs("readelf"),
  (t) => {
    const folder = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"].find((each) =>
      existsSync(each),
    );
    if (folder === undefined) return t.skip("no folder of libraries is known here");
    const files = readdirSync(folder)
      .filter((name) => /^lib.*\.so\.[\d.]+$/.test(name))
      .map((name) => join(folder, name));
    let [count, known, inPart] = [0, 0, 0];
    for (const file of files.slice(0, 120)) {
      const whole = readBinary(Pieces.whole(readFileSync(file)));
      if (whole === null) continue;
      assert.deepEqual(pick(whole), byReadelf(file), file);
      const part = readInPart(file);
      for (const field of ["identity", "soname", "glibc", "debuglink", "compiler"] as const)
        if (part?.[field]) assert.equal(part[field], whole[field], `${file}: ${field}`);
      if (part?.needed) assert.deepEqual(part.needed, whole.needed, file);
      count += 1;
      known += Number(whole.identity !== null);
      inPart += Number(part?.identity === whole.identity);
    }
    assert.ok(count > 20, `${count} libraries`);
    assert.ok(inPart >= 0.9 * known, `the identity of ${inPart} of ${count} in part`);
  },
);

let folder: string;
before((t) => {
  folder = scratchFolder(t as never);
  writeFileSync(join(folder, "a.c"), SOURCE);
});
const built = (program: string, words: string[]) => execFileSync(program, words, { cwd: folder, stdio: "pipe" });

test(
  "a library that patchelf and strip have changed keeps its build-id",
  needs("gcc", "patchelf", "strip", "readelf"),
  () => {
    built("gcc", ["-shared", "-fPIC", "-Wl,--build-id", "-Wl,-soname,liba.so.1", "-o", "liba.so", "a.c"]);
    const file = join(folder, "liba.so");
    const first = read(file);
    assert.match(first.compiler!, /^GCC: /);
    for (const [program, words] of [
      ["patchelf", ["--set-rpath", "$ORIGIN/long/enough/to/move", "liba.so"]],
      ["patchelf", ["--set-soname", "liba-0123abcd.so.1", "liba.so"]],
      ["patchelf", ["--add-needed", "libz-0123abcd.so.1", "liba.so"]],
      ["strip", ["--strip-unneeded", "liba.so"]],
    ] as const) {
      built(program, [...words]);
      const now = read(file);
      assert.equal(now.identity, first.identity);
      assert.deepEqual(pick(now), byReadelf(file));
    }
    assert.equal(read(file).soname, "liba-0123abcd.so.1");
    assert.ok(read(file).needed!.includes("libz-0123abcd.so.1"));
    copyFileSync(file, join(folder, "debug"));
    built("objcopy", ["--add-gnu-debuglink=debug", "liba.so"]);
    assert.equal(read(file).debuglink, "debug");
  },
);

test(
  "a DLL that MinGW has built: imports, name and version resource",
  needs("x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-windres", "llvm-readobj"),
  () => {
    writeFileSync(join(folder, "a.rc"), "1 VERSIONINFO FILEVERSION 1,2,3,4 BEGIN END\n");
    built("x86_64-w64-mingw32-windres", ["a.rc", "-O", "coff", "-o", "a.res.o"]);
    built("x86_64-w64-mingw32-gcc", ["-shared", "-o", "liba.dll", "a.c", "a.res.o"]);
    const facts = read(join(folder, "liba.dll"));
    const said = execFileSync("llvm-readobj", ["--coff-imports", join(folder, "liba.dll")], { encoding: "utf8" });
    assert.deepEqual(
      facts.needed,
      [...said.matchAll(/^ {2}Name: (.*)$/gm)].map(([, name]) => name),
    );
    assert.deepEqual([facts.soname, facts.resourceVersion, facts.machine], ["liba.dll", "1.2.3.4", "x86_64"]);
  },
);

const TBD = `--- !tapi-tbd
tbd-version: 4
targets: [ arm64-macos ]
install-name: '/usr/lib/libSystem.B.dylib'
exports:
  - targets: [ arm64-macos ]
    symbols: [ dyld_stub_binder ]
...
`;

test(
  "a dylib that clang and lld have built: install name, libraries and UUID",
  needs("clang", ld64, "llvm-objdump"),
  () => {
    writeFileSync(join(folder, "libSystem.tbd"), TBD);
    built("clang", ["--target=arm64-apple-macos11", "-c", "a.c", "-o", "a.o"]);
    built(ld64!, [
      ...[
        "-arch",
        "arm64",
        "-platform_version",
        "macos",
        "11.0",
        "11.0",
        "-dylib",
        "-o",
        "liba.dylib",
        "a.o",
        "libSystem.tbd",
      ],
      ...["-install_name", "@rpath/liba.1.dylib"],
    ]);
    const facts = read(join(folder, "liba.dylib"));
    const { identity, soname, needed } = facts;
    assert.deepEqual({ identity, soname, needed }, byObjdump(join(folder, "liba.dylib")));
    assert.deepEqual([facts.soname, facts.needed], ["@rpath/liba.1.dylib", ["/usr/lib/libSystem.B.dylib"]]);
  },
);
