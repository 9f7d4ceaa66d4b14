// Libraries that a packager renamed with a mark of its own, so that they stand beside the system's: data/renamed-copies.json.
import * as v from "valibot";
import { RegExpSource, readRuleFile, someOf, Text } from "./rule-file.ts";

const Example = v.strictObject({ stem: Text, original: Text });

/** The shape of data/renamed-copies.json. */
export const RENAMED_COPIES = v.array(
  v.strictObject({
    match: RegExpSource,
    original: Text,
    number: v.picklist(["upstream", "packager"]),
    about: Text,
    examples: someOf(Example),
  }),
);

/** How one packager renames: `original` takes the groups of `match`, `number` says whose the file name's number is. */
export type RenamedCopy = v.InferOutput<typeof RENAMED_COPIES>[number];

/** A name as upstream gave it. */
export interface Original {
  stem: string;
  fileVersion: string | null;
}

/** Where the rules are. */
export const RENAMED = new URL("../../data/renamed-copies.json", import.meta.url);

/** Reads the rules; a RunError with a one-line message if they are of another shape. */
export function loadRenamedCopies(file: URL = RENAMED): RenamedCopy[] {
  return readRuleFile(file, RENAMED_COPIES);
}

/** A function from a stem (any case) and the number in the file name to what they may have been before a packager renamed them. */
export function makeOriginals(rules: readonly RenamedCopy[]): (stem: string, fileVersion: string | null) => Original[] {
  const compiled = rules.map((rule) => ({ ...rule, match: new RegExp(rule.match) }));
  return (stem, fileVersion) =>
    compiled.flatMap(({ match, original, number }) => {
      const name = stem.toLowerCase();
      if (!match.test(name)) return [];
      return [{ stem: name.replace(match, original), fileVersion: number === "upstream" ? fileVersion : null }];
    });
}
