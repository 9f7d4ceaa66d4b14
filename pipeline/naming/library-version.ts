/**
 * What of a library's file name is its name and what its version: after `.so`, before `.dylib`, rarely in a DLL's name.
 * It is the file name's version (often the ABI's), not the upstream release.
 */
import { isInterpreterTag } from "./extension-suffix.ts";

/** A library's cross-platform name without version and suffix, and the version that the file name says. */
export interface NamedVersion {
  stem: string;
  fileVersion: string | null;
}

/** Names that end in the number of an API: the first dot after them, not the one within, starts a `.dylib`'s version. */
const API_VERSION_IN_NAME = new RegExp(
  `^(?:lib)?(?:${[
    String.raw`SDL2(?:_\w+)?-2\.0`,
    String.raw`(?:glib|gobject|gthread|gmodule|gio|gdk_pixbuf)-2\.0|gst\w+-1\.0|atk-1\.0|pango\w*-1\.0|usb-1\.0`,
    String.raw`(?:ldap(?:_r)?|lber)-2\.\d|db-\d+\.\d|event(?:_\w+)?-2\.\d|hunspell-1\.\d|openvswitch-2\.\d+`,
    String.raw`pulsecommon-\d+\.\d|(?:asm|dw|elf)-0\.\d+|vtk\w+-\d\.\d+|wx_\w+-3\.\d+|xerces-c-3\.\d`,
    String.raw`python(?:2\.7|3\.\d+)[dmt]*|(?:tcl|tk)8\.\d|lua5\.\d`,
    String.raw`openblas(?:64_)?p?-r0\.\d+\.\d+(?:\.dev)?`,
  ].join("|")})(?=[.]|$)`,
  "i",
);

/** The decoration of Boost and its imitators: `-vc142-mt-x64-1_78` is the toolset, the variant and the version 1.78. */
const TOOLSET =
  /^([^-].*?)(?:-(?:vc?|mgw|clangw?)\d{1,4})?-mt(?:-[a-z]{1,6})?(?:-[xa]\d\d)?(?:-(\d{1,4}(?:_\d{1,4}){1,3}))?$/;

/** Python's version or a build date inside a name: with it the same library would have a name for each. */
const FOLDED_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^((?:lib)?boost_(?:mpi_)?(?:python|numpy))-?(?:py)?\d{1,4}(?:-py\d{1,4})?$/i, "$1"],
  [/^((?:lib)?vtkWrappingPythonCore)\d\.\d{1,2}/i, "$1"],
  [/^((?:lib)?(?:pyside|shiboken)\d)-python\d\.\d{1,2}$/i, "$1"],
  [/^(pywintypes|pythoncom)\d{2,3}$/i, "$1"],
  [/^(libgcc_s)-\d[\d.]{0,8}(?:-\d{8})?$/, "$1"], // RHEL: GCC's version and the snapshot's date
];

const WORDS_IN_VERSIONS: ReadonlySet<string> = new Set(["alpha", "beta", "dev", "git", "rc", "zlib-ng"]);

/** Whether text reads as a version: starts with a digit (or one letter and a digit), ends in a digit or a known word. */
export function isVersion(text: string): boolean {
  const last = text.slice(text.lastIndexOf(".") + 1);
  return /^[vx]?\d[\w.+~-]*$/.test(text) && (/\d/.test(last) || WORDS_IN_VERSIONS.has(last));
}

/** Stem and version of a library's name without hashes and suffix; `soVersion` is what stood after `.so`. */
export function splitVersion(name: string, format: string, soVersion: string | null): NamedVersion {
  const parts = name.split(".").filter((part, index) => index === 0 || !isInterpreterTag(part));
  const start = versionStart(parts, format);
  const [stem, decorated] = undecorate(parts.slice(0, start).join("."));
  const version = soVersion ?? (start < parts.length ? parts.slice(start).join(".") : decorated);
  return { stem, fileVersion: version };
}

/** Index of the part that starts the version; the number of parts if none does. */
function versionStart(parts: readonly string[], format: string): number {
  const api = API_VERSION_IN_NAME.exec(parts.join("."))?.[0].split(".").length ?? 1;
  const start = parts.findIndex((part, index) => index >= api && /^\d/.test(part));
  if (start === -1) return parts.length;
  if (format === ".dylib") return isVersion(parts.slice(start).join(".")) ? start : parts.length;
  // mkl_core.2.dll; but vtkCommonCore-9.2.dll has its version in the stem
  const isLoneNumber = start === parts.length - 1 && /^\d{1,3}$/.test(parts[start] ?? "");
  return format === ".dll" && isLoneNumber && !/[-_]v?\d+$/.test(parts[start - 1] ?? "") ? start : parts.length;
}

function undecorate(name: string): [stem: string, version: string | null] {
  const [, bare = name, version = null] = TOOLSET.exec(name) ?? [];
  const stem = FOLDED_NAMES.reduce((folded, [pattern, replacement]) => folded.replace(pattern, replacement), bare);
  return [stem, version?.replaceAll("_", ".") ?? null];
}
