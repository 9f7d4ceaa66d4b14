// What a native file says of itself, whatever its format; what could not be read is null, and so is what is not there: `parts` tells which was read.

/** The formats of native files. */
export type BinaryFormat = "elf" | "pe" | "macho";

/** Parts of a file that a reader may find known. */
export type BinaryPart = "header" | "notes" | "dynamic" | "imports" | "versions" | "sections" | "debug" | "resource";

/** What a native file is for: a library may be an extension module as well. */
export type BinaryForm = "library" | "executable" | "object";

/**
 * What a native file says of itself: `identity` is its build-id (ELF), time stamp and size of the image as symbol servers key it (PE), or UUID (Mach-O), in lower-case hex;
 * `debugId` the GUID and age of a PE file's CodeView record;
 * `soname` its own name for others (SONAME, the exports' name, LC_ID_DYLIB); `needed` what it loads, in its order, null if not read;
 * `glibc` the newest version of the C library's symbols that it needs; `resourceVersion` what a PE file's version resource says, `dylibVersion` the current version in LC_ID_DYLIB.
 */
export interface BinaryFacts {
  format: BinaryFormat;
  form: BinaryForm | null;
  machine: string;
  identity: string | null;
  soname: string | null;
  needed: string[] | null;
  glibc: string | null;
  compiler: string | null;
  debuglink: string | null;
  debugId: string | null;
  resourceVersion: string | null;
  dylibVersion: string | null;
  parts: BinaryPart[];
}

/** A file of one of these formats that contradicts itself: where, what was found, what was expected. */
export class BinaryError extends Error {}

/** Facts of which nothing but the format and the machine is known yet. */
export function emptyFacts(format: BinaryFormat, machine: string): BinaryFacts {
  return {
    ...{ format, form: null, machine, identity: null, soname: null, needed: null, glibc: null, compiler: null },
    ...{ debuglink: null, debugId: null, resourceVersion: null, dylibVersion: null, parts: ["header"] },
  };
}
