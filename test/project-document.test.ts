import assert from "node:assert/strict";
import { test } from "node:test";
import { ItemError } from "../pipeline/errors.ts";
import { readProjectDocument } from "../pipeline/formats/pypi/project-document.ts";

const SHA256 = "ab".repeat(32);

function read(text: string) {
  return readProjectDocument([Buffer.from(text)]);
}

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

test("the files of a release are counted by kind, and its wheels listed, pure ones too", async () => {
  const egg = file("x-1.0.egg", { packagetype: "bdist_egg" });
  const wheels = ["x-1.0-py3-none-any.whl", "x-1.0-cp312-cp312-win32.whl"];
  const release = await read(document([...wheels.map((name) => file(name)), file("x-1.0.tar.gz"), egg]));
  assert.deepEqual([release.files, release.counts], [4, { wheels: 2, sdists: 1 }]);
  assert.deepEqual(
    release.wheels.map(({ filename }) => filename),
    wheels,
  );
});

test("what is odd about a pure wheel's entry costs nothing", async () => {
  const odd = [file("x-1.0-py3-none-any.whl", { digests: {} }), file("x-1.0-py2-none-any.whl", { size: null })];
  const release = await read(document(odd));
  assert.deepEqual([release.counts.wheels, release.wheels, release.unusable], [2, [], []]);
});

test("a binary wheel is listed with what the index says of it", async () => {
  const more = { upload_time_iso_8601: "2026-01-02T03:04:05.123456Z", yanked: true };
  const { wheels, version } = await read(document([file("x-1.0-cp312-cp312-win32.whl", more)]));
  assert.equal(version, "1.0");
  assert.deepEqual(wheels, [
    {
      filename: "x-1.0-cp312-cp312-win32.whl",
      size: 7,
      sha256: SHA256.toLowerCase(),
      url: "https://x/y",
      uploadedAt: "2026-01-02T03:04:05.123456Z",
      yanked: true,
    },
  ]);
});

test("an upload time that the index does not know stays null", async () => {
  assert.equal((await read(document([file("x-1.0-cp312-cp312-win32.whl")]))).wheels[0]?.uploadedAt, null);
});

test("a wheel that cannot be used does not take the others with it", async () => {
  const good = file("x-1.0-cp312-cp312-win32.whl");
  const bad = [
    file("x-1.0.whl"),
    file("x-1.0-cp312-cp312-win_amd64.whl", { size: null }),
    file("x-1.0-cp311-cp311-win32.whl", { digests: {} }),
    file("x-1.0-cp312-cp312-win32.whl", { size: 8 }),
    good,
  ];
  const { wheels, unusable } = await read(document([good, ...bad]));
  assert.equal(wheels.length, 1);
  assert.deepEqual(
    unusable.map(({ kind }) => kind),
    ["name", "document", "document", "document"],
  );
});

test("a name that is no wheel's costs that file alone, in a pure project too", async () => {
  const pure = file("x-1.0-py3-none-any.whl");
  const { counts, wheels, unusable } = await read(document([file("x-1.0-py3-none.whl"), pure, file("x.whl")]));
  assert.deepEqual([counts.wheels, wheels.length], [3, 1]);
  assert.deepEqual(
    unusable.map(({ filename, kind }) => [filename, kind]),
    [
      ["x-1.0-py3-none.whl", "name"],
      ["x.whl", "name"],
    ],
  );
  const binary = file("x-1.0-cp312-cp312-win32.whl", { digests: {} }); // By its name the project is to be surveyed.
  await assert.rejects(read(document([pure, binary])), /sha256/);
});

test("files of kinds that nobody has uploaded before are told by name, those of older kinds are not", async () => {
  const known = ["x-1.0.tar.gz", "x-1.0.zip", "x-1.0-py2.7.egg", "x-1.0.win32.exe", "x-1.0.linux-x86_64.tar.gz"];
  const unknown = ["x-2.0-cp315-cp315-win32.whlx", "x-1.0.conda", "x"];
  const release = await read(document([...known, ...unknown].map((name) => file(name, { packagetype: "other" }))));
  assert.deepEqual([release.unknown, release.files, release.counts.wheels], [unknown, 8, 0]);
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
  test(`${what} is no project document, said in one line`, async () => {
    await assert.rejects(
      read(text),
      (error) =>
        error instanceof ItemError &&
        /expected/.test(error.message) &&
        !error.message.includes("\n") &&
        error.message.length < 400,
    );
  });
}

test("the document of one version, without releases, is read too, and its members in any order", async () => {
  const urls = [file("x-1.0-cp312-cp312-win32.whl")];
  for (const parts of [
    { info: { version: "1.0" }, urls },
    { urls, vulnerabilities: [], info: { version: "1.0" } },
  ])
    assert.equal((await read(JSON.stringify(parts))).wheels.length, 1);
});

test("of members that are named twice the last one counts, however it is written", async () => {
  const urls = (...files: object[]) => `"\\u0075rls":${JSON.stringify(files)}`;
  const info = (version: string) => `"info":{"version":"0.${version}","version":"${version}"}`;
  const wheel = file("x-1.0-cp312-cp312-win32.whl");
  const { version, files, wheels } = await read(
    `{${info("1")},"urls":[1],${urls(wheel, wheel)},${info("2")},${urls(wheel)}}`,
  );
  assert.deepEqual([version, files, wheels.length], ["2", 1, 1]);
});

test("what is wrong with a document is said with its place", async () => {
  const info = { version: "1.0" };
  for (const [value, message] of [
    [{ info: [], urls: [1] }, /^project document, info\.version: /],
    [{ info, urls: {} }, /^project document, urls: .*expected \{info/],
    [{ info, urls: [file("x-1.0.tar.gz"), { url: "https://x/y" }] }, /^project document, urls\.1\.filename: /],
    [{ info, urls: [file("x-1.0.tar.gz"), null] }, /^project document, urls\.1: /],
    [["<html>"], /byte 0 is "\[", it begins with "\[\\"<html>\\"\]", expected a JSON object$/],
  ] as const) {
    await assert.rejects(
      read(JSON.stringify(value)),
      (error) => error instanceof ItemError && message.test(error.message),
    );
  }
});

test("a release of more binary wheels than any real one has is refused", async () => {
  const wheels = (count: number) =>
    document(Array.from({ length: count }, (_, nth) => file(`x-1.0-${nth}-cp312-cp312-win32.whl`)));
  assert.equal(
    (await read(wheels(5000).replace('"urls":[', `"urls":[${JSON.stringify(file("x-1.0-py3-none-any.whl"))},`))).wheels
      .length,
    5001,
  );
  await assert.rejects(read(wheels(5001)), (error) => error instanceof ItemError && error.kind === "too-large");
});
