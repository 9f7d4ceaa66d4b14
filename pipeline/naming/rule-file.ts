// A file of rules in data/: read, checked for its shape, and refused in one line that says where it has another.
import { readFileSync } from "node:fs";
import * as v from "valibot";
import { EXIT, RunError } from "../errors.ts";

/** Any text but none. The message of a validation says what is expected. */
export const Text = v.pipe(v.string(), v.nonEmpty("some text"));

/** The source of a regular expression. */
export const RegExpSource = v.pipe(
  v.string(),
  v.check(
    (source) => compileError(source) === null,
    ({ input }) => `a regular expression (${compileError(input)})`,
  ),
);

/** A list of what `item` describes, with one at least. */
export function someOf<Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.array(item), v.nonEmpty("one at least"));
}

/** Reads one file of rules; a RunError with a one-line message if it is not JSON or of another shape. */
export function readRuleFile<Shape extends v.GenericSchema>(file: URL, shape: Shape): v.InferOutput<Shape> {
  const name = file.pathname.slice(file.pathname.lastIndexOf("/") + 1);
  let rules: unknown;
  try {
    rules = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new RunError(EXIT.bug, `${name}: ${(error as Error).message}, expected JSON`);
  }
  const parsed = v.safeParse(shape, rules, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw new RunError(EXIT.bug, `${name}: ${describeIssue(parsed.issues[0])}`);
}

/** One line on where rules have another shape: `patterns[0].stem: <found>, expected <wanted>`; in a list: `rule 4: stem: …`. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const steps = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? `[${key}]` : `.${key}`));
  const path = steps.join("").replace(/^\[(\d+)\]\.?/, (_, index) => `rule ${Number(index) + 1}: `);
  const where = path === "" ? "" : `${path.replace(/^\./, "").replace(/: $/, "")}: `;
  if (issue.kind === "validation") return `${where}${issue.received}, expected ${issue.message}`;
  if (issue.expected === "never") return `${where}unknown field, expected those of data/README.md; drop or rename it`;
  if (issue.received === "undefined") return `${where}missing, expected as in data/README.md; add it`;
  return `${where}${issue.received}, expected ${issue.expected}`;
}

function compileError(source: string): string | null {
  try {
    new RegExp(source);
    return null;
  } catch (error) {
    return (error as Error).message.replace(/^Invalid regular expression: \/.*\/\w*: /s, "");
  }
}
