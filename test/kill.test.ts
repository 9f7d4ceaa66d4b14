// Killed anywhere and run again, a survey ends with what an undisturbed one ends with.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SurveyRequest } from "../pipeline/run.ts";
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
} from "./harness.ts";
import { recordedSource } from "./loopback/recorded-source.ts";

const TOP = 30;

function outcome(request: SurveyRequest) {
  const folder = join(request.reports, EDITION);
  return {
    views: everything(request.database),
    reports: readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  };
}

test("after SIGKILL in each stage, the next run goes on and nothing is lost, doubled or left over", {
  timeout: 120_000,
}, async (t) => {
  const index = await indexFor(t, recordedSource(), { latency: 20 });
  const undisturbed = requestTo(index, scratchFolder(t), { top: TOP });
  await survey(undisturbed);
  const request = requestTo(index, scratchFolder(t), { top: TOP });

  const killAt = async (moment: (stderr: string, requests: number) => boolean) => {
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
    return stderr;
  };
  await killAt((_, requests) => requests === 1);
  await killAt((_, requests) => requests === 9);
  await killAt((stderr) => stderr.includes("ranking"));
  await killAt((_, requests) => requests === 25);
  await killAt((stderr) => stderr.includes("releases"));
  await killAt((stderr, requests) => stderr.includes("releases") && requests > 10);
  await killAt((stderr) => stderr.includes("members"));
  await killAt((stderr) => stderr.includes("libraries"));
  await killAt((stderr) => stderr.includes("components"));
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
  test(`${signal} stops a run within two seconds, with ${exitCode}, one file, and nothing to do twice`, {
    timeout: 60_000,
  }, async (t) => {
    const index = await indexFor(t, recordedSource(), { latency: 20 });
    const request = requestTo(index, scratchFolder(t), { top: TOP });
    const child = start(commandLine(request));
    while (index.requests.length < 40) await new Promise((resolve) => setTimeout(resolve, 1));
    const began = performance.now();
    child.kill(signal);
    const [code] = await once(child, "exit");
    assert.equal(code, exitCode);
    assert.ok(performance.now() - began < 2000);
    assert.deepEqual(readdirSync(join(request.database, "..")), ["survey.sqlite"]);
    assert.equal(existsSync(`${request.database}-wal`), false);
    const undisturbed = requestTo(index, scratchFolder(t), { top: TOP });
    assert.equal(await survey(undisturbed), 0);
    assert.equal(await survey(request), 0);
    assert.deepEqual(outcome(request), outcome(undisturbed));
  });
}
