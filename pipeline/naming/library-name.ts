/**
 * A path inside a wheel → the native library that it names: kind, name without hashes and version, version, repair tool.
 * Bytes would be the better witness, but they are not read for every member: mode and size alone tell a program (program.ts).
 * Wheel layout: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
 */
import { makeTagReader } from "./extension-suffix.ts";
import { canImport, installedAt } from "./installed.ts";
import { makeVersionReader } from "./library-version.ts";
import { makeGrouper } from "./member-groups.ts";
import { anyOf, loadNamingRules, type NamingRules } from "./naming-rules.ts";
import { type FileName, type Format, splitFramework, splitSuffix } from "./native-suffix.ts";
import { EXE, isProgram } from "./program.ts";
import { makeHashReader, type Place, type RepairTool } from "./repair-hash.ts";

export type { RepairTool };

/** What a member is; grouped members but programs, and what is no library, are `other`. */
export type MemberKind =
  | "extension-module"
  | "shared-library"
  | "static-library"
  | "import-library"
  | "executable"
  | "other";

/** What a wheel says of a member beside its path. */
export interface MemberFacts {
  /** The repair tool that the wheel itself names; null: it names none. */
  repairTool: RepairTool | null;
  /** Whether mode and size make a program of the entry; left out: as the path alone says. */
  program?: boolean;
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
  | "framework"
  | "program's suffix"
  | "executable by place, mode or size"
  | "recognized group"
  | "known to be no native code"
  | "no version after the suffix"
  | "no native suffix";

/** What shows that a file is no native code. */
const NOT_NATIVE: ReadonlySet<Evidence> = new Set([
  "known to be no native code",
  "no version after the suffix",
  "no native suffix",
]);

/** A native member's name, taken apart. */
export interface LibraryName {
  kind: MemberKind;
  /** The recognized group that keeps it out of the ranking, as data/naming/groups.json names it. */
  group: string | null;
  /** Name without hash and version, with its suffix (Mach-O libraries may have none): `libcrypto.so`; null if it is no library. */
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

/** Whether a member is native code, as far as its path and what the wheel says of it show; false for folders. */
export function isNativeMember(path: string, facts?: MemberFacts): boolean {
  return isNative(nameLibrary(path, facts));
}

/** Whether what was named is native code. */
export function isNative({ evidence }: Pick<LibraryName, "evidence">): boolean {
  return !NOT_NATIVE.has(evidence);
}

const KIND_BY_FORMAT: Readonly<Record<Format, MemberKind>> = {
  ".so": "shared-library",
  ".dylib": "shared-library",
  ".dll": "shared-library",
  ".a": "static-library",
  ".dll.a": "import-library",
  ".lib": "import-library", // or static: the name does not say
  ".la": "other",
  ".node": "other", // a module of Node.js
};

/** Names the library (or says what else it is) at a path inside a wheel; any path, never an error. */
export type LibraryNamer = (path: string, facts: MemberFacts) => LibraryName;

let namerByData: LibraryNamer | undefined; // made for the first name

/** Names the library (or says what else it is) at a path inside a wheel, by the rules in data/; any path, never an error. */
export function nameLibrary(path: string, facts: MemberFacts = { repairTool: null }): LibraryName {
  namerByData ??= makeLibraryNamer(loadNamingRules());
  return namerByData(path, facts);
}

/** Makes the function that names libraries by these rules. */
export function makeLibraryNamer(rules: NamingRules): LibraryNamer {
  const { isTag, moduleBySuffix } = makeTagReader(rules["interpreter-tags"]);
  const { isVersion, splitVersion } = makeVersionReader(rules, isTag);
  const { unhashName, unhashVersion, isRepairFolder, toolOfUnrenamed } = makeHashReader(rules);
  const groupOf = makeGrouper(rules.groups);
  const notNative = anyOf(
    rules["not-native"].map(({ path }) => path),
    "is",
  );
  const imported = anyOf(rules["imported-modules"].map(({ path }) => path));

  function nameFile({ name, format, suffix, tail }: FileName, place: Place, importable: boolean): LibraryName {
    const isFramework = suffix === "" && tail !== null;
    const { text: bare, hashes, repairTool } = unhashName(name, format, place);
    const inVersion = unhashVersion(tail ?? "", place);
    hashes.push(...inVersion.hashes);
    if (inVersion.text !== "" && !isFramework && !isVersion(inVersion.text))
      return noLibrary(bare, "no version after the suffix");
    const versionAfter = inVersion.text === "" ? null : inVersion.text;

    const { stem, fileVersion } = splitVersion(bare, format, versionAfter);
    const found = {
      group: groupOf(format, stem, place.folder),
      library: format === ".la" ? null : stem + suffix,
      stem,
      hashes,
      fileVersion,
      repairTool: inVersion.repairTool ?? repairTool ?? toolOfUnrenamed(format, place),
    };
    const kind = KIND_BY_FORMAT[format];
    if (kind !== "import-library" && found.group !== null)
      return { ...found, kind: "other", evidence: "recognized group" };

    const evidence = evidenceFor({ name: bare, format, suffix, tail: versionAfter }, hashes, place, importable);
    if (evidence === ".so without lib, version or hash") return extensionModule(bare, evidence);
    return { ...found, group: null, kind, evidence };
  }

  function evidenceFor(file: FileName, hashes: string[], { folder }: Place, importable: boolean): Evidence {
    const { name, format, suffix, tail } = file;
    if (hashes.length > 0) return "inserted hash";
    if (isRepairFolder(folder)) return "repair tool's folder";
    if (suffix === "") return "framework";
    if (format === ".la") return "libtool archive";
    if (KIND_BY_FORMAT[format] !== "shared-library") return "archive suffix";
    if (format !== ".so") return "library suffix";
    if (tail !== null) return "version after .so";
    if (/^lib./i.test(name)) return "lib before .so";
    return importable ? ".so without lib, version or hash" : ".so where Python cannot import";
  }

  function nameProgram(base: string, folder: string): LibraryName {
    const isExe = EXE.test(base);
    const stem = isExe ? base.replace(EXE, "").toLowerCase() : base;
    const evidence = isExe ? "program's suffix" : "executable by place, mode or size";
    return { ...noLibrary(stem, evidence), kind: "executable", group: groupOf(".exe", stem, folder) };
  }

  return (path, { repairTool, program = isProgram({ path, mode: null, size: null }) }) => {
    const { installed, isModuleRoot } = installedAt(path);
    const base = baseName(installed);
    const folder = installed.slice(0, Math.max(0, installed.length - base.length - 1));
    if (notNative.test(path)) return noLibrary(base, "known to be no native code");

    const module = moduleBySuffix(base);
    if (module !== null && !(isRepairFolder(folder) && /\.so$/i.test(base)))
      return extensionModule(module, "interpreter's suffix");
    if (imported.test(installed)) return extensionModule(base.slice(0, -".so".length), "known to be imported");

    const place = { folder, repairTool };
    const file = splitSuffix(base) ?? splitFramework(installed) ?? copiedWithoutSuffix(base, place);
    if (file !== null) return nameFile(file, place, isModuleRoot && canImport(file.name, folder));
    return program ? nameProgram(base, folder) : noLibrary(base, "no native suffix");
  };

  /** What a repair tool copied on macOS need have no suffix: `.dylibs/QtCore`. */
  function copiedWithoutSuffix(base: string, place: Place): FileName | null {
    if (!/^[^.]+$/.test(base) || toolOfUnrenamed(".dylib", place) === null) return null;
    return { name: base, format: ".dylib", suffix: "", tail: null };
  }
}

function extensionModule(stem: string, evidence: Evidence): LibraryName {
  return { ...noLibrary(stem, evidence), kind: "extension-module" };
}

function noLibrary(stem: string, evidence: Evidence): LibraryName {
  return { kind: "other", group: null, library: null, stem, hashes: [], fileVersion: null, repairTool: null, evidence };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
