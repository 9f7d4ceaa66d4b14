// The benchmark works: everybody reads a few recorded wheels and says the same, and synthetic wheels are read as any are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { measureContents } from "../../scripts/bench/contents.ts";
import { measureHistory } from "../../scripts/bench/history.ts";
import { FIELD } from "../../scripts/bench/race.ts";
import { compareReaders } from "../../scripts/bench/readers.ts";
import { syntheticSource } from "../../scripts/bench/synthetic.ts";
import { chooseFiles, readWheels } from "../../scripts/bench/wheels.ts";
import { indexFor, requestTo, rows, scratchFolder, survey } from "../harness.ts";

test("on five recorded wheels everybody gives the same answer, and the floor asks least", async () => {
  const choice = { folder: null, limit: 5 };
  const wheels = await readWheels(chooseFiles(choice), () => {});
  assert.equal(wheels.length, 5);
  const standings = await compareReaders(choice, wheels, 1, () => {});
  const digests = standings.filter(({ contender }) => !FIELD[contender]!.mute).map(({ digest }) => digest);
  assert.match(digests[0]!, /^[0-9a-f]{64}$/);
  assert.deepEqual(new Set(digests).size, 1);
  for (const [contender] of Object.entries(FIELD).filter(([, { python }]) => !python)) {
    const its = standings.filter((standing) => standing.contender === contender);
    assert.equal(its.length, 1, contender);
    for (const { requests, bytes, seconds } of its) {
      assert.ok(requests >= 5 && bytes >= standings[0]!.bytes && seconds.length === 1, contender);
    }
  }
  assert.equal(standings[0]!.requests, 5);
});

test("the survey reads synthetic wheels as it reads any, and the same index gives the same bytes again", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, syntheticSource(40));
  assert.equal(await survey(requestTo(index, folder, { top: 2 })), 0);
  const { database } = requestTo(index, folder);
  assert.deepEqual(rows(database, "SELECT count(*) AS wheels, min(entries) > 4 AS filled FROM wheel"), [
    { wheels: 40, filled: 1 },
  ]);
  assert.deepEqual(rows(database, "SELECT * FROM anomaly"), []);
  const file = () => syntheticSource(40).project("synthetic0")!.files[7]!.content;
  assert.deepEqual(file(), file());
});

test("three editions of two projects in one database answer every question that is asked of many", async () => {
  const months: string[] = [];
  const { figures, parts } = await measureHistory(null, (line) => months.push(line), {
    editions: 3,
    wheels: 60,
    hasManyNames: false,
  });
  assert.equal(months.length, 3);
  const { answers, sizes } = figures as { answers: { name: string; rows: number }[]; sizes: Record<string, number> };
  for (const { name, rows } of answers) assert.ok(rows > 0, name);
  assert.ok(sizes.wheels! >= 60 && sizes.wheels! <= 180 && sizes.files! > 0, JSON.stringify(sizes));
  assert.match(parts[0]!, /^3 editions of 60 wheels, /);
});

test("made-up libraries are read once, and asked for no more", async () => {
  const { isSound, parts } = await measureContents(null, 150, () => {});
  assert.ok(isSound, parts.join("\n"));
  assert.match(parts.join("\n"), /made-up libraries \| 150 \|/);
});
