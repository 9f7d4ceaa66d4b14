// What is wrong with the rules of data/naming/ and how to mend it, for whoever adds one.
import * as v from "valibot";
import { type LibraryNamer, makeLibraryNamer } from "../../pipeline/naming/library-name.ts";
import { NAMING_RULES, type NamingRules } from "../../pipeline/naming/naming-rules.ts";
import { describeIssue } from "../../pipeline/naming/rule-file.ts";
import { lintReferences, lintWholeRegExp } from "./reg-exp.ts";

type Kind = keyof NamingRules;
type Rule = NamingRules[Kind][number];
type Example = Rule["examples"][number];

const KINDS = Object.keys(NAMING_RULES) as Kind[];

/** Every fault of the rules (name of the file → what it holds), one message each: where, what is found, what is expected. */
export function lintNaming(files: ReadonlyMap<string, unknown>): string[] {
  const faults = [...lintFileNames(files), ...KINDS.flatMap((kind) => lintShape(kind, files.get(`${kind}.json`)))];
  if (faults.length > 0) return faults;
  const rules = Object.fromEntries(KINDS.map((kind) => [kind, files.get(`${kind}.json`)])) as NamingRules;
  const expressions = eachRule(rules, (_, rule) => lintExpressions(rule));
  return expressions.length > 0 ? expressions : lintExamples(rules);
}

function lintFileNames(files: ReadonlyMap<string, unknown>): string[] {
  const expected = KINDS.map((kind) => `${kind}.json`);
  const unknown = [...files.keys()].filter((file) => !expected.includes(file));
  return unknown.map((file) => `${file}: unknown file, expected one of ${expected.join(", ")}; drop or rename it`);
}

function lintShape(kind: Kind, content: unknown): string[] {
  if (content === undefined) return [`${kind}.json: missing, expected a list of rules; add it`];
  const { issues } = v.safeParse(NAMING_RULES[kind], content);
  return (issues ?? []).map((issue) => `${kind}.json: ${describeIssue(issue)}`);
}

/** The faults of every rule, each behind its place. */
function eachRule(rules: NamingRules, lint: (kind: Kind, rule: Rule) => string[]): string[] {
  return KINDS.flatMap((kind) =>
    rules[kind].flatMap((rule, index) => lint(kind, rule).map((fault) => `${kind}.json: rule ${index + 1}: ${fault}`)),
  );
}

const EXPRESSIONS = new Set(["match", "stem", "folder", "except", "path", "tag", "hash"]);

function lintExpressions(rule: Rule): string[] {
  const faults = Object.entries(rule).flatMap(([field, value]) =>
    EXPRESSIONS.has(field) ? lintWholeRegExp(field, String(value)) : [],
  );
  return "name" in rule ? [...faults, ...lintReferences("match", rule.match, rule.name + rule.version)] : faults;
}

function lintExamples(rules: NamingRules): string[] {
  const nameLibrary = makeLibraryNamer(rules);
  return eachRule(rules, (kind, rule) => {
    const faults = rule.examples.flatMap((example) => lintExample(nameLibrary, example));
    if (faults.length > 0) return faults;
    const nameWithout = makeLibraryNamer({ ...rules, [kind]: rules[kind].filter((other) => other !== rule) });
    const isNeeded = rule.examples.some((example) => lintExample(nameWithout, example).length > 0);
    return isNeeded
      ? []
      : ["examples: the same without the rule, expected one that needs it; add one or drop the rule"];
  });
}

function lintExample(nameLibrary: LibraryNamer, { path, stated_tool, ...expected }: Example): string[] {
  const { kind, group, stem, hashes, fileVersion, repairTool } = nameLibrary(path, { repairTool: stated_tool ?? null });
  const found = { kind, group, stem, hashes, file_version: fileVersion, repair_tool: repairTool };
  return Object.entries(expected).flatMap(([field, value]) => {
    const [is, wanted] = [found[field as keyof typeof found], value].map((said) => JSON.stringify(said));
    return is === wanted ? [] : [`example ${path}: ${field}: ${is}, expected ${wanted}; mend the rule or the example`];
  });
}
