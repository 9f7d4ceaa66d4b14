// Servers that make a client wait: each is given up when its time is over, and no sooner.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { EXIT, ItemError, RunError } from "../../pipeline/errors.ts";
import { type Lookup, projectUrl } from "../../pipeline/network/hosts.ts";
import { ATTEMPTS } from "../../pipeline/network/retries.ts";
import type { Timeouts } from "../../pipeline/network/timeouts.ts";
import { doorTo, listening } from "../doors.ts";
import { indexFor, project, wheel } from "../harness.ts";
import type { Fault } from "../loopback/faults.ts";
import { memorySource } from "../loopback/source.ts";

const NEVER = 10_000;
const PATIENT: Timeouts = { connect: NEVER, idle: NEVER, document: NEVER, range: NEVER, byte: 0 };
const SOURCE = memorySource([project("alpha", [wheel("alpha-1.0-cp312-cp312-win32.whl", { "a.pyd": "x" })])]);

/** What asking for a document ends with, and after how many milliseconds. */
async function failure(door: ReturnType<typeof doorTo>): Promise<{ error: unknown; took: number }> {
  const began = performance.now();
  const asked = door.client().getDocument(projectUrl(door.hosts.index, "alpha"), { etag: null, limit: 1e6 }, text);
  const error = await asked.then(
    () => assert.fail("answered"),
    (error: unknown) => error,
  );
  return { error, took: performance.now() - began };
}

/** A port on which connections are neither refused nor accepted: its owner sleeps, and its queue is full. */
async function blackHole(t: TestContext): Promise<number | null> {
  const owner = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 20);
     });`,
    { eval: true },
  );
  t.after(() => owner.terminate());
  const [port] = (await once(owner, "message")) as [number];
  await sleep(100);
  for (let nth = 0; nth < 8; nth += 1) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    t.after(() => socket.destroy());
    const connected = await Promise.race([once(socket, "connect"), sleep(300)]);
    if (!connected) return port;
  }
  return null;
}

// undici's timers tell no shorter time than a second, so the tests run side by side.
describe("a door", { concurrency: true }, () => {
  const WAITS: [what: string, fault: Fault, timeouts: Partial<Timeouts>, message: RegExp, answers: boolean][] = [
    ["that never answers", { kind: "silence" }, { idle: 150 }, /Headers Timeout/, false],
    ["that stops in the middle", { kind: "stall", bytes: 20 }, { idle: 150 }, /Body Timeout/, true],
    [
      "that never answers, whatever the idle time,",
      { kind: "silence" },
      { document: 500 },
      /no complete answer in time/,
      false,
    ],
    [
      "that drips",
      { kind: "drip", bytes: 1, milliseconds: 20 },
      { idle: 150, document: 500 },
      /no complete answer in time/,
      true,
    ],
  ];

  for (const [what, fault, timeouts, message, answers] of WAITS) {
    test(`a server ${what} is given up when its time is over`, async (t) => {
      const index = await indexFor(t, SOURCE, { fault: () => fault });
      const { error, took } = await failure(doorTo(t, index.url, { timeouts: { ...PATIENT, ...timeouts } }));
      if (answers) assert.ok(error instanceof ItemError && error.kind === "network", String(error));
      else assert.ok(error instanceof RunError && error.exitCode === EXIT.source, String(error));
      assert.match(error.message, message);
      const time = ATTEMPTS * Math.min(...Object.values(timeouts).slice(-1));
      assert.ok(took >= time * 0.9, `${took} ms, expected ${time}`);
      assert.equal(index.requests.length, ATTEMPTS);
    });
  }

  test("an error page that drips is given up too, as the error that it is", async (t) => {
    const server = createServer((_, response) => {
      response.writeHead(503, { "content-length": 1000 });
      const drip = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(drip));
    });
    const url = `http://${await listening(t, server)}`;
    const { error } = await failure(doorTo(t, url, { timeouts: { ...PATIENT, document: 100 } }));
    assert.ok(error instanceof RunError && /after 5 tries/.test(error.message), String(error));
  });

  for (const [what, byte, read] of [
    ["may take longer by each of its bytes", 1, true],
    ["has a deadline too", 0, false],
  ] as const) {
    test(`a whole file in place of a range ${what}`, async (t) => {
      const size = 1000;
      const server = createServer(async (_, response) => {
        response.writeHead(200, { "content-length": size });
        for (let sent = 0; sent < size; sent += 100) {
          response.write("x".repeat(100));
          await sleep(50);
        }
      });
      const url = new URL(`http://${await listening(t, server)}/a.whl`);
      const client = doorTo(t, url.origin, { timeouts: { ...PATIENT, range: 200, byte } }).client();
      const asked = client.getRange(url, { start: 0, end: 10, size }, text);
      if (read) assert.equal(((await asked) as string).length, size);
      else await assert.rejects(asked, (error) => error instanceof ItemError && error.kind === "network");
    });
  }

  test("a server that does not accept connections is given up when its time is over", async (t) => {
    const port = await blackHole(t);
    if (port === null) return t.skip("the queue of connections is never full here");
    const { error, took } = await failure(
      doorTo(t, `http://127.0.0.1:${port}`, { timeouts: { ...PATIENT, connect: 150 } }),
    );
    assert.ok(error instanceof RunError && /UND_ERR_CONNECT_TIMEOUT/.test(error.message), String(error));
    assert.ok(took >= ATTEMPTS * 140, String(took));
  });

  test("a look-up that never ends is given up like a connection", async (t) => {
    const lookups: unknown[] = []; // Kept, as the system keeps those that are under way.
    const lookup: Lookup = (...call) => lookups.push(call);
    const door = doorTo(t, "https://index.example", { lookup, timeouts: { ...PATIENT, connect: 100 } });
    const { error } = await failure(door);
    assert.ok(error instanceof RunError && /UND_ERR_CONNECT_TIMEOUT/.test(error.message), String(error));
  });

  test("a run that is stopped waits for no answer, and asks nothing more", async (t) => {
    const index = await indexFor(t, SOURCE, { fault: () => ({ kind: "silence" }) });
    const controller = new AbortController();
    const door = doorTo(t, index.url, { signal: controller.signal, timeouts: PATIENT, concurrency: 2 });
    const asked = Array.from({ length: 5 }, () => failure(door));
    while (index.requests.length < 2) await sleep(5);
    controller.abort(new Error("stopped"));
    for (const { error } of await Promise.all(asked)) assert.match(String(error), /stopped/);
    await door.close();
    assert.equal(index.requests.length, 2);
  });
});
