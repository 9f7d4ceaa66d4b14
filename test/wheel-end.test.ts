// How much of a wheel is asked for, wherever its documents lie.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readWheelEnd } from "../pipeline/collect/wheel-end.ts";
import { buildZip, type EntryToWrite } from "./zip-builder.ts";

const NAME = { distribution: "pkg", version: "1.0" };
const KIB = 1024;

/** Reads the end of a wheel of so many documents, each `apart` bytes behind the one before; the ranges asked for after the first. */
async function rangesOf(documents: number, apart: number): Promise<{ start: number; end: number }[]> {
  const between = Buffer.alloc(apart);
  const entries = Array.from({ length: documents }, (_, nth): EntryToWrite[] => [
    { name: `pkg-1.0.dist-info/sboms/${nth}.json`, data: "{}" },
    { name: `pkg/${nth}.bin`, data: between },
  ]);
  const archive = buildZip(entries.flat());
  const asked: { start: number; end: number }[] = [];
  const end = await readWheelEnd(NAME, archive.length, 32 * KIB, async (start, end) => {
    asked.push({ start, end });
    return archive.subarray(start, end);
  });
  assert.equal(end.documents.size, documents);
  return asked.slice(1);
}

test("documents near to each other are one range, others ranges of their own", async () => {
  assert.equal((await rangesOf(8, 100 * KIB)).length, 1);
  assert.equal((await rangesOf(8, 200 * KIB)).length, 8);
  assert.equal((await rangesOf(9, 200 * KIB)).length, 1);
});

test("documents that lie all over a large wheel are refused, not read with what lies between", async () => {
  await assert.rejects(rangesOf(70, 500 * KIB), {
    kind: "too-large",
    message: /^documents of \.dist-info: \d+ bytes with what lies between them, expected at most 16777216$/,
  });
});
