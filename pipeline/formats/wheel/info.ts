// The small documents of a wheel's .dist-info that say who made and who repaired it.
// WHEEL: https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-contents
// DELVEWHEEL: written by delvewheel, "Version: X" on its first line. SBOMs: https://peps.python.org/pep-0770/

/** The repair tools that leave a word about themselves in the wheel. */
export type StatedTool = "auditwheel" | "delvewheel" | "delocate" | "maturin";

/** The values of WHEEL's `Generator:` lines, in their order. */
export function parseGenerators(wheelText: string): string[] {
  return [...wheelText.matchAll(/^Generator:[ \t]*(.+?)[ \t]*\r?$/gm)].map((match) => match[1]!);
}

/**
 * Which repair tool the wheel itself names: by DELVEWHEEL, a Generator line of delocate's, the tool of its auditwheel.cdx.json
 * (maturin writes one too since 1.12; without a tool it is auditwheel's), or a Generator line of maturin's; null if none.
 */
export function statedRepairTool(facts: {
  generators: string[];
  hasDelvewheelFile: boolean;
  repairSbomTools: string[];
}): StatedTool | null {
  if (facts.hasDelvewheelFile) return "delvewheel";
  if (facts.generators.some((generator) => /^delocate\b/.test(generator))) return "delocate";
  const [sbomTool] = facts.repairSbomTools;
  if (sbomTool !== undefined) return /^maturin\b/.test(sbomTool) ? "maturin" : "auditwheel";
  if (facts.generators.some((generator) => /^maturin\b/.test(generator))) return "maturin";
  return null;
}

const SUFFIX = ".dist-info";

/** The directory prefix (with its slash) of the wheel's own .dist-info among its paths, or null if none is its own. */
export function findDistInfo(paths: Iterable<string>, distribution: string, version: string): string | null {
  const candidates = new Set<string>();
  for (const path of paths) {
    const slash = path.indexOf("/");
    if (slash > SUFFIX.length && path.endsWith(SUFFIX, slash)) candidates.add(path.slice(0, slash + 1));
  }
  const wanted = comparable(`${distribution}-${version}`);
  for (const prefix of candidates)
    if (comparable(prefix.slice(0, -"/".length - SUFFIX.length)) === wanted) return prefix;
  return candidates.size === 1 ? [...candidates][0]! : null;
}

// Escaping of names and versions changed over the years, so "zope.interface-5.0" and "zope_interface-5.0" are one.
function comparable(name: string): string {
  return name.toLowerCase().replace(/[-_.+!]+/g, "_");
}
