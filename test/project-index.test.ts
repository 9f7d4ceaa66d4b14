// The index's own list of all projects, and an edition of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readProjectIndex } from "../pipeline/formats/pypi/project-index.ts";
import { commandLine, indexFor, requestTo, rows, run, scratchFolder, survey } from "./harness.ts";
import { smallSource } from "./torture/small-index.ts";

const read = (text: string, chunk = 7) =>
  readProjectIndex(
    Array.from({ length: Math.ceil(text.length / chunk) }, (_, nth) =>
      Buffer.from(text.slice(nth * chunk, (nth + 1) * chunk)),
    ),
  );
const list = (...projects: object[]) => JSON.stringify({ meta: { "api-version": "1.0" }, projects });

test("names are normalized, once each, in the order of their characters", async () => {
  assert.deepEqual(await read(list({ name: "zope.interface" }, { name: "Alpha_B" }, { name: "alpha-b" })), [
    "alpha-b",
    "zope-interface",
  ]);
});

for (const [about, text, message] of [
  ["HTML", "<!DOCTYPE html>", /no JSON object.*expected the list of PEP 691/],
  ["no list", "{}", /api-version null, expected/],
  ["another version", '{"meta": {"api-version": "2.0"}, "projects": [{"name": "a"}]}', /api-version "2\.0"/],
  ["nothing in it", list(), /no project/],
  ["a name that is none", list({ name: "a" }, { name: "../b" }), /projects\.1: "\.\.\/b", expected a project's name/],
  ["a number", list({ name: 7 }), /projects\.0: 7/],
  ["an end too soon", list({ name: "a" }).slice(0, -2), /no JSON object/],
] as const)
  test(`a list of projects that is none is refused: ${about}`, () => assert.rejects(read(text), message));

test("--top all surveys every project of the index's list, goes on without asking for it again, and stays all", async (t) => {
  const index = await indexFor(t, smallSource(4));
  const request = requestTo(index, scratchFolder(t), { ranking: null, all: true });
  assert.equal(await survey(request), 0);
  assert.deepEqual(
    rows(request.database, "SELECT outcome, count(*) AS n FROM candidate GROUP BY outcome ORDER BY outcome"),
    [
      { outcome: "no files", n: 1 },
      { outcome: "pure only", n: 1 },
      { outcome: "taken", n: 4 },
    ],
  );
  assert.deepEqual(rows(request.database, "SELECT kind, top_n, ranking_source FROM edition"), [
    { kind: "projects", top_n: 6, ranking_source: `${index.url}/simple/` },
  ]);
  assert.deepEqual(rows(request.database, "SELECT * FROM file_contents"), []);
  const asked = index.requests.length;
  assert.equal(await survey(request), 0);
  assert.equal(index.requests.length, asked);
  await assert.rejects(survey({ ...request, all: false, top: 3 }), /--top: 3, expected all as it was begun with/);
  const other = requestTo(index, scratchFolder(t), { top: 2 });
  assert.equal(await survey(other), 0);
  await assert.rejects(survey({ ...other, ranking: null, top: null, all: true }), /--top: all, expected 2/);
});

test("an index without such a list, and --top all beside another list, are refused in one line", async (t) => {
  const index = await indexFor(t, { ...smallSource(1), ranking: () => [] });
  const words = commandLine(requestTo(index, scratchFolder(t), { ranking: null }));
  const none = await run([...words, "--top", "all"]);
  assert.deepEqual(
    [none.code, /--top all, .*\/simple\/: no project, expected/.test(none.stderr)],
    [4, true],
    none.stderr,
  );
  const both = await run([...words, "--top", "all", "--projects", "numpy"]);
  assert.deepEqual([both.code, /--top all: beside --projects/.test(both.stderr)], [2, true], both.stderr);
  assert.equal((await run(["--top", "most"])).code, 2);
});
