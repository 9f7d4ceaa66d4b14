// The extra fields of a ZIP entry, of which two matter here: ZIP64's, with sizes and offsets that do not fit 32 bits, and the
// Unicode Path, a second name that some readers take for the entry's.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.5.1, 4.5.3 and 4.6.9
//
// The ZIP64 field has to hold those values only whose 32-bit place says "too large", in a fixed order. Writers put others there too:
// Python before 3.11.4 wrote both sizes into every local header it might have to correct, and `wheel tags` leaves an entry's old offset
// behind (pypa/wheel#692). Readers disagree then: some take what was asked for, some take value for value. What reads the same both
// ways is accepted and tagged.

import { crc32 } from "node:zlib";
import { readUInt64 } from "./end-record.ts";
import type { Entry } from "./layout.ts";
import { rawNameOf } from "./name.ts";
import { entryError } from "./reasons.ts";

/** Whose extra fields they are: its name, and the flags that say how that is written. */
type Owner = Pick<Entry, "path" | "flags">;

/** The value of a header's 32-bit field that refers to the ZIP64 extra field. */
export const IN_ZIP64 = 0xffffffff;

const ZIP64_ID = 0x0001;
const UNICODE_PATH_ID = 0x7075;
const UNICODE_PATH_VERSION = 1;
const WIDTH = 8;
const LENGTHS = [0, 8, 16, 24, 28];
const LARGEST_PLAIN = 0x7fffffff; // Python's zipfile uses ZIP64 above 2 GiB - 1.

/** Puts 64-bit values in the place of those of `values` (size, compressed size, header offset) that refer to them; true if there are more. */
export function resolveZip64(values: number[], extra: Buffer, owner: Owner): boolean {
  const { path } = owner;
  const zip64 = findZip64(extra, owner);
  const asked = [...values.keys()].filter((index) => values[index] === IN_ZIP64);
  if (!zip64) {
    if (asked.length > 0)
      throw entryError("zip64-extra-missing", path, "no ZIP64 field", `${asked.length * WIDTH} bytes in one`);
    return false;
  }
  const needed = asked.length * WIDTH;
  if (zip64.length < needed) throw entryError("zip64-extra-short", path, `${zip64.length} bytes`, `${needed}`);
  if (!LENGTHS.includes(zip64.length))
    throw entryError("extra-malformed", path, `a ZIP64 field of ${zip64.length} bytes`, LENGTHS.join(", "));

  const resolved = [...values];
  asked.forEach((index, place) => {
    resolved[index] = readUInt64(zip64, place * WIDTH);
  });
  if (zip64.length > needed && !isOldOffset(zip64, asked)) refuseOtherReading(resolved, zip64, path);
  values.splice(0, values.length, ...resolved);
  return zip64.length > needed;
}

/** The ZIP64 field among an entry's extra fields, undefined if there is none; throws ZipError unless they fill `extra` exactly and name the entry as its header does. */
function findZip64(extra: Buffer, owner: Owner): Buffer | undefined {
  const { path } = owner;
  const found = new Map<number, Buffer>();
  let at = 0;
  while (at + 4 <= extra.length) {
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) break;
    if (id === ZIP64_ID || id === UNICODE_PATH_ID) {
      const field = extra.subarray(at + 4, end);
      if (id === UNICODE_PATH_ID) refuseOtherName(field, owner);
      if (found.has(id)) throw entryError("extra-duplicate", path, `two fields 0x${id.toString(16)}`, "one");
      found.set(id, field);
    }
    at = end;
  }
  if (at !== extra.length) throw entryError("extra-malformed", path, `${extra.length - at} bytes left over`, "0");
  return found.get(ZIP64_ID);
}

/** Refuses a Unicode Path field but of the header's own name: with its checksum the field counts, to some readers; without it, to none or to careless ones. */
function refuseOtherName(field: Buffer, { path, flags }: Owner): void {
  const head = Buffer.alloc(5, UNICODE_PATH_VERSION);
  head.writeUInt32LE(crc32(rawNameOf(path, flags)), 1);
  if (!field.equals(Buffer.concat([head, Buffer.from(path)])))
    throw entryError(
      "unicode-path",
      path,
      "a Unicode Path field with another name, checksum or version",
      "its own name",
    );
}

/** Whether the field is nothing but the offset that the entry had in the archive it was copied from. */
function isOldOffset(zip64: Buffer, asked: number[]): boolean {
  return asked.length === 0 && zip64.length === WIDTH && readUInt64(zip64, 0) > LARGEST_PLAIN;
}

function refuseOtherReading(resolved: number[], zip64: Buffer, path: string): void {
  for (const [index, value] of resolved.entries()) {
    if ((index + 1) * WIDTH > zip64.length) return;
    const other = readUInt64(zip64, index * WIDTH);
    if (other !== value) throw entryError("zip64-extra-ambiguous", path, `${value} or ${other}`, "one value");
  }
}
