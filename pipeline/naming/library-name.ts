/**
 * A path inside a wheel → the native library that it names: kind, name without hashes and version, version, repair tool.
 * Only the path is judged; bytes would be the better witness, but they are not read for every member.
 * Wheel layout: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
 */
import { makeTagReader } from "./extension-suffix.ts";
import { makeVersionReader } from "./library-version.ts";
import { makeGrouper } from "./member-groups.ts";
import { anyOf, loadNamingRules, type NamingRules } from "./naming-rules.ts";
import { makeHashReader, type Place, type RepairTool } from "./repair-hash.ts";

export type { RepairTool };

/** What a member is; grouped members and what is no library are `other`. */
export type MemberKind = "extension-module" | "shared-library" | "static-library" | "import-library" | "other";

/** What the wheel itself says about its repair, beside the path; null = nothing. */
export interface WheelFacts {
  repairTool: RepairTool | null;
}

/** What decided, as one of a few fixed phrases. */
export type Evidence =
  | "interpreter's suffix"
  | ".so without lib, version or hash"
  | "known to be imported"
  | ".so where Python cannot import"
  | "inserted hash"
  | "repair tool's folder"
  | "version after .so"
  | "lib before .so"
  | "library suffix"
  | "archive suffix"
  | "libtool archive"
  | "recognized group"
  | "no version after .so"
  | "no native suffix";

/** A native member's name, taken apart. */
export interface LibraryName {
  kind: MemberKind;
  /** The recognized group that keeps it out of the ranking, as data/naming/groups.json names it. */
  group: string | null;
  /** Name without hash and version, with the format's suffix: `libcrypto.so`; null if it is no library. */
  library: string | null;
  /** Name without hash, version and suffix, the same on every platform; of an extension module the module's name. */
  stem: string;
  /** The inserted hashes, in order. */
  hashes: string[];
  /** The version in the file name, mostly the ABI's; a number in a DLL's stem is none. */
  fileVersion: string | null;
  repairTool: RepairTool | null;
  evidence: Evidence;
}

/** Matches the base names of native members. */
export const NATIVE_MEMBER: RegExp = /\.(?:so(?:\.[^/]+)?|pyd|dll|dylib|a|lib|la)$/i;

/** Whether a path names a file that is native by its name; false for folders. */
export function isNativeMember(path: string): boolean {
  return NATIVE_MEMBER.test(baseName(path));
}

// What follows is no data: the platforms' formats and Python's import system, which a new name never changes.

/** Where Python looks for modules. */
const MODULE_ROOT = /^.*\b(?:site-packages|dist-packages|lib-dynload)(?:\/|$)/;

/** Folders below it from which Python can import: `linux-x86_64/` holds no modules. */
const IMPORTABLE = /^(?:[\p{L}_][\p{L}\p{N}_]*(?:\/|$))*$/u;

const DATA_SCHEME = /^[^/]+\.data\/(?:platlib|purelib|data|scripts)\//;

const KIND_BY_FORMAT: Readonly<Record<string, MemberKind>> = {
  ".so": "shared-library",
  ".dylib": "shared-library",
  ".dll": "shared-library",
  ".a": "static-library",
  ".dll.a": "import-library",
  ".lib": "import-library", // or static: the name does not say
  ".la": "other",
};

/** Windows does not tell case apart, and neither do those who link to its libraries. */
const CASE_FOLDED: ReadonlySet<string> = new Set([".dll", ".lib", ".dll.a"]);

/** The parts of a base name around its suffix; `tail` stands after `.so.`. */
interface FileName {
  name: string;
  format: string;
  tail: string | null;
}

/** Names the library (or says what else it is) at a path inside a wheel; any path, never an error. */
export type LibraryNamer = (path: string, wheel: WheelFacts) => LibraryName;

let namerByData: LibraryNamer | undefined; // made for the first name

/** Names the library (or says what else it is) at a path inside a wheel, by the rules in data/; any path, never an error. */
export function nameLibrary(path: string, wheel: WheelFacts = { repairTool: null }): LibraryName {
  namerByData ??= makeLibraryNamer(loadNamingRules());
  return namerByData(path, wheel);
}

/** Makes the function that names libraries by these rules. */
export function makeLibraryNamer(rules: NamingRules): LibraryNamer {
  const { isTag, moduleBySuffix } = makeTagReader(rules["interpreter-tags"]);
  const { isVersion, splitVersion } = makeVersionReader(rules, isTag);
  const { unhashName, unhashVersion, isRepairFolder, toolOfUnrenamed } = makeHashReader(rules);
  const groupOf = makeGrouper(rules.groups);
  const imported = anyOf(rules["imported-modules"].map(({ path }) => path));

  function nameFile({ name, format, tail }: FileName, place: Place): LibraryName {
    const { text: bare, hashes, repairTool } = unhashName(name, format, place);
    const inVersion = unhashVersion(tail ?? "", place);
    hashes.push(...inVersion.hashes);
    if (inVersion.text !== "" && !isVersion(inVersion.text)) return noLibrary(bare, "no version after .so");
    const soVersion = inVersion.text === "" ? null : inVersion.text;

    const { stem, fileVersion } = splitVersion(bare, format, soVersion);
    const found = {
      group: groupOf(format, stem, place.folder),
      library: format === ".la" ? null : stem + format,
      stem,
      hashes,
      fileVersion,
      repairTool: inVersion.repairTool ?? repairTool ?? toolOfUnrenamed(format, place),
    };
    const kind = KIND_BY_FORMAT[format] ?? "other";
    if (kind !== "import-library" && found.group !== null) {
      return { ...found, kind: "other", evidence: "recognized group" };
    }

    const evidence = evidenceFor(format, bare, hashes, soVersion, place);
    if (evidence === ".so without lib, version or hash") return extensionModule(bare, evidence);
    return { ...found, group: null, kind, evidence };
  }

  function evidenceFor(
    format: string,
    name: string,
    hashes: string[],
    soVersion: string | null,
    place: Place,
  ): Evidence {
    if (hashes.length > 0) return "inserted hash";
    if (isRepairFolder(place.folder)) return "repair tool's folder";
    if (format === ".la") return "libtool archive";
    if (KIND_BY_FORMAT[format] !== "shared-library") return "archive suffix";
    if (format !== ".so") return "library suffix";
    if (soVersion !== null) return "version after .so";
    if (/^lib./i.test(name)) return "lib before .so";
    return IMPORTABLE.test(place.folder.replace(MODULE_ROOT, ""))
      ? ".so without lib, version or hash"
      : ".so where Python cannot import";
  }

  return (path, wheel) => {
    const installed = path.replace(DATA_SCHEME, "");
    const base = baseName(installed);
    const folder = installed.slice(0, Math.max(0, installed.length - base.length - 1));

    const module = moduleBySuffix(base);
    if (module !== null && !(isRepairFolder(folder) && /\.so$/i.test(base))) {
      return extensionModule(module, "interpreter's suffix");
    }
    if (imported.test(installed)) return extensionModule(base.slice(0, -".so".length), "known to be imported");
    const file = splitSuffix(base);
    return file === null
      ? noLibrary(base, "no native suffix")
      : nameFile(file, { folder, repairTool: wheel.repairTool });
  };
}

function extensionModule(stem: string, evidence: Evidence): LibraryName {
  const kind = "extension-module";
  return { kind, group: null, library: null, stem, hashes: [], fileVersion: null, repairTool: null, evidence };
}

function noLibrary(stem: string, evidence: Evidence): LibraryName {
  return { kind: "other", group: null, library: null, stem, hashes: [], fileVersion: null, repairTool: null, evidence };
}

/** Takes the suffix off a base name; a doubled one (`libx.so.so`, `libx.so.dylib`) counts once. */
function splitSuffix(base: string): FileName | null {
  const format = /(?<=[^/])\.(?:dll\.a|dll|dylib|lib|la|a)$/i.exec(base)?.[0].toLowerCase();
  if (format !== undefined) {
    const name = base.slice(0, -format.length).replace(/(?<=[^/])\.so$/i, "");
    return { name: CASE_FOLDED.has(format) ? name.toLowerCase() : name, format, tail: null };
  }
  const so = /(?<=[^/])\.so(?=\.[^/]|$)/i.exec(base);
  if (so === null) return null;
  const tail = /^\.so(?:\.so)?$/i.test(base.slice(so.index)) ? null : base.slice(so.index + ".so.".length);
  return { name: base.slice(0, so.index), format: ".so", tail };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
