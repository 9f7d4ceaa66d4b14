// What is wrong with data/breaks.json and how to mend it.
import * as v from "valibot";
import { Breaks } from "../../pipeline/editions/breaks.ts";
import { describeIssue } from "../../pipeline/naming/rule-file.ts";

/** Every fault of the list of breaks, one message each: where, what is found, what is expected. */
export function lintBreaks(list: unknown): string[] {
  const parsed = v.safeParse(Breaks, list);
  if (!parsed.success) return parsed.issues.map(describeIssue);
  return parsed.output.flatMap(({ date }, index) => {
    const before = parsed.output[index - 1]?.date ?? "";
    return date < before ? [`rule ${index + 1}: date: ${date}, expected none before ${before}; put it in order`] : [];
  });
}
