// Everybody who reads the wheels from Node, and the program in which each of them runs alone: one job a line on stdin, one outcome a
// line on stdout, both JSON; its first line says that it is there. python-peers.py does the same for those in Python.
import { createHash } from "node:crypto";
import { copyFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { configure, HttpReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { Pool } from "undici";
import { HTTPRangeReader, unzipRaw } from "unzipit";
import { Open } from "unzipper";
import { openWheelBytes } from "../../pipeline/collect/wheel-bytes.ts";
import { readWheelEnd } from "../../pipeline/collect/wheel-end.ts";
import { parseWheelFilename } from "../../pipeline/formats/wheel/filename.ts";
import { type KnownTail, predictTail } from "../../pipeline/formats/wheel/tail.ts";
import { openDoor } from "../../pipeline/network/door.ts";
import { parseHosts } from "../../pipeline/network/hosts.ts";
import { ProcessLimiter } from "../../pipeline/network/limiter.ts";
import { inParallel, inScratch, requestTo, survey } from "../../test/harness.ts";

/** A wheel to read: `path` on the server, `size` as the index announces it, `listing` the bytes that its directory and RECORD take. */
export interface Target {
  filename: string;
  path: string;
  size: number;
  recordPath: string;
  listing: number;
  known: KnownTail[];
}

/** The wheels to read from a server; with `check` the answer is hashed. `database` has them all as pending. */
export interface Job {
  origin: string;
  concurrency: number;
  targets: Target[];
  check: boolean;
  database: string;
}

/** How a job went: wall and CPU seconds; the answers' hash when it was to be checked. */
export interface Outcome {
  seconds: number;
  cpuSeconds: number;
  digest: string | null;
}

/** What a wheel holds: its members as `path TAB size TAB compressed size`, and RECORD; null from who gives no answer. */
type Answer = { lines(): string[]; record: Uint8Array } | null;
type Contender = (job: Job, found: (target: Target, answer: Answer) => void) => Promise<void>;

const CONTENDERS: Record<string, Contender> = {
  floor: eachWheel(({ origin, concurrency }) => {
    const pool = new Pool(origin, { connections: concurrency });
    return { read: (target) => readExactly(pool, target), close: () => pool.destroy() };
  }),
  cold: byOurs(() => []),
  learned: byOurs(({ known }) => known),
  stage: surveyMembers,
  "zip.js": eachWheel(({ origin }) => ({ read: (target) => readByZipJs(origin + target.path, target) })),
  unzipit: eachWheel(({ origin }) => ({ read: (target) => readByUnzipit(origin + target.path, target) })),
  unzipper: eachWheel(({ origin, concurrency }) => {
    const pool = new Pool(origin, { connections: concurrency });
    return { read: (target) => readByUnzipper(pool, target), close: () => pool.destroy() };
  }),
};

/** One who reads one wheel after the other, so many at a time. */
function eachWheel(open: (job: Job) => { read(target: Target): Promise<Answer>; close?(): Promise<void> }): Contender {
  return async (job, found) => {
    const { read, close } = open(job);
    await inParallel(job.concurrency, job.targets, async (target) => found(target, await read(target)));
    await close?.();
  };
}

/** Nobody can be the floor: it knows beforehand how many bytes the listing takes, and does nothing with them. */
async function readExactly(pool: Pool, { path, size, listing }: Target): Promise<Answer> {
  const headers = { range: `bytes=${size - listing}-${size - 1}`, "accept-encoding": "identity" };
  const { statusCode, body } = await pool.request({ path, method: "GET", headers });
  const { byteLength } = await body.arrayBuffer();
  if (statusCode !== 206 || byteLength !== listing) throw new Error(`${path}: status ${statusCode}, expected 206`);
  return null;
}

/** The survey's own reading: the collecting code alone, without its queue and its database. */
function byOurs(knownOf: (target: Target) => KnownTail[]): Contender {
  return eachWheel(({ origin, concurrency }) => {
    const signal = new AbortController().signal;
    const door = openDoor({
      hosts: parseHosts(origin, []),
      concurrency,
      limiter: new ProcessLimiter(() => 0),
      contact: null,
      signal,
    });
    const read = async (target: Target) => {
      const { filename, path, size } = target;
      const name = parseWheelFilename(filename);
      const file = { url: origin + path, size, sha256: "" };
      const tail = predictTail(size, name.abis[0]!, knownOf(target));
      const bytes = openWheelBytes(file, door.client(), tmpdir());
      const { directory, documents } = await readWheelEnd(name, size, tail, bytes.read);
      const lines = () => directory.entries.map((entry) => lineOf(entry.path, entry.size, entry.compressedSize));
      return { lines, record: documents.get("RECORD")! };
    };
    return { read, close: () => door.close() };
  });
}

/** The survey's own reading as a whole stage, on a copy of the job's database: it finds facts for that, not an answer. */
async function surveyMembers({ origin, concurrency, database }: Job): Promise<void> {
  await inScratch(async (folder) => {
    const index = { url: origin, rankingUrl: "" };
    const request = requestTo(index, folder, { index: null, ranking: null, concurrency });
    copyFileSync(database, request.database);
    const exitCode = await survey(request, ["members"]);
    if (exitCode !== 0) throw new Error(`stage members: exit code ${exitCode}, expected 0`);
  });
}

configure({ useWebWorkers: false });

/** zip.js in the way that asks least: size and end of the file in one request. */
async function readByZipJs(url: string, { filename, size, recordPath }: Target): Promise<Answer> {
  // PyPI's file host takes a suffix range badly: zip.js, told the size, is made to ask for the same bytes in numbers.
  const fetchInNumbers: typeof fetch = (url, init) => {
    const headers = new Headers(init?.headers);
    const suffix = /^bytes=-(\d+)$/.exec(headers.get("range") ?? "");
    if (suffix) headers.set("range", `bytes=${Math.max(0, size - Number(suffix[1]))}-${size - 1}`);
    return fetch(url, { ...init, headers });
  };
  const http = new HttpReader(url, { forceRangeRequests: true, combineSizeEocd: true, fetch: fetchInNumbers });
  const reader = new ZipReader(http);
  const entries = await reader.getEntries();
  const entry = entries.find((each) => each.filename === recordPath);
  if (!entry || entry.directory) throw new Error(`${filename}: no RECORD, expected one`);
  const record = await entry.getData(new Uint8ArrayWriter());
  await reader.close();
  const lines = () => entries.map((each) => lineOf(each.filename, each.uncompressedSize, each.compressedSize));
  return { lines, record };
}

/** unzipit, which is told the size so that it need not ask for it: a request for each step of its reading. */
async function readByUnzipit(url: string, { size, recordPath }: Target): Promise<Answer> {
  const { entries } = await unzipRaw(Object.assign(new HTTPRangeReader(url), { getLength: async () => size }));
  const record = new Uint8Array(await entries.find(({ name }) => name === recordPath)!.arrayBuffer());
  return { lines: () => entries.map((each) => lineOf(each.name, each.size, each.compressedSize)), record };
}

/** unzipper over undici, told the size too: streams, which it breaks off when it has seen enough. */
async function readByUnzipper(pool: Pool, { path, size, recordPath }: Target): Promise<Answer> {
  const stream = (offset: number, length = size) => {
    const headers = { range: `bytes=${offset}-${Math.min(size, offset + length) - 1}` };
    const bytes = new PassThrough();
    pool
      .request({ path, method: "GET", headers })
      .then(({ body }) => pipeline(body, bytes))
      .catch((error) => bytes.destroy(error)); // Broken off by its reader, or failed: whoever still reads is told.
    return bytes;
  };
  const { files } = await Open.custom({ size: async () => size, stream });
  const record = await files.find((file) => file.path === recordPath)!.buffer();
  return { lines: () => files.map((each) => lineOf(each.path, each.uncompressedSize, each.compressedSize)), record };
}

function lineOf(path: string, size: number, compressedSize: number): string {
  return `${path}\t${size}\t${compressedSize}`;
}

async function run(contender: Contender, job: Job): Promise<Outcome> {
  const hashes: string[] = [];
  const cpu = process.cpuUsage();
  const began = performance.now();
  await contender(job, ({ filename }, answer) => {
    if (job.check && answer) hashes.push(`${sha256(`${answer.lines().join("\n")}\n`, answer.record)}  ${filename}\n`);
  });
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const digest = hashes.length > 0 ? sha256(...hashes.sort()) : null;
  return { seconds, cpuSeconds: (user + system) / 1e6, digest };
}

function sha256(...parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const contender = CONTENDERS[process.argv[2]!]!;
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(`${JSON.stringify(await run(contender, JSON.parse(line)))}\n`);
}
