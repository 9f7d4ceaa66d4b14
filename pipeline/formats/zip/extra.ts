// The extra fields of a ZIP entry, of which only the ZIP64 one matters here: sizes and offsets that do not fit 32 bits.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT sections 4.5.1 and 4.5.3
//
// The ZIP64 field has to hold those values only whose 32-bit place says "too large", in a fixed order. Writers put others there too:
// Python before 3.11.4 wrote both sizes into every local header it might have to correct, and `wheel tags` leaves an entry's old offset
// behind (pypa/wheel#692). Readers disagree then: some take what was asked for, some take value for value. What reads the same both
// ways is accepted and tagged.

import { readUInt64 } from "./end-record.ts";
import { entryError } from "./reasons.ts";

/** The value of a header's 32-bit field that refers to the ZIP64 extra field. */
export const IN_ZIP64 = 0xffffffff;

const ZIP64_ID = 0x0001;
const UNICODE_PATH_ID = 0x7075;
const WIDTH = 8;
const LENGTHS = [0, 8, 16, 24, 28];
const LARGEST_PLAIN = 0x7fffffff; // Python's zipfile uses ZIP64 above 2 GiB - 1.

/** Puts 64-bit values in the place of those of `values` (size, compressed size, header offset) that refer to them; true if there are more. */
export function resolveZip64(values: number[], extra: Buffer, path: string): boolean {
  const zip64 = findZip64(extra, path);
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

/** The ZIP64 field among an entry's extra fields, undefined if there is none; throws ZipError unless they fill `extra` exactly. */
function findZip64(extra: Buffer, path: string): Buffer | undefined {
  let zip64: Buffer | undefined;
  let at = 0;
  while (at + 4 <= extra.length) {
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) break;
    if (id === UNICODE_PATH_ID) throw entryError("unicode-path", path, "a Unicode Path field", "one name");
    if (id === ZIP64_ID) {
      if (zip64) throw entryError("extra-duplicate", path, "two ZIP64 fields", "one");
      zip64 = extra.subarray(at + 4, end);
    }
    at = end;
  }
  if (at !== extra.length) throw entryError("extra-malformed", path, `${extra.length - at} bytes left over`, "0");
  return zip64;
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
