// Which upstream project a library comes from, and what the number in its file name means: the rules of data/components.json.
// Their fields are explained in data/README.md; scripts/lint-data.ts says what is wrong with one and how to mend it.
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { EXIT, RunError } from "../errors.ts";

// The message of a validation says what is expected.
const NonEmptyString = v.pipe(v.string(), v.nonEmpty("some text"));
const ComponentName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9.+-]*$/, "lower-case letters, digits and . + - only"),
);
const RegExpSource = v.pipe(
  v.string(),
  v.check(
    (source) => compileError(source) === null,
    ({ input }) => `a regular expression (${compileError(input)})`,
  ),
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
  stem: RegExpSource,
  if_file_version: v.exactOptional(RegExpSource),
  file_version: v.picklist(["release", "soname", "decoded", "none"]),
  decode: v.exactOptional(v.array(Decoding)),
  source: v.exactOptional(NonEmptyString),
  examples: v.pipe(v.array(Example), v.nonEmpty("one at least")),
});

const Rule = v.strictObject({
  component: ComponentName,
  name: NonEmptyString,
  purl: v.string(),
  licence: v.exactOptional(v.string()),
  cpe: v.exactOptional(v.string()),
  patterns: v.pipe(v.array(Pattern), v.nonEmpty("one at least")),
});

/** The shape of data/components.json. */
export const ComponentRules = v.array(Rule);

/** One upstream project: its names elsewhere (purl, SPDX licence, CPE `vendor:product`) and the stems of its libraries. */
export type ComponentRule = v.InferOutput<typeof Rule>;

/** Stems (lower-case, anchored) of one project's libraries whose numbers mean the same. */
export type StemPattern = v.InferOutput<typeof Pattern>;

/** How to read a release out of a number or a stem: `version` takes the groups of `match`, `table` is asked for its first. */
export type Decoding = v.InferOutput<typeof Decoding>;

/** The rule that knows a library, and which of its patterns did. */
export interface Match {
  rule: ComponentRule;
  pattern: StemPattern;
}

/** An upstream release, or a maintenance branch written `11.x`, and the rule's source for reading it from the file's name. */
export interface UpstreamVersion {
  version: string;
  source: string;
}

/** Where the rules are. */
export const RULES = new URL("../../data/components.json", import.meta.url);

/** Reads the rules; a RunError with a one-line message if they are not JSON or of another shape. */
export function loadRules(file: URL = RULES): ComponentRule[] {
  const name = file.pathname.slice(file.pathname.lastIndexOf("/") + 1);
  let rules: unknown;
  try {
    rules = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new RunError(EXIT.bug, `${name}: ${(error as Error).message}, expected JSON`);
  }
  const parsed = v.safeParse(ComponentRules, rules, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw new RunError(EXIT.bug, `${name}: ${describeIssue(parsed.issues[0])}`);
}

/** One line on where rules have another shape: `rule 4 (openssl): patterns[0].stem: <found>, expected <wanted>`. */
export function describeIssue(issue: v.InferIssue<typeof ComponentRules>): string {
  const [rule, ...steps] = issue.path ?? [];
  if (rule === undefined) return `the rules: ${issue.received}, expected an array of them`;
  const { component } = Object(rule.value) as Partial<ComponentRule>;
  const path = steps.map(({ key }) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  const where = `rule ${Number(rule.key) + 1}${component ? ` (${component})` : ""}: ${path.slice(1) || "it"}`;
  if (issue.kind === "validation") return `${where}: ${issue.received}, expected ${issue.message}`;
  if (issue.expected === "never") return `${where}: unknown field, expected those of data/README.md; drop or rename it`;
  if (issue.received === "undefined") return `${where}: missing, expected as in data/README.md; add it`;
  return `${where}: ${issue.received}, expected ${issue.expected}`;
}

/** A function from a library's stem (any case) and the number in its file name to the one rule that knows it. */
export function makeMatcher(
  rules: readonly ComponentRule[],
): (stem: string, fileVersion?: string | null) => Match | null {
  const find = makeFinder(rules);
  return (stem, fileVersion = null) => applicable(find(stem), fileVersion)[0] ?? null;
}

const BUNDLE = 16; // Patterns tried as one expression, which most stems fail at once.

/** A function from a stem to every pattern that matches it, whatever the number; it keeps its answers. */
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

/** Those of a stem's matches that hold for a file version: the ones made for just that number, else the unconditional ones. */
export function applicable(matches: readonly Match[], fileVersion: string | null): Match[] {
  const made = matches.filter(
    ({ pattern }) => pattern.if_file_version !== undefined && regExp(pattern.if_file_version).test(fileVersion ?? ""),
  );
  return made.length > 0 ? made : matches.filter(({ pattern }) => pattern.if_file_version === undefined);
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

function compileError(source: string): string | null {
  try {
    new RegExp(source);
    return null;
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: \/.*\/\w*: /s, "");
  }
}
