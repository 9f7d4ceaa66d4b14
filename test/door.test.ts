// What the door makes of each way in which a server can fail, over real HTTP.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { isIP } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { EXIT, ItemError, RunError } from "../pipeline/errors.ts";
import {
  allowedFileUrl,
  guardedLookup,
  isPrivateAddress,
  type Lookup,
  parseHosts,
  projectUrl,
} from "../pipeline/network/hosts.ts";
import { ProcessLimiter } from "../pipeline/network/limiter.ts";
import { doorTo, listening } from "./doors.ts";
import { indexFor, project, wheel } from "./harness.ts";
import type { Fault } from "./loopback/faults.ts";
import { memorySource } from "./loopback/source.ts";

const FILE = wheel("alpha-1.0-cp312-cp312-win32.whl", { "alpha/core.pyd": "x".repeat(5000) });
const SIZE = FILE.size;
const RANGE = { start: SIZE - 500, end: SIZE, size: SIZE };
const HONEST = Buffer.from((FILE.content as { bytes: Uint8Array }[])[0]!.bytes).subarray(SIZE - 500);
const NOT_WHOLE = async () => assert.fail("the whole file was not to be sent");

/** An index whose first `times` answers to ranges are faulty, a door to it, and the wheel's address. */
async function faulty(t: TestContext, fault: Fault, times = Number.POSITIVE_INFINITY) {
  let left = times;
  const index = await indexFor(t, memorySource([project("alpha", [FILE])]), {
    fault: ({ range }) => (range !== null && left-- > 0 ? fault : undefined),
  });
  const client = doorTo(t, index.url).client();
  const answer = await client.getDocument(projectUrl(client.hosts.index, "alpha"), { etag: null, limit: 1e6 }, text);
  assert.ok(answer.status === 200);
  return { index, client, url: new URL(JSON.parse(answer.content).urls[0].url) };
}

const PASSING: [string, Fault, tries: number][] = [
  ["status 503", { kind: "status", status: 503 }, 3],
  ["status 429 with a wait", { kind: "status", status: 429, headers: { "retry-after": "0" } }, 3],
  ["a connection that is reset", { kind: "reset" }, 3],
  ["an answer cut short", { kind: "truncate", bytes: 100 }, 3],
  ["a range that starts elsewhere", { kind: "wrong-start" }, 2],
  ["a range of another file's size", { kind: "wrong-total" }, 2],
  ["a range without Content-Range", { kind: "no-content-range" }, 2],
  ["several ranges", { kind: "multipart" }, 2],
  ["a compressed range", { kind: "gzip" }, 2],
];

for (const [what, fault, tries] of PASSING) {
  test(`${what} is asked for again, and then right`, async (t) => {
    const { client, url } = await faulty(t, fault, tries - 1);
    assert.deepEqual(await client.getRange(url, RANGE, NOT_WHOLE), HONEST);
    assert.equal(client.cost.requests, 1 + tries);
  });
}

const LASTING: [string, Fault, kind: string, requests: number][] = [
  ["status 503", { kind: "status", status: 503 }, "network", 5],
  ["a connection that is reset", { kind: "reset" }, "network", 5],
  ["an answer cut short", { kind: "truncate", bytes: 100 }, "network", 5],
  ["a range that starts elsewhere", { kind: "wrong-start" }, "range", 2],
  ["a range that is too short", { kind: "short" }, "range", 2],
  ["a range of another file's size", { kind: "wrong-total" }, "range", 2],
  ["a range without Content-Range", { kind: "no-content-range" }, "range", 2],
  ["several ranges", { kind: "multipart" }, "range", 2],
  ["a compressed range", { kind: "gzip" }, "range", 2],
  ["a page of HTML", { kind: "html" }, "range", 2],
  ["status 501", { kind: "status", status: 501 }, "range", 1],
  ["status 416", { kind: "status", status: 416 }, "range", 1],
  ["status 403", { kind: "status", status: 403 }, "status", 1],
  ["a redirect", { kind: "redirect", location: "http://127.0.0.1:9/" }, "origin", 1],
];

for (const [what, fault, kind, requests] of LASTING) {
  test(`${what}, again and again, is a failure of kind ${kind}`, async (t) => {
    const { client, url, index } = await faulty(t, fault);
    await assert.rejects(
      client.getRange(url, RANGE, NOT_WHOLE),
      (error) => error instanceof ItemError && error.kind === kind && !error.message.includes("\n"),
    );
    assert.equal(index.requests.filter(({ range }) => range !== null).length, requests);
  });
}

test("ranges of one file that come from two versions of it are refused", async (t) => {
  const { client, url } = await faulty(t, { kind: "changed-etag" }, 1);
  await client.getRange(url, RANGE, NOT_WHOLE);
  await assert.rejects(
    client.getRange(url, { ...RANGE, start: 0 }, NOT_WHOLE),
    (error) => error instanceof ItemError && error.kind === "range",
  );
});

test("an index that never answers stops the run with 4", async (t) => {
  const door = doorTo(t, "http://127.0.0.1:9");
  await assert.rejects(
    door.client().getDocument(new URL("http://127.0.0.1:9/pypi/x/json"), { etag: null, limit: 1 }, text),
    (error) => error instanceof RunError && error.exitCode === EXIT.source && /ECONNREFUSED/.test(error.message),
  );
});

test("a document larger than its limit is given up while it comes", async (t) => {
  const index = await indexFor(t, memorySource([project("alpha", [FILE])]), { fault: () => ({ kind: "endless" }) });
  const client = doorTo(t, index.url).client();
  await assert.rejects(
    client.getDocument(projectUrl(client.hosts.index, "alpha"), { etag: null, limit: 100_000 }, text),
    (error) => error instanceof ItemError && error.kind === "too-large",
  );
  assert.ok(client.cost.bytes < 10_000_000);
});

test("redirects are followed on the index alone", async (t) => {
  const server = createServer((request, response) => {
    const location =
      request.url === "/pypi/a/json"
        ? "/pypi/b/json"
        : request.url === "/pypi/c/json"
          ? "http://localhost:9/"
          : request.url === "/pypi/d/json"
            ? "/pypi/d/json"
            : null;
    if (location) response.writeHead(301, { location }).end();
    else response.end("{}");
  });
  const client = doorTo(t, `http://${await listening(t, server)}`).client();
  const get = (name: string) =>
    client.getDocument(projectUrl(client.hosts.index, name), { etag: null, limit: 100 }, text);
  assert.deepEqual(await get("a"), { status: 200, etag: null, content: "{}" });
  for (const name of ["c", "d"])
    await assert.rejects(get(name), (error) => error instanceof ItemError && error.kind === "origin");
});

test("a run that is stopped stops waiting at once", async (t) => {
  const index = await indexFor(t, memorySource([project("alpha", [FILE])]), {
    fault: () => ({ kind: "status", status: 429, headers: { "retry-after": "60" } }),
  });
  const controller = new AbortController();
  // The run is stopped as soon as somebody waits for a pause to be over.
  class Stopping extends ProcessLimiter {
    #paused = false;
    override async pause(origin: string, milliseconds: number) {
      await super.pause(origin, milliseconds);
      this.#paused = true;
    }
    override turn(origin: string, stopped: AbortSignal) {
      const turn = super.turn(origin, stopped);
      if (this.#paused) controller.abort(new Error("stopped"));
      return turn;
    }
  }
  const door = doorTo(t, index.url, { signal: controller.signal, limiter: new Stopping(() => 0) });
  const asked = door.client().getDocument(projectUrl(door.hosts.index, "alpha"), { etag: null, limit: 1e6 }, text);
  await assert.rejects(asked, /^Error: stopped$/);
});

test("file addresses count by scheme, host and port exactly, after parsing", () => {
  const hosts = parseHosts("https://index.example", ["https://files.example:8443"]);
  for (const url of [
    "https://files.example:8443/a.whl",
    "https://index.example/a.whl",
    "https://index.example:443/a.whl",
  ]) {
    assert.equal(allowedFileUrl(hosts, url).pathname, "/a.whl");
  }
  for (const url of [
    "http://index.example/a.whl",
    "https://files.example/a.whl",
    "https://index.example:444/a.whl",
    "https://index.example@evil.example/a.whl",
    "https://user@index.example/a.whl",
    "https://index.example.evil.example/a.whl",
    "https://index.example./a.whl",
    "https://0x7f000001/a.whl",
    "https://169.254.169.254/latest",
    "file:///etc/passwd",
    "//index.example/a.whl",
    "",
  ]) {
    assert.throws(
      () => allowedFileUrl(hosts, url),
      (error) => error instanceof ItemError && error.kind === "origin",
      url,
    );
  }
});

test("PyPI's file host belongs to PyPI's index, and to no other", () => {
  const url = "https://files.pythonhosted.org/packages/a.whl";
  assert.equal(allowedFileUrl(parseHosts(null, []), url).href, url);
  assert.throws(() => allowedFileUrl(parseHosts("https://index.example", []), url));
});

test("an index is https, or http on loopback", () => {
  for (const url of ["https://a.example", "http://127.0.0.1:8000", "http://localhost:8000/root", "http://[::1]:8000"])
    parseHosts(url, []);
  for (const url of ["http://a.example", "ftp://a.example", "a.example", "https://user:word@a.example", ""]) {
    assert.throws(
      () => parseHosts(url, []),
      (error) => error instanceof RunError && error.exitCode === EXIT.usage,
    );
  }
});

test("addresses of private networks are told from public ones, in every notation", () => {
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "192.168.0.1",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fc00::1",
    "fe80::1",
    "::ffff:10.1.2.3",
    "::ffff:7f00:1",
  ]) {
    assert.equal(isPrivateAddress(address), true, address);
  }
  for (const address of [
    "8.8.8.8",
    "151.101.0.223",
    "172.15.0.1",
    "2a04:4e42::223",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
  ]) {
    assert.equal(isPrivateAddress(address), false, address);
  }
});

test("a name is guarded by what it resolves to, unless the index is on one itself", async () => {
  const look = (allowed: boolean) =>
    new Promise((resolve) =>
      guardedLookup(allowed)("localhost", { all: true }, (error, addresses) => resolve(error?.code ?? addresses)),
    );
  assert.equal(await look(false), "PRIVATE_ADDRESS");
  assert.notEqual(await look(true), "PRIVATE_ADDRESS");
});

test("of a name that does not exist the index's ends the run with 4, another's is a failure; both are looked up again", async (t) => {
  let lookups = 0;
  const lookup: Lookup = (name, _, callback) => {
    lookups += 1;
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }), []);
  };
  const hosts = parseHosts("https://index.invalid", ["https://files.invalid"]);
  const door = doorTo(t, "https://index.example", { hosts, lookup });
  await assert.rejects(
    door.client().getDocument(projectUrl(hosts.index, "alpha"), { etag: null, limit: 1 }, text),
    (error) => error instanceof RunError && error.exitCode === EXIT.source && /ENOTFOUND index/.test(error.message),
  );
  assert.equal(lookups, 5);
  await assert.rejects(
    door.client().getRange(new URL("https://files.invalid/a.whl"), RANGE, NOT_WHOLE),
    (error) => error instanceof ItemError && error.kind === "network" && /ENOTFOUND files/.test(error.message),
  );
  assert.equal(lookups, 10);
});

for (const [what, addresses] of [
  ["a private address", ["127.0.0.1"]],
  ["a public address and a private one", ["192.0.2.1", "::ffff:127.0.0.1"]],
] as [string, string[]][]) {
  test(`a public name that resolves to ${what} is never connected to`, async (t) => {
    let connections = 0;
    const server = createServer().on("connection", () => (connections += 1));
    const { port } = new URL(`http://${await listening(t, server)}`);
    const lookup: Lookup = (_, __, callback) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: isIP(address) })),
      );
    const hosts = parseHosts(`https://index.example:${port}`, [`https://files.example:${port}`]);
    const door = doorTo(t, "https://index.example", { hosts: { ...hosts, privateOrigins: new Set() }, lookup });
    await assert.rejects(
      door.client().getRange(new URL(`https://files.example:${port}/a.whl`), RANGE, NOT_WHOLE),
      (error) =>
        error instanceof ItemError && error.kind === "origin" && /files.example resolves to/.test(error.message),
    );
    await assert.rejects(
      door.client().getDocument(projectUrl(hosts.index, "alpha"), { etag: null, limit: 1 }, text),
      (error) => error instanceof RunError && error.exitCode === EXIT.source,
    );
    assert.equal(connections, 0);
  });
}

test("localhost is a private name to a public index", async (t) => {
  let connections = 0;
  const server = createServer().on("connection", () => (connections += 1));
  const { port } = new URL(`http://${await listening(t, server)}`);
  const door = doorTo(t, "https://index.example", {
    hosts: parseHosts("https://index.example", [`http://localhost:${port}`]),
  });
  await assert.rejects(
    door.client().getRange(new URL(`http://localhost:${port}/a.whl`), RANGE, NOT_WHOLE),
    (error) => error instanceof ItemError && error.kind === "origin" && /private address/.test(error.message),
  );
  assert.equal(connections, 0);
});
