// Killed anywhere and run again, a survey ends with what an undisturbed one ends with.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import {
  commandLine,
  EDITION,
  everything,
  indexFor,
  requestTo,
  rows,
  scratchFolder,
  start,
  survey,
} from "../harness.ts";
import { recordedSource } from "../loopback/recorded-source.ts";
import { isSoonerThanStarts } from "../torture/ordeal.ts";
import { filesIn } from "../torture/state.ts";

const TOP = 30;
const MOST_TRIES = 30;
const AT_ONCE = 3; // A stop is over before so many starts of the program in a row that only ask for help.

function outcome(request: SurveyRequest) {
  return { views: everything(request.database), reports: filesIn(join(request.reports, EDITION)) };
}

test("after SIGKILL in each stage, the next run goes on and nothing is lost, doubled or left over", {
  timeout: 120_000,
}, async (t) => {
  const index = await indexFor(t, recordedSource(), { latency: 20 });
  const undisturbed = requestTo(index, scratchFolder(t), { top: TOP });
  await survey(undisturbed);
  const request = requestTo(index, scratchFolder(t), { top: TOP });

  const strike = async (moment: (stderr: string, requests: number) => boolean) => {
    const before = index.requests.length;
    const child = start(commandLine(request));
    let stderr = "";
    child.stderr!.on("data", (text) => {
      stderr += text;
    });
    while (child.exitCode === null && !moment(stderr, index.requests.length - before))
      await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    return { isKilled: child.signalCode === "SIGKILL", stderr };
  };
  const killAt = async (moment: Parameters<typeof strike>[0]) => {
    const { isKilled, stderr } = await strike(moment);
    assert.ok(isKilled, stderr);
  };
  // What follows the last request takes milliseconds, and may be over before a kill: then the same again from where it began.
  const killBehind = async (stage: string) => {
    const folder = join(request.database, "..");
    const saved = join(scratchFolder(t), "saved");
    cpSync(folder, saved, { recursive: true });
    for (let tries = 1; ; tries += 1) {
      const { isKilled, stderr } = await strike((stderr) => stderr.includes(stage));
      if (isKilled) return;
      assert.ok(tries < MOST_TRIES, stderr);
      rmSync(folder, { recursive: true });
      cpSync(saved, folder, { recursive: true });
    }
  };
  await killAt((_, requests) => requests >= 1);
  await killAt((_, requests) => requests >= 9);
  await killAt((stderr) => stderr.includes("ranking"));
  await killAt((_, requests) => requests >= 25);
  await killAt((stderr) => stderr.includes("releases"));
  await killAt((stderr, requests) => stderr.includes("releases") && requests > 10);
  for (const stage of ["members", "libraries", "components"]) await killBehind(stage);
  const last = start(commandLine(request));
  const [code] = await once(last, "exit");

  assert.equal(code, 0);
  assert.deepEqual(outcome(request), outcome(undisturbed));
  assert.deepEqual(rows(request.database, "PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
  assert.deepEqual(rows(request.database, "PRAGMA foreign_key_check"), []);
  assert.deepEqual(readdirSync(join(request.database, "..")).sort(), ["reports", "survey.sqlite"]);
  assert.deepEqual(readdirSync(request.reports).sort(), [EDITION, "README.md"]);
});

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
    assert.deepEqual(outcome(request), outcome(undisturbed));
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
