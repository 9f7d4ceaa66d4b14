// Killed in mid-run, or failed by its index in any way, a survey that is run again ends like one that nothing disturbs.
// test/long and `npm run torture` have this at length, at random moments.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import Database from "better-sqlite3";
import { commandLine, everything, indexFor, requestTo, run, scratchFolder, start, survey } from "./harness.ts";
import type { FaultPlan } from "./loopback/faults.ts";
import { surveyMonths } from "./recorded-months.ts";
import { FAST, failing, persist } from "./torture/faults.ts";
import { smallSource, TAKEN } from "./torture/small-index.ts";
import { differences, stateOf, undisturbed, wrongIn } from "./torture/state.ts";

test("killed as it waits for an answer, a survey has lost nothing that was stored, and goes on", async (t) => {
  let left = Number.POSITIVE_INFINITY;
  let kill = () => {};
  const fault: FaultPlan = () => {
    left -= 1;
    if (left === 0) kill();
    return left <= 0 ? { kind: "silence" } : undefined;
  };
  const index = await indexFor(t, smallSource(), { fault });
  const expected = await undisturbed(requestTo(index, `${scratchFolder(t)}/clean`, { top: TAKEN }));
  const request = requestTo(index, `${scratchFolder(t)}/killed`, { top: TAKEN, concurrency: 2 });
  let earlier: string[] = [];
  for (const requests of [5, 20, 12]) {
    left = requests;
    const child = start(commandLine(request));
    kill = () => child.kill("SIGKILL");
    assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
    const state = stateOf(request.database);
    assert.deepEqual(wrongIn(state, expected, earlier), []);
    assert.ok(state.facts.length < expected.facts.length);
    earlier = state.facts;
  }
  assert.ok(earlier.length > 0);
  left = Number.POSITIVE_INFINITY;
  assert.equal(await survey(request), 0);
  assert.deepEqual(differences(request, expected), []);
});

test("an index that fails three times in ten, in any way, is surveyed in the end as if it did not", async (t) => {
  let plan: FaultPlan = () => undefined;
  const index = await indexFor(t, smallSource(), { fault: (request) => plan(request) });
  const expected = await undisturbed(requestTo(index, `${scratchFolder(t)}/clean`, { top: TAKEN }));
  plan = failing(20_261_126);
  const request = requestTo(index, `${scratchFolder(t)}/failed`, { top: TAKEN, backoff: FAST });
  const broken: string[] = [];
  const exitCodes = await persist(request, expected, (line) => broken.push(line));
  assert.deepEqual(broken, []);
  assert.ok(exitCodes.length > 1, String(exitCodes));
});

test("what is derived month by month is what is derived of both months at once", async (t) => {
  const database = await surveyMonths(scratchFolder(t));
  const found = everything(database);
  const db = new Database(database);
  db.exec("DELETE FROM derivation");
  db.close();
  assert.equal((await run(["upgrade", "--database", database])).code, 0);
  assert.deepEqual(everything(database), found);
});
