// The ordeals of test/torture as tests, each so long as a test may take; `npm run torture` has them longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endure, ORDEALS } from "../torture/ordeals.ts";

const SEED = 20_261_101;

/** The ordeals whose runs are killed: those that wait most, in a file of their own, so that they go on beside the others. */
export const KILLING = ["kills", "workers"];

/** Makes a test of each of these ordeals. */
export function testOrdeals(names: string[]): void {
  for (const name of names) {
    const { promise, inTests, missing = false } = ORDEALS[name]!;
    test(promise, { timeout: 1_200_000, skip: missing }, async (t) => {
      const { figures, violations } = await endure(name, SEED, inTests);
      t.diagnostic(JSON.stringify(figures));
      assert.deepEqual(violations, []);
    });
  }
}
