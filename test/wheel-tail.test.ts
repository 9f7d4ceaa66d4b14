import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type KnownTail, predictTail } from "../pipeline/formats/wheel/tail.ts";
import { SEEDED } from "./seed.ts";

const SIBLING: KnownTail = { needed: 100_000, directory: 60_000, sameRelease: true, sameFamily: true };
const MB = 1_000_000;

test("of a wheel of which nothing is known, the tail grows with its size, and more slowly for what has few files", () => {
  const version = [1, 10, 100].map((size) => predictTail(size * MB, "cp312", []));
  assert.deepEqual(
    version,
    [...version].sort((a, b) => a - b),
  );
  assert.ok(predictTail(10 * MB, "abi3", []) < predictTail(10 * MB, "cp312", []));
  assert.ok(predictTail(1000 * MB, "none", []) <= 96 * 1024);
});

test("a sibling's need and a little more is asked for", () => {
  const tail = predictTail(50 * MB, "cp312", [SIBLING]);
  assert.ok(tail > 100_000 && tail < 110_000);
});

test("an earlier release leaves room for growth", () => {
  const tail = predictTail(50 * MB, "cp312", [{ ...SIBLING, sameRelease: false }]);
  assert.ok(tail > 112_000 && tail < 125_000);
});

test("a build for another family is a hint beside the size", () => {
  const small = { ...SIBLING, needed: 5000, sameFamily: false };
  assert.equal(predictTail(50 * MB, "cp312", [small]), predictTail(50 * MB, "cp312", []));
});

test("documents far from the end are not reached for", () => {
  const tail = predictTail(50 * MB, "cp312", [{ ...SIBLING, needed: 30 * MB }]);
  assert.ok(tail > 60_000 && tail < 110_000);
});

test("never more than the file, never nothing, whatever is known", () => {
  const known = fc.record({
    needed: fc.nat(2 ** 40),
    directory: fc.nat(2 ** 25),
    sameRelease: fc.boolean(),
    sameFamily: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 42 }),
      fc.constantFrom("none", "abi3", "cp39", "cp313t", ""),
      fc.array(known),
      (size, abi, tails) => {
        const tail = predictTail(size, abi, tails);
        return Number.isInteger(tail) && tail >= 1 && tail <= size;
      },
    ),
    SEEDED,
  );
});
