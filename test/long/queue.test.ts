// Workers and their run as processes over a real Redis server: the same views as without a queue, one pace, and what happens when somebody lies or is not there.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Job, Worker } from "bullmq";
import { Redis } from "ioredis";
import { PREFIX, QUEUE } from "../../pipeline/queue/redis.ts";
import {
  cli,
  commandLine,
  endOf,
  everything,
  indexFor,
  project,
  requestTo,
  rows,
  scratchFolder,
  start,
  survey,
  wheel,
} from "../harness.ts";
import { buildElf } from "../loopback/binaries.ts";
import { wheelOf } from "../loopback/made-up-source.ts";
import { recordedSource } from "../loopback/recorded-source.ts";
import { memorySource } from "../loopback/source.ts";
import { freePort, NO_REDIS, startRedis } from "../redis-server.ts";
import { smallSource } from "../torture/small-index.ts";

const options = { skip: NO_REDIS ?? false, timeout: 300_000 };

async function redisFor(t: TestContext, words: string[] = []) {
  const server = await startRedis(scratchFolder(t), words);
  t.after(() => server.kill());
  return server;
}

/** Starts workers that end with the test, and waits until they wait for work. */
async function workersFor(t: TestContext, number: number, queue: string): Promise<ChildProcess[]> {
  const workers = Array.from({ length: number }, () => start(["worker", "--queue", queue]));
  t.after(() => workers.forEach((worker) => void worker.kill("SIGKILL")));
  await Promise.all(workers.map((worker) => said(worker, /waits for work/)));
  return workers;
}

/** A worker that answers what it is given, in this process, until it is closed by the function that this gives. */
function scriptedWorker(queue: string, answer: (job: Job) => Promise<unknown>): () => Promise<void> {
  const connection = new Redis(queue, { maxRetriesPerRequest: null });
  const worker = new Worker(QUEUE, answer, { connection, prefix: PREFIX });
  worker.on("error", () => {});
  return async () => {
    await worker.close();
    connection.disconnect();
  };
}

/** Waits until a process has said something on stderr. */
function said(child: ChildProcess, what: RegExp): Promise<void> {
  let text = "";
  return new Promise((resolve, reject) => {
    child.stderr!.on("data", (chunk) => {
      text += chunk;
      if (what.test(text)) resolve();
    });
    child.once("exit", () => reject(new Error(`ended: ${text}`)));
  });
}

const withCost = (database: string) => ({
  ...everything(database),
  cost: rows(database, "SELECT * FROM cost ORDER BY stage").map((row) => JSON.stringify(row)),
});

test(
  "two workers and eight find what a run without a queue finds, row for row, and status names them",
  options,
  async (t) => {
    const index = await indexFor(t, recordedSource("2026-11"));
    const plain = requestTo(index, scratchFolder(t), { top: 160 });
    assert.equal(await survey(plain), 0);
    const { url } = await redisFor(t);
    for (const number of [2, 8]) {
      const workers = await workersFor(t, number, url);
      const request = requestTo(index, scratchFolder(t), { top: 160 });
      const { code, stderr } = await cli([...commandLine(request), "--queue", url]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(withCost(request.database), withCost(plain.database));
      const { stdout } = await cli(["status", "--database", request.database]);
      assert.equal(stdout.match(/^worker .*: \d+ items? collected, 0 failed$/gm)?.length, number);
      for (const worker of workers) worker.kill("SIGTERM");
      assert.deepEqual(
        await Promise.all(workers.map(async (worker) => (await once(worker, "exit"))[0])),
        Array(number).fill(0),
      );
    }
  },
);

test("what bytes say comes through workers too", options, async (t) => {
  const source = memorySource(
    Array.from({ length: 6 }, (_, nth) =>
      project(`p${nth}`, [
        wheelOf(`p${nth}-1.0-cp312-cp312-manylinux_2_28_x86_64.whl`, {
          [`p${nth}.libs/liba${nth}-0123abcd.so.1`]: buildElf({ soname: `liba${nth}.so.1`, needed: ["libc.so.6"] }),
          [`p${nth}.libs/libz-0123abcd.so.1`]: buildElf({
            soname: "libz.so.1",
            text: Buffer.from(` deflate 1.3.${nth} `),
          }),
        }),
      ]),
    ),
  );
  const index = await indexFor(t, source);
  const plain = requestTo(index, scratchFolder(t), { top: 6, contents: "all" });
  assert.equal(await survey(plain), 0);
  const { url } = await redisFor(t);
  await workersFor(t, 2, url);
  const request = requestTo(index, scratchFolder(t), { top: 6, contents: "all", queue: url });
  assert.equal(await survey(request), 0);
  assert.deepEqual(withCost(request.database), withCost(plain.database));
  assert.ok(rows(request.database, "SELECT soname FROM library_contents").length >= 12);
});

test(
  "a wheel of which nobody can say whether facts are its own is read by the run itself, and both are counted",
  options,
  async (t) => {
    const other = wheel("other-2.0-cp312-cp312-win_amd64.whl", { "odd/z.dll": "z" }); // Its only .dist-info has another name.
    const source = memorySource([project("odd", [{ ...other, filename: "odd-1.0-cp312-cp312-win_amd64.whl" }])]);
    const index = await indexFor(t, source);
    const plain = requestTo(index, scratchFolder(t), { top: 1 });
    assert.equal(await survey(plain), 0);
    const { url } = await redisFor(t);
    await workersFor(t, 1, url);
    index.requests.length = 0;
    const request = requestTo(index, scratchFolder(t), { top: 1, queue: url });
    assert.equal(await survey(request), 0);
    assert.equal(index.requests.filter(({ path }) => path.endsWith(".whl")).length, 2);
    assert.deepEqual(rows(request.database, "SELECT requests FROM cost WHERE stage = 'members'"), [{ requests: 2 }]);
    assert.deepEqual(everything(request.database).native_file, everything(plain.database).native_file);
  },
);

test("all workers together never ask faster than the run's pace", options, async (t) => {
  const times: number[] = [];
  const index = await indexFor(t, smallSource(40), { fault: () => void times.push(performance.now()) } as never);
  const { url } = await redisFor(t);
  await workersFor(t, 4, url);
  const request = requestTo(index, scratchFolder(t), { top: 40, queue: url, rate: 50, concurrency: 8 });
  assert.equal(await survey(request), 0);
  assert.ok(times.length > 160, `${times.length} requests`);
  const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length));
  t.diagnostic(JSON.stringify({ requests: times.length, "most in a second": most }));
  assert.ok(most <= 50, `${most} requests within a second`);
  assert.ok(most >= 30, `${most} requests in the busiest second`);
});

test("one Retry-After is heard by all workers", options, async (t) => {
  let refused = 0;
  const times: number[] = [];
  const index = await indexFor(t, smallSource(12), {
    latency: 10,
    fault: ({ path }: { path: string }) => {
      if (!path.endsWith(".whl")) return undefined;
      times.push(performance.now());
      refused ||= times.length === 6 ? performance.now() : 0;
      return times.length === 6 ? { kind: "status", status: 429, headers: { "retry-after": "3" } } : undefined;
    },
  } as never);
  const { url } = await redisFor(t);
  await workersFor(t, 3, url);
  const request = requestTo(index, scratchFolder(t), { top: 12, queue: url, concurrency: 2 });
  assert.equal(await survey(request), 0);
  const meanwhile = times.filter((at) => at > refused + 300 && at < refused + 2_800).length;
  assert.ok(times.at(-1)! > refused + 2_800);
  assert.equal(meanwhile, 0);
});

test("a worker that lies changes nothing but a failure row, and the next run mends it", options, async (t) => {
  const index = await indexFor(t, smallSource(4));
  const plain = requestTo(index, scratchFolder(t), { top: 4 });
  assert.equal(await survey(plain), 0);
  const server = await redisFor(t);
  const request = requestTo(index, scratchFolder(t), { top: 4, queue: server.url });
  assert.equal(await survey({ ...request, queue: null }, ["ranking", "releases"]), 0);
  const cost = { requests: 1, bytes: 1 };
  const lies: unknown[] = [
    { worker: "liar", cost, facts: { entries: 1, rows: "none" } },
    { worker: "liar", cost, facts: null },
    "no JSON object",
    { worker: "liar", cost, facts: "x".repeat(200_000_000) },
    { worker: "liar", cost: { requests: 1e300, bytes: -1 }, facts: {} },
  ];
  let told = 0;
  const end = scriptedWorker(server.url, async () => {
    told += 1;
    if (told > lies.length) throw new Error("I will not");
    return lies[told - 1];
  });
  assert.equal(await survey(request, ["members"]), 3);
  await end();
  assert.equal(told, 12);
  const failures = rows(request.database, "SELECT kind, message FROM failure");
  assert.equal(failures.length, 12);
  assert.deepEqual(new Set(failures.map(({ kind }) => kind)), new Set(["worker"]));
  for (const part of [/a result of 200\d{6} bytes/, /the worker failed: I will not/, /cannot be used/])
    assert.ok(
      failures.some(({ message }) => part.test(message as string)),
      `${part}`,
    );
  assert.deepEqual(rows(request.database, "SELECT 1 FROM member"), []);

  await workersFor(t, 1, server.url);
  assert.equal(await survey(request), 0);
  assert.deepEqual(everything(request.database).native_file, everything(plain.database).native_file);
  assert.deepEqual(rows(request.database, "SELECT 1 FROM failure"), []);
});

test("what workers that are cut off or have stopped could not get, the run gets itself", options, async (t) => {
  const index = await indexFor(t, smallSource(2));
  const plain = requestTo(index, scratchFolder(t), { top: 2 });
  assert.equal(await survey(plain), 0);
  const server = await redisFor(t);
  const request = requestTo(index, scratchFolder(t), { top: 2, queue: server.url });
  assert.equal(await survey({ ...request, queue: null }, ["ranking", "releases"]), 0);
  const failure = { kind: "network", message: "files.example: connect ENETUNREACH" };
  let asked = 0;
  const end = scriptedWorker(server.url, async () => {
    asked += 1;
    const stops = { worker: "stopped", stop: "https://index.example: no certificate that can be verified" };
    return asked % 2 === 0 ? stops : { worker: "cut off", cost: { requests: 5, bytes: 0 }, failure };
  });
  const code = await survey(request);
  await end();
  assert.equal(code, 0);
  assert.deepEqual(everything(request.database).native_file, everything(plain.database).native_file);
  const cost = (database: string) =>
    rows(database, "SELECT requests FROM cost WHERE stage = 'members'")[0]!.requests as number;
  assert.equal(cost(request.database), cost(plain.database) + 3 * 5); // What both asked.
});

test(
  "facts of another wheel are found out by its size, a failure row each until an honest worker reads the wheel",
  options,
  async (t) => {
    const index = await indexFor(t, smallSource(2));
    const plain = requestTo(index, scratchFolder(t), { top: 2 });
    assert.equal(await survey(plain), 0);
    const server = await redisFor(t);
    const honest = requestTo(index, scratchFolder(t), { top: 2, queue: server.url });
    assert.equal(await survey({ ...honest, queue: null }, ["ranking", "releases"]), 0);
    const { members } = await import("../../pipeline/collect/members.ts");
    const { openDoor } = await import("../../pipeline/network/door.ts");
    const { parseHosts } = await import("../../pipeline/network/hosts.ts");
    const { ProcessLimiter } = await import("../../pipeline/network/limiter.ts");
    const signal = new AbortController().signal;
    const door = openDoor({
      ...{
        hosts: parseHosts(index.url, []),
        concurrency: 1,
        limiter: new ProcessLimiter(() => 0),
        contact: null,
        signal,
      },
    });
    t.after(() => door.close());
    // Each wheel gets the facts of the first one.
    let first: unknown;
    const end = scriptedWorker(server.url, async ({ data }) => {
      const client = door.client();
      first ??= await members.collector!.collect(data, client, scratchFolder(t));
      return { worker: "liar", cost: client.cost, facts: first };
    });
    const code = await survey(honest, ["members"]);
    await end();
    assert.equal(code, 3);
    const failures = rows(honest.database, "SELECT kind, message FROM failure");
    assert.equal(failures.length, 5); // Of six wheels; the first got its own.
    for (const { kind, message } of failures) {
      assert.equal(kind, "worker");
      assert.match(message as string, /a file of \d+ bytes, and not of \d+/);
    }
    await workersFor(t, 1, server.url);
    assert.equal(await survey(honest), 0);
    const natives = (database: string) => everything(database).native_file;
    assert.deepEqual(natives(honest.database), natives(plain.database));
  },
);

test(
  "a server that is not there, evicts, is too old or wants a password is refused in one line",
  options,
  async (t) => {
    const refused = async (queue: string, what: RegExp) => {
      const { code, stderr } = await cli(["worker", "--queue", queue]);
      assert.deepEqual([code, stderr.trim().split("\n").length, what.test(stderr)], [4, 1, true], stderr);
    };
    const old = createServer((socket) => {
      const info = "redis_version:5.0.14\r\n";
      const answer = `$${info.length}\r\n${info}\r\n`;
      socket.on("data", (chunk) => socket.write(answer.repeat(String(chunk).match(/\*\d+\r\n/g)?.length ?? 1)));
      socket.on("error", () => {});
    }).listen(0, "127.0.0.1");
    t.after(() => old.close());
    await once(old, "listening");
    await refused(
      `redis://127.0.0.1:${(old.address() as { port: number }).port}`,
      /Redis 5\.0\.14, expected 6\.2 or newer/,
    );
    await refused("redis://127.0.0.1:1", /ECONNREFUSED.*, expected a Redis or Valkey server/);
    const evicting = await redisFor(t, ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]);
    await refused(evicting.url, /maxmemory-policy allkeys-lru, expected noeviction/);
    const locked = await redisFor(t, ["--requirepass", "secret"]);
    await refused(locked.url, /NOAUTH/);
    await refused(`redis://:wrong@127.0.0.1:${locked.port}`, /\/\/\*\*\*@127.*WRONGPASS/);
    const worker = start(["worker", "--queue", `redis://:secret@127.0.0.1:${locked.port}`]);
    await said(worker, /waits for work/);
    worker.kill("SIGTERM");
    const { code, stderr } = await endOf(worker);
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /secret/);
  },
);

test("over TLS, with the server's certificate verified", options, async (t) => {
  const folder = scratchFolder(t);
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
  const { status } = spawnSync("openssl", [
    ...words,
    "-addext",
    "subjectAltName=DNS:localhost,IP:127.0.0.1",
    "-keyout",
    key,
    "-out",
    cert,
  ]);
  if (status !== 0) return t.skip("openssl: not found, expected Debian's package");
  const port = await freePort();
  const files = ["--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", cert];
  await redisFor(t, ["--tls-port", String(port), "--tls-auth-clients", "no", ...files]);
  const url = `rediss://localhost:${port}`;
  const refused = await cli(["worker", "--queue", url]);
  assert.deepEqual([refused.code, /certificate/.test(refused.stderr)], [4, true], refused.stderr);
  const worker = spawn(process.execPath, ["--import", "tsx/esm", "pipeline/cli.ts", "worker", "--queue", url], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: cert },
    stdio: ["ignore", "pipe", "pipe"],
  });
  await said(worker, /waits for work/);
  worker.kill("SIGINT");
  assert.deepEqual(await once(worker, "exit"), [0, null]);
});

test("a worker outlives its server, and a second survey is refused while one has the queue", options, async (t) => {
  const index = await indexFor(t, smallSource(4), { latency: 700 });
  const server = await redisFor(t);
  const [worker] = (await workersFor(t, 1, server.url)) as [ChildProcess];
  await server.kill();
  await sleep(2_000);
  assert.equal(worker.exitCode, null);
  await server.start();
  const request = requestTo(index, scratchFolder(t), { top: 4, queue: server.url, concurrency: 1 });
  const running = survey(request);
  await sleep(1_500);
  const other = await cli([...commandLine(requestTo(index, scratchFolder(t), { top: 4 })), "--queue", server.url]);
  assert.deepEqual([other.code, /in use by process \d+ on .* for edition 2026-11/.test(other.stderr)], [5, true]);
  assert.equal(await running, 0);
  worker.kill("SIGTERM");
  assert.deepEqual(await once(worker, "exit"), [0, null]);
});

test("a run and a worker whose server has gone away say so, and can be stopped", options, async (t) => {
  const index = await indexFor(t, smallSource(4), { latency: 400 });
  const server = await redisFor(t);
  const [worker] = (await workersFor(t, 1, server.url)) as [ChildProcess];
  const request = requestTo(index, scratchFolder(t), { top: 4, concurrency: 1 });
  const run = start([...commandLine(request), "--queue", server.url]);
  const ended = endOf(run);
  await said(worker, /works for/);
  await sleep(1_500);
  const told = said(run, /is gone; waiting for it/); // Listened for before it can be said.
  await server.kill();
  await told;
  run.kill("SIGINT");
  worker.kill("SIGTERM");
  const { code, stderr } = await ended;
  assert.equal(code, 130, stderr);
  assert.match(stderr.trim().split("\n").at(-1)!, /^stopped by SIGINT; run again to go on$/);
  if (worker.exitCode === null) await once(worker, "exit");
  assert.equal(worker.exitCode, 0);
  await server.start();
  await workersFor(t, 1, server.url);
  assert.equal(await survey({ ...request, queue: server.url }), 0);
});

const hasNamespaces = () => {
  const made = spawnSync("ip", ["netns", "add", "wheel-survey-probe"]).status === 0;
  if (made) spawnSync("ip", ["netns", "del", "wheel-survey-probe"]);
  return made;
};

// A worker in a network of its own reaches the server and the index by its end of a virtual cable, through a forwarder on its loopback.
const FORWARD = `
const net = require("node:net");
for (const port of process.argv.slice(2))
  net.createServer((here) => {
    const there = net.connect(Number(port), "10.213.0.1");
    here.pipe(there).pipe(here);
    for (const each of [here, there]) each.on("error", () => { here.destroy(); there.destroy(); });
  }).listen(Number(port), "127.0.0.1");`;

test("workers in networks of their own", {
  ...options,
  skip: NO_REDIS ?? (hasNamespaces() ? false : "ip netns: not allowed here"),
}, async (t) => {
  const index = await indexFor(t, smallSource(12), { latency: 20 });
  const server = await redisFor(t);
  const plain = requestTo(index, scratchFolder(t), { top: 12 });
  assert.equal(await survey(plain), 0);
  const ip = (...words: string[]) => assert.equal(spawnSync("ip", words).status, 0, words.join(" "));
  const ports = [server.port, Number(new URL(index.url).port)];
  // On this side of the cables the same ports lead to this machine's loopback.
  const bridge = "wsbr0";
  ip("link", "add", bridge, "type", "bridge");
  t.after(() => spawnSync("ip", ["link", "del", bridge]));
  ip("addr", "add", "10.213.0.1/24", "dev", bridge);
  ip("link", "set", bridge, "up");
  const outside = FORWARD.replaceAll('"127.0.0.1"', '"HERE"')
    .replaceAll('"10.213.0.1"', '"127.0.0.1"')
    .replaceAll('"HERE"', '"10.213.0.1"');
  const forwarders = [spawn(process.execPath, ["-e", outside, "x", ...ports.map(String)], { stdio: "ignore" })];
  const workers: ChildProcess[] = [];
  t.after(() => [...forwarders, ...workers].forEach((child) => void child.kill("SIGKILL")));
  for (const nth of [1, 2]) {
    const name = `wsns${nth}`;
    ip("netns", "add", name);
    t.after(() => spawnSync("ip", ["netns", "del", name]));
    ip("link", "add", `wsv${nth}`, "type", "veth", "peer", "name", "eth0", "netns", name);
    ip("link", "set", `wsv${nth}`, "master", bridge, "up");
    ip("-n", name, "addr", "add", `10.213.0.${nth + 1}/24`, "dev", "eth0");
    ip("-n", name, "link", "set", "eth0", "up");
    ip("-n", name, "link", "set", "lo", "up");
    const inside = (...words: string[]) =>
      spawn("ip", ["netns", "exec", name, process.execPath, ...words], { stdio: ["ignore", "ignore", "pipe"] });
    forwarders.push(inside("-e", FORWARD, "x", ...ports.map(String)));
    await sleep(500);
    const worker = inside("--import", "tsx/esm", "pipeline/cli.ts", "worker", "--queue", server.url);
    workers.push(worker);
    await said(worker, /waits for work/);
  }
  const request = requestTo(index, scratchFolder(t), { top: 12, queue: server.url, concurrency: 2 });
  assert.equal(await survey(request), 0);
  assert.deepEqual(withCost(request.database), withCost(plain.database));
  assert.equal(rows(request.database, "SELECT 1 FROM run_worker WHERE done > 0").length, 2);
});
