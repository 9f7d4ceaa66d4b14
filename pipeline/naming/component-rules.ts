// Which upstream project a library comes from, and what the number in its file name means: the rules of data/components/.
// Their fields are explained in data/README.md; scripts/lint-data.ts says what is wrong with one and how to mend it.
import { readdirSync } from "node:fs";
import * as v from "valibot";
import { loadRenamedCopies, makeOriginals, type RenamedCopy } from "./renamed-copies.ts";
import { RegExpSource, readRuleFile, someOf, Text } from "./rule-file.ts";

const ComponentName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9.+-]*$/, "lower-case letters, digits and . + - only"),
);

const Decoding = v.strictObject({
  from: v.exactOptional(v.picklist(["file_version", "stem"])),
  match: RegExpSource,
  version: v.exactOptional(v.string()),
  table: v.exactOptional(v.record(v.string(), v.string())),
});

const Example = v.strictObject({
  stem: v.string(),
  file_version: v.exactOptional(v.string()),
  version: v.exactOptional(v.string()),
});

const Pattern = v.strictObject({
  kind: v.exactOptional(v.literal("executable")),
  stem: RegExpSource,
  if_file_version: v.exactOptional(RegExpSource),
  file_version: v.picklist(["release", "soname", "decoded", "none"]),
  decode: v.exactOptional(v.array(Decoding)),
  source: v.exactOptional(Text),
  examples: someOf(Example),
});

const Beside = {
  with: v.exactOptional(someOf(RegExpSource)),
  not_with: v.exactOptional(RegExpSource),
  minimum_size: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  version: v.exactOptional(Text),
  source: Text,
};

const InBytes = v.strictObject({
  kind: v.exactOptional(v.picklist(["text", "bare", "code", "resource", "dylib"])),
  pattern: RegExpSource,
  ...Beside,
  examples: someOf(v.strictObject({ text: v.string(), version: v.exactOptional(v.string()) })),
});

const Linked = v.strictObject({
  pattern: RegExpSource,
  bare: v.exactOptional(RegExpSource),
  ...Beside,
  examples: someOf(
    v.strictObject({
      text: v.string(),
      is_linked: v.boolean(),
      version: v.exactOptional(v.string()),
      size: v.exactOptional(v.number()),
    }),
  ),
});

/** The shape of a file in data/components/. */
export const ComponentRule = v.strictObject({
  component: ComponentName,
  name: Text,
  purl: v.string(),
  licence: v.exactOptional(v.string()),
  cpe: v.exactOptional(v.string()),
  patterns: someOf(Pattern),
  in_bytes: v.exactOptional(someOf(InBytes)),
  read_whole_up_to: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  siblings: v.exactOptional(v.strictObject({ source: Text })),
  linked: v.exactOptional(someOf(Linked)),
});

/** One upstream project: its names elsewhere (purl, SPDX licence, CPE `vendor:product`) and the stems of its libraries. */
export type ComponentRule = v.InferOutput<typeof ComponentRule>;

/** Stems (lower-case, anchored) of one project's libraries, or of its programs, whose numbers mean the same. */
export type StemPattern = v.InferOutput<typeof Pattern>;

/** What a stem is the name of: patterns without a `kind` are for libraries. */
export type StemKind = "library" | "executable";

/** How to read a release out of a number or a stem: `version` takes the groups of `match`, `table` is asked for its first. */
export type Decoding = v.InferOutput<typeof Decoding>;

/** The rule that knows a library, and which of its patterns did. */
export interface Match {
  rule: ComponentRule;
  pattern: StemPattern;
}

/** A match, and the stem and number by which upstream knows the file: a packager may have renamed it. */
export interface MatchedName extends Match {
  stem: string;
  fileVersion: string | null;
}

/** An upstream release, or a maintenance branch written `11.x`, and the rule's source for reading it from the file's name. */
export interface UpstreamVersion {
  version: string;
  source: string;
}

export const RULES = new URL("../../data/components/", import.meta.url);

/** Reads a folder of rules, in byte order of the components; a RunError with a one-line message if one is of another shape. */
export function loadRules(folder: URL = RULES): ComponentRule[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  const components = files.map((name) => name.slice(0, -".json".length)).sort();
  return components.map((component) => readRuleFile(new URL(`${component}.json`, folder), ComponentRule));
}

/** The components whose libraries are released together, so that one of a wheel tells the release of the others. */
export function siblingComponents(rules: readonly ComponentRule[] = loadRules()): string[] {
  return rules.filter(({ siblings }) => siblings !== undefined).map(({ component }) => component);
}

/** A function from a stem (any case) and the number in the file name to the one rule that knows it, as it is or as a renamed copy. */
export function makeMatcher(
  rules: readonly ComponentRule[],
  renamedCopies: readonly RenamedCopy[] = loadRenamedCopies(),
): (stem: string, fileVersion?: string | null, kind?: StemKind) => MatchedName | null {
  const find = makeFinder(rules);
  const originalsOf = makeOriginals(renamedCopies);
  return (stem, fileVersion = null, kind = "library") => {
    for (const name of [...originalsOf(stem, fileVersion), { stem, fileVersion }]) {
      const match = applicable(find(name.stem), name.fileVersion, kind)[0];
      if (match !== undefined) return { ...match, ...name };
    }
    return null;
  };
}

const BUNDLE = 16; // Patterns tried as one expression, which most stems fail at once.

/** A function from a stem to every pattern that matches it, whatever the kind and the number; it keeps its answers. */
export function makeFinder(rules: readonly ComponentRule[]): (stem: string) => Match[] {
  const patterns = rules.flatMap((rule) => rule.patterns.map((pattern) => ({ rule, pattern })));
  const bundles = Array.from({ length: Math.ceil(patterns.length / BUNDLE) }, (_, index) => {
    const members = patterns.slice(index * BUNDLE, (index + 1) * BUNDLE);
    return { members, any: new RegExp(members.map(({ pattern }) => pattern.stem).join("|")) };
  });
  const known = new Map<string, Match[]>();

  return (stem) => {
    const name = stem.toLowerCase();
    let matches = known.get(name);
    if (matches === undefined) {
      const likely = bundles.filter(({ any }) => any.test(name)).flatMap(({ members }) => members);
      matches = likely.filter(({ pattern }) => regExp(pattern.stem).test(name));
      known.set(name, matches);
    }
    return matches;
  };
}

/** Those of a stem's matches that hold for a kind and a file version: the ones made for just that number, else the unconditional ones. */
export function applicable(matches: readonly Match[], fileVersion: string | null, kind: StemKind = "library"): Match[] {
  const ofKind = matches.filter(({ pattern }) => (pattern.kind ?? "library") === kind);
  const made = ofKind.filter(
    ({ pattern }) => pattern.if_file_version !== undefined && regExp(pattern.if_file_version).test(fileVersion ?? ""),
  );
  return made.length > 0 ? made : ofKind.filter(({ pattern }) => pattern.if_file_version === undefined);
}

const FULL_RELEASE = /^\d+(?:\.\d+){2,}$/; // fewer parts are a soname or the name of a link

/** The upstream version that a matched library's file name says; null unless the rule says so, with its source. */
export function versionFrom(match: Match, fileVersion: string | null, stem: string): UpstreamVersion | null {
  const { file_version, decode = [], source } = match.pattern;
  if (source === undefined) return null;
  if (file_version === "release") {
    return fileVersion !== null && FULL_RELEASE.test(fileVersion) ? { version: fileVersion, source } : null;
  }
  for (const decoding of decode) {
    const version = decodeVersion(decoding, decoding.from === "stem" ? stem.toLowerCase() : fileVersion);
    if (version !== null) return { version, source };
  }
  return null;
}

function decodeVersion({ match, version, table }: Decoding, text: string | null): string | null {
  const groups = text === null ? null : regExp(match).exec(text);
  if (groups === null) return null;
  const group = (index: string | number) => (groups[Number(index)] ?? "").replace(/^0+(?=\d+$)/, ""); // 08 is 8
  if (version !== undefined) return version.replace(/\$(\d)/g, (_, index: string) => group(index));
  return table !== undefined && Object.hasOwn(table, group(1)) ? table[group(1)]! : null;
}

const compiled = new Map<string, RegExp>();

function regExp(source: string): RegExp {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const expression = new RegExp(source);
  compiled.set(source, expression);
  return expression;
}
