// Wheels of small native files made here, so that a demo and tests can read contents: of real wheels this repository has names and sizes alone.
import { createHash } from "node:crypto";
import { buildZip, type EntryToWrite } from "../zip-builder.ts";
import { buildElf, buildMachO, buildPe } from "./binaries.ts";
import { type IndexSource, memoryFile, memorySource, type SourceFile } from "./source.ts";

/** A wheel of this file name with these members, deflated, its WHEEL and its RECORD, which has the hashes of those that are whole if `isHashed`. */
export function wheelOf(
  filename: string,
  members: Record<string, Buffer | Partial<EntryToWrite>>,
  isHashed = false,
): SourceFile {
  const [name, version] = filename.split("-");
  const files = Object.entries(members).map(([path, member]) =>
    Buffer.isBuffer(member)
      ? { name: path, data: member, method: 8 }
      : { name: path, data: Buffer.alloc(0), ...member },
  );
  const record = Object.entries(members).map(([path, member]) => {
    if (!isHashed || !Buffer.isBuffer(member)) return `${path},,\n`;
    return `${path},sha256=${createHash("sha256").update(member).digest("base64url")},${member.length}\n`;
  });
  const info = `${name}-${version}.dist-info`;
  return memoryFile(
    filename,
    buildZip([
      ...files,
      { name: `${info}/WHEEL`, data: Buffer.from("Wheel-Version: 1.0\n") },
      { name: `${info}/RECORD`, data: Buffer.from(`${record.join("")}${info}/RECORD,,\n`) },
    ] as EntryToWrite[]),
  );
}

const texts = (...lines: string[]) => Buffer.from(`\0${lines.join("\0")}\0`);
const OPENSSL = ["OpenSSL 3.5.8 25 Aug 2026", 'OPENSSLDIR: "/usr/local/ssl"'];
const RING = "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/ring-0.17.14/src/aead.rs";

/** An index of one project with a wheel for each of Linux, Windows and macOS. */
export function madeUpSource(): IndexSource {
  const linux = wheelOf("made_up-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", {
    "made_up.libs/libcrypto-01234567.so.3": buildElf({
      ...{ soname: "libcrypto-01234567.so.3", needed: ["libc.so.6"], glibc: "2.28", text: texts(...OPENSSL) },
      buildId: "c0b9959017cf64b03131964573944fc72958bb2b",
    }),
    "made_up.libs/libssl-01234567.so.3": buildElf({
      ...{ soname: "libssl-01234567.so.3", needed: ["libcrypto-01234567.so.3", "libc.so.6"], glibc: "2.17" },
    }),
    "made_up/_rust.abi3.so": buildElf({ needed: ["libc.so.6"], text: texts(...OPENSSL, RING, "PyInit__rust") }),
  });
  const windows = wheelOf("made_up-1.0-cp312-cp312-win_amd64.whl", {
    "made_up/zlib1.dll": buildPe({ name: "zlib1.dll", needed: ["KERNEL32.dll"], version: [1, 3, 1, 0] }),
  });
  const macOS = wheelOf("made_up-1.0-cp312-cp312-macosx_11_0_arm64.whl", {
    "made_up/.dylibs/libz.1.dylib": buildMachO({
      installName: "@rpath/libz.1.dylib",
      needed: ["/usr/lib/libSystem.B.dylib"],
      text: texts("deflate 1.3.1 Copyright 1995-2024 Jean-loup Gailly"),
    }),
  });
  return memorySource([{ name: "made-up", version: "1.0", files: [linux, windows, macOS] }]);
}
