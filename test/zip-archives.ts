// Small ZIP archives named by what is wrong or odd about them, and the ways to read a whole archive that their tests need.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { secondOpinion } from "../pipeline/collect/whole-wheel.ts";
import { type Directory, readDirectory } from "../pipeline/formats/zip/directory.ts";
import { findEndRecord } from "../pipeline/formats/zip/end-record.ts";
import { readEntry } from "../pipeline/formats/zip/entry.ts";
import { type Entry, entryRange } from "../pipeline/formats/zip/layout.ts";
import { ZipError, type ZipReason, type ZipTagCode } from "../pipeline/formats/zip/reasons.ts";
import { buildZip, type EntryToWrite, extraField, unicodePathField, zip64Field } from "./zip-builder.ts";

const LIMIT = 1024 * 1024;
const NONE_16 = 0xffff;
const NONE_32 = 0xffffffff;
const TOO_LARGE = 2n ** 53n;

/** The directory of an archive of which all bytes are at hand. */
export function listZip(archive: Buffer): Directory {
  const end = findEndRecord(archive, archive.length);
  if ("needFrom" in end) throw new Error(`bytes from ${end.needFrom} are needed of a whole archive`);
  const { directoryOffset, directorySize } = end;
  return readDirectory(archive.subarray(directoryOffset, directoryOffset + directorySize), end);
}

/** An entry's content, of an archive of which all bytes are at hand. */
export function contentOf(archive: Buffer, entry: Entry): Buffer {
  const { start, end } = entryRange(entry);
  return readEntry(archive.subarray(start, end), entry, LIMIT);
}

/** Why an archive is refused, be it for its directory or for an entry; null if it is not. Any other error is thrown. */
export function refusalOf(archive: Buffer): ZipReason | null {
  try {
    for (const entry of listZip(archive).entries) contentOf(archive, entry);
    return null;
  } catch (error) {
    if (error instanceof ZipError) return error.reason;
    throw error;
  }
}

/** What yauzl says of those archives whose directory is accepted: how many there are, and where it lists one otherwise. */
export async function askYauzl(
  folder: string,
  archives: Buffer[],
): Promise<{ accepted: number; differences: string[] }> {
  const file = join(folder, "archive.zip");
  const opinions: (string | null)[] = [];
  for (const archive of archives) {
    const entries = orNull(() => listZip(archive).entries);
    if (entries === null) continue;
    writeFileSync(file, archive);
    opinions.push(await secondOpinion(file, entries));
  }
  return { accepted: opinions.length, differences: opinions.filter((opinion) => opinion !== null) };
}

/** What is read, or null if the archive is refused. */
export function orNull<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ZipError) return null;
    throw error;
  }
}

const A = { name: "pkg/a.py", data: "print('a')\n" };
const A_SIZE = 30 + 8 + 11; // In the file: header, name, data.
const B = { name: "pkg/b.py", data: "b = 'b' * 100\n".repeat(20), method: 8 };
const C = { name: "pkg/c.so", data: "\x7fELF and more".repeat(9), method: 8 };
const RECORD = { name: "pkg-1.dist-info/RECORD", data: "pkg/a.py,,\npkg/b.py,,\n", method: 8 };
const SIGNATURE = Buffer.from("PK\x05\x06", "latin1");
const EMPTY_ZIP = buildZip([]);
const named = (...names: (string | Buffer)[]) => buildZip(names.map((name) => ({ name })));
const withB = (changes: Partial<EntryToWrite>) => buildZip([A, { ...B, ...changes }, RECORD]);

/** Archives that every reader reads alike, with nothing odd about them. */
export const PLAIN: [title: string, archive: Buffer][] = [
  ["no entries", EMPTY_ZIP],
  ["stored and deflated entries", buildZip([A, B, C, RECORD])],
  ["directories", buildZip([{ name: "pkg/" }, A, B])],
  ["an empty deflated entry", buildZip([{ name: "a", method: 8 }])],
  ["a name in UTF-8", named("päckage/ünï.py")],
  ["names with dots", named(".dylibs/a", "a/..b", "a/...", "c.d")],
  ["names with colons, spaces and quotes", named("ab:c", "a b ", "'a\"")],
  ["ZIP64 end records", buildZip([A, B], { zip64: true })],
  ["ZIP64 end records, half repeated", buildZip([A], { zip64: true, end: { entries: 1, entriesHere: 1 } })],
  ["ZIP64 end records on 0 disks", buildZip([A], { zip64: true, locator: { disks: 0 } })],
  ["a size in a ZIP64 field", withB({ directory: { size: NONE_32 }, extra: zip64Field(280) })],
  ["an offset in a ZIP64 field", buildZip([{ ...A, directory: { headerOffset: NONE_32 }, extra: zip64Field(0) }])],
  ["sizes in a local ZIP64 field", withB({ local: { size: NONE_32 }, localExtra: zip64Field(280) })],
  ["repeated sizes in a local ZIP64 field", buildZip([{ ...A, localExtra: zip64Field(11, 11) }])],
  ["an old offset in a local ZIP64 field", withB({ localExtra: zip64Field(2_235_778_000) })],
  [
    "other local extra fields",
    withB({ extra: extraField(0x5455, Buffer.alloc(5)), localExtra: extraField(9, SIGNATURE) }),
  ],
  ["its own name in a Unicode Path field", withB({ extra: unicodePathField("pkg/b.py") })],
  ["its own name in a local Unicode Path field", withB({ localExtra: unicodePathField("pkg/b.py") })],
  [
    "a name in UTF-8 in Unicode Path and ZIP64 fields",
    buildZip([
      {
        name: "päckage/ünï.py",
        directory: { headerOffset: NONE_32 },
        extra: Buffer.concat([unicodePathField("päckage/ünï.py"), zip64Field(0)]),
        localExtra: unicodePathField("päckage/ünï.py"),
      },
    ]),
  ],
  ["other bits for the degree of compression", withB({ local: { flags: 2 } })],
  ["the UTF-8 flag in one half only, for an ASCII name", withB({ directory: { flags: 0x0800 } })],
  [
    "entries in another order than in the directory",
    buildZip([A, { ...B, only: "local" }, C, { ...B, only: "directory", directory: { headerOffset: A_SIZE } }]),
  ],
  ["the bytes of a signature for a date", withB({ directory: { time: 0x4b50, date: 0x0605 } })],
  ["an archive inside, stored", buildZip([{ name: "inner.zip", data: buildZip([A]) }])],
];

/** What can be wrong with an entry behind a sound directory: changes to a deflated entry of 280 bytes. */
export const ENTRY_FAULTS: [reason: ZipReason, title: string, changes: Partial<EntryToWrite>][] = [
  ["extra-malformed", "three bytes in a local header", { localExtra: Buffer.alloc(3) }],
  ["local-cut", "an extra field that reaches into the next entry", { local: { extraLength: NONE_16 } }],
  ["local-signature", "none", { local: { signature: 0 } }],
  ["local-flags", "encryption", { local: { flags: 1 } }],
  ["local-flags", "a data descriptor", { local: { flags: 8 } }],
  ["local-method", "stored", { local: { method: 0 } }],
  ["local-size", "another size", { local: { size: 281 } }],
  ["local-size", "another compressed size", { local: { compressedSize: 1 } }],
  ["local-size", "another size in a ZIP64 field", { local: { size: NONE_32 }, localExtra: zip64Field(281) }],
  ["local-size", "another size in spite of a data descriptor", { descriptor: {}, local: { size: 1 } }],
  ["local-crc32", "another CRC-32", { local: { crc32: 1 } }],
  ["method-unsupported", "LZMA", { directory: { method: 14 }, local: { method: 14 } }],
  ["data-corrupt", "no deflated data", { compressed: Buffer.from("not deflated") }],
  ["data-corrupt", "half of the deflated data", { compressed: deflateRawSync(B.data).subarray(0, 9) }],
  ["data-size", "more than claimed", { directory: { size: 9 }, local: { size: 9 } }],
  ["data-size", "less than claimed", { directory: { size: 300 }, local: { size: 300 } }],
  ["data-size", "bytes behind the deflated data", { compressed: Buffer.concat([deflateRawSync(B.data), SIGNATURE]) }],
  ["data-crc32", "another CRC-32", { directory: { crc32: 1 }, local: { crc32: 1 } }],
  [
    "extra-duplicate",
    "two ZIP64 fields in a local header",
    { localExtra: Buffer.concat([zip64Field(), zip64Field()]) },
  ],
  [
    "unicode-path",
    "another name in a local header",
    { localExtra: extraField(0x7075, Buffer.from("\x01\0\0\0\0other")) },
  ],
  ["unicode-path", "a valid field with another name in a local header", { localExtra: unicodePathField("z", B.name) }],
  ["zip64-extra-missing", "a size in a local header", { local: { size: NONE_32 } }],
  [
    "zip64-extra-short",
    "half a size in a local header",
    { local: { size: NONE_32 }, localExtra: extraField(1, Buffer.alloc(4)) },
  ],
  ["zip64-extra-ambiguous", "a size nobody asked for in a local header", { localExtra: zip64Field(5) }],
  [
    "integer-overflow",
    "a size of 2^64 - 1 bytes in a local header",
    { local: { size: NONE_32 }, localExtra: zip64Field(2n ** 64n - 1n) },
  ],
];

/** Archives that are refused for what their end records or their directory say, or for an entry that does not agree with it. */
export const REFUSED: [reason: ZipReason, title: string, archive: Buffer][] = [
  ["too-small", "an empty file", Buffer.alloc(0)],
  ["too-small", "a byte less than an end record", EMPTY_ZIP.subarray(1)],
  ["no-end-record", "zeros", Buffer.alloc(30)],
  ["no-end-record", "no end record but too far away", Buffer.concat([EMPTY_ZIP, Buffer.alloc(NONE_16 + 1)])],
  ["end-record-cut", "a file that ends in a comment", buildZip([A], { end: { commentLength: 5 } })],
  [
    "end-record-cut",
    "a file that ends in an end record",
    Buffer.concat([Buffer.alloc(9), SIGNATURE, Buffer.alloc(14)]),
  ],
  ["trailing-data", "four bytes", buildZip([A], { trailer: Buffer.from("    ") })],
  ["trailing-data", "a byte behind a comment", buildZip([A], { comment: "comment", trailer: Buffer.from("x") })],
  ["multiple-end-records", "an archive in the comment of another", buildZip([A], { comment: buildZip([B]) })],
  ["multiple-end-records", "an end record in the comment", buildZip([A], { comment: EMPTY_ZIP })],
  [
    "multiple-end-records",
    "a signature in the comment",
    buildZip([A], { comment: Buffer.concat([SIGNATURE, Buffer.alloc(40)]) }),
  ],
  [
    "multiple-end-records",
    "a signature in a short comment",
    buildZip([A], { comment: Buffer.concat([SIGNATURE, Buffer.alloc(9)]) }),
  ],
  ["multiple-end-records", "an end record in an extra field", withB({ extra: extraField(9, EMPTY_ZIP) })],
  [
    "multiple-end-records",
    "more signatures than chance makes",
    withB({ extra: extraField(9, Buffer.alloc(404, "PK\x05\x06", "latin1")) }),
  ],
  [
    "multiple-end-records",
    "an end record in an extra field whose comment is the rest",
    buildZip([{ ...A, extra: extraField(9, buildZip([], { end: { disk: 7, commentLength: 22 } })) }]),
  ],
  ["multi-disk", "an end record of disk 1", buildZip([A], { end: { disk: 1 } })],
  ["multi-disk", "a directory on disk 1", buildZip([A], { end: { directoryDisk: 1 } })],
  ["multi-disk", "an entry on disk 1", withB({ directory: { disk: 1 } })],
  ["multi-disk", "a locator of two disks", buildZip([A], { zip64: true, locator: { disks: 2 } })],
  ["multi-disk", "a ZIP64 record on disk 1", buildZip([A], { zip64: true, locator: { disk: 1 } })],
  [
    "multi-disk",
    "a ZIP64 record of disk 1",
    buildZip([A], { zip64: true, zip64End: { disk: 1 }, end: { disk: NONE_16 } }),
  ],
  ["count-mismatch", "fewer entries here than in all", buildZip([A, B], { end: { entriesHere: 1 } })],
  ["count-mismatch", "an entry less", buildZip([A, B], { end: { entriesHere: 1, entries: 1 } })],
  ["count-mismatch", "an entry more", buildZip([A, B, C, RECORD], { end: { entriesHere: 5, entries: 5 } })],
  ["count-mismatch", "65,535 without ZIP64", buildZip([A], { end: { entriesHere: NONE_16 } })],
  ["count-too-big", "more entries than fit", buildZip([A], { end: { entriesHere: 2, entries: 2 } })],
  ["too-many-entries", "a million", buildZip([A], { zip64: true, zip64End: { entriesHere: 1e6, entries: 1e6 } })],
  ["directory-too-large", "4 GiB less 2", buildZip([A], { end: { directorySize: NONE_32 - 1 } })],
  ["directory-not-bound", "an offset too high", buildZip([A], { end: { directoryOffset: A_SIZE + 1 } })],
  ["directory-not-bound", "bytes behind the directory", buildZip([A], { afterDirectory: Buffer.alloc(1) })],
  ["directory-not-bound", "bytes in front of the file", Buffer.concat([Buffer.from("#!"), buildZip([A])])],
  ["directory-not-bound", "two end records", Buffer.concat([buildZip([A]), buildZip([A]).subarray(-22)])],
  [
    "directory-not-bound",
    "ZIP64 without its locator",
    buildZip([A], {
      zip64: true,
      locator: { signature: 0 },
      end: { entriesHere: 1, entries: 1, directorySize: 54, directoryOffset: A_SIZE },
    }),
  ],
  [
    "integer-overflow",
    "a directory of 2^53 bytes",
    buildZip([A], { zip64: true, zip64End: { directorySize: TOO_LARGE } }),
  ],
  [
    "integer-overflow",
    "an entry of 2^64 - 1 bytes",
    withB({ directory: { size: NONE_32 }, extra: zip64Field(2n ** 64n - 1n) }),
  ],
  ["zip64-locator-missing", "no locator", buildZip([A], { end: { directoryOffset: NONE_32 } })],
  ["zip64-locator-missing", "a locator a byte away", buildZip([A], { zip64: true, beforeEnd: Buffer.alloc(1) })],
  ["zip64-locator-mismatch", "a locator for offset 0", buildZip([A], { zip64: true, locator: { recordOffset: 0 } })],
  ["zip64-record-missing", "a locator without a record", buildZip([A], { zip64: true, zip64End: { signature: 0 } })],
  ["zip64-record-missing", "a locator at the file's start", buildZip([], { zip64: true }).subarray(56)],
  [
    "zip64-record-missing",
    "bytes between record and locator",
    buildZip([A], { zip64: true, beforeLocator: Buffer.alloc(8) }),
  ],
  ["zip64-extensible-data", "a record that claims 60 bytes", buildZip([A], { zip64: true, zip64End: { length: 60 } })],
  ["zip64-legacy-mismatch", "another offset", buildZip([A], { zip64: true, end: { directoryOffset: 0 } })],
  [
    "zip64-legacy-mismatch",
    "another number of entries",
    buildZip([A], { zip64: true, end: { entriesHere: 0, entries: 0 } }),
  ],
  ["directory-signature", "none", withB({ directory: { signature: 0 } })],
  [
    "directory-signature",
    "a digital signature at the end",
    buildZip([A], { directoryEnd: Buffer.from(`PK\x05\x05${"\0".repeat(50)}`, "latin1") }),
  ],
  ["directory-overrun", "a name of 65,535 bytes", withB({ directory: { nameLength: NONE_16 } })],
  ["directory-overrun", "five bytes at the end", buildZip([A], { directoryEnd: Buffer.alloc(5) })],
  ["entry-comment", "a comment", withB({ comment: "comment" })],
  ["encrypted", "traditional encryption", withB({ directory: { flags: 0x0001 } })],
  ["encrypted", "strong encryption", withB({ directory: { flags: 0x0040 } })],
  ["encrypted", "masked headers", withB({ directory: { flags: 0x2000 } })],
  ["patched-data", "a patch", withB({ directory: { flags: 0x0020 } })],
  ["version-too-new", "version 6.4", withB({ directory: { version: 64 } })],
  ["stored-size-mismatch", "stored, and smaller", withB({ directory: { method: 0 } })],
  ["extra-malformed", "three bytes", withB({ extra: Buffer.alloc(3) })],
  ["extra-malformed", "a field longer than all", withB({ extra: extraField(9, Buffer.alloc(4)).subarray(0, 7) })],
  ["extra-malformed", "a ZIP64 field of 10 bytes", withB({ extra: extraField(1, Buffer.alloc(10)) })],
  ["extra-duplicate", "two ZIP64 fields", withB({ extra: Buffer.concat([zip64Field(), zip64Field()]) })],
  ["unicode-path", "another name", withB({ extra: extraField(0x7075, Buffer.from("\x01\0\0\0\0other", "latin1")) })],
  ["unicode-path", "a valid field with another name", withB({ extra: unicodePathField("other", B.name) })],
  ["unicode-path", "the same name with another checksum", withB({ extra: unicodePathField(B.name, "other") })],
  ["unicode-path", "no name, and its checksum", withB({ extra: unicodePathField("", B.name) })],
  ["unicode-path", "nothing", withB({ extra: extraField(0x7075, Buffer.alloc(0)) })],
  ["unicode-path", "version 2", withB({ extra: unicodePathField(B.name, B.name, 2) })],
  ["unicode-path", "a byte behind the name", withB({ extra: unicodePathField(`${B.name}\0`, B.name) })],
  [
    "unicode-path",
    "the name as UTF-8, which the header has without the flag",
    buildZip([{ name: Buffer.from("é"), extra: unicodePathField("é") }]),
  ],
  [
    "extra-duplicate",
    "its own name in two Unicode Path fields",
    withB({ extra: Buffer.concat([unicodePathField(B.name), unicodePathField(B.name)]) }),
  ],
  ["zip64-extra-missing", "a size", withB({ directory: { size: NONE_32 } })],
  [
    "zip64-extra-missing",
    "an offset",
    withB({ directory: { headerOffset: NONE_32 }, extra: extraField(9, SIGNATURE) }),
  ],
  [
    "zip64-extra-short",
    "one value of two",
    withB({ directory: { size: NONE_32, compressedSize: NONE_32 }, extra: zip64Field(280) }),
  ],
  ["zip64-extra-ambiguous", "sizes nobody asked for", withB({ extra: zip64Field(280, 5) })],
  ["zip64-extra-ambiguous", "a size nobody asked for", withB({ extra: zip64Field(5) })],
  [
    "zip64-extra-ambiguous",
    "a compressed size behind a size",
    withB({ directory: { compressedSize: NONE_32 }, extra: zip64Field(280, 36) }),
  ],
  ["name-empty", "no name", named("")],
  ["name-too-long", "1,025 bytes", named("n".repeat(1025))],
  ["name-control", "NUL", named("a.py\0.txt")],
  ["name-control", "escape", named("\x1b[2J")],
  ["name-control", "delete", named("a\x7f")],
  [
    "name-not-utf8",
    "Latin-1 that claims to be UTF-8",
    buildZip([{ name: Buffer.from("\xe9", "latin1"), directory: { flags: 0x0800 } }]),
  ],
  ["name-not-utf8", "Latin-1", named(Buffer.from("caf\xe9", "latin1"))],
  ["name-not-utf8", "a surrogate", named(Buffer.from([0x61, 0xed, 0xa0, 0x80]))],
  ["name-not-utf8", "an overlong slash", named(Buffer.from([0x2e, 0x2e, 0xc0, 0xaf]))],
  ["name-backslash", "a backslash", named("pkg\\a.py")],
  ["name-absolute", "a slash", named("/etc/passwd")],
  ["name-absolute", "two slashes", named("//host/share")],
  ["name-drive", "a drive", named("C:/a.py")],
  ["name-drive", "a drive without a slash", named("c:a.py")],
  ["name-parent", "at the start", named("../a.py")],
  ["name-parent", "inside", named("pkg/../../a.py")],
  ["name-parent", "at the end", named("pkg/..")],
  ["name-duplicate", "the same name", named("a", "b", "a")],
  ["name-duplicate", "a file and a directory", named("a", "a/")],
  ["name-duplicate", "with a dot", named("pkg/a", "pkg/./a")],
  ["name-duplicate", "with two slashes", named("pkg/a", "pkg//a")],
  ["overlap", "two entries at one place", withB({ directory: { headerOffset: 0 } })],
  ["overlap", "data that reach into the directory", buildZip([{ ...C, directory: { compressedSize: 1000 } }])],
  ["overlap", "data of 4 GiB less 2", withB({ directory: { compressedSize: NONE_32 - 1 } })],
  ["overlap", "an entry behind the directory", buildZip([A, { ...B, directory: { headerOffset: 1e6 } }])],
  ["prepended-data", "a script", buildZip([{ ...A, before: Buffer.from("#!/bin/sh\n") }])],
  ["prepended-data", "bytes and no entries", buildZip([], { beforeDirectory: Buffer.alloc(9) })],
  [
    "local-cut",
    "data that reach into the next entry",
    buildZip([
      { name: "a", data: Buffer.concat([extraField(9, Buffer.alloc(1)), SIGNATURE]), local: { extraLength: 5 } },
      B,
    ]),
  ],
  ["local-name", "another name", withB({ localName: "pkg/z.py" })],
  ["local-flags", "another encoding", buildZip([{ name: "é", local: { flags: 0 } }])],
  [
    "entry-too-large",
    "a byte more than the limit",
    buildZip([{ name: "a", data: Buffer.alloc(LIMIT + 1), method: 8 }]),
  ],
  ...ENTRY_FAULTS.map(([reason, title, changes]): (typeof REFUSED)[number] => [reason, title, withB(changes)]),
];

/** Archives that are accepted, and what is odd about them. */
export const ODD: [code: ZipTagCode, title: string, archive: Buffer][] = [
  ["archive-comment", "a comment", buildZip([A], { comment: "comment" })],
  ["archive-comment", "the longest comment", buildZip([A], { comment: "c".repeat(NONE_16) })],
  ["data-descriptor", "a data descriptor", withB({ descriptor: {} })],
  ["zip64-extra-unused", "sizes repeated", withB({ extra: zip64Field(280, deflateRawSync(B.data).length) })],
  ["zip64-extra-unused", "an offset of another archive", withB({ extra: zip64Field(2_235_778_000) })],
  [
    "zip64-extra-unused",
    "a size asked for, and another",
    withB({ directory: { size: NONE_32 }, extra: zip64Field(280, deflateRawSync(B.data).length) }),
  ],
  ["other-method", "LZMA", withB({ directory: { method: 14 }, local: { method: 14 } })],
  ["high-ratio", "zeros", buildZip([{ name: "zeros", data: Buffer.alloc(100_000), method: 8 }])],
  ["impossible-ratio", "a claim", withB({ directory: { size: 1_000_000 } })],
  ["gap", "54 bytes between entries", withB({ before: Buffer.alloc(54) })],
  ["gap", "54 bytes in front of the directory", buildZip([A], { beforeDirectory: Buffer.alloc(54) })],
  ["gap", "an entry that the directory does not list", withB({ only: "local" })],
  ["directory-with-data", "a directory with data", buildZip([{ name: "pkg/", data: "data" }])],
  ["type-mismatch", "a symbolic link", withB({ directory: { externalAttributes: 0o120777 * 0x10000 } })],
  ["type-mismatch", "a directory by its attributes", withB({ directory: { externalAttributes: 0x10 } })],
  [
    "type-mismatch",
    "a directory by its name",
    buildZip([{ name: "pkg/", directory: { externalAttributes: 0o100644 * 0x10000 } }]),
  ],
  ["name-collision", "other case", named("pkg/A.h", "pkg/a.h")],
  ["name-collision", "a ligature", named("ﬁle", "file")],
  ["name-invisible", "writing direction", named("a\u202Etxt.so")],
  ["name-invisible", "zero width", named("a\u200b.py")],
  ["name-cp437", "UTF-8 without its flag", named(Buffer.from("é"))],
  ["name-dot-segment", "a dot", named("./a")],
  ["name-dot-segment", "two slashes", named("a//b")],
];
