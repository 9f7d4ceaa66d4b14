// `check`: of an index that is what the survey takes it for, and of one that is not in one way after the other.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type TestContext, test } from "node:test";
import { type CheckRequest, checkIndex, type Finding, MOST_REQUESTS } from "../pipeline/collect/check-index.ts";
import { EXIT } from "../pipeline/errors.ts";
import { listening } from "./doors.ts";
import { cli, indexFor, project, wheel } from "./harness.ts";
import type { Fault, FaultPlan } from "./loopback/faults.ts";
import { type IndexSource, memorySource, type SourceProject } from "./loopback/source.ts";

const HOUR = 3_600_000;
const ALPHA = project("alpha", [wheel("alpha-1.0-cp312-cp312-win32.whl", { "alpha/core.pyd": "x".repeat(200_000) })]);
const EMPTY = project("empty", []);
const PURE = project("pure", [wheel("pure-1.0-py3-none-any.whl", {})]);

/** An index of these projects by a ranking that is made now. */
function fresh(...projects: SourceProject[]): IndexSource {
  const [day, time] = new Date().toISOString().split(/[T.]/) as [string, string];
  return { ...memorySource(projects), lastUpdate: `${day} ${time}` };
}

/** Checks an index with these faults; gives what was found, having made sure that it was asked seldom enough. */
async function check(t: TestContext, source: IndexSource, fault: FaultPlan, more: Partial<CheckRequest> = {}) {
  const index = await indexFor(t, source, { fault });
  const request = { index: index.url, fileHosts: [], ranking: index.rankingUrl, contact: null, freeBytes: 2e9 };
  const findings: Finding[] = [];
  const now = () => new Date();
  for await (const finding of checkIndex({ ...request, now, ...more }, new AbortController().signal))
    findings.push(finding);
  assert.ok(index.requests.length <= MOST_REQUESTS, `${index.requests.length} requests`);
  for (const { found } of findings) assert.doesNotMatch(found, /\n/);
  return { findings, requests: index.requests };
}

const otherwise = (findings: Finding[]) => findings.filter(({ isExpected }) => !isExpected).map(({ what }) => what);
const HONEST: FaultPlan = () => undefined;

test("an index that is as expected is found to be so, each thing by a request of its own", async (t) => {
  const { findings, requests } = await check(t, fresh(ALPHA), HONEST);
  assert.deepEqual(otherwise(findings), []);
  assert.deepEqual(
    findings.map(({ what }) => what.replace(/\d+/, "N")),
    [
      "disk",
      "ranking",
      "ALPHA, another spelling",
      "document of alpha",
      "the same, asked for with its ETag",
      "a project that does not exist",
      "clock",
      "last N bytes of alpha-1.0-cp312-cp312-win32.whl",
      "its directory, by itself",
    ],
  );
  assert.deepEqual(
    requests.map(({ status }) => status),
    [200, 301, 200, 304, 404, 206, 206],
  );
});

test("the first two projects of the ranking are looked at until one has a wheel, a pure one if need be", async (t) => {
  const { findings } = await check(t, fresh(EMPTY, PURE, ALPHA), HONEST);
  assert.deepEqual(otherwise(findings), ["document of empty"]);
  assert.ok(findings.some(({ what }) => /bytes of pure-1.0-py3/.test(what)));
  const none = await check(t, fresh(EMPTY, project("void", []), ALPHA), HONEST);
  assert.deepEqual(otherwise(none.findings), ["document of empty", "document of void"]);
});

const isRange: Parameters<typeof on>[0] = ({ range }) => range !== null;
const path = (end: string) => (request: { path: string }) => request.path.endsWith(end);

/** A plan by which what is asked for so fails so. */
function on(
  which: (request: { path: string; range: string | null; attempt: number }) => boolean,
  fault: Fault,
): FaultPlan {
  return (request) => (which(request) ? fault : undefined);
}

const status = (status: number, headers = {}): Fault => ({ kind: "status", status, headers });
const END = /^last \d+ bytes/;
const RANGES: Fault[] = [
  { kind: "ignore-range" },
  { kind: "wrong-start" },
  { kind: "wrong-total" },
  { kind: "short" },
  { kind: "no-content-range" },
  { kind: "multipart" },
  { kind: "gzip" },
  { kind: "html" },
  { kind: "redirect", location: "/elsewhere" },
  status(403),
  status(501),
];
let ranges = 0;

const BROKEN: [what: string, fault: FaultPlan, more: Partial<CheckRequest>, otherwise: (RegExp | string)[]][] = [
  ["the disk is nearly full", HONEST, { freeBytes: 9e8 }, ["disk"]],
  ["the ranking is a page", on(path("packages.json"), { kind: "html" }), {}, ["ranking", /another spelling/]],
  ["the ranking is not there", on(path("packages.json"), status(404)), {}, ["ranking", /another spelling/]],
  ["the ranking is old", HONEST, { now: () => new Date(Date.now() + 47 * 24 * HOUR) }, ["ranking", "clock"]],
  ["the ranking is from the future", HONEST, { now: () => new Date(Date.now() - 3 * 24 * HOUR) }, ["ranking", "clock"]],
  ["the clock is an hour off", HONEST, { now: () => new Date(Date.now() + HOUR) }, ["clock"]],
  ["other spellings are not known", on(path("/ALPHA/json"), status(404)), {}, [/^ALPHA/]],
  [
    "other spellings lead elsewhere",
    on(path("/ALPHA/json"), { kind: "redirect", location: "http://127.0.0.1:9/pypi/alpha/json" }),
    {},
    [/^ALPHA/],
  ],
  ["documents are pages", on(path("/json"), { kind: "html" }), {}, [/^ALPHA/, /^document/, /does not exist/]],
  ["documents are of another shape", on(path("/alpha/json"), { kind: "other-json" }), {}, [/^ALPHA/, /^document/]],
  ["documents are cut", on(path("/alpha/json"), { kind: "truncated-json" }), {}, [/^ALPHA/, /^document/]],
  ["ETags change", on(path("/alpha/json"), { kind: "changed-etag" }), {}, [/with its ETag/]],
  [
    "unknown projects are led to known ones",
    on(path("404-is-told/json"), { kind: "redirect", location: "/pypi/alpha/json" }),
    {},
    [/does not exist/],
  ],
  ...RANGES.map((fault): (typeof BROKEN)[number] => [
    `a range is answered with ${fault.kind} ${"status" in fault ? fault.status : ""}`,
    on(isRange, fault),
    {},
    [END],
  ]),
  [
    "the second range is of another file",
    on((request) => isRange(request) && ranges++ === 1, { kind: "changed-etag" }),
    {},
    ["its directory, by itself"],
  ],
  ["nobody may ask", on(path("/json"), status(403)), {}, [/^ALPHA/, /^document/, /does not exist/]],
  ["the index is down", on(path("/json"), status(503)), {}, [/^ALPHA/, /^document/, /does not exist/]],
  [
    "the index asks to be left alone",
    on(path("/json"), status(429, { "retry-after": "3600" })),
    {},
    [/^ALPHA/, /^document/, /does not exist/],
  ],
];

for (const [what, fault, more, expected] of BROKEN) {
  test(`${what}: that is told, and nothing else`, async (t) => {
    const { findings } = await check(t, fresh(ALPHA), fault, more);
    const found = otherwise(findings);
    assert.equal(found.length, expected.length, JSON.stringify(findings, null, 1));
    for (const [nth, line] of found.entries()) assert.match(line, new RegExp(expected[nth]!));
  });
}

test("files on a host that is not allowed are told, and never asked for", async (t) => {
  const files = await indexFor(t, fresh(ALPHA));
  const index = createServer(async ({ url, headers }, response) => {
    const answer = await fetch(files.url + url, { headers: headers as Record<string, string>, redirect: "manual" });
    const { location = "", etag = "" } = Object.fromEntries(answer.headers);
    response.writeHead(answer.status, { ...(location && { location }), ...(etag && { etag }) });
    response.end(await answer.text());
  });
  const url = `http://${await listening(t, index)}`;
  const { findings } = await check(t, fresh(ALPHA), HONEST, { index: url });
  assert.equal(otherwise(findings).length, 1);
  assert.match(findings.at(-1)!.found, /^file address: .*expected one at .*; never asked$/);
  assert.equal(
    files.requests.some(({ range }) => range !== null),
    false,
  );
});

test("the command says one line for each, and ends with 0 or 4", async (t) => {
  for (const [fault, code, wrong] of [
    [HONEST, EXIT.done, 0],
    [on(isRange, { kind: "ignore-range" }), EXIT.source, 1],
  ] as const) {
    const index = await indexFor(t, fresh(ALPHA), { fault });
    const found = await cli([
      "check",
      "--index",
      index.url,
      "--ranking",
      index.rankingUrl,
      "--contact",
      "me@example.org",
    ]);
    const lines = found.stdout.trimEnd().split("\n");
    assert.equal(found.code, code, found.stdout + found.stderr);
    for (const line of lines) assert.match(line, /^(as expected|OTHERWISE {2}) {2}[^:]+: .+, expected .+$/);
    assert.equal(lines.filter((line) => line.startsWith("OTHERWISE")).length, wrong);
    assert.match(String(index.requests[0]!.headers["user-agent"]), /me@example.org/);
  }
});
