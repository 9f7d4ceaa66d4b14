// How much is asked: pace, pauses and retries, of one run and of two that share a limiter.
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import type { DoorOptions } from "../../pipeline/network/door.ts";
import { parseHosts, projectUrl } from "../../pipeline/network/hosts.ts";
import { ProcessLimiter } from "../../pipeline/network/limiter.ts";
import { paceOf } from "../../pipeline/network/pace.ts";
import { retryAfter } from "../../pipeline/network/retries.ts";
import { doorTo } from "../doors.ts";
import { indexFor, project, wheel } from "../harness.ts";
import type { FaultPlan } from "../loopback/faults.ts";
import { memorySource } from "../loopback/source.ts";

const SOURCE = memorySource([project("alpha", [wheel("alpha-1.0-cp312-cp312-win32.whl", { "a.pyd": "x" })])]);

/** An index with these faults, and what asks it for a document, through each of so many doors in turn. */
async function asking(t: TestContext, fault: FaultPlan, doors: number, options: Partial<DoorOptions>) {
  const index = await indexFor(t, SOURCE, { fault });
  const open = Array.from({ length: doors }, () => doorTo(t, index.url, options));
  let asked = 0;
  const ask = () => {
    const door = open[asked++ % doors]!;
    return door.client().getDocument(projectUrl(door.hosts.index, "alpha"), { etag: null, limit: 1e6 }, text);
  };
  return { index, ask };
}

describe("a limiter", { concurrency: true }, () => {
  for (const [whose, doors] of [
    ["a run", 1],
    ["two runs that share it", 2],
  ] as const) {
    test(`of ${whose} lets no more requests start in a second than the rate allows`, async (t) => {
      const options = { limiter: new ProcessLimiter(() => 5), concurrency: 20 };
      const { ask } = await asking(t, () => undefined, doors, options);
      const began = performance.now();
      await Promise.all(Array.from({ length: 11 }, ask));
      assert.ok(performance.now() - began > 1900);
    });

    test(`of ${whose} keeps the rate after a pause too, and for what waited through it`, async (t) => {
      const arrivals: number[] = [];
      const fault: FaultPlan = ({ attempt }) => {
        arrivals.push(performance.now());
        return attempt === 1 ? { kind: "status", status: 429, headers: { "retry-after": "1" } } : undefined;
      };
      const { ask } = await asking(t, fault, doors, { limiter: new ProcessLimiter(() => 3), concurrency: 9 });
      const began = performance.now();
      await Promise.all(Array.from({ length: 9 }, ask));
      assert.equal(arrivals.length, 10);
      for (const [nth, arrival] of arrivals.entries()) assert.ok(arrival - began >= 1000 * Math.floor(nth / 3) - 5);
    });

    test(`of ${whose} keeps a pause that the last try is told to make for others`, async (t) => {
      let told = 0;
      const early: number[] = [];
      const fault: FaultPlan = ({ attempt }) => {
        const since = performance.now() - told;
        if (attempt < 5) return { kind: "status", status: 503 };
        if (attempt > 5 && since < 1000) early.push(since);
        told ||= performance.now();
        return attempt === 5 ? { kind: "status", status: 503, headers: { "retry-after": "1" } } : undefined;
      };
      const { ask } = await asking(t, fault, doors, { limiter: new ProcessLimiter(() => 0) });
      await assert.rejects(ask());
      assert.equal((await ask()).status, 200);
      assert.deepEqual(early, []);
    });

    test(`of ${whose} keeps the retries within one for each request and fifty`, async (t) => {
      const options = { limiter: new ProcessLimiter(() => 0), concurrency: 20 };
      const { index, ask } = await asking(t, () => ({ kind: "status", status: 503 }), doors, options);
      await Promise.allSettled(Array.from({ length: 200 }, ask));
      assert.ok(index.requests.length <= 200 + 200 + 50, String(index.requests.length));
      assert.ok(index.requests.length > 250);
    });
  }
});

test("each origin has a pace of its own, and who waits for a slow one's turn holds no place that another could use", async (t) => {
  const slow = await indexFor(t, SOURCE);
  const quick = await indexFor(t, SOURCE);
  const limiter = new ProcessLimiter((origin) => (origin === slow.url ? 2 : 0));
  const door = doorTo(t, slow.url, { hosts: parseHosts(slow.url, [quick.url]), limiter, concurrency: 2 });
  const ask = (url: string) =>
    door.client().getDocument(projectUrl(new URL(url), "alpha"), { etag: null, limit: 1e6 }, text);
  const began = performance.now();
  const waiting = Promise.all(Array.from({ length: 6 }, () => ask(slow.url)));
  await Promise.all(Array.from({ length: 40 }, () => ask(quick.url)));
  assert.ok(slow.requests.length <= 2, "the quick one has answered all before the slow one was asked a third time");
  await waiting;
  assert.ok(performance.now() - began > 1900);
});

test("a clock that is set does not change the pace", () => {
  const untilTurn = paceOf(2);
  assert.deepEqual(
    [0, 0, 0, 10, 3000].map((now) => untilTurn(now)),
    [0, 0, 1000, 990, 0],
  );
});

test("Retry-After is read as seconds or a date, never before now", () => {
  const now = Date.parse("2026-11-01T00:00:00Z");
  for (const [header, wait] of [
    ["2", 2000],
    ["Sun, 01 Nov 2026 00:00:05 GMT", 5000],
    ["Sun, 01 Nov 2020 00:00:05 GMT", 0],
    ["99999", 99_999_000],
    ["-5", 0],
    ["soon", 0],
  ] as const) {
    assert.equal(retryAfter(header, now), wait, header);
  }
});
