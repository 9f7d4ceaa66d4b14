// How much of a wheel is asked for, wherever its documents lie.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readWheelEnd } from "../pipeline/collect/wheel-end.ts";
import { buildZip, type EntryToWrite } from "./zip-builder.ts";

const NAME = { distribution: "pkg", version: "1.0" };
const KIB = 1024;

/** Reads the end of a wheel of so many SBOMs, each `apart` bytes behind the one before; the ranges asked for after the first. */
async function rangesOf(documents: number, apart: number, unread = 0): Promise<{ start: number; end: number }[]> {
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
  assert.deepEqual([end.documents.size, end.unread.size], [documents - unread, unread]);
  return asked.slice(1);
}

test("documents near to each other are one range, others ranges of their own", async () => {
  assert.equal((await rangesOf(8, 100 * KIB)).length, 1);
  assert.equal((await rangesOf(8, 200 * KIB)).length, 8);
  assert.equal((await rangesOf(9, 200 * KIB)).length, 1);
});

test("SBOMs that lie all over a large wheel are left out, the farthest first, not read with what lies between", async () => {
  const ranges = await rangesOf(70, 500 * KIB, 37);
  const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  assert.ok(bytes <= 16 * KIB * KIB, `${bytes}`);
});

const WHEEL = { name: "pkg-1.0.dist-info/WHEEL", data: "Wheel-Version: 1.0\n" };
const RECORD = { name: "pkg-1.0.dist-info/RECORD", data: "" };

const OPTIONAL: [what: string, document: EntryToWrite, why: RegExp][] = [
  [
    "that is too large",
    { name: "pkg-1.0.dist-info/sboms/a.json", data: Buffer.alloc(9 * KIB * KIB) },
    /9437184 bytes, expected at most|bytes compressed/,
  ],
  [
    "in another compression method",
    { name: "pkg-1.0.dist-info/sboms/a.json", data: "{}", method: 93 },
    /method-unsupported/,
  ],
  [
    "that cannot be inflated",
    { name: "pkg-1.0.dist-info/DELVEWHEEL", data: "{}", method: 8, compressed: Buffer.from("not deflated") },
    /data-corrupt|data-size/,
  ],
];

for (const [what, document, why] of OPTIONAL) {
  test(`an optional document ${what} costs no wheel, and is told`, async () => {
    const archive = buildZip([document, WHEEL, RECORD]);
    const read = async (start: number, end: number) => archive.subarray(start, end);
    const { documents, unread } = await readWheelEnd(NAME, archive.length, Math.min(archive.length, 32 * KIB), read);
    assert.deepEqual([...documents.keys()].sort(), ["RECORD", "WHEEL"]);
    assert.equal(unread.size, 1);
    assert.match([...unread.values()][0]!, why);
  });
}
