/**
 * What of a library's file name is its name and what its version: after `.so`, before `.dylib`, rarely in a DLL's name.
 * It is the file name's version (often the ABI's), not the upstream release.
 * Which names hold a number or a decoration is data; where a version begins, by format, is told here.
 */
import { anyOf, type NamingRules } from "./naming-rules.ts";

/** A library's cross-platform name without version and suffix, and the version that the file name says. */
export interface NamedVersion {
  stem: string;
  fileVersion: string | null;
}

/** What tells versions. */
export interface VersionReader {
  /** Whether text reads as a version: starts with a digit (or v or x and a digit), ends in a digit or a known word. */
  isVersion(text: string): boolean;
  /** Stem and version of a library's name without hashes and suffix; `soVersion` is what stood after `.so`. */
  splitVersion(name: string, format: string, soVersion: string | null): NamedVersion;
}

/**
 * The first number of an interface or a branch, as libtool's `-release` and GNOME's habit write it: `liborc-0.4.0.dylib` is
 * `liborc-0.4.so.0` on Linux. The width of a character or a word (`libpcre2-8.0.dylib`) is not one.
 */
const BRANCH = /-(?!(?:8|16|32|64)$)\d+$/;

/** What looks like the end of a version and is another file beside the library. */
const BESIDE = /^(?:md5|sha\d+|bz2|lz4|7z|p7s)$/i;

/** Makes the reader of versions; `isTag` tells interpreters' tags, which are no part of a name. */
export function makeVersionReader(rules: NamingRules, isTag: (part: string) => boolean): VersionReader {
  // The version may follow such a name, from the next dot on.
  const apiNames = rules["api-versions"].map(({ match }) => match.replace(/\$$/, "(?=[.]|$)"));
  const apiVersions = new RegExp(apiNames.join("|"), "is");
  const decorations = rules.decorations.map((rule) => ({ ...rule, match: anyOf([rule.match], "is") }));
  const words = new Set(rules["version-words"].flatMap((rule) => rule.words));

  function isVersion(text: string): boolean {
    const last = text.slice(text.lastIndexOf(".") + 1);
    return /^[vx]?\d[\w.+~-]*$/.test(text) && (/\d/.test(last) || words.has(last)) && !BESIDE.test(last);
  }

  /** How many parts belong to the name because they are the number of an interface; 1 if none does. */
  function apiParts(parts: readonly string[], format: string): number {
    const known = apiVersions.exec(parts.join("."))?.[0].split(".").length;
    if (known !== undefined) return known;
    const [first = "", second = ""] = parts;
    if (format !== ".dylib" || !BRANCH.test(first) || !/^\d+$/.test(second)) return 1;
    // A version has one part or three: libpixman-1.0.42.2 is the version 0.42.2, libglib-2.0.0 the version 0.
    return parts.length === 4 ? 1 : 2;
  }

  /** Index of the part that starts the version; the number of parts if none does. */
  function versionStart(parts: readonly string[], format: string): number {
    if (parts.length === 1) return 1; // most names
    const api = apiParts(parts, format);
    const start = parts.findIndex((part, index) => index >= api && /^\d/.test(part));
    if (start === -1) return parts.length;
    if (format === ".dylib") return isVersion(parts.slice(start).join(".")) ? start : parts.length;
    // mkl_core.2.dll; but vtkCommonCore-9.2.dll has its version in the stem
    const isLoneNumber = start === parts.length - 1 && /^\d{1,3}$/.test(parts[start] ?? "");
    return format === ".dll" && isLoneNumber && !/[-_]v?\d+$/.test(parts[start - 1] ?? "") ? start : parts.length;
  }

  function undecorate(name: string): NamedVersion {
    let stem = name;
    let fileVersion: string | null = null;
    for (const { match, name, version } of decorations) {
      const groups = match.exec(stem);
      if (groups === null) continue;
      stem = fill(name, groups);
      if (version !== undefined) fileVersion = fill(version, groups).replaceAll("_", ".") || fileVersion;
    }
    return { stem, fileVersion };
  }

  function splitVersion(name: string, format: string, soVersion: string | null): NamedVersion {
    const parts = name.split(".").filter((part, index) => index === 0 || !isTag(part));
    const start = versionStart(parts, format);
    const { stem, fileVersion } = undecorate(parts.slice(0, start).join("."));
    return { stem, fileVersion: soVersion ?? (start < parts.length ? parts.slice(start).join(".") : fileVersion) };
  }

  return { isVersion, splitVersion };
}

function fill(text: string, groups: RegExpExecArray): string {
  return text.replace(/\$(\d)/g, (_, index) => groups[Number(index)] ?? "");
}
