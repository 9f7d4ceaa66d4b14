import assert from "node:assert/strict";
import { test } from "node:test";
import { nearNames } from "../pipeline/commands/near.ts";

const NAMES = ["libwebp.so", "libwebpmux.so", "libcrypto.so", "openssl", "numpy", "zlib1.dll", "libz.so"];

const CASES: [word: string, near: string[]][] = [
  ["libwep", ["libwebp.so"]],
  ["libwebp", ["libwebp.so", "libwebpmux.so"]],
  ["OpenSLL", ["openssl"]],
  ["crypto", ["libcrypto.so"]],
  ["nunpy", ["numpy"]],
  ["nothing-like-it", []],
];

for (const [word, near] of CASES)
  test(`${word}: ${near.join(", ") || "nothing"} is near`, () => assert.deepEqual(nearNames(word, NAMES), near));
