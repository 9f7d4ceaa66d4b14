// What is wrong with data/renamed-copies.json and how to mend it, for whoever adds a packager.
import * as v from "valibot";
import { makeOriginals, RENAMED_COPIES, type RenamedCopy } from "../../pipeline/naming/renamed-copies.ts";
import { describeIssue } from "../../pipeline/naming/rule-file.ts";
import { lintReferences, lintWholeRegExp } from "./reg-exp.ts";

/** Every fault of the rules, one message each: where, what is found, what is expected. */
export function lintRenamedCopies(content: unknown): string[] {
  const parsed = v.safeParse(RENAMED_COPIES, content);
  if (!parsed.success) return parsed.issues.map(describeIssue);
  return parsed.output.flatMap((rule, index) => lintRule(rule).map((fault) => `rule ${index + 1}: ${fault}`));
}

function lintRule(rule: RenamedCopy): string[] {
  const faults = [...lintWholeRegExp("match", rule.match), ...lintReferences("match", rule.match, rule.original)];
  if (faults.length > 0) return faults;
  const originalsOf = makeOriginals([rule]);
  return rule.examples.flatMap(({ stem, original }) => {
    const found = originalsOf(stem, null)[0]?.stem ?? "none";
    return found === original
      ? []
      : [`example ${stem}: original: ${found}, expected ${original}; mend the rule or the example`];
  });
}
