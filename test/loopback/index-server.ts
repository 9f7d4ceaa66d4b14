// A package index on loopback: PyPI's JSON API, its file host and the ranking, over any source, with faults on demand.
// https://docs.pypi.org/api/json/
import { createHash } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { normalizeProjectName } from "../../pipeline/formats/pypi/project-name.ts";
import { filePath, projectDocument, rankingDocument } from "./documents.ts";
import { type Answer, type FaultPlan, spoil } from "./faults.ts";
import { parseRange, readContent } from "./file-content.ts";
import type { IndexSource, SourceFile } from "./source.ts";

/** How an index is served: its port (default: any free one), milliseconds before each answer, and which requests fail. */
export interface IndexOptions {
  port?: number;
  latency?: number;
  fault?: FaultPlan;
}

/** A request as it came, in order of arrival, with the status and the bytes of the body sent so far (0 before an answer). */
export interface RequestLog {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  range: string | null;
  attempt: number;
  status: number;
  bytes: number;
}

/** A running index: its root, the address of its ranking, and what it has been asked so far. */
export interface LoopbackIndex {
  url: string;
  rankingUrl: string;
  requests: RequestLog[];
  close(): Promise<void>;
}

const RANKING_PATH = "/top-pypi-packages.json";
const KEPT_ALIVE = 60_000;

/** Starts an index over a source on 127.0.0.1. */
export async function startIndex(source: IndexSource, options: IndexOptions = {}): Promise<LoopbackIndex> {
  const { port = 0, latency = 0, fault = () => undefined } = options;
  const requests: RequestLog[] = [];
  const attempts = new Map<string, number>();
  const findFile = fileFinder(source);
  let origin = "";

  function answerTo(path: string, headers: IncomingHttpHeaders): Promise<Answer> | Answer {
    if (path === RANKING_PATH) return documentAnswer(rankingDocument(source), headers);
    const name = /^\/pypi\/([^/]+)\/json\/?$/.exec(path)?.[1];
    if (name !== undefined) {
      const normalized = normalizeProjectName(decodeURIComponent(name));
      if (name !== normalized) return emptyAnswer(301, { location: `/pypi/${encodeURIComponent(normalized)}/json` });
      const project = source.project(name);
      return project ? documentAnswer(projectDocument(project, origin), headers) : notFound();
    }
    if (path === "/simple/") return projectIndexAnswer(source, headers);
    const file = findFile(path);
    return file ? fileAnswer(file, headers) : notFound();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", headers } = request;
    const path = new URL(request.url ?? "/", origin).pathname;
    const range = headers.range ?? null;
    const attempt = (attempts.get(`${path} ${range}`) ?? 0) + 1;
    attempts.set(`${path} ${range}`, attempt);
    const log: RequestLog = { method, path, headers, range, attempt, status: 0, bytes: 0 };
    requests.push(log);
    if (latency > 0) await sleep(latency);
    let answer = method === "GET" || method === "HEAD" ? await answerTo(path, headers) : emptyAnswer(405, {});
    const planned = fault(log);
    if (planned) {
      const answerToRange = async (other: string | undefined) => answerTo(path, withRange(headers, other));
      answer = await spoil(planned, { honest: answer, answerTo: answerToRange });
    }
    await send(response, compressed(answer, headers), log);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(String(error));
    });
  });
  server.keepAliveTimeout = KEPT_ALIVE;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: origin,
    rankingUrl: origin + RANKING_PATH,
    requests,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

// A file stays where it was after its release is no longer the latest, so a path once known is never forgotten.
function fileFinder(source: IndexSource): (path: string) => SourceFile | undefined {
  const known = new Map<string, SourceFile>();
  return (path) => {
    if (!path.startsWith("/packages/")) return undefined;
    if (!known.has(path)) {
      for (const { project } of source.ranking()) {
        for (const file of source.project(project)?.files ?? []) known.set(filePath(file), file);
      }
    }
    return known.get(path);
  };
}

function documentAnswer(document: object, headers: IncomingHttpHeaders): Answer {
  const body = Buffer.from(JSON.stringify(document));
  const etag = `"${createHash("md5").update(body).digest("hex")}"`;
  const cached = { etag, "cache-control": "public, max-age=900" };
  if (headers["if-none-match"] === etag) return emptyAnswer(304, cached);
  return {
    status: 200,
    headers: { ...cached, "content-type": "application/json", "content-length": body.length },
    body,
  };
}

// https://peps.python.org/pep-0691/: HTML unless JSON is asked for.
function projectIndexAnswer(source: IndexSource, headers: IncomingHttpHeaders): Answer {
  const type = "application/vnd.pypi.simple.v1+json";
  if (headers.accept !== type) return emptyAnswer(406, {});
  const projects = source.ranking().map(({ project }, nth) => ({ "_last-serial": nth, name: project.toUpperCase() }));
  const body = Buffer.from(JSON.stringify({ meta: { "_last-serial": 7, "api-version": "1.4" }, projects }));
  return { status: 200, headers: { "content-type": type, "content-length": body.length }, body };
}

// The file host knows no If-None-Match: its files never change.
async function fileAnswer(file: SourceFile, headers: IncomingHttpHeaders): Promise<Answer> {
  const etag = `"${file.sha256.slice(0, 32)}"`;
  const common = { etag, "accept-ranges": "bytes", "content-type": "application/octet-stream" };
  const changed = headers["if-range"] !== undefined && headers["if-range"] !== etag;
  const asked = changed ? "whole" : parseRange(headers.range, file.size);
  if (asked === "unsupported") return emptyAnswer(501, {});
  if (asked === "unsatisfiable") return emptyAnswer(416, { "content-range": `bytes */${file.size}` });
  if (asked === "whole") {
    return { status: 200, headers: { ...common, "content-length": file.size }, body: readContent(file, 0, file.size) };
  }
  const { start, end } = asked;
  const ranged = { "content-range": `bytes ${start}-${end - 1}/${file.size}`, "content-length": end - start };
  return { status: 206, headers: { ...common, ...ranged }, body: readContent(file, start, end) };
}

function notFound(): Answer {
  const body = Buffer.from('{"message": "Not Found"}');
  return { status: 404, headers: { "content-type": "application/json", "content-length": body.length }, body };
}

function emptyAnswer(status: number, headers: Answer["headers"]): Answer {
  const length = status === 304 ? {} : { "content-length": 0 };
  return { status, headers: { ...headers, ...length }, body: new Uint8Array() };
}

function compressed(answer: Answer, { "accept-encoding": accepted = "" }: IncomingHttpHeaders): Answer {
  const { status, headers, body } = answer;
  const isDocument = status === 200 && headers["content-type"] === "application/json" && body instanceof Uint8Array;
  if (!isDocument || !/\bgzip\b/.test(String(accepted)) || headers["content-encoding"]) return answer;
  const packed = gzipSync(body);
  const encoding = { "content-encoding": "gzip", "content-length": packed.length, vary: "accept-encoding" };
  return { ...answer, headers: { ...headers, ...encoding }, body: packed };
}

function withRange(headers: IncomingHttpHeaders, range: string | undefined): IncomingHttpHeaders {
  const { range: _, ...others } = headers;
  return range === undefined ? others : { ...others, range };
}

async function send(response: ServerResponse, { status, headers, body, ending, raw }: Answer, log: RequestLog) {
  if (raw !== undefined) {
    response.socket?.end(raw);
    return;
  }
  if (ending === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  log.status = status;
  response.writeHead(status, headers);
  if (log.method === "HEAD" || status === 304) {
    response.end();
  } else if (body instanceof Uint8Array) {
    log.bytes = body.length;
    response.end(body);
  } else {
    await pipeline(Readable.from(counted(body, log)), response, { end: ending !== "cut" });
    if (ending === "cut") response.socket?.destroySoon();
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, log: RequestLog): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    log.bytes += chunk.length;
    yield chunk;
  }
}
