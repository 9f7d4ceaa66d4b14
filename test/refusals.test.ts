// Hosts that refuse, or that ask to be left alone for long: the run ends, and what it was told is no failure of the items.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { EXIT, RunError } from "../pipeline/errors.ts";
import { cli, commandLine, indexFor, project, requestTo, rows, scratchFolder, survey, wheel } from "./harness.ts";
import type { Fault, FaultPlan, FaultyRequest } from "./loopback/faults.ts";
import { memorySource } from "./loopback/source.ts";

const PROJECTS = 60;
const MOST_REQUESTS = 20;
const SOURCE = memorySource(
  Array.from({ length: PROJECTS }, (_, nth) =>
    project(`p${nth}`, [wheel(`p${nth}-1.0-cp312-cp312-win32.whl`, { "z.dll": String(nth) })]),
  ),
);

type Host = "index" | "file host";

/** Whether a request is one for a document or one for a file's bytes. */
function isFor(host: Host, { path, range }: FaultyRequest): boolean {
  return host === "index" ? path.startsWith("/pypi/") : range !== null;
}

/** Surveys an index of which one half fails so, then, over the same database, one without faults; gives what the first half was asked. */
async function surveyed(t: TestContext, host: Host, fault: FaultPlan, concurrency: number) {
  const index = await indexFor(t, SOURCE, {
    fault: (request) => (isFor(host, request) ? fault(request) : undefined),
  });
  const request = requestTo(index, scratchFolder(t), { top: PROJECTS, concurrency, backoff: { base: 1, cap: 2 } });
  const end = await survey(request).catch((error: unknown) => error);
  const asked = index.requests.filter((each) => isFor(host, each)).length;
  const failures = rows(request.database, "SELECT item FROM failure").length;
  const { port } = new URL(index.url);
  await index.close();
  await indexFor(t, SOURCE, { port: Number(port) });
  return { end, asked, failures, again: await survey(request) };
}

const status = (status: number, headers = {}): Fault => ({ kind: "status", status, headers });

for (const host of ["index", "file host"] as const) {
  for (const [refusal, concurrency] of [
    [401, 1],
    [403, 8],
    [451, 256],
  ] as const) {
    test(`the ${host} refuses everything with ${refusal}, ${concurrency} at a time: the run ends with 4`, async (t) => {
      const found = await surveyed(t, host, () => status(refusal), concurrency);
      assert.ok(found.end instanceof RunError && found.end.exitCode === EXIT.source);
      assert.match(
        found.end.message,
        new RegExp(`^http://[^ ]+: 20 requests in a row refused, .*status ${refusal}, expected .*$`),
      );
      // The file host of these tests has answered before, as the index: then what is under way when it begins to refuse is let be.
      assert.ok(
        found.asked <= (host === "index" ? MOST_REQUESTS : Math.max(MOST_REQUESTS, concurrency)),
        `${found.asked}`,
      );
      assert.deepEqual([found.failures, found.again], [0, EXIT.done]);
    });
  }

  test(`the ${host} refuses, and between that is broken: what is broken is no answer`, async (t) => {
    let nth = 0;
    const found = await surveyed(t, host, () => status(nth++ % 3 === 0 ? 503 : 403), 8);
    assert.ok(found.end instanceof RunError && /20 requests in a row refused/.test(found.end.message));
    assert.deepEqual([found.failures, found.again], [0, EXIT.done]);
  });

  test(`the ${host} refuses most items and gives the others: those that it refuses are failures, and nothing else`, async (t) => {
    const isGiven = ({ path }: FaultyRequest) => Number(/p(\d+)/.exec(path)![1]) % 10 === 0;
    for (const concurrency of [1, 8]) {
      const found = await surveyed(t, host, (request) => (isGiven(request) ? undefined : status(403)), concurrency);
      assert.deepEqual([found.end, found.failures, found.again], [EXIT.failures, 54, EXIT.done]);
    }
  });

  for (const [what, fault] of [
    ["429", status(429, { "retry-after": "3600" })],
    ["503", status(503, { "retry-after": "121" })],
    ["429 and a date", status(429, { "retry-after": "Fri, 01 Jan 2100 00:00:00 GMT" })],
    ["503 and more seconds than there are", status(503, { "retry-after": "9".repeat(300) })],
  ] as const) {
    test(`the ${host} asks to be left alone for long with ${what}: the first such answer ends the run`, async (t) => {
      const found = await surveyed(t, host, () => fault, 1);
      assert.ok(found.end instanceof RunError && found.end.exitCode === EXIT.source);
      assert.match(
        found.end.message,
        /^http:[^ ]+: status \d+ with a Retry-After of .*, expected at most 120; run again after [+\d].*Z$/,
      );
      assert.deepEqual([found.asked, found.failures, found.again], [1, 0, EXIT.done]);
    });
  }
}

test("several requests under way when a host asks to be left alone: no other is begun", async (t) => {
  const found = await surveyed(t, "index", () => status(429, { "retry-after": "3600" }), 8);
  assert.ok(found.end instanceof RunError && found.asked <= 8, String(found.asked));
});

test("of a host that refuses everything the command line says one line", async (t) => {
  const index = await indexFor(t, SOURCE, { fault: (request) => (isFor("index", request) ? status(403) : undefined) });
  const { code, stderr } = await cli(commandLine(requestTo(index, scratchFolder(t), { top: PROJECTS })));
  const lines = stderr.trim().split("\n");
  const [first, ...others] = lines.filter((line) => !line.startsWith("warning: ")); // What day it is.
  assert.equal(code, EXIT.source);
  assert.match(first!, /^ranking: 60 projects/);
  assert.equal(others.length, 1, stderr);
  assert.match(others[0]!, /20 requests in a row refused, the last with status 403, expected an answer/);
});

test("a ranking whose host asks to be left alone for long ends the run with 4", async (t) => {
  const index = await indexFor(t, SOURCE, { fault: () => status(429, { "retry-after": "3600" }) });
  await assert.rejects(
    survey(requestTo(index, scratchFolder(t))),
    (error) => error instanceof RunError && error.exitCode === EXIT.source && /run again after/.test(error.message),
  );
});
