// Releases as editions find them: why a project is taken or passed by, and what an unchanged one costs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openInMemory } from "../pipeline/database/database.ts";
import { rejudgeReleases, storeRelease } from "../pipeline/editions/release.ts";
import type { ListedWheel, Release } from "../pipeline/formats/pypi/project-document.ts";

const wheel = (filename: string, more: Partial<ListedWheel> = {}): ListedWheel => ({
  ...{ filename, size: 7, sha256: "ab".repeat(32), url: `https://x/${filename}`, uploadedAt: null, yanked: false },
  ...more,
});

const release = (wheels: ListedWheel[], more: Partial<Release> = {}): Release => ({
  ...{
    version: "1.0",
    licence: null,
    files: wheels.length,
    counts: { wheels: wheels.length, sdists: 0 },
    wheels,
    unusable: [],
    unknown: [],
  },
  ...more,
});

const PURE = "x-1.0-py3-none-any.whl";

const OUTCOMES: [what: string, release: Release, outcome: string][] = [
  ["a binary wheel beside a pure one", release([wheel(PURE), wheel("x-1.0-cp312-cp312-win32.whl")]), "taken"],
  ["a wheel of any ABI for one platform", release([wheel("x-1.0-py3-none-manylinux1_x86_64.whl")]), "taken"],
  ["a pure wheel", release([wheel(PURE)], { files: 2, counts: { wheels: 1, sdists: 1 } }), "pure only"],
  ["a source distribution", release([], { files: 1, counts: { wheels: 0, sdists: 1 } }), "sdist only"],
  ["an egg", release([], { files: 1 }), "other files"],
  ["nothing", release([]), "no files"],
  ["no version", release([], { version: null }), "not found"],
];

for (const [what, given, outcome] of OUTCOMES) {
  test(`a release with ${what} is ${outcome}, also when it is judged anew`, () => {
    const db = openInMemory();
    const read = () => db.prepare("SELECT outcome FROM release_outcome").pluck().all();
    storeRelease(db, "x", given);
    assert.deepEqual(read(), [outcome]);
    const judged = () =>
      JSON.stringify([db.prepare("SELECT * FROM binary_wheel").all(), db.prepare("SELECT * FROM wheel_tag").all()]);
    const before = judged();
    rejudgeReleases(db);
    assert.deepEqual([read(), judged()], [[outcome], before]);
    db.close();
  });
}

test("a release that is found again as it was is the same row, and any change a new one", () => {
  const db = openInMemory();
  const first = wheel("x-1.0-cp312-cp312-win32.whl");
  const id = storeRelease(db, "x", release([wheel(PURE), first]));
  assert.equal(storeRelease(db, "x", release([first, wheel(PURE)])), id);
  for (const changed of [
    { yanked: true },
    { url: "https://y/" },
    { uploadedAt: "2026-01-01T00:00:00Z" },
    { sha256: "cd".repeat(32) },
  ])
    assert.notEqual(storeRelease(db, "x", release([wheel(PURE), { ...first, ...changed }])), id);
  assert.notEqual(storeRelease(db, "x", release([wheel(PURE), first], { version: "1.1" })), id);
  assert.notEqual(storeRelease(db, "y", release([wheel(PURE), first])), id);
  db.close();
});
