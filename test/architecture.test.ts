// Who may import whom, as ARCHITECTURE.md says.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PIPELINE = fileURLToPath(new URL("../pipeline/", import.meta.url));
const FILES = readdirSync(PIPELINE, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));

const FORBIDDEN: [who: RegExp, whom: RegExp, except?: RegExp][] = [
  [/^(formats|naming)\//, /./, /^(formats\/|naming\/|errors\.ts$)/],
  [/^collect\//, /^(derive|publish)\//],
  [/^derive\//, /^(collect|publish|network)\//],
  [/^publish\//, /^(collect|derive|network)\//],
  [/^(?!collect\/|network\/|editions\/|stage\/)/, /^network\//],
  [/./, /^cli\.ts$/],
];

for (const file of FILES) {
  test(`${file} imports only what it may`, () => {
    const text = readFileSync(join(PIPELINE, file), "utf8");
    const imports = [...text.matchAll(/from "(\.[^"]+)"/g)].map((match) => normalize(join(dirname(file), match[1]!)));
    for (const [who, whom, except] of FORBIDDEN) {
      if (!who.test(file)) continue;
      assert.deepEqual(
        imports.filter((name) => whom.test(name) && !except?.test(name)),
        [],
      );
    }
  });
}
