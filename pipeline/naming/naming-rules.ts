// How a file's name is taken apart: the rules of data/naming/, one file for each kind of them.
// Their fields are explained in data/README.md; scripts/lint-data.ts says what is wrong with one and how to mend it.
import * as v from "valibot";
import { RegExpSource, readRuleFile, someOf, Text } from "./rule-file.ts";

const Format = v.picklist([".so", ".dylib", ".dll", ".a", ".dll.a", ".lib", ".la", ".node", ".exe"]);

const Example = v.strictObject({
  path: Text,
  stated_tool: v.exactOptional(Text),
  kind: v.exactOptional(Text),
  group: v.exactOptional(v.nullable(Text)),
  stem: v.exactOptional(Text),
  hashes: v.exactOptional(v.array(Text)),
  file_version: v.exactOptional(v.nullable(Text)),
  repair_tool: v.exactOptional(v.nullable(Text)),
});

const Always = { about: Text, examples: someOf(Example) };

const Group = v.strictObject({
  group: Text,
  format: v.exactOptional(Format),
  stem: v.exactOptional(RegExpSource),
  folder: v.exactOptional(RegExpSource),
  except: v.exactOptional(RegExpSource),
  ...Always,
});

const Decoration = v.strictObject({
  match: RegExpSource,
  name: Text,
  version: v.exactOptional(Text),
  ...Always,
});

const InsertedHash = v.strictObject({
  tool: v.nullable(Text),
  formats: someOf(Format),
  place: v.picklist(["after a dash", "after a dot", "after the version"]),
  hash: RegExpSource,
  folder: v.exactOptional(RegExpSource),
  ...Always,
});

const RepairFolder = v.strictObject({
  folder: RegExpSource,
  unrenamed: v.exactOptional(v.strictObject({ format: Format, tool: Text, if_stated: v.boolean() })),
  ...Always,
});

/** The shapes of the files of data/naming/, by their names without `.json`. */
export const NAMING_RULES = {
  groups: v.array(Group),
  "api-versions": v.array(v.strictObject({ match: RegExpSource, ...Always })),
  decorations: v.array(Decoration),
  "version-words": v.array(v.strictObject({ words: someOf(Text), ...Always })),
  "inserted-hashes": v.array(InsertedHash),
  "repair-folders": v.array(RepairFolder),
  "imported-modules": v.array(v.strictObject({ path: RegExpSource, ...Always })),
  "not-native": v.array(v.strictObject({ path: RegExpSource, ...Always })),
  "interpreter-tags": v.array(v.strictObject({ tag: RegExpSource, formats: someOf(Format), ...Always })),
};

/** All rules for names, by the file that they stand in. */
export type NamingRules = { [File in keyof typeof NAMING_RULES]: v.InferOutput<(typeof NAMING_RULES)[File]> };

const RULES = new URL("../../data/naming/", import.meta.url);

/** Reads a folder of rules for names; a RunError with a one-line message if one is of another shape. */
export function loadNamingRules(folder: URL = RULES): NamingRules {
  const files = Object.entries(NAMING_RULES);
  const read = files.map(([name, shape]) => [name, readRuleFile(new URL(`${name}.json`, folder), shape)]);
  return Object.fromEntries(read) as NamingRules;
}

/** One expression for all of the sources, each of which is for a whole text; it matches nothing if there are none. */
export function anyOf(sources: readonly string[], flags: "s" | "is" = "s"): RegExp {
  return new RegExp(`^(?:${sources.join("|") || "(?!)"})$`, flags); // anchored once more, so that V8 tries it once only
}
