// The names of a ZIP archive's entries: decoded as Python's zipfile does, refused where readers would not agree on a path.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT section 4.4.17 and appendix D

import { isUtf8 } from "node:buffer";
import { addTag, quoteName, ZipError, type ZipReason, type ZipTags } from "./reasons.ts";

/** Longer names, in bytes, are refused: no path on macOS is longer, and NFKC, by which names are compared, makes up to 18 characters of one. */
export const MAX_NAME_SIZE = 1024;

/** General purpose bit 11: the name is UTF-8. */
export const UTF8_FLAG = 0x0800;

const CP437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

/** What refuses a name, tried in this order on its bytes as Latin-1 characters. */
const REFUSALS: [reason: ZipReason, pattern: RegExp, wanted: string][] = [
  ["name-control", /[\0-\x1f\x7f]/, "no control character"],
  ["name-backslash", /\\/, "slashes"],
  ["name-absolute", /^\//, "a relative path"],
  ["name-drive", /^[A-Za-z]:/, "a relative path"],
  ["name-parent", /(?:^|\/)\.\.(?:\/|$)/, "no component `..`"],
];
/** Finds a character beyond ASCII, in which two readers of a name may differ. */
export const NOT_ASCII = /[^\0-\x7f]/;
const DOT_SEGMENT = /(?:^|\/)(?:\.?\/|\.$)/;
const INVISIBLE = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;

const DOT = 0x2e;
const SLASH = 0x2f;

// What each byte of a name is: 0 where the name needs a closer look, which printable ASCII without backslash and colon does not.
const ORDINARY = 1;
const CAPITAL = 2;
const BYTES = new Uint8Array(256).fill(ORDINARY, 0x20, 0x7f).fill(CAPITAL, 0x41, 0x5b);
for (const character of "\\:") BYTES[character.charCodeAt(0)] = 0;

/** A directory from which names are read. */
export interface Names {
  bytes: Buffer;
  /** The bytes as text of one character each: ordinary names are pieces of it. */
  latin1: string;
  /** The paths read so far as a file system sees them that ignores case: fewer than entries if some may clash. */
  folded: Set<string>;
}

/** The names of a directory, of which none is read yet. */
export function namesIn(directory: Buffer): Names {
  return { bytes: directory, latin1: directory.toString("latin1"), folded: new Set() };
}

/** The path that Python's zipfile gives the name in the bytes [start, end); throws ZipError if it is no plain relative path, tags what is odd about it. */
export function readName(names: Names, start: number, end: number, flags: number, tags: ZipTags): string {
  const { bytes, latin1, folded } = names;
  const looked = lookOver(bytes, start, end);
  if (looked !== 0) {
    const path = latin1.slice(start, end);
    const plain = path.endsWith("/") ? path.slice(0, -1) : path;
    folded.add(looked & CAPITAL ? plain.toLowerCase() : plain);
    return path;
  }
  const path = readOddName(bytes.subarray(start, end), flags, tags);
  folded.add(fold(plainPath(path)));
  return path;
}

/** The bytes of which `readName` has made a path, given the flags of its entry. */
export function rawNameOf(path: string, flags: number): Buffer {
  if (flags & UTF8_FLAG || !NOT_ASCII.test(path)) return Buffer.from(path);
  return Buffer.from(
    path.replace(/[^\0-\x7f]/g, (character) => String.fromCharCode(0x80 + CP437.indexOf(character))),
    "latin1",
  );
}

/** Refuses two paths that are extracted to the same file, and tags those that are so on some file systems only. */
export function comparePaths(paths: Iterable<string>, tags: ZipTags): void {
  const plain = new Set<string>();
  const folded = new Set<string>();
  for (const path of paths) {
    const key = plainPath(path);
    if (plain.has(key)) throw new ZipError("name-duplicate", quoteName(path), "each path once");
    if (folded.has(fold(key))) addTag(tags, "name-collision", path);
    plain.add(key);
    folded.add(fold(key));
  }
}

/** What the bytes of a name are, or-ed; 0 if it needs a closer look: empty, too long, or a component that is empty or begins with a dot. */
function lookOver(bytes: Buffer, start: number, end: number): number {
  if (end - start > MAX_NAME_SIZE) return 0;
  let all = 0;
  let before = SLASH;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const kind = BYTES[byte]!;
    if (kind === 0 || (before === SLASH && (byte === SLASH || byte === DOT))) return 0;
    all |= kind;
    before = byte;
  }
  return all;
}

function readOddName(name: Buffer, flags: number, tags: ZipTags): string {
  if (name.length === 0) throw refusal("name-empty", name, "a name");
  if (name.length > MAX_NAME_SIZE) throw refusal("name-too-long", name, `at most ${MAX_NAME_SIZE} bytes`);
  const bytes = name.toString("latin1");
  for (const [reason, pattern, wanted] of REFUSALS) if (pattern.test(bytes)) throw refusal(reason, name, wanted);
  if (!isUtf8(name)) throw refusal("name-not-utf8", name, "UTF-8");
  const text = name.toString();
  const path = flags & UTF8_FLAG ? text : decodeCp437(bytes);
  if (path !== text) addTag(tags, "name-cp437", path);
  if (INVISIBLE.test(text)) addTag(tags, "name-invisible", path);
  if (DOT_SEGMENT.test(path)) addTag(tags, "name-dot-segment", path);
  return path;
}

function decodeCp437(bytes: string): string {
  return bytes.replace(/[\x80-\xff]/g, (character) => CP437[character.charCodeAt(0) - 0x80]!);
}

/** The path without its empty components and those that are `.`, thus also without a directory's slash. */
function plainPath(path: string): string {
  if (!DOT_SEGMENT.test(path)) return path.endsWith("/") ? path.slice(0, -1) : path;
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return segments.join("/");
}

/** Paths that fold to the same are the same to a file system that ignores case or normalizes Unicode. */
function fold(path: string): string {
  return (NOT_ASCII.test(path) ? path.normalize("NFKC") : path).toLowerCase();
}

function refusal(reason: ZipReason, name: Buffer, wanted: string): ZipError {
  return new ZipError(reason, quoteName(name.toString()), wanted);
}
