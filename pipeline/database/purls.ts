// Which entries of SBOMs may be native libraries, by their package URLs.

/** Types of package URLs that stand for packages of a language's own index: bindings, and no files that a wheel bundles. */
const OF_LANGUAGES = ["cargo", "pypi", "npm", "golang"];

/** Whether a package URL is none of a language's own index, as a condition on the column that holds it; true where it is NULL. */
export function isOfNoLanguage(purl: string): string {
  return `(${purl} IS NULL OR NOT (${OF_LANGUAGES.map((type) => `${purl} LIKE 'pkg:${type}/%'`).join(" OR ")}))`;
}
