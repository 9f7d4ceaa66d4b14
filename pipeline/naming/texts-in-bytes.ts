// What texts in a native file's bytes tell: which release a library is, and which other projects are linked into it. The rules are `in_bytes` and
// `linked` of data/components/, and data/source-paths.json for packages whose compilers leave the names of their sources.
import * as v from "valibot";
import { type ComponentRule, loadRules } from "./component-rules.ts";
import { RegExpSource, readRuleFile, someOf, Text } from "./rule-file.ts";

/** What tells: the file's own release by text, version resource or LC_ID_DYLIB, another project linked in, or a package by its sources' paths. */
export type TextKind = "own" | "resource" | "dylib" | "linked" | "package";

/** A text that a rule knows: where in the file (0 of a resource or LC_ID_DYLIB), what it is, of which component or package (purl without version), and the release that it says. */
export interface FoundText {
  at: number;
  kind: TextKind;
  component: string;
  text: string;
  version: string | null;
}

/** The known bytes of a file of `size` bytes, the component that its name tells, and what its version resource and LC_ID_DYLIB say. */
export interface KnownBytes {
  component: string | null;
  size: number;
  pieces: readonly { offset: number; bytes: Buffer }[];
  resource?: string | null | undefined;
  dylib?: string | null | undefined;
}

const SourcePath = v.strictObject({
  purl: v.string(),
  pattern: RegExpSource,
  source: Text,
  examples: someOf(
    v.strictObject({ text: v.string(), name: v.exactOptional(v.string()), version: v.exactOptional(v.string()) }),
  ),
});

/** The shape of data/source-paths.json: groups 1 and 2 of a pattern are a package's name and version. */
export const SourcePaths = v.array(SourcePath);

/** How packages of one ecosystem are recognized by the paths of their sources. */
export type SourcePath = v.InferOutput<typeof SourcePath>;

export const SOURCE_PATHS = new URL("../../data/source-paths.json", import.meta.url);

type InBytes = NonNullable<ComponentRule["in_bytes"]>[number];
type Linked = NonNullable<ComponentRule["linked"]>[number];

const MOST_TEXTS = 20; // Of a rule in a file: real ones have one, or the same a few times.
const MOST_PACKAGES = 1000; // Of a file: the largest of a Rust program has some hundred.
const LONGEST = 200; // Characters of a text that are kept.

/** A file's known pieces as texts, each byte a character. */
class Texts {
  readonly #pieces: { offset: number; text: string }[];

  constructor(pieces: KnownBytes["pieces"]) {
    this.#pieces = pieces.map(({ offset, bytes }) => ({ offset, text: bytes.toString("latin1") }));
  }

  has(pattern: string): boolean {
    const expression = regExp(pattern);
    return this.#pieces.some(({ text }) => expression.test(text));
  }

  *matches(pattern: string): Generator<{ at: number; match: RegExpExecArray }> {
    for (const { offset, text } of this.#pieces) {
      for (const match of text.matchAll(regExp(pattern, "g"))) yield { at: offset + match.index, match };
    }
  }
}

/** A function from a file's known bytes to the texts that the rules know in it. */
export function makeTextFinder(
  rules: readonly ComponentRule[],
  sourcePaths: readonly SourcePath[],
): (file: KnownBytes) => FoundText[] {
  const own = new Map(rules.map(({ component, in_bytes = [] }) => [component, in_bytes]));
  const linked = rules.flatMap(({ component, linked = [] }) => linked.map((rule) => ({ component, rule })));
  return (file) => {
    const texts = new Texts(file.pieces);
    const { component } = file;
    return [
      ...(component === null
        ? []
        : (own.get(component) ?? []).flatMap((rule) => ownTexts(component, rule, file, texts))),
      ...linked.flatMap((each) =>
        each.component === component ? [] : linkedTexts(each.component, each.rule, file.size, texts),
      ),
      ...packagesIn(sourcePaths, texts),
    ];
  };
}

function ownTexts(component: string, rule: InBytes, file: KnownBytes, texts: Texts): FoundText[] {
  const { kind = "text", pattern, version } = rule;
  if (kind === "resource" || kind === "dylib") {
    const match = regExp(`^(?:${pattern})$`).exec(file[kind] ?? "");
    return match ? [{ at: 0, kind, component, text: match[0], version: fill(version, match, String) }] : [];
  }
  if (!isBeside(rule, file.size, texts)) return [];
  const found: FoundText[] = [];
  for (const { at, match } of texts.matches(kind === "bare" ? bare(pattern) : pattern)) {
    const release = fill(version, match, kind === "code" ? byteOf : String);
    found.push({ at, kind: "own", component, text: printable(match[0], kind), version: release });
    if (found.length === MOST_TEXTS) break;
  }
  return found;
}

function linkedTexts(component: string, rule: Linked, size: number, texts: Texts): FoundText[] {
  const found = new Map<string | null, FoundText>();
  for (const { at, match } of texts.matches(rule.pattern)) {
    if (found.size === 0 && !isBeside(rule, size, texts)) return [];
    const version = match[1] === undefined ? releaseBeside(rule, texts) : fill(rule.version, match, String);
    if (!found.has(version)) found.set(version, { at, kind: "linked", component, text: printable(match[0]), version });
    if (found.size === MOST_TEXTS || match[1] === undefined) break;
  }
  return [...found.values()];
}

/** The release that bare numbers of a linked component say, if they all say the same; several are other projects' too, and tell none. */
function releaseBeside({ bare: number, version }: Linked, texts: Texts): string | null {
  if (number === undefined) return null;
  const found = new Set<string | null>();
  for (const { match } of texts.matches(bare(number))) found.add(fill(version, match, String));
  return found.size === 1 ? [...found][0]! : null;
}

function packagesIn(sourcePaths: readonly SourcePath[], texts: Texts): FoundText[] {
  const found = new Map<string, FoundText>();
  for (const { purl, pattern } of sourcePaths) {
    for (const { at, match } of texts.matches(pattern)) {
      const [text, name, version] = match;
      if (name === undefined || version === undefined) continue;
      const key = `${purl}${name}@${version}`;
      if (!found.has(key))
        found.set(key, { at, kind: "package", component: `${purl}${name}`, text: printable(text), version });
      if (found.size === MOST_PACKAGES) break;
    }
  }
  return [...found.values()];
}

/** Whether all that a rule wants beside its text is there, and nothing that it does not want. */
function isBeside(
  { with: wanted, not_with, minimum_size = 0 }: Pick<Linked, "with" | "not_with" | "minimum_size">,
  size: number,
  texts: Texts,
): boolean {
  if (size < minimum_size || (not_with !== undefined && texts.has(not_with))) return false;
  return (wanted ?? []).every((pattern) => texts.has(pattern));
}

/** A number that stands alone between bytes that are no printable ASCII. */
const bare = (pattern: string) => `(?<![\\x20-\\x7e])(?:${pattern})(?![\\x20-\\x7e])`;

function fill(template = "$1", match: RegExpExecArray, read: (group: string) => string): string {
  return template.replace(/\$(\d)/g, (_, nth: string) => read(match[Number(nth)] ?? "").replace(/^0+(?=\d)/, ""));
}

const byteOf = (group: string) => String(group.charCodeAt(0));

function printable(text: string, kind?: string): string {
  if (kind === "code") return `bytes ${Buffer.from(text, "latin1").toString("hex")}`;
  return text
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, LONGEST);
}

/** The release that texts of one file say, if they all say the same; null if there is none, or they differ. */
export function releaseOf(texts: readonly Pick<FoundText, "kind" | "version">[]): string | null {
  const own = texts.filter(({ kind }) => kind === "own");
  const told = own.length > 0 ? own : texts.filter(({ kind }) => kind === "resource" || kind === "dylib");
  const [version, ...others] = new Set(told.map((each) => each.version));
  return version !== undefined && others.length === 0 ? version : null;
}

const compiled = new Map<string, RegExp>();

function regExp(source: string, flags = ""): RegExp {
  const key = `${flags} ${source}`;
  let expression = compiled.get(key);
  if (expression === undefined) {
    expression = new RegExp(source, flags);
    compiled.set(key, expression);
  }
  expression.lastIndex = 0;
  return expression;
}

let finder: ReturnType<typeof makeTextFinder> | undefined;
let whole: Map<string, number> | undefined;

/** The texts that the rules in data/ know in a file. */
export function textsIn(file: KnownBytes): FoundText[] {
  finder ??= makeTextFinder(loadRules(), readRuleFile(SOURCE_PATHS, SourcePaths));
  return finder(file);
}

/** Up to how many compressed bytes a component's library is to be read whole, because its texts stand in its middle; 0: its rule does not say. */
export function wholeUpTo(component: string | null): number {
  whole ??= new Map(loadRules().map((rule) => [rule.component, rule.read_whole_up_to ?? 0]));
  return component === null ? 0 : (whole.get(component) ?? 0);
}
