// The formats of native code as names show them: by the suffix, or on macOS by the place. No data: a new name never changes them.

/** The format whose habits a file's name follows. */
export type Format = ".so" | ".dylib" | ".dll" | ".a" | ".dll.a" | ".lib" | ".la" | ".node";

/** A native file's name around its suffix: `tail` stands behind that, the suffix is "" where macOS needs none. */
export interface FileName {
  name: string;
  format: Format;
  suffix: string;
  tail: string | null;
}

/** Matches the base names of files that are native code by their suffix, with whatever stands behind `.so` and `.dylib`. */
export const NATIVE_SUFFIX: RegExp = /(?<=[^/])\.(?:(?:so|dylib)(?:\.[^/]+)?|pyd|dll|a|lib|la|node)$/i;

/** Windows does not tell case apart, and neither do those who link to its libraries. */
const CASE_FOLDED: ReadonlySet<string> = new Set([".dll", ".lib", ".dll.a"]);

/** Takes the suffix off a base name, null if it has none that is native; a doubled one (`libx.so.so`, `libx.so.dylib`) counts once. */
export function splitSuffix(base: string): FileName | null {
  const last = /(?<=[^/])\.(?:dll\.a|dll|dylib|lib|la|a|node)$/i.exec(base)?.[0].toLowerCase() as Format | undefined;
  if (last !== undefined) {
    const name = base.slice(0, -last.length).replace(/(?<=[^/])\.so$/i, "");
    return { name: CASE_FOLDED.has(last) ? name.toLowerCase() : name, format: last, suffix: last, tail: null };
  }
  const inner = /(?<=[^/])\.(?:so|dylib)(?=\.[^/]|$)/i.exec(base);
  if (inner === null) return null;
  const format = inner[0].toLowerCase() as Format;
  const tail = base.slice(inner.index + format.length + 1);
  const said = tail === "" || tail.toLowerCase() === "so" ? null : tail;
  return { name: base.slice(0, inner.index), format, suffix: format, tail: said };
}

// Apple, "Framework Programming Guide", Anatomy of Framework Bundles: X.framework/Versions/A/X, on iOS X.framework/X.
const FRAMEWORK = /(?:^|\/)([^/]+)\.framework\/(?:Versions\/([^/]+)\/)?\1(?:_debug)?$/;

/** The library of a macOS or iOS framework, with the version of its folder (`A`, `5`, `3.11`); null for any other path. */
export function splitFramework(path: string): FileName | null {
  const parts = FRAMEWORK.exec(path);
  if (parts === null) return null;
  const [, name, version] = parts;
  return {
    name: name!,
    format: ".dylib",
    suffix: "",
    tail: version === undefined || version === "Current" ? null : version,
  };
}
