// The marks that interpreters put into the file name of an extension module: data/naming/interpreter-tags.json.
import { anyOf, type NamingRules } from "./naming-rules.ts";

/** What tells interpreters' tags. */
export interface TagReader {
  /** Whether one dot-separated part of a file name is an interpreter's tag. */
  isTag(part: string): boolean;
  /** Module name of a file whose suffix alone makes it an extension module (`.pyd`, or a tag before another), or null. */
  moduleBySuffix(fileName: string): string | null;
}

/** Makes the reader of tags. */
export function makeTagReader(rules: NamingRules["interpreter-tags"]): TagReader {
  const tags = anyOf(rules.map(({ tag }) => tag));
  const tagsBefore = (format: string) =>
    anyOf(rules.filter(({ formats }) => formats.some((name) => name === format)).map(({ tag }) => tag));
  const importable = new Map([
    ["so", tagsBefore(".so")],
    ["dylib", tagsBefore(".dylib")],
    ["dll", tagsBefore(".dll")],
    ["pyd", /^/], // whatever stands before it
  ]);

  function isTag(part: string): boolean {
    return tags.test(part);
  }

  function moduleBySuffix(fileName: string): string | null {
    const parts = fileName.split(".");
    const suffix = parts.pop()!.toLowerCase();
    const tag = parts.length > 1 ? parts.at(-1)! : "";
    if (!importable.get(suffix)?.test(tag)) return null;
    const module = (isTag(tag) ? parts.slice(0, -1) : parts).join(".");
    return module === "" ? null : module;
  }

  return { isTag, moduleBySuffix };
}
