// Native members that are no bundled libraries in the sense of a ranking, by name or folder: data/naming/groups.json.
import type { NamingRules } from "./naming-rules.ts";

/** A function from a member's format (".so", ".dylib", ".dll", ...), stem and folder ("" if none) to its group, or null. */
export function makeGrouper(
  rules: NamingRules["groups"],
): (format: string, stem: string, folder: string) => string | null {
  const anyCase = (source: string | undefined) => (source === undefined ? undefined : new RegExp(source, "is"));
  const compiled = rules.map(({ group, format, stem, folder, except }) => ({
    ...{ group, format, stem: anyCase(stem), folder: anyCase(folder), except: anyCase(except) },
  }));

  return (format, stem, folder) => {
    const rule = compiled.find(
      (rule) =>
        (rule.format === undefined || rule.format === format) &&
        (rule.folder === undefined || rule.folder.test(folder)) &&
        (rule.stem === undefined || rule.stem.test(stem)) &&
        !rule.except?.test(stem),
    );
    return rule?.group ?? null;
  };
}
