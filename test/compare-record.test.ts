import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compareRecord } from "../pipeline/collect/compare-record.ts";
import { EDITION, indexFor, project, requestTo, rows, scratchFolder, survey, wheel } from "./harness.ts";
import { memoryFile, memorySource } from "./loopback/source.ts";
import { buildZip } from "./zip-builder.ts";

const digest = (data: string) => `sha256=${createHash("sha256").update(data).digest("base64url")}`;

const DIST_INFO = "a-1.0.dist-info/";
const entry = (path: string, size = 1) => ({ path, size });
const record = (...paths: [path: string, size: number | null][]) =>
  new Map(paths.map(([path, size]) => [path, { hash: "", size }]));

const CASES: [
  what: string,
  entries: { path: string; size: number }[],
  rows: ReturnType<typeof record>,
  tags: string[],
][] = [
  [
    "what agrees is not odd",
    [entry("a.so"), entry("a/"), entry(`${DIST_INFO}RECORD`)],
    record(["a.so", 1], [`${DIST_INFO}RECORD`, null]),
    [],
  ],
  [
    "RECORD and its signatures need no row",
    [entry(`${DIST_INFO}RECORD`), entry(`${DIST_INFO}RECORD.jws`)],
    record(),
    [],
  ],
  ["a file that RECORD lacks", [entry("a.so"), entry("b.so")], record(["a.so", 1]), ["record-lacks-file"]],
  ["a file of another size", [entry("a.so", 2)], record(["a.so", 1]), ["record-size-differs"]],
  ["a row without a size says nothing", [entry("a.so", 2)], record(["a.so", null]), []],
  ["a row without a file", [entry("a.so")], record(["a.so", 1], ["c.so", 1]), ["record-names-absent-file"]],
  [
    "everything at once",
    [entry("a.so", 2), entry("b.so")],
    record(["a.so", 1], ["c.so", 1]),
    ["record-lacks-file", "record-size-differs", "record-names-absent-file"],
  ],
];

for (const [what, entries, rowsOfRecord, tags] of CASES) {
  test(`RECORD and directory: ${what}`, () =>
    assert.deepEqual(
      compareRecord(entries, rowsOfRecord, DIST_INFO).map(({ tag }) => tag),
      tags,
    ));
}

test("a digest in hex is odd", () => {
  const hash = `sha256=${"0".repeat(64)}`;
  assert.deepEqual(compareRecord([entry("a.so")], new Map([["a.so", { hash, size: 1 }]]), DIST_INFO), [
    { tag: "record-odd-digest", detail: "1: a.so" },
  ]);
});

test("a wheel without RECORD, or without a .dist-info of its own, is odd", () => {
  assert.deepEqual(
    compareRecord([], null, DIST_INFO).map(({ tag }) => tag),
    ["no-record"],
  );
  assert.deepEqual(
    compareRecord([], null, null).map(({ tag }) => tag),
    ["no-dist-info"],
  );
});

test("a wheel whose RECORD and directory disagree is in the numbers, and told", async (t) => {
  const lying = buildZip([
    { name: "odd.libs/z.dll", data: "zz" },
    { name: "odd-1.0.dist-info/RECORD", data: "odd.libs/z.dll,,1\nodd.libs/y.dll,,1\nodd-1.0.dist-info/RECORD,,\n" },
  ]);
  const source = memorySource([
    project("odd", [memoryFile("odd-1.0-cp312-cp312-win32.whl", lying)]),
    project("even", [wheel("even-1.0-cp312-cp312-win32.whl", { "even.libs/z.dll": "z" })]),
  ]);
  const request = requestTo(await indexFor(t, source), scratchFolder(t), { top: 2 });
  assert.equal(await survey(request), 0);
  assert.deepEqual(rows(request.database, "SELECT library, packages FROM library_rank"), [
    { library: "z.dll", packages: 2 },
  ]);
  assert.deepEqual(rows(request.database, "SELECT sha256 IS NULL AS unknown FROM native_file WHERE project = 'odd'"), [
    { unknown: 1 },
  ]);
  const page = readFileSync(join(request.reports, EDITION, "README.md"), "utf8");
  assert.match(page, /\| record-names-absent-file \| 1 \| `odd-1.0-cp312-cp312-win32.whl` \|/);
  assert.match(page, /\| record-size-differs \| 1 \|/);
});

test("a RECORD with backslashes, as Windows allows it, gives its hashes and is not odd", async (t) => {
  const files = { "x/a.pyd": "a", "x.libs/foo-0a6f51ca.dll": "foo", "x-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\n" };
  const own = "x-1.0.dist-info/RECORD";
  const rowsWith = (separator: string) =>
    [...Object.entries(files).map(([path, data]) => `${path},${digest(data)},${data.length}`), `${own},,`]
      .map((row) => row.replaceAll("/", separator))
      .join("\n");
  const wheelWith = (filename: string, record: string) =>
    memoryFile(
      filename,
      buildZip([...Object.entries({ ...files, [own]: record })].map(([name, data]) => ({ name, data }))),
    );
  const half = rowsWith("/").replace(own, own.replace("/", "\\")); // only RECORD's own row has one
  const source = memorySource([
    project("x", [
      wheelWith("x-1.0-cp39-abi3-win_amd64.whl", rowsWith("\\")),
      wheelWith("x-1.0-cp39-abi3-win_arm64.whl", half),
      wheelWith("x-1.0-cp39-abi3-win32.whl", rowsWith("/")),
    ]),
  ]);
  const request = requestTo(await indexFor(t, source), scratchFolder(t), { top: 1 });
  assert.equal(await survey(request), 0);
  assert.deepEqual(rows(request.database, "SELECT * FROM anomaly"), []);
  assert.deepEqual(
    rows(
      request.database,
      "SELECT path, count(*) AS wheels, count(DISTINCT sha256) AS hashes FROM native_file GROUP BY path",
    ),
    [
      { path: "x.libs/foo-0a6f51ca.dll", wheels: 3, hashes: 1 },
      { path: "x/a.pyd", wheels: 3, hashes: 1 },
    ],
  );
});
