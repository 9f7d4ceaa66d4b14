// Small ZIP archives named by what is wrong or odd about them, and the two ways to read a whole archive that its tests need.

import { type Directory, type Entry, readDirectory } from "../pipeline/formats/zip-directory.ts";
import { findEndRecord } from "../pipeline/formats/zip-end-record.ts";
import { readEntry } from "../pipeline/formats/zip-entry.ts";
import { entryRange } from "../pipeline/formats/zip-layout.ts";
import { ZipError, type ZipReason, type ZipTagCode } from "../pipeline/formats/zip-reasons.ts";
import { buildZip, type EntryToWrite, extraField, zip64Field } from "./zip-builder.ts";

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

const A = { name: "pkg/a.py", data: "print('a')\n" };
const B = { name: "pkg/b.py", data: "b = 'b' * 100\n".repeat(20), method: 8 };
const C = { name: "pkg/c.so", data: "\x7fELF".repeat(50), method: 8 };
const RECORD = { name: "pkg-1.dist-info/RECORD", data: "pkg/a.py,,\npkg/b.py,,\n", method: 8 };
const SIGNATURE = Buffer.from("PK\x05\x06", "latin1");
const EMPTY_ZIP = buildZip([]);
const named = (name: string | Buffer) => buildZip([{ name }]);
const withB = (changes: Partial<EntryToWrite>) => buildZip([A, { ...B, ...changes }, RECORD]);

/** Archives that every reader reads alike, without anything odd. */
export const PLAIN: [title: string, archive: Buffer][] = [
  ["no entries", EMPTY_ZIP],
  ["stored and deflated entries", buildZip([A, B, RECORD])],
  ["directories", buildZip([{ name: "pkg/" }, A, B])],
  ["an empty deflated entry", buildZip([{ name: "a", data: "", method: 8 }])],
  ["a name in UTF-8", buildZip([{ name: "päckage/ünï.py" }])],
  ["names that begin with dots", buildZip([{ name: ".dylibs/a" }, { name: "a/..b" }, { name: "a/..." }, { name: "c.d" }])],
  ["names with colons, spaces and quotes", buildZip([{ name: "ab:c" }, { name: "a b " }, { name: "'a\"" }])],
  ["ZIP64 end records", buildZip([A, B], { zip64: true })],
  ["ZIP64 end records, and an end record that repeats them", buildZip([A], { zip64: true, end: { entries: 1, entriesHere: 1 } })],
  ["ZIP64 end records on 0 disks", buildZip([A], { zip64: true, locator: { disks: 0 } })],
  ["sizes in a ZIP64 field", withB({ directory: { size: NONE_32 }, extra: zip64Field(280) })],
  ["an offset in a ZIP64 field", buildZip([{ ...A, directory: { headerOffset: NONE_32 }, extra: zip64Field(0) }])],
  ["extra fields", withB({ extra: extraField(0x5455, Buffer.alloc(5)), localExtra: extraField(0x5455, Buffer.alloc(9)) })],
  ["the entries in another order than the directory", buildZip([A, { ...B, only: "local" }, C].concat())],
];
