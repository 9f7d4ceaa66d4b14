import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProjectList, parseRanking } from "../pipeline/formats/pypi/ranking.ts";

const ROWS = [
  { download_count: 3, project: "boto3" },
  { download_count: 2, project: "Zope.Interface" },
];
const SINCE_2025 = {
  last_update: "2026-04-01 06:34:06",
  source: "ClickHouse",
  meta: [{ name: "project", type: "String" }],
  rows: ROWS,
  total_rows: 2,
};
const BEFORE = { last_update: "2018-02-01 10:00:00", query: { bytes_billed: 1, cached: false }, rows: ROWS };

for (const [what, document] of [
  ["since 2025", SINCE_2025],
  ["since 2018", BEFORE],
] as const) {
  test(`the ranking's shape ${what} is read`, () => {
    const { rows, rankedAt } = parseRanking(JSON.stringify(document));
    assert.equal(rankedAt, `${document.last_update.replace(" ", "T")}Z`);
    assert.deepEqual(rows, [
      { project: "boto3", downloads: 3 },
      { project: "zope-interface", downloads: 2 },
    ]);
  });
}

for (const [what, text] of [
  ["HTML", "<html>"],
  ["another shape", '{"projects":[]}'],
  ["no row", JSON.stringify({ ...BEFORE, rows: [] })],
  ["a count that is a text", JSON.stringify({ ...BEFORE, rows: [{ download_count: "3", project: "x" }] })],
  ["a name that is none", JSON.stringify({ ...BEFORE, rows: [{ download_count: 3, project: "../x" }] })],
] as const) {
  test(`a ranking with ${what} is refused in one line`, () => {
    assert.throws(() => parseRanking(text), /^Error: [^\n]*expected[^\n]*$/);
  });
}

test("a list of projects is divided by commas or lines, each project once, by its normalized name", () => {
  const { rows, rankedAt } = parseProjectList("numpy, Psycopg2_Binary\n# a comment\nnumpy # again\r\n");
  assert.deepEqual(
    rows.map(({ project }) => project),
    ["numpy", "psycopg2-binary"],
  );
  assert.equal(rankedAt, null);
});

test("an empty list of projects is refused", () => assert.throws(() => parseProjectList(" # \n"), /expected names/));
