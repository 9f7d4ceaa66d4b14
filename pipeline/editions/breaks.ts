// What changed in the world so that editions before and after cannot be compared without a word: data/breaks.json.
import * as v from "valibot";
import { readRuleFile, Text } from "../naming/rule-file.ts";

/** Where the breaks stand. */
const BREAKS_FILE = new URL("../../data/breaks.json", import.meta.url);

/** The shape of that file. */
export const Breaks = v.array(
  v.strictObject({
    date: v.pipe(v.string(), v.regex(/^\d{4}-(0[1-9]|1[0-2])-\d\d$/, "a day as YYYY-MM-DD")),
    what: Text,
    affects: Text,
    source: v.pipe(v.string(), v.regex(/^https:\/\/\S+$/, "an https address")),
  }),
);

/** A change: since which day, what it is, which figures it moves, and who says so. */
export type Break = v.InferOutput<typeof Breaks>[number];

/** The breaks that may lie between two editions, in the order of the file: those of either month among them, as an edition may be made on any day of its own. */
export function breaksBetween(one: string, other: string): Break[] {
  const [first, last] = [one, other].sort() as [string, string];
  if (first === last) return [];
  return readRuleFile(BREAKS_FILE, Breaks).filter(({ date }) => date.slice(0, 7) >= first && date.slice(0, 7) <= last);
}
