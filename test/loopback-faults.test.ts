// Each fault on demand is the fault that its name says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { request } from "undici";
import { ask, type Reply } from "./loopback/client.ts";
import { filePath } from "./loopback/documents.ts";
import { type Fault, MIXTURE, randomFaults } from "./loopback/faults.ts";
import { startIndex } from "./loopback/index-server.ts";
import { memoryFile, memorySource } from "./loopback/source.ts";

const WHEEL = memoryFile("demo-1.0-cp312-cp312-win_amd64.whl", Buffer.from("0123456789".repeat(30)));
const SOURCE = memorySource([
  { name: "demo", version: "1.0", files: [WHEEL] },
  { name: "empty", version: "2.0", files: [] },
]);

const RANGE = "bytes=100-199";
const HONEST = "0123456789".repeat(10);

async function withFault(fault: Fault, path: string, headers: Record<string, string> = {}): Promise<Reply> {
  const index = await startIndex(SOURCE, { fault: () => fault });
  try {
    return await ask(index.url + path, headers);
  } finally {
    await index.close();
  }
}

const RANGE_FAULTS: [fault: Fault, expected: { status: number; contentRange?: string; body?: string | RegExp }][] = [
  [{ kind: "status", status: 503, headers: { "retry-after": "2" } }, { status: 503 }],
  [
    { kind: "drip", bytes: 30, milliseconds: 1 },
    { status: 206, contentRange: "bytes 100-199/300", body: HONEST },
  ],
  [{ kind: "ignore-range" }, { status: 200, body: "0123456789".repeat(30) }],
  [{ kind: "wrong-start" }, { status: 206, contentRange: "bytes 101-199/300", body: HONEST.slice(1) }],
  [{ kind: "short" }, { status: 206, contentRange: "bytes 100-198/300", body: HONEST.slice(0, -1) }],
  [{ kind: "long" }, { status: 206, contentRange: "bytes 100-199/300", body: `${HONEST}more` }],
  [{ kind: "bad-content-range" }, { status: 206, contentRange: "bytes all of them", body: HONEST }],
  [{ kind: "wrong-total" }, { status: 206, contentRange: "bytes 100-199/301", body: HONEST }],
  [{ kind: "no-content-range" }, { status: 206, body: HONEST }],
  [
    { kind: "multipart" },
    { status: 206, body: /^--.+\r\nContent-Type: .+\r\nContent-Range: bytes 100-199\/300\r\n\r\n0123/ },
  ],
  [{ kind: "redirect", location: "http://127.0.0.1:9/" }, { status: 302 }],
  [{ kind: "html" }, { status: 200, body: /^<!DOCTYPE html>/ }],
  [{ kind: "changed-etag" }, { status: 206, contentRange: "bytes 100-199/300", body: HONEST }],
];
for (const [fault, expected] of RANGE_FAULTS) {
  test(`a range with ${fault.kind}`, async () => {
    const { status, headers, body } = await withFault(fault, filePath(WHEEL), { range: RANGE });
    assert.deepEqual([status, headers["content-range"]], [expected.status, expected.contentRange]);
    if (typeof expected.body === "string") assert.equal(body.toString(), expected.body);
    else if (expected.body) assert.match(body.toString(), expected.body);
  });
}

test("a range compressed on the way", async () => {
  const { status, headers, body } = await withFault({ kind: "gzip" }, filePath(WHEEL), { range: RANGE });
  assert.deepEqual([status, headers["content-encoding"], gunzipSync(body).toString()], [206, "gzip", HONEST]);
});

test("headers of a status, another ETag", async () => {
  const limited = await withFault({ kind: "status", status: 429, headers: { "retry-after": "7" } }, "/pypi/empty/json");
  assert.deepEqual([limited.status, limited.headers["retry-after"]], [429, "7"]);
  const changed = await withFault({ kind: "changed-etag" }, "/pypi/empty/json");
  assert.equal(changed.headers.etag, '"another"');
});

for (const what of ["nothing", "two lengths", "huge headers", "chunks without an end", "another protocol"] as const) {
  test(`what is no HTTP answer: ${what}`, async () => {
    await assert.rejects(withFault({ kind: "raw", what }, "/pypi/empty/json"));
  });
}

test("connections reset and cut", async () => {
  await assert.rejects(withFault({ kind: "reset" }, "/pypi/empty/json"));
  await assert.rejects(withFault({ kind: "truncate", bytes: 40 }, filePath(WHEEL), { range: RANGE }));
  const index = await startIndex(SOURCE, { fault: () => ({ kind: "truncate", bytes: 40 }) });
  const response = await request(index.url + filePath(WHEEL), { headers: { range: RANGE } });
  assert.equal(response.headers["content-length"], "100");
  let text = "";
  await assert.rejects(async () => {
    for await (const chunk of response.body) text += chunk;
  });
  assert.equal(text, HONEST.slice(0, 40));
  await index.close();
});

for (const [fault, expected] of [
  [{ kind: "stall", bytes: 40 }, HONEST.slice(0, 40)],
  [{ kind: "silence" }, ""],
] as [Fault, string][]) {
  test(`an answer with ${fault.kind} does not go on, while others are given whole`, async () => {
    const index = await startIndex(SOURCE, { fault: ({ range }) => (range === null ? undefined : fault) });
    let text = "";
    const read = async () => {
      const { body } = await request(index.url + filePath(WHEEL), { headers: { range: RANGE } });
      for await (const chunk of body) text += chunk;
    };
    const failed = assert.rejects(read());
    while (index.requests.length === 0 || text.length < expected.length) await new Promise(setImmediate);
    assert.equal((await ask(`${index.url}/pypi/empty/json`)).status, 200);
    assert.equal(text, expected);
    await index.close();
    await failed;
  });
}

test("documents that are none", async () => {
  const truncated = await withFault({ kind: "truncated-json" }, "/pypi/empty/json", { "accept-encoding": "gzip" });
  assert.match(gunzipSync(truncated.body).toString(), /^\{"info":/);
  assert.throws(() => JSON.parse(gunzipSync(truncated.body).toString()), SyntaxError);
  assert.deepEqual(JSON.parse((await withFault({ kind: "other-json" }, "/pypi/empty/json")).body.toString()), {
    message: "welcome",
  });
});

test("a body without an end", async () => {
  const index = await startIndex(SOURCE, { fault: () => ({ kind: "endless" }) });
  const { statusCode, body } = await request(`${index.url}/pypi/empty/json`);
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > 1e6) break;
  }
  assert.deepEqual([statusCode, length > 1e6], [200, true]);
  await index.close();
});

test("a random mixture is the same for a seed, in any order of requests, and has its share", () => {
  const requests = Array.from({ length: 2000 }, (_, i) => ({ path: `/${i}`, range: null, attempt: 1 }));
  const plan = randomFaults(7, 0.3);
  const planned = requests.map(plan);
  assert.deepEqual([...requests].reverse().map(randomFaults(7, 0.3)).reverse(), planned);
  assert.notDeepEqual(requests.map(randomFaults(8, 0.3)), planned);
  const faults = planned.filter((fault) => fault !== undefined);
  assert.ok(Math.abs(faults.length / 2000 - 0.3) < 0.04, `${faults.length} of 2000`);
  assert.deepEqual(new Set(faults), new Set(MIXTURE));
  assert.equal(requests.map(randomFaults(7, 0)).filter(Boolean).length, 0);
});
