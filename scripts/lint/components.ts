// What is wrong with the rules of data/components/ and how to mend it, for whoever adds one.
import { PackageURL } from "packageurl-js";
import parseSpdx from "spdx-expression-parse";
import * as v from "valibot";
import {
  applicable,
  ComponentRule,
  type Decoding,
  type Match,
  makeFinder,
  type StemPattern,
  type UpstreamVersion,
  versionFrom,
} from "../../pipeline/naming/component-rules.ts";
import { describeIssue } from "../../pipeline/naming/rule-file.ts";
import { makeTextFinder, releaseOf, SourcePaths } from "../../pipeline/naming/texts-in-bytes.ts";
import { lintReferences, lintRepetition, lintWholeRegExp } from "./reg-exp.ts";

/** Begins a message that does not make the rules wrong. */
export const WARNING = "warning: ";

const CPE = /^[a-z0-9._-]+:[a-z0-9._+-]+$/;
const VERSION = /^\d[\w.+-]*$/;

/**
 * Every fault of the rules (name of the file → what it holds), one message each: where, what is found, what is expected, how
 * to mend it. With the stems of an edition it also names those that two rules claim, and warns of rules that matched none.
 */
export function lintComponents(files: ReadonlyMap<string, unknown>, seenStems?: Iterable<string>): string[] {
  const rules: ComponentRule[] = [];
  const faults: string[] = [];
  for (const [file, content] of files) {
    const parsed = v.safeParse(ComponentRule, content);
    if (!parsed.success) faults.push(...parsed.issues.map((issue) => `${file}: ${describeIssue(issue)}`));
    else {
      rules.push(parsed.output);
      faults.push(...lintFileName(file, parsed.output), ...lintRule(parsed.output));
    }
  }
  if (faults.length > 0) return faults; // the examples would only repeat them
  const stems = seenStems === undefined ? [] : lintSeenStems(rules, [...seenStems]);
  return [...lintExamples(rules), ...stems];
}

function lintFileName(file: string, { component }: ComponentRule): string[] {
  const name = `${component}.json`;
  return file === name ? [] : [`${file}: the file of ${component}, expected the name ${name}; rename one of them`];
}

function lintRule(rule: ComponentRule): string[] {
  const faults = [...lintPurl(rule.purl), ...lintLicence(rule.licence), ...lintCpe(rule.cpe)];
  return [
    ...faults.map((fault) => `${rule.component}: ${fault}`),
    ...(rule.in_bytes ?? []).flatMap((text) =>
      lintInBytes(rule, text).map((fault) => `${rule.component}, in_bytes: ${fault}`),
    ),
    ...(rule.linked ?? []).flatMap((text) =>
      lintLinked(rule, text).map((fault) => `${rule.component}, linked: ${fault}`),
    ),
    ...rule.patterns.flatMap((pattern) => lintPattern(pattern).map((fault) => `${place(rule, pattern)}: ${fault}`)),
  ];
}

// At each place of a long run of such bytes it would be tried to the run's end.
const UNBOUNDED_START = /^(?:\((?:\?:)?)*(?:\\[dwsDWS]|\[[^\]]*\]|\.)(?:[+*]|\{\d+,\})/;

type Example = { text: string; version?: string | undefined; is_linked?: boolean; size?: number | undefined };

interface Searched {
  pattern: string;
  with?: string[];
  not_with?: string;
  examples: readonly Example[];
}

function lintStart(pattern: string): string[] {
  if (!UNBOUNDED_START.test(pattern)) return [];
  return [`${pattern}: begins with a repetition without bound, expected one: it takes long`];
}

/** What is wrong with a rule for texts, by its examples: `find` tells of a file that holds one whether it is known, and its release. */
function lintTexts(
  { pattern, with: others = [], not_with, examples }: Searched,
  find: (example: Example) => { isFound: boolean; version: string | null },
): string[] {
  return [
    ...lintRepetition("pattern", pattern),
    ...[pattern, ...others, not_with ?? []].flat().flatMap(lintStart),
    ...examples.flatMap((example) => {
      const { text, version, is_linked = version !== undefined } = example;
      const found = find(example);
      const told = `${found.isFound ? "found" : "not found"}, release ${found.version ?? "none"}`;
      const expected = `${is_linked ? "found" : "not found"}, release ${version ?? "none"}`;
      return told === expected ? [] : [`${JSON.stringify(text)}: ${told}, expected ${expected}`];
    }),
  ];
}

function lintInBytes(rule: ComponentRule, text: NonNullable<ComponentRule["in_bytes"]>[number]): string[] {
  if (!/\((?!\?)/.test(text.pattern)) return [`${text.pattern}: no group, expected one for the release`];
  const { with: _, ...alone } = text;
  const find = makeTextFinder([{ ...rule, in_bytes: [alone] }], []);
  const { kind = "text" } = text;
  return lintTexts(text, (example) => {
    const isField = kind === "resource" || kind === "dylib";
    const texts = find({
      component: rule.component,
      size: text.minimum_size ?? 0,
      pieces: isField ? [] : [{ offset: 0, bytes: Buffer.from(example.text, "latin1") }],
      ...(isField ? { [kind]: example.text } : {}),
    });
    const version = releaseOf(texts);
    return { isFound: version !== null, version };
  });
}

function lintLinked(rule: ComponentRule, linked: NonNullable<ComponentRule["linked"]>[number]): string[] {
  const find = makeTextFinder([{ ...rule, linked: [linked] }], []);
  return lintTexts(linked, ({ text, size = 10_000_000 }) => {
    const texts = find({ component: null, size, pieces: [{ offset: 0, bytes: Buffer.from(text, "latin1") }] });
    return { isFound: texts.length > 0, version: texts.length === 1 ? texts[0]!.version : null };
  });
}

/** What is wrong with data/source-paths.json. */
export function lintSourcePaths(content: unknown): string[] {
  const parsed = v.safeParse(SourcePaths, content);
  if (!parsed.success) return parsed.issues.map(describeIssue);
  return parsed.output.flatMap((rule) => {
    const find = makeTextFinder([], [rule]);
    const faults = [...lintRepetition("pattern", rule.pattern), ...lintStart(rule.pattern)];
    const untold = rule.examples.flatMap(({ text, name, version }) => {
      const [found] = find({ component: null, size: 0, pieces: [{ offset: 0, bytes: Buffer.from(text, "latin1") }] });
      const told = found ? `${found.component}@${found.version}` : "nothing";
      const expected = name === undefined ? "nothing" : `${rule.purl}${name}@${version}`;
      return told === expected ? [] : [`${JSON.stringify(text)}: ${told}, expected ${expected}`];
    });
    return [...faults, ...untold];
  });
}

function lintPurl(purl: string): string[] {
  let canonical: string;
  try {
    const parsed = PackageURL.fromString(purl);
    if (parsed.version) return [`purl: ${purl}, expected none of its releases; drop @${parsed.version}`];
    canonical = parsed.toString();
  } catch (error) {
    return [`purl: ${purl}, expected a package URL such as pkg:generic/openssl (${(error as Error).message})`];
  }
  return canonical === purl ? [] : [`purl: ${purl}, expected the canonical form; write ${canonical}`];
}

function lintLicence(licence: string | undefined): string[] {
  try {
    if (licence !== undefined) parseSpdx(licence);
    return [];
  } catch {
    return [
      `licence: ${licence}, expected an SPDX expression such as MIT OR Apache-2.0; take the ids from https://spdx.org/licenses/`,
    ];
  }
}

function lintCpe(cpe: string | undefined): string[] {
  if (cpe === undefined || CPE.test(cpe)) return [];
  return [
    `cpe: ${cpe}, expected vendor:product in lower case such as haxx:libcurl; take them from https://nvd.nist.gov/products/cpe`,
  ];
}

function lintPattern(pattern: StemPattern): string[] {
  const { stem, if_file_version, file_version, decode, source } = pattern;
  const faults = lintWholeRegExp("stem", stem);
  if (/[A-Z]/.test(stem.replace(/\\./g, ""))) {
    faults.push(`stem: ${stem}, expected lower case; stems are compared in lower case`);
  }
  if (if_file_version !== undefined) faults.push(...lintRepetition("if_file_version", if_file_version));

  if (file_version === "decoded" && (decode ?? []).length === 0) {
    faults.push(`decode: missing, expected how to read the release; add it, or say "soname" or "none"`);
  }
  if (file_version !== "decoded" && decode !== undefined) {
    faults.push(`decode: found beside "${file_version}", expected only beside "decoded"; drop one of them`);
  }
  (decode ?? []).forEach((decoding, index) => {
    faults.push(...lintDecoding(decoding).map((fault) => `decode[${index}].${fault}`));
  });

  if (file_version === "release" || file_version === "decoded") {
    if (source === undefined) faults.push(`source: missing, expected who says that the number means this; cite it`);
    if (pattern.examples.every(({ version }) => version === undefined)) {
      faults.push(
        `examples: none with a version, expected one at least, as "${file_version}" promises versions; add one`,
      );
    }
  }
  return faults;
}

function lintDecoding({ match, version, table }: Decoding): string[] {
  const faults = lintWholeRegExp("match", match);
  if ((version === undefined) === (table === undefined)) {
    return [
      ...faults,
      `version: ${version === undefined ? "missing" : "found beside a table"}, expected a version or a table`,
    ];
  }
  faults.push(...lintReferences("match", match, version ?? "$1"));
  for (const value of version === undefined ? Object.values(table!) : [version.replace(/\$\d/g, "1")]) {
    if (!VERSION.test(value)) faults.push(`version: ${value}, expected one that starts with a digit`);
  }
  return faults;
}

function lintExamples(rules: readonly ComponentRule[]): string[] {
  const find = makeFinder(rules);
  return rules.flatMap((rule) =>
    rule.patterns.flatMap((pattern) =>
      pattern.examples.flatMap((example) => {
        const { stem, file_version = null, version = null } = example;
        const matches = applicable(find(stem), file_version, pattern.kind);
        const fault =
          claimFault(pattern, matches) ?? versionFault(version, versionFrom({ rule, pattern }, file_version, stem));
        const name = file_version === null ? stem : `${stem} ${file_version}`;
        return fault === null ? [] : [`${place(rule, pattern)}: example ${name}: ${fault}`];
      }),
    ),
  );
}

function claimFault(pattern: StemPattern, matches: readonly Match[]): string | null {
  const rival = matches.find((match) => match.pattern !== pattern);
  if (matches.length === 0) return "no match, expected its own pattern; mend the pattern or the example";
  if (rival === undefined) return null;
  const found = `${matches.length > 1 ? "also " : ""}matches ${place(rival.rule, rival.pattern)}`;
  return `${found}, expected only its own pattern; narrow one of them or move the example`;
}

function versionFault(expected: string | null, read: UpstreamVersion | null): string | null {
  const found = read?.version ?? null;
  if (found === expected) return null;
  return `version: ${found ?? "none"}, expected ${expected ?? "none"}; mend the decoding or the example`;
}

function lintSeenStems(rules: readonly ComponentRule[], stems: readonly string[]): string[] {
  const find = makeFinder(rules);
  const used = new Set<ComponentRule>();
  const faults: string[] = [];
  for (const stem of new Set(stems)) {
    const matches = find(stem);
    for (const { rule } of matches) used.add(rule);
    const claims = applicable(matches, null).map(({ rule, pattern }) => place(rule, pattern));
    if (claims.length > 1) faults.push(`${stem}: matches ${claims.join(" and ")}, expected one; narrow one of them`);
  }
  const unused = rules.filter((rule) => !used.has(rule));
  return [
    ...faults,
    ...unused.map(
      ({ component }) =>
        `${WARNING}${component}: matches no library of the edition; mend its patterns, or leave it for the next edition`,
    ),
  ];
}

function place(rule: ComponentRule, pattern: StemPattern): string {
  return `${rule.component} ${pattern.stem}`;
}
