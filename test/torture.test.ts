// The ordeals of test/torture, each so long as a test may take; `npm run torture` has them longer.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as disk from "./torture/disk.ts";
import * as faults from "./torture/faults.ts";
import * as hostile from "./torture/hostile.ts";
import * as hosts from "./torture/hosts.ts";
import * as kills from "./torture/kills.ts";
import * as mutants from "./torture/mutants.ts";
import * as names from "./torture/names.ts";
import type { Findings, Hardness } from "./torture/ordeal.ts";
import * as starts from "./torture/starts.ts";
import * as writes from "./torture/writes.ts";

const SEED = 20_261_101;

const ORDEALS: [
  title: string,
  count: number,
  run: (hardness: Hardness) => Findings | Promise<Findings>,
  skip?: string | false,
][] = [
  ["a survey of an index that fails three times in ten, in any way, ends like an undisturbed one", 3, faults.run],
  ["SIGKILL at any moment loses, doubles and tears nothing", 200, kills.run],
  ["killed or failed at a write, a survey says so and goes on the next time", 64, writes.run, writes.noStrace],
  ["a full disk is said to be full, and the next run goes on", 1, disk.run, disk.noMount],
  ["of many runs started at once on one database, one works", 20, starts.run],
  ["damaged archives are accepted or refused for a reason, and Python lists the same", 100_000, mutants.run],
  ["hostile names are read back from every form as they were, and do nothing", 2000, names.run],
  ["hostile wheels and documents do not swell the survey", 1, hostile.run, hostile.noProc],
  ["no other host is ever connected to", 1, hosts.run],
];

for (const [title, count, run, skip = false] of ORDEALS) {
  test(title, { timeout: 400_000, skip }, async (t) => {
    const { figures, violations } = await run({ seed: SEED, count });
    t.diagnostic(JSON.stringify(figures));
    assert.deepEqual(violations, []);
  });
}

for (const [what, header, wait] of [
  ["seconds", () => "1", 1000],
  ["a date", () => new Date(Date.now() + 3000).toUTCString(), 1900],
] as const) {
  test(`no request comes before the time that Retry-After asks for in ${what}`, { timeout: 30_000 }, async () => {
    assert.equal(await faults.tooEarly(header, wait), 0);
  });
}

test("the corpus has more than 200 hostile names", () => {
  assert.ok(names.HOSTILE_NAMES.length > 200);
});
