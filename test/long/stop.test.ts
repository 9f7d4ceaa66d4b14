// Stopped by a signal, the program ends at once and can go on; `npm run torture -- kills` and `writes` have SIGKILL.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cli, commandLine, indexFor, requestTo, scratchFolder, start, survey } from "../harness.ts";
import { recordedSource } from "../loopback/recorded-source.ts";
import { outcomeOf } from "../torture/state.ts";

const TOP = 30;
const AT_ONCE = 3; // A stop is over before so many starts of the program in a row that only ask for help.

/** Whether the promise is kept before the program, beside it, has been started for its help so many times in a row: "at once" on a machine however busy. */
async function isSoonerThanStarts(times: number, promise: Promise<unknown>): Promise<boolean> {
  let isKept = false;
  const kept = promise.then(() => {
    isKept = true;
  });
  const starts = async () => {
    for (let nth = 0; nth < times && !isKept; nth += 1) await cli(["--help"]);
  };
  await Promise.race([kept, starts()]);
  return isKept;
}

for (const [signal, exitCode] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  test(`${signal} stops a run at once, with ${exitCode}, one file, and nothing to do twice`, {
    timeout: 60_000,
  }, async (t) => {
    const index = await indexFor(t, recordedSource(), { latency: 20 });
    const request = requestTo(index, scratchFolder(t), { top: TOP });
    const child = start(commandLine(request));
    while (index.requests.length < 40) await new Promise((resolve) => setTimeout(resolve, 1));
    const exit = once(child, "exit");
    child.kill(signal);
    assert.ok(await isSoonerThanStarts(AT_ONCE, exit));
    assert.deepEqual(await exit, [exitCode, null]);
    assert.deepEqual(readdirSync(join(request.database, "..")), ["survey.sqlite"]);
    assert.equal(existsSync(`${request.database}-wal`), false);
    const undisturbed = requestTo(index, scratchFolder(t), { top: TOP });
    assert.equal(await survey(undisturbed), 0);
    assert.equal(await survey(request), 0);
    assert.deepEqual(outcomeOf(request), outcomeOf(undisturbed));
  });
}

test("SIGINT while a server has asked to wait ends the run at once, resumable", { timeout: 30_000 }, async (t) => {
  const index = await indexFor(t, recordedSource(), {
    fault: ({ path }) =>
      path.startsWith("/pypi/") ? { kind: "status", status: 429, headers: { "retry-after": "60" } } : undefined,
  });
  const request = requestTo(index, scratchFolder(t), { top: TOP });
  const child = start(commandLine(request));
  let stderr = "";
  child.stderr!.on("data", (text) => {
    stderr += text;
  });
  while (index.requests.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  const close = once(child, "close");
  child.kill("SIGINT");
  assert.ok(await isSoonerThanStarts(AT_ONCE, close));
  assert.deepEqual(await close, [130, null], stderr);
  assert.match(stderr, /stopped by SIGINT; run again to go on\n$/);
});

test("SIGTERM ends a run that is held back by its rate", { timeout: 30_000 }, async (t) => {
  const index = await indexFor(t, recordedSource());
  const request = requestTo(index, scratchFolder(t), { top: TOP, concurrency: 32 });
  const child = start([...commandLine(request), "--rate", "1"]);
  while (index.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  assert.ok(await isSoonerThanStarts(AT_ONCE, exit));
  assert.deepEqual(await exit, [143, null]);
});

test("a log that nobody reads any more does not stop the work", { timeout: 60_000 }, async (t) => {
  const request = requestTo(await indexFor(t, recordedSource()), scratchFolder(t), { top: 5 });
  const child = start(commandLine(request));
  child.stderr!.once("data", () => child.stderr!.destroy());
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(join(request.database, "..")).sort(), ["reports", "survey.sqlite"]);
});
