// Native members that are no bundled libraries in the sense of a ranking, by name or folder: data/naming/groups.json.
import { anyOf, type NamingRules } from "./naming-rules.ts";

/** A function from a member's format (".so", ".dll", ".exe", ...), stem and folder ("" if none) to its group, or null. */
export function makeGrouper(
  rules: NamingRules["groups"],
): (format: string, stem: string, folder: string) => string | null {
  const anyCase = (source: string | undefined) => (source === undefined ? undefined : anyOf([source], "is"));
  const compiled = rules.map((rule) => ({
    ...rule,
    stem: anyCase(rule.stem),
    folder: anyCase(rule.folder),
    except: anyCase(rule.except),
  }));
  // Most names fail these at once: what a rule asks of the stem, or of the folder if it asks nothing of the stem, or of the format alone.
  const stems = anyOf(
    rules.flatMap(({ stem }) => stem ?? []),
    "is",
  );
  const folders = anyOf(
    rules.filter(({ stem }) => stem === undefined).flatMap(({ folder }) => folder ?? []),
    "is",
  );
  const formats = new Set<string | undefined>(
    rules.filter(({ stem, folder }) => (stem ?? folder) === undefined).map(({ format }) => format),
  );

  return (format, stem, folder) => {
    if (!formats.has(format) && !stems.test(stem) && !folders.test(folder)) return null;
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
