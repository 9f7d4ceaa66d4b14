// What can be wrong with a ZIP archive (a reason: the archive is refused) and what is merely odd (a tag: it is kept and reported).
// The codes are stable: they are stored, published and printed by the `verdicts` command.
// Spec: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

import { ItemError } from "../../errors.ts";

/** Why an archive is refused: what is wrong, in one sentence for each stable code. */
export const ZIP_REASONS = {
  "too-small": "The file is shorter than the smallest archive, an end record of 22 bytes.",
  "no-end-record": "No end record stands in the last 65,557 bytes.",
  "end-record-cut": "The file ends inside its last end record, or inside the comment that the record announces.",
  "trailing-data": "Bytes follow the end record and its comment.",
  "multiple-end-records": "A second end record stands where some reader would believe it instead.",
  "multi-disk": "The archive says that it spans several disks.",
  "count-mismatch": "The number of entries is not the announced one, or two announced numbers differ.",
  "count-too-big": "More entries are announced than the directory's bytes can hold.",
  "too-many-entries": "More entries are announced than this program accepts.",
  "directory-too-large": "The directory is larger than this program accepts.",
  "directory-not-bound": "The directory does not end where the end records begin.",
  "integer-overflow": "A 64-bit number is larger than any file can be.",
  "zip64-locator-missing": "The end record refers to ZIP64 values, but no ZIP64 locator stands in front of it.",
  "zip64-locator-mismatch": "The ZIP64 locator does not point at the record in front of it.",
  "zip64-record-missing": "No ZIP64 end record stands directly in front of its locator.",
  "zip64-extensible-data": "The ZIP64 end record is longer than its fixed fields.",
  "zip64-legacy-mismatch": "The end record and the ZIP64 end record say different things.",
  "directory-signature": "A directory entry does not begin with its signature.",
  "directory-overrun": "A directory entry reaches beyond the directory's end.",
  "entry-comment": "A directory entry has a comment, which the package index refuses.",
  encrypted: "An entry is encrypted, or its header is masked.",
  "patched-data": "An entry is a patch to another file.",
  "version-too-new": "An entry needs a version of the format that Python's zipfile does not read.",
  "stored-size-mismatch": "An entry is stored uncompressed, and yet its two sizes differ.",
  "extra-malformed": "The extra fields of an entry do not fill exactly their space.",
  "extra-duplicate": "An entry has two ZIP64 or two Unicode Path extra fields.",
  "unicode-path":
    "A Unicode Path extra field does not repeat its entry's name with the right checksum: some readers take its name, others the header's.",
  "zip64-extra-missing": "An entry refers to ZIP64 values, but has no ZIP64 extra field.",
  "zip64-extra-short": "A ZIP64 extra field lacks a value that its entry refers to.",
  "zip64-extra-ambiguous":
    "A ZIP64 extra field reads differently to those who heed only the values asked for and to those who take all.",
  "name-empty": "An entry has no name.",
  "name-too-long": "An entry's name is longer than this program accepts.",
  "name-control": "An entry's name has a control character.",
  "name-not-utf8": "An entry's name is not valid UTF-8.",
  "name-backslash": "An entry's name has a backslash, which some readers take for a slash.",
  "name-absolute": "An entry's name begins with a slash.",
  "name-drive": "An entry's name begins with a drive letter.",
  "name-parent": "An entry's name has a component `..`.",
  "name-duplicate": "Two entries would be extracted to the same path.",
  overlap: "An entry's data reach into the next entry or into the directory.",
  "prepended-data": "Bytes precede the first entry.",
  "local-cut": "The local header and the data do not fit in front of the next entry.",
  "local-signature": "No local header stands where the directory says.",
  "local-name": "The local header has another name than the directory.",
  "local-flags": "The local header has other flags than the directory.",
  "local-method": "The local header has another compression method than the directory.",
  "local-size": "The local header has other sizes than the directory.",
  "local-crc32": "The local header has another CRC-32 than the directory.",
  "entry-too-large": "An entry that has to be read is larger than this program accepts.",
  "method-unsupported": "An entry that has to be read is neither stored nor deflated.",
  "data-corrupt": "An entry's data cannot be inflated.",
  "data-size": "An entry's data are shorter or longer than the directory says.",
  "data-crc32": "An entry's data have another CRC-32 than the directory says.",
} as const;

/** A code of `ZIP_REASONS`. */
export type ZipReason = keyof typeof ZIP_REASONS;

/** What is odd about an archive that every reader nevertheless reads alike, in one sentence for each stable code. */
export const ZIP_TAGS = {
  "archive-comment": "The archive has a comment.",
  "data-descriptor": "Sizes and CRC-32 stand behind an entry's data too (a data descriptor).",
  "zip64-extra-unused": "A ZIP64 extra field holds values that its entry does not refer to.",
  "other-method": "An entry is neither stored nor deflated.",
  "high-ratio": "An entry inflates to more than 50 times its size.",
  "impossible-ratio": "An entry claims to inflate to more than deflate can express, 1,032 times its size.",
  gap: "More bytes than a local header and a data descriptor need lie between an entry's data and what follows.",
  "directory-with-data": "An entry is a directory by its name, and yet has data.",
  "type-mismatch":
    "By its attributes, an entry is another kind of file than by its name: a directory, a link, a device.",
  "name-collision": "Two names are equal but for case or Unicode compatibility.",
  "name-invisible": "A name has characters that cannot be seen or that turn the writing direction.",
  "name-cp437":
    "A name has bytes beyond ASCII without the UTF-8 flag, so Python's zipfile decodes it as code page 437.",
  "name-dot-segment": "A name has an empty component or a component `.`.",
} as const;

/** A code of `ZIP_TAGS`. */
export type ZipTagCode = keyof typeof ZIP_TAGS;

/** One oddity of an archive: how many entries have it, and the path of the first (null if it is the archive's own). */
export interface ZipTag {
  code: ZipTagCode;
  count: number;
  path: string | null;
}

/** The oddities found so far in one archive. */
export type ZipTags = Map<ZipTagCode, ZipTag>;

/** Notes an oddity of the entry `path`, or of the archive itself. */
export function addTag(tags: ZipTags, code: ZipTagCode, path: string | null): void {
  const tag = tags.get(code);
  if (tag) tag.count++;
  else tags.set(code, { code, count: 1, path });
}

const QUOTED_LENGTH = 80;
const NOT_PRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** An archive that is refused: its message is `<reason>: <found>, expected <wanted>`. */
export class ZipError extends ItemError {
  readonly reason: ZipReason;
  constructor(reason: ZipReason, found: string, wanted: string) {
    super("zip", `${reason}: ${found}, expected ${wanted}`);
    this.reason = reason;
  }
}

/** What is wrong with the entry of that path. */
export function entryError(reason: ZipReason, path: string, found: string, wanted: string): ZipError {
  return new ZipError(reason, `${quoteName(path)}: ${found}`, wanted);
}

/** A name as it stands in a message, which is one line that prints: as a JSON string with all escaped that does not print, cut to 80 characters. */
export function quoteName(name: string): string {
  const shown = JSON.stringify(name.slice(0, QUOTED_LENGTH)).replace(NOT_PRINTABLE, escapeUnits);
  return name.length > QUOTED_LENGTH ? `${shown}…` : shown;
}

function escapeUnits(character: string): string {
  const units = character.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
  return units.map((unit) => `\\u${unit}`).join("");
}
