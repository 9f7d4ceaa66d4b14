// The rules of data/naming/ are linted: each fault in one line.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { RunError } from "../pipeline/errors.ts";
import { loadNamingRules, type NamingRules } from "../pipeline/naming/naming-rules.ts";
import { lintNaming } from "../scripts/lint/naming.ts";

const RULES = loadNamingRules();
const GROUP = { group: "g", stem: "^foo$", about: "a test", examples: [{ path: "x/foo.dll", group: "g" }] };
const DECORATION = {
  match: "^(foo)-x$",
  name: "$1",
  about: "a test",
  examples: [{ path: "x/foo-x.dll", stem: "foo" }],
};

/** Lints the rules in data/ with one more in one of their files. */
function lintWith(kind: keyof NamingRules, ...more: unknown[]): string[] {
  const rules = { ...RULES, [kind]: [...more, ...RULES[kind]] };
  return lintNaming(new Map(Object.entries(rules).map(([name, list]) => [`${name}.json`, list])));
}

const BROKEN: [what: string, kind: keyof NamingRules, rule: object, message: string][] = [
  [
    "a missing field",
    "groups",
    { ...GROUP, about: undefined },
    "groups.json: rule 1: about: missing, expected as in data/README.md; add it",
  ],
  [
    "an unknown field",
    "groups",
    { ...GROUP, name: "^foo$" },
    "groups.json: rule 1: name: unknown field, expected those of data/README.md; drop or rename it",
  ],
  ["no example", "groups", { ...GROUP, examples: [] }, "groups.json: rule 1: examples: 0, expected one at least"],
  [
    "an unknown format",
    "groups",
    { ...GROUP, format: ".ocx" },
    'groups.json: rule 1: format: ".ocx", expected (".so" | ".dylib" | ".dll" | ".a" | ".dll.a" | ".lib" | ".la" | ".node" | ".exe")',
  ],
  [
    "an expression that does not compile",
    "groups",
    { ...GROUP, stem: "^(foo$" },
    'groups.json: rule 1: stem: "^(foo$", expected a regular expression (Unterminated group)',
  ],
  [
    "no anchors",
    "groups",
    { ...GROUP, folder: "foo" },
    "groups.json: rule 1: folder: foo, expected the whole text to be matched; write ^…$",
  ],
  [
    "a repetition of a repetition",
    "interpreter-tags",
    { tag: "^(p+n*)+$", formats: [".so"], about: "a test", examples: [{ path: "a.p.so", stem: "a" }] },
    "interpreter-tags.json: rule 1: tag: ^(p+n*)+$, expected no repetition of a repetition; it can take for ever",
  ],
  [
    "a group that is not there",
    "decorations",
    { ...DECORATION, name: "$2" },
    "decorations.json: rule 1: match: 1 groups, expected 2; put (…) around what is taken",
  ],
  [
    "an example that is named otherwise",
    "decorations",
    { ...DECORATION, examples: [{ path: "x/foo-x.dll", stem: "bar" }] },
    'decorations.json: rule 1: example x/foo-x.dll: stem: "foo", expected "bar"; mend the rule or the example',
  ],
  [
    "a rule without which its examples were the same",
    "groups",
    { ...GROUP, stem: "^python39$", group: "interpreter", examples: [{ path: "python39.dll", group: "interpreter" }] },
    "groups.json: rule 1: examples: the same without the rule, expected one that needs it; add one or drop the rule",
  ],
];

for (const [what, kind, rule, message] of BROKEN) {
  const asJson = JSON.parse(JSON.stringify(rule)); // what is undefined is missing
  test(`${what} is reported`, () => assert.deepEqual(lintWith(kind, asJson), [message]));
}

test("sound rules pass, those in data/ too", () => {
  assert.deepEqual(lintWith("groups", GROUP), []);
  assert.deepEqual(lintWith("decorations", DECORATION), []);
});

test("a file too many and one too few are reported", () => {
  const files = new Map(
    Object.entries(RULES).map(([kind, list]) => [kind === "groups" ? "group" : `${kind}.json`, list]),
  );
  assert.deepEqual(lintNaming(files), [
    "group: unknown file, expected one of groups.json, api-versions.json, decorations.json, version-words.json, inserted-hashes.json, repair-folders.json, imported-modules.json, not-native.json, interpreter-tags.json; drop or rename it",
    "groups.json: missing, expected a list of rules; add it",
  ]);
});

test("a file of another shape is refused in one line", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(new URL("../data/naming/", import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, "groups.json"), JSON.stringify([GROUP, { ...GROUP, stem: 1 }]));
  assert.throws(
    () => loadNamingRules(pathToFileURL(`${folder}/`)),
    new RunError(1, "groups.json: rule 2: stem: 1, expected string"),
  );
});
