// The upstream project of one named library or program, and the version where a rule says what its number means.

import { type ComponentRule, type makeMatcher, type StemKind, versionFrom } from "./component-rules.ts";
import type { LibraryName, MemberKind } from "./library-name.ts";

/** Finds the rule that knows a library. */
export type Matcher = ReturnType<typeof makeMatcher>;

/** A library's upstream project; `version` is null unless the rule says what the number in the file name means. */
export interface ComponentOf {
  rule: ComponentRule;
  version: string | null;
  versionSource: string | null;
}

const STEM_KINDS: Partial<Record<MemberKind, StemKind>> = {
  "shared-library": "library",
  "static-library": "library",
  executable: "executable",
};

/** The kinds of members that can have an upstream project, as SQL lists them. */
export const KINDS_OF_COMPONENTS: string = Object.keys(STEM_KINDS)
  .map((kind) => `'${kind}'`)
  .join(", ");

/** The upstream project of a named library or program, or null if no rule knows it. */
export function componentOf(
  match: Matcher,
  name: Pick<LibraryName, "kind" | "stem" | "fileVersion">,
): ComponentOf | null {
  const kind = STEM_KINDS[name.kind];
  const found = kind === undefined ? null : match(name.stem, name.fileVersion, kind);
  if (found === null) return null;
  const version = versionFrom(found, found.fileVersion, found.stem);
  return { rule: found.rule, version: version?.version ?? null, versionSource: version?.source ?? null };
}
