import assert from "node:assert/strict";
import { test } from "node:test";
import { ItemError } from "../pipeline/errors.ts";
import { parseProjectDocument } from "../pipeline/formats/project-document.ts";

const SHA256 = "ab".repeat(32);

function document(files: object[]): string {
  return JSON.stringify({
    info: { version: "1.0", name: "x", unknown: {} },
    urls: files,
    releases: { "0.9": "ignored" },
  });
}

function file(filename: string, more: object = {}): object {
  return {
    filename,
    packagetype: filename.endsWith(".whl") ? "bdist_wheel" : "sdist",
    size: 7,
    digests: { sha256: SHA256 },
    url: "https://x/y",
    ...more,
  };
}

const OUTCOMES: [string, object[], string][] = [
  ["a binary wheel beside a pure one", [file("x-1.0-py3-none-any.whl"), file("x-1.0-cp312-cp312-win32.whl")], "taken"],
  ["a wheel of any ABI for one platform", [file("x-1.0-py3-none-manylinux1_x86_64.whl")], "taken"],
  ["a pure wheel", [file("x-1.0-py3-none-any.whl"), file("x-1.0.tar.gz")], "pure only"],
  ["a source distribution", [file("x-1.0.tar.gz")], "sdist only"],
  ["an egg", [file("x-1.0.egg", { packagetype: "bdist_egg" })], "other files"],
  ["nothing", [], "no files"],
];

for (const [what, files, outcome] of OUTCOMES) {
  test(`a release with ${what} is ${outcome}`, () =>
    assert.equal(parseProjectDocument(document(files)).outcome, outcome));
}

test("a binary wheel is listed with what the index says of it", () => {
  const more = { upload_time_iso_8601: "2026-01-02T03:04:05.123456Z", yanked: true };
  const { wheels, version } = parseProjectDocument(document([file("x-1.0-cp312-cp312-win32.whl", more)]));
  assert.equal(version, "1.0");
  assert.deepEqual(wheels, [
    {
      filename: "x-1.0-cp312-cp312-win32.whl",
      size: 7,
      sha256: Buffer.from(SHA256, "hex"),
      url: "https://x/y",
      uploadedAt: "2026-01-02T03:04:05.123456Z",
      yanked: true,
    },
  ]);
});

test("an upload time that the index does not know stays null", () => {
  assert.equal(parseProjectDocument(document([file("x-1.0-cp312-cp312-win32.whl")])).wheels[0]?.uploadedAt, null);
});

test("a wheel that cannot be used does not take the others with it", () => {
  const good = file("x-1.0-cp312-cp312-win32.whl");
  const bad = [
    file("x-1.0.whl"),
    file("x-1.0-cp312-cp312-win_amd64.whl", { size: null }),
    file("x-1.0-cp311-cp311-win32.whl", { digests: {} }),
    file("x-1.0-cp312-cp312-win32.whl", { size: 8 }),
    good,
  ];
  const { wheels, unusable } = parseProjectDocument(document([good, ...bad]));
  assert.equal(wheels.length, 1);
  assert.deepEqual(
    unusable.map(({ error }) => error.kind),
    ["name", "document", "document", "document"],
  );
});

for (const [what, text] of [
  ["HTML", "<!DOCTYPE html>"],
  ["JSON cut short", document([file("x-1.0.whl")]).slice(0, -9)],
  ["a JSON list", "[]"],
  ["no urls", '{"info":{"version":"1"}}'],
  ["urls of another shape", '{"info":{"version":"1"},"urls":[1]}'],
  ["a version that is a number", '{"info":{"version":1},"urls":[]}'],
  ["100,000 lists in each other", "[".repeat(100_000) + "]".repeat(100_000)],
  ["nothing but wheels that cannot be used", document([file("x-1.0.whl")])],
] as const) {
  test(`${what} is no project document, said in one line`, () => {
    assert.throws(
      () => parseProjectDocument(text),
      (error) =>
        error instanceof ItemError &&
        /expected/.test(error.message) &&
        !error.message.includes("\n") &&
        error.message.length < 400,
    );
  });
}
