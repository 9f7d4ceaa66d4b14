// What is wrong with a rule's regular expression, beyond that it compiles.
import { parseRegExpLiteral, visitRegExpAST } from "@eslint-community/regexpp";
import { analyse } from "scslre";

/** Faults of an expression for a whole text: it is not anchored as a whole, or backtracks exponentially. */
export function lintWholeRegExp(field: string, source: string): string[] {
  const { alternatives } = parse(source);
  const first = alternatives[0]!.elements[0];
  const last = alternatives.at(-1)!.elements.at(-1);
  const faults: string[] = [];
  if (first?.type !== "Assertion" || first.kind !== "start" || last?.type !== "Assertion" || last.kind !== "end") {
    faults.push(`${field}: ${source}, expected the whole text to be matched; write ^…$`);
  }
  if (alternatives.length > 1) {
    faults.push(`${field}: ${source}, expected ^ and $ to hold for every alternative; write ^(…|…)$`);
  }
  return [...faults, ...lintRepetition(field, source)];
}

/** Faults of any expression: it backtracks exponentially, as `(a+)+` does. */
export function lintRepetition(field: string, source: string): string[] {
  const { reports } = analyse({ source, flags: "" });
  if (!reports.some(({ exponential }) => exponential)) return [];
  return [`${field}: ${source}, expected no repetition of a repetition; it can take for ever`];
}

/** Faults of a text that takes groups of an expression as `$1` to `$9`: a group that is not there. */
export function lintReferences(field: string, source: string, text: string): string[] {
  let groups = 0;
  visitRegExpAST(parse(source), {
    onCapturingGroupEnter: () => {
      groups += 1;
    },
  });
  const wanted = [...text.matchAll(/\$(\d)/g)].map((reference) => Number(reference[1]));
  const missing = wanted.find((group) => group > groups);
  if (missing === undefined) return [];
  return [`${field}: ${groups} groups, expected ${missing}; put (…) around what is taken`];
}

function parse(source: string) {
  return parseRegExpLiteral(new RegExp(source)).pattern;
}
