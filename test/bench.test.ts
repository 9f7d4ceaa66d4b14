// The benchmark works: everybody reads a few recorded wheels and says the same, and the delay delays.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { request } from "undici";
import { startDelayProxy } from "../scripts/bench/delay-proxy.ts";
import { compareReaders } from "../scripts/bench/index.ts";
import { FIELD, MUTE } from "../scripts/bench/race.ts";
import { syntheticSource } from "../scripts/bench/synthetic-source.ts";
import { indexFor, requestTo, rows, scratchFolder, survey } from "./harness.ts";

const PYTHON = ["remotezip", "pip"];

test("on five recorded wheels everybody gives the same answer, and the floor asks least", async () => {
  const { standings, wheels } = await compareReaders({ folder: null, limit: 5 }, 1, () => {});
  assert.equal(wheels.length, 5);
  const digests = standings.filter(({ contender }) => !MUTE.includes(contender)).map(({ digest }) => digest);
  assert.match(digests[0]!, /^[0-9a-f]{64}$/);
  assert.deepEqual(new Set(digests).size, 1);
  for (const contender of Object.keys(FIELD).filter((name) => !PYTHON.includes(name))) {
    const its = standings.filter((standing) => standing.contender === contender);
    assert.equal(its.length, 2, contender);
    for (const { requests, bytes, seconds } of its) {
      assert.ok(requests >= 5 && bytes >= standings[0]!.bytes && seconds.length === 1, contender);
    }
  }
  assert.equal(standings[0]!.requests, 5);
});

test("the delay proxy delays each way and gives back the same bytes", async (t) => {
  const body = Buffer.alloc(1_000_000, "wheel");
  const server = createServer((_, response) => response.end(body)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const proxy = await startDelayProxy((server.address() as AddressInfo).port, 50);
  t.after(() => {
    proxy.close();
    server.close();
  });
  const began = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => Buffer.from(await (await request(proxy.url)).body.arrayBuffer())),
  );
  const took = performance.now() - began;
  assert.ok(answers.every((answer) => answer.equals(body)));
  assert.ok(took >= 200, `${took} ms, expected a round trip for the connection and one for the answer`);
  assert.ok(took < 10 * 200, `${took} ms, expected ten connections at the same time`);
});

test("the survey reads synthetic wheels as it reads any, and the same index gives the same bytes again", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, syntheticSource(40));
  assert.equal(await survey(requestTo(index, folder, { top: 2 })), 0);
  const { database } = requestTo(index, folder);
  assert.deepEqual(rows(database, "SELECT count(*) AS wheels, min(members) > 4 AS filled FROM wheel"), [
    { wheels: 40, filled: 1 },
  ]);
  assert.deepEqual(rows(database, "SELECT * FROM anomaly"), []);
  const file = () => syntheticSource(40).project("synthetic0")!.files[7]!.content;
  assert.deepEqual(file(), file());
});
