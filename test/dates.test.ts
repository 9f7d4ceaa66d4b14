// When an edition was made, and what is said where its month, its ranking and the days of asking do not belong together.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { breaksBetween } from "../pipeline/editions/breaks.ts";
import { oddDates } from "../pipeline/editions/dates.ts";
import type { Progress } from "../pipeline/progress.ts";
import { runSurvey } from "../pipeline/stage/run.ts";
import { STAGES } from "../pipeline/stages.ts";
import { lintBreaks } from "../scripts/lint/breaks.ts";
import { indexFor, project, requestTo, rows, scratchFolder, survey, wheel } from "./harness.ts";
import { memorySource } from "./loopback/source.ts";

const GOOD = project("good", [wheel("good-1.0-cp312-cp312-win32.whl", { "good.libs/z.dll": "z" })]);
const PURE = project("pure", [wheel("pure-1.0-py3-none-any.whl", {})]);
const at = (day: string) => () => new Date(`${day}T23:59:59Z`);

const DATES: [edition: string, rankedAt: string | null, from: string | null, to: string | null, odd: RegExp[]][] = [
  ["2026-11", "2026-11-01T06:30:00Z", "2026-11-02", "2026-11-02", []],
  ["2026-11", "2026-10-01T06:30:00Z", "2026-11-01", "2026-11-30", []],
  ["2026-11", null, "2026-11-02", "2026-11-02", []],
  ["2026-11", "2026-11-01T06:30:00Z", null, null, []],
  ["2026-11", "2026-09-17T23:59:59Z", "2026-11-01", "2026-11-01", []],
  [
    "2026-11",
    "2026-09-16T00:00:00Z",
    "2026-11-01",
    "2026-11-01",
    [/^ranking made on 2026-09-16, 46 days before the index was asked, expected at most 45$/],
  ],
  [
    "2026-11",
    "2026-11-01T06:30:00Z",
    "2026-11-30",
    "2026-12-01",
    [/^index asked from 2026-11-30 to 2026-12-01, expected within 2026-11/],
  ],
  [
    "2019-01",
    null,
    "2026-11-25",
    "2026-11-25",
    [/^index asked on 2026-11-25, expected within 2019-01: the releases are those of/],
  ],
  [
    "2019-01",
    "2026-11-01T06:30:00Z",
    "2026-11-25",
    "2026-11-25",
    [/^index asked on/, /^ranking made on 2026-11-01, expected in 2019-01 or before$/],
  ],
  [
    "2019-01",
    "2019-01-01T00:00:00Z",
    "2026-11-25",
    "2026-11-25",
    [/^index asked on/, /^ranking made on 2019-01-01, 2885 days before/],
  ],
];

for (const [edition, rankedAt, askedFrom, askedTo, expected] of DATES) {
  test(`edition ${edition} by a ranking of ${rankedAt}, asked from ${askedFrom} to ${askedTo}: ${expected.length} odd`, () => {
    const odd = oddDates({ edition, rankedAt, askedFrom, askedTo });
    assert.equal(odd.length, expected.length, odd.join("; "));
    for (const [nth, sentence] of odd.entries()) assert.match(sentence, expected[nth]!);
  });
}

test("reports say from when to when the index was asked, an unchanged project among it", async (t) => {
  const index = await indexFor(t, memorySource([GOOD, PURE]));
  const request = requestTo(index, scratchFolder(t), { top: 1 });
  const page = (edition: string) => readFileSync(join(request.reports, edition, "README.md"), "utf8");
  await survey({ ...request, now: at("2026-11-02") });
  assert.match(page("2026-11"), /read\. The index was asked on 2026-11-02\. Method/);
  await survey({ ...request, top: 2, now: at("2026-11-05") });
  assert.match(page("2026-11"), /The index was asked from 2026-11-02 to 2026-11-05\./);
  assert.doesNotMatch(page("2026-11"), /do not belong together/);
  await survey({ ...request, top: 2, now: at("2026-12-01"), edition: "2026-12" });
  assert.equal(index.requests.filter(({ status }) => status === 304).length, 2);
  assert.match(page("2026-12"), /The index was asked on 2026-12-01\./);
  assert.deepEqual(rows(request.database, "SELECT DISTINCT edition, asked_on FROM answer ORDER BY 1, 2"), [
    { edition: "2026-11", asked_on: "2026-11-02" },
    { edition: "2026-11", asked_on: "2026-11-05" },
    { edition: "2026-12", asked_on: "2026-12-01" },
  ]);
});

test("dates that do not belong together are told while it runs and in the reports, and change no exit code", async (t) => {
  const index = await indexFor(t, memorySource([GOOD]));
  const request = requestTo(index, scratchFolder(t), { edition: "2019-01", now: at("2026-11-25") });
  const said: string[] = [];
  const progress: Progress = {
    begin() {},
    update() {},
    end: (line) => said.push(line),
    say: (line) => said.push(line),
    close() {},
  };
  assert.equal(await runSurvey(STAGES, request, progress, new AbortController().signal), 0);
  assert.match(said[0]!, /^warning: index asked on 2026-11-25, expected within 2019-01/);
  assert.match(said[1]!, /^warning: ranking made on 2026-11-01, expected in 2019-01 or before$/);
  const page = readFileSync(join(request.reports, "2019-01", "README.md"), "utf8");
  assert.match(
    page,
    /^\*\*Dates that do not belong together: index asked on 2026-11-25, .*; ranking made on 2026-11-01, .*\*\*$/m,
  );
});

test("a break lies between editions on either side of it, or of its own month, in whichever order they are named", () => {
  const between = (one: string, other: string) => breaksBetween(one, other).map(({ date }) => date);
  assert.ok(between("2023-07", "2026-11").includes("2026-08-24"));
  assert.deepEqual(between("2026-07", "2026-08"), ["2026-08-24"]);
  assert.deepEqual(between("2026-09", "2026-08"), ["2026-08-24"]);
  assert.deepEqual(between("2026-09", "2026-11"), []);
  assert.deepEqual(between("2026-08", "2026-08"), []);
  assert.deepEqual(between("2026-05", "2026-07"), ["2026-06-07"]);
});

test("the linter says where the list of breaks has another shape or order", () => {
  const one = { date: "2026-08-24", what: "x", affects: "y", source: "https://example.org/" };
  assert.deepEqual(lintBreaks([one]), []);
  for (const [list, fault] of [
    [undefined, /expected/],
    [[{ ...one, date: "2026-13-01" }], /^rule 1: date: "2026-13-01", expected a day as YYYY-MM-DD$/],
    [[{ ...one, source: "somebody" }], /^rule 1: source: "somebody", expected an https address$/],
    [[{ ...one, why: "z" }], /^rule 1: why: unknown field/],
    [[{ date: one.date, what: "x", source: one.source }], /^rule 1: affects: missing/],
    [[one, { ...one, date: "2026-01-01" }], /^rule 2: date: 2026-01-01, expected none before 2026-08-24/],
  ] as const) {
    const [found, ...others] = lintBreaks(list);
    assert.match(found!, fault);
    assert.deepEqual(others, []);
  }
});
