// Who may import whom, as ARCHITECTURE.md says: directly, dynamically, and for what must not be reached, through others.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PIPELINE = fileURLToPath(new URL("../pipeline/", import.meta.url));
const FILES = readdirSync(PIPELINE, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));

/** What each file imports of the pipeline; types alone are no way to reach code. */
const IMPORTS = new Map(
  FILES.map((file) => {
    const text = readFileSync(join(PIPELINE, file), "utf8");
    const found = [...text.matchAll(/(?<!import type [^;]*)\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)];
    return [file, found.map((match) => normalize(join(dirname(file), match[1]!)))];
  }),
);

/** Everything that a file reaches, through others too. */
function reachedFrom(file: string, reached = new Set<string>()): Set<string> {
  for (const next of IMPORTS.get(file) ?? []) {
    if (reached.has(next)) continue;
    reached.add(next);
    reachedFrom(next, reached);
  }
  return reached;
}

const PURE = /^(formats|naming)\//;
const RULES: [who: RegExp, mayNot: RegExp, how: "import" | "reach"][] = [
  [PURE, /^(?!formats\/|naming\/|errors\.ts$)/, "reach"],
  [/^collect\//, /^(derive|publish)\//, "import"],
  [/^derive\//, /^(collect|publish|network)\//, "import"],
  [/^(publish|editions|database)\//, /^(collect|derive|network)\//, "reach"],
  [/^(?!collect\/|network\/|queue\/|stage\/)/, /^network\//, "import"],
  [/^(?!(cli|command-line)\.ts$|commands\/)/, /^((cli|command-line)\.ts$|commands\/)/, "import"],
];

test("files were read, and imports found in them", () => {
  assert.ok(FILES.length > 60);
  assert.ok([...IMPORTS.values()].flat().length > 200);
  for (const target of [...IMPORTS.values()].flat()) assert.ok(FILES.includes(target), target);
});

for (const file of FILES) {
  test(`${file} imports only what it may`, () => {
    for (const [who, mayNot, how] of RULES) {
      if (!who.test(file)) continue;
      const found = how === "reach" ? [...reachedFrom(file)] : IMPORTS.get(file)!;
      assert.deepEqual(
        found.filter((name) => mayNot.test(name)),
        [],
        `${how} of ${mayNot}`,
      );
    }
  });
}
