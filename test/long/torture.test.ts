// The ordeals of test/torture but for those of kills.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HOSTILE_NAMES } from "../torture/names.ts";
import { ORDEALS } from "../torture/ordeals.ts";
import { KILLING, testOrdeals } from "./ordeals.ts";

testOrdeals(Object.keys(ORDEALS).filter((name) => !KILLING.includes(name)));

test("the corpus has more than 200 hostile names", () => {
  assert.ok(HOSTILE_NAMES.length > 200);
});
