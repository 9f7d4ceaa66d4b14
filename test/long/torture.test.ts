// The ordeals of test/torture, each so long as a test may take; `npm run torture` has them longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { scratchFolder } from "../harness.ts";
import { tooEarly } from "../torture/faults.ts";
import { HOSTILE_NAMES } from "../torture/names.ts";
import { endure, ORDEALS } from "../torture/ordeals.ts";

const SEED = 20_261_101;

for (const [name, { promise, inTests, missing = false }] of Object.entries(ORDEALS)) {
  test(promise, { timeout: 400_000, skip: missing }, async (t) => {
    const { figures, violations } = await endure(name, SEED, inTests);
    t.diagnostic(JSON.stringify(figures));
    assert.deepEqual(violations, []);
  });
}

for (const [what, header, wait] of [
  ["seconds", () => "1", 1000],
  ["a date", () => new Date(Date.now() + 3000).toUTCString(), 1900],
] as const) {
  test(`no request comes before the time that Retry-After asks for in ${what}`, { timeout: 30_000 }, async (t) => {
    assert.equal(await tooEarly(scratchFolder(t), header, wait), 0);
  });
}

test("the corpus has more than 200 hostile names", () => {
  assert.ok(HOSTILE_NAMES.length > 200);
});
