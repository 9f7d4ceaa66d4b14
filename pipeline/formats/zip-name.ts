// The names of a ZIP archive's entries: decoded as Python's zipfile does, refused where readers would not agree on a path.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT section 4.4.17 and appendix D

import { isUtf8 } from "node:buffer";
import { addTag, quoteName, ZipError, type ZipReason, type ZipTags } from "./zip-reasons.ts";

/** Longer names, in bytes, are refused: no path on macOS is longer. NFKC makes 18 characters of one, so much longer ones were a weapon. */
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
const NOT_ASCII = /[^\0-\x7f]/;
const DOT_SEGMENT = /(?:^|\/)(?:\.?\/|\.$)/;
const INVISIBLE = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;

const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** The names of one archive so far, folded as file systems do that ignore case: fewer than the entries if two of them clash. */
export type FoldedNames = Set<string>;

/** The path that Python's zipfile gives a name; throws ZipError if it is no plain relative path, tags what is odd about it. */
export function readName(name: Buffer, flags: number, folded: FoldedNames, tags: ZipTags): string {
  if (name.length === 0) throw refusal("name-empty", name, "a name");
  if (name.length > MAX_NAME_SIZE) throw refusal("name-too-long", name, `at most ${MAX_NAME_SIZE} bytes`);
  if (isOrdinary(name)) {
    const path = name.toString("latin1");
    folded.add((path.endsWith("/") ? path.slice(0, -1) : path).toLowerCase());
    return path;
  }
  const path = readOddName(name, flags, tags);
  folded.add(fold(plainPath(path)));
  return path;
}

/** Refuses two paths that are extracted to the same file, and tags those that are so on some file systems only. */
export function comparePaths(paths: Iterable<string>, tags: ZipTags): void {
  const plain = new Set<string>();
  const folded: FoldedNames = new Set();
  for (const path of paths) {
    const key = plainPath(path);
    if (plain.has(key)) throw refusal("name-duplicate", Buffer.from(path), "each path once");
    if (folded.has(fold(key))) addTag(tags, "name-collision", path);
    plain.add(key);
    folded.add(fold(key));
  }
}

/** Whether a name needs no closer look: printable ASCII without backslash or colon, no component that is empty or begins with a dot. */
function isOrdinary(name: Buffer): boolean {
  let before = SLASH;
  for (let at = 0; at < name.length; at++) {
    const byte = name[at]!;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH || byte === COLON) return false;
    if (before === SLASH && (byte === SLASH || byte === DOT)) return false;
    before = byte;
  }
  return true;
}

function readOddName(name: Buffer, flags: number, tags: ZipTags): string {
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
  return new ZipError(reason, quoteName(name), wanted);
}
