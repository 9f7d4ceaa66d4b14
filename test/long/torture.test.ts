// The ordeals of test/torture, each so long as a test may take; `npm run torture` has them longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOSTILE_NAMES } from "../torture/names.ts";
import { endure, ORDEALS } from "../torture/ordeals.ts";

const SEED = 20_261_101;

for (const [name, { promise, inTests, missing = false }] of Object.entries(ORDEALS)) {
  test(promise, { timeout: 1_200_000, skip: missing }, async (t) => {
    const { figures, violations } = await endure(name, SEED, inTests);
    t.diagnostic(JSON.stringify(figures));
    assert.deepEqual(violations, []);
  });
}

test("the corpus has more than 200 hostile names", () => {
  assert.ok(HOSTILE_NAMES.length > 200);
});
