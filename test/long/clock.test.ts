// What only a clock can tell: that hostile input is read, or refused, sooner than much more of what is usual, and that who is
// asked to wait does.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isNativeMember, nameLibrary } from "../../pipeline/naming/library-name.ts";
import { indexFor, requestTo, scratchFolder, survey } from "../harness.ts";
import { ask } from "../loopback/client.ts";
import type { FaultPlan } from "../loopback/faults.ts";
import { memorySource } from "../loopback/source.ts";
import { FAST, sparing } from "../torture/faults.ts";
import { smallSource, TAKEN } from "../torture/small-index.ts";
import { listZip, refusalOf } from "../zip-archives.ts";
import { buildZip } from "../zip-builder.ts";

test("a name is read in linear time: fifteen of 60,000 characters sooner than 20,000 of their usual length", () => {
  const usual = Array.from({ length: 20_000 }, (_, nth) => `numpy.libs/libgfortran-${nth}-0123abcd.so.5.0.0`);
  const hostile = [
    `lib${"-12345678".repeat(7000)}.so.1`,
    `${"a.libs/".repeat(5000)}lib${"-12345678".repeat(3000)}.so.1`,
    `lib${".1".repeat(30000)}.dylib`,
    `a${".so".repeat(20000)}`,
    `a${"-mt-a".repeat(12000)}.dll`,
    `a-v${"1".repeat(60000)}.dll`,
    `a.pypy${"1".repeat(60000)}.so`,
    `a.cpython-311${"-a".repeat(30000)}!.so`,
    `system${".a".repeat(30000)}!.dll`,
    `libgst${"a-1.".repeat(15000)}.dylib`,
    `libpython3${".1".repeat(30000)}.so`,
    `libgcc_s-${"8.".repeat(30000)}.so`,
    `${".libs".repeat(12000)}/x.so`,
    `qt/plugins/wayland-${"-".repeat(50000)}/plugins/x.so`,
    `${"tensorflow/".repeat(5500)}x.so`,
  ];
  const took = (paths: string[]) => {
    const began = performance.now();
    for (const path of paths) if (isNativeMember(path)) nameLibrary(path);
    return performance.now() - began;
  };
  const best = (paths: string[]) => Math.min(...[1, 2, 3].map(() => took(paths)));
  const usually = best(usual);
  const hostilely = best(hostile);
  assert.ok(hostilely < usually, `${hostilely} ms, expected less than ${usually}`);
});

/** An archive of so many empty entries. */
function many(count: number): Buffer {
  const one = { name: "00000" };
  const [local, header] = [buildZip([{ ...one, only: "local" }]).subarray(0, -22), buildZip([one]).subarray(35, -22)];
  const locals = Buffer.alloc(count * local.length, local);
  const headers = Buffer.alloc(count * header.length, header);
  for (let index = 0; index < count; index++) {
    const name = `${index}`.padStart(5, "0");
    locals.write(name, index * local.length + 30);
    headers.write(name, index * header.length + 46);
    headers.writeUInt32LE(index * local.length, index * header.length + 42);
  }
  const end = { entriesHere: count & 0xffff, entries: count & 0xffff, directorySize: headers.length };
  return Buffer.concat([locals, headers, buildZip([], { end: { ...end, directoryOffset: locals.length } })]);
}

test("65,535 entries without ZIP64, as Python's zipfile writes them, and 65,536 that a 16-bit number cannot count", () => {
  assert.equal(listZip(many(0xffff)).entries.length, 0xffff);
  assert.equal(refusalOf(many(0x10000)), "count-mismatch");
});

test("65,534 entries at offset 0 of 4 GiB each are refused sooner than ten honest archives of as many are listed", () => {
  const one = buildZip([{ name: "a" }]);
  const header = Buffer.from(one.subarray(31, -22));
  header.writeUInt32LE(0xfffffffe, 20);
  header.writeUInt32LE(0xfffffffe, 24);
  const count = 65_534;
  const headers = Buffer.alloc(count * header.length, header);
  const end = { entriesHere: count, entries: count, directorySize: headers.length, directoryOffset: 31 };
  const bomb = Buffer.concat([one.subarray(0, 31), headers, buildZip([], { end })]);
  const honest = many(count);
  const began = performance.now();
  for (let nth = 0; nth < 10; nth++) listZip(honest);
  const listed = performance.now();
  assert.equal(refusalOf(bomb), "overlap");
  assert.ok(performance.now() - listed < listed - began);
});

test("an index with latency holds every answer back", async (t) => {
  const index = await indexFor(t, memorySource([]), { latency: 30 });
  const began = performance.now();
  assert.equal((await ask(`${index.url}/pypi/nobody/json`)).status, 404);
  assert.ok(performance.now() - began >= 29);
});

const PLACES = 4;

for (const [what, retryAfter, wait] of [
  ["seconds", () => "1", 1000],
  ["a date", () => new Date(Date.now() + 3000).toUTCString(), 1900],
] as const) {
  test(`no request comes before the time that Retry-After asks for in ${what}`, { timeout: 30_000 }, async (t) => {
    let refusedAt = 0;
    let [again, others] = [0, 0];
    const fault: FaultPlan = ({ attempt }) => {
      const tooSoon = refusedAt > 0 && performance.now() - refusedAt < wait;
      if (tooSoon && attempt > 1) again += 1;
      else if (tooSoon) others += 1;
      if (refusedAt > 0) return undefined;
      refusedAt = performance.now();
      return { kind: "status", status: 429, headers: { "retry-after": retryAfter() } };
    };
    const index = await indexFor(t, smallSource(), { fault: sparing(fault) });
    await survey(requestTo(index, scratchFolder(t), { top: TAKEN, backoff: FAST, concurrency: PLACES }));
    assert.equal(again, 0);
    assert.ok(others < PLACES, `${others} others, of which ${PLACES - 1} may have been sent before the answer`);
  });
}
