import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeMarkup, escapeName, unescapeName } from "../pipeline/publish/escape.ts";
import { SEEDED } from "./seed.ts";

test("an escaped name stands for the name, whatever it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (name) => unescapeName(escapeName(name)) === name),
    SEEDED,
  );
});

test("an escaped name prints, and no spreadsheet takes it for a formula", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      (name) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]|^[\s=+\-@']/u.test(escapeName(name)),
    ),
    SEEDED,
  );
});

test("ordinary names stay as they are", () => {
  for (const name of ["libstdc++.so", "libfoo-1.0.dylib", "größe.dll", "a b.so"]) assert.equal(escapeName(name), name);
});

test("markup has no character left that Markdown or HTML gives a meaning", () => {
  fc.assert(
    fc.property(fc.string(), (text) => !/[<>"'|`*_[\]~\r\n]/.test(escapeMarkup(text))),
    SEEDED,
  );
});
