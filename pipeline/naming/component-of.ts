// The upstream project of one named library, and the version where a rule says what its number means.

import { type ComponentRule, type makeMatcher, versionFrom } from "./component-rules.ts";
import type { LibraryName } from "./library-name.ts";

/** Finds the rule that knows a library. */
export type Matcher = ReturnType<typeof makeMatcher>;

/** A library's upstream project; `version` is null unless the rule says what the number in the file name means. */
export interface ComponentOf {
  rule: ComponentRule;
  version: string | null;
  versionSource: string | null;
}

const OF_COMPONENTS = new Set(["shared-library", "static-library"]); // Other kinds of members are no libraries.

/** The upstream project of a named library, or null if no rule knows it. */
export function componentOf(
  match: Matcher,
  name: Pick<LibraryName, "kind" | "stem" | "fileVersion">,
): ComponentOf | null {
  if (!OF_COMPONENTS.has(name.kind)) return null;
  const found = match(name.stem, name.fileVersion);
  if (!found) return null;
  const version = versionFrom(found, name.fileVersion, name.stem);
  return { rule: found.rule, version: version?.version ?? null, versionSource: version?.source ?? null };
}
