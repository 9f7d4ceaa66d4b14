// What can go wrong between an index and its clients, on demand: the ways in which real servers have been seen to fail.
import { createHash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { createGzip } from "node:zlib";

/** An answer before it is sent; `ending` is what follows its body (`cut`) or comes instead of any byte (`reset`); `raw` is sent instead of all of it. */
export interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  body: Uint8Array | AsyncIterable<Uint8Array>;
  ending?: "cut" | "reset";
  raw?: string;
}

/** What is no proper HTTP, or not all of it: the connection ends after it. */
const RAW = {
  nothing: "",
  "two lengths": "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
  "huge headers": `HTTP/1.1 200 OK\r\nx: ${"x".repeat(200_000)}\r\n\r\n{}`,
  "chunks without an end": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
  "another protocol": "SSH-2.0-OpenSSH_9.9\r\n",
};

/** A way to fail; `bytes` of the body, `milliseconds` between two pieces of it. */
export type Fault =
  | { kind: "status"; status: number; headers?: OutgoingHttpHeaders }
  | { kind: "reset" }
  | { kind: "truncate"; bytes: number }
  | { kind: "drip"; bytes: number; milliseconds: number }
  | { kind: "stall"; bytes: number }
  | { kind: "silence" }
  | { kind: "raw"; what: keyof typeof RAW }
  | { kind: "ignore-range" }
  | { kind: "wrong-start" }
  | { kind: "short" }
  | { kind: "long" }
  | { kind: "bad-content-range" }
  | { kind: "wrong-total" }
  | { kind: "no-content-range" }
  | { kind: "multipart" }
  | { kind: "gzip" }
  | { kind: "redirect"; location: string }
  | { kind: "html" }
  | { kind: "truncated-json" }
  | { kind: "other-json" }
  | { kind: "endless" }
  | { kind: "changed-etag" };

/** What a plan of faults sees of a request: `attempt` counts from 1 how often its path and range have been asked for. */
export interface FaultyRequest {
  path: string;
  range: string | null;
  attempt: number;
}

/** Decides for each request whether it fails, and how. */
export type FaultPlan = (request: FaultyRequest) => Fault | undefined;

/** A request's honest answer, and those that the index would give had it another Range header (undefined: none). */
export interface Exchange {
  honest: Answer;
  answerTo(range: string | undefined): Promise<Answer>;
}

const BOUNDARY = "loopback-boundary";

type Spoiler<F> = (fault: F, exchange: Exchange) => Answer | Promise<Answer>;

const SPOILERS: { [K in Fault["kind"]]: Spoiler<Extract<Fault, { kind: K }>> } = {
  status: ({ status, headers }) => page(status, "text/plain", `fault on demand: ${status}\n`, headers),
  reset: (_, { honest }) => ({ ...honest, ending: "reset" }),
  truncate: ({ bytes }, { honest }) => ({ ...honest, body: firstBytes(honest.body, bytes), ending: "cut" }),
  drip: ({ bytes, milliseconds }, { honest }) => ({ ...honest, body: drops(honest.body, bytes, milliseconds) }),
  stall: ({ bytes }, { honest }) => ({ ...honest, body: thenNothing(firstBytes(honest.body, bytes)) }),
  silence: () => new Promise(() => {}),
  raw: ({ what }, { honest }) => ({ ...honest, raw: RAW[what] }),
  "ignore-range": (_, { answerTo }) => answerTo(undefined),
  "wrong-start": (_, exchange) => otherRange(exchange, 1, 0),
  short: (_, exchange) => otherRange(exchange, 0, -1),
  long: (_, { honest }) => ({ ...withHeaders(honest, { "content-length": undefined }), body: andMore(honest.body) }),
  "bad-content-range": (_, { honest }) =>
    honest.headers["content-range"] ? withHeaders(honest, { "content-range": "bytes all of them" }) : honest,
  "wrong-total": (_, { honest }) => {
    const range = honest.headers["content-range"] as string | undefined;
    return withHeaders(honest, { "content-range": range?.replace(/\d+$/, (total) => `${Number(total) + 1}`) });
  },
  "no-content-range": (_, { honest }) => withHeaders(honest, { "content-range": undefined }),
  multipart: (_, { honest }) => {
    const type = `multipart/byteranges; boundary=${BOUNDARY}`;
    const headers = { "content-range": undefined, "content-length": undefined, "content-type": type };
    return { ...withHeaders(honest, headers), body: onePart(honest) };
  },
  gzip: (_, { honest }) => ({
    ...withHeaders(honest, { "content-length": undefined, "content-encoding": "gzip" }),
    body: Readable.from(pieces(honest.body)).pipe(createGzip()),
  }),
  redirect: ({ location }) => page(302, "text/plain", `see ${location}\n`, { location }),
  html: () => page(200, "text/html", "<!DOCTYPE html><title>Sign in</title><p>Please sign in to this network.\n"),
  "truncated-json": async (_, { honest }) => {
    const whole = await buffer(pieces(honest.body));
    return page(200, "application/json", whole.toString("utf8", 0, whole.length >> 1));
  },
  "other-json": () => page(200, "application/json", '{"message": "welcome"}'),
  endless: (_, { honest }) => ({
    ...withHeaders(honest, { "content-length": undefined, "content-range": undefined }),
    status: 200,
    body: spaces(),
  }),
  "changed-etag": (_, { honest }) => withHeaders(honest, { etag: '"another"' }),
};

/** The answer that a fault makes of the honest one; what does not apply to an answer leaves it as it is. */
export async function spoil(fault: Fault, exchange: Exchange): Promise<Answer> {
  return (SPOILERS[fault.kind] as Spoiler<Fault>)(fault, exchange);
}

/** One fault of each kind that does not try a client's patience, as `randomFaults` mixes them. */
export const MIXTURE: Fault[] = [
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "status", status: 429, headers: { "retry-after": "0" } },
  { kind: "status", status: 501 },
  { kind: "status", status: 416 },
  { kind: "reset" },
  { kind: "truncate", bytes: 100 },
  { kind: "raw", what: "nothing" },
  { kind: "raw", what: "two lengths" },
  { kind: "raw", what: "huge headers" },
  { kind: "raw", what: "chunks without an end" },
  { kind: "raw", what: "another protocol" },
  { kind: "drip", bytes: 4096, milliseconds: 1 },
  { kind: "ignore-range" },
  { kind: "wrong-start" },
  { kind: "short" },
  { kind: "long" },
  { kind: "wrong-total" },
  { kind: "bad-content-range" },
  { kind: "no-content-range" },
  { kind: "multipart" },
  { kind: "gzip" },
  { kind: "redirect", location: "http://127.0.0.1:9/elsewhere" },
  { kind: "redirect", location: "" },
  { kind: "html" },
  { kind: "truncated-json" },
  { kind: "other-json" },
  { kind: "endless" },
  { kind: "changed-etag" },
];

/** A plan in which `share` (0 to 1) of the requests fail: the same seed gives a request the same fault, in whatever order they come. */
export function randomFaults(seed: number, share: number, mixture: Fault[] = MIXTURE): FaultPlan {
  return ({ path, range, attempt }) => {
    const dice = createHash("sha256")
      .update(JSON.stringify([seed, path, range, attempt]))
      .digest();
    if (dice.readUInt32BE(0) >= share * 2 ** 32) return undefined;
    return mixture[dice.readUInt32BE(4) % mixture.length];
  };
}

function page(status: number, type: string, body: string, headers: OutgoingHttpHeaders = {}): Answer {
  const bytes = Buffer.from(body);
  return { status, headers: { "content-type": type, "content-length": bytes.length, ...headers }, body: bytes };
}

function withHeaders(answer: Answer, changes: OutgoingHttpHeaders): Answer {
  const headers = Object.entries({ ...answer.headers, ...changes }).filter(([, value]) => value !== undefined);
  return { ...answer, headers: Object.fromEntries(headers) };
}

function otherRange({ honest, answerTo }: Exchange, moveStart: number, moveLast: number): Answer | Promise<Answer> {
  const range = /^bytes (\d+)-(\d+)/.exec(String(honest.headers["content-range"]));
  return range ? answerTo(`bytes=${Number(range[1]) + moveStart}-${Number(range[2]) + moveLast}`) : honest;
}

async function* pieces(body: Answer["body"]): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) yield body;
  else yield* body;
}

async function* firstBytes(body: Answer["body"], count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const piece of pieces(body)) {
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}

async function* andMore(body: Answer["body"]): AsyncGenerator<Uint8Array> {
  yield* pieces(body);
  yield Buffer.from("more");
}

async function* thenNothing(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* body;
  await new Promise(() => {});
}

async function* drops(body: Answer["body"], size: number, milliseconds: number): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces(body)) {
    for (let at = 0; at < piece.length; at += size) {
      yield piece.subarray(at, at + size);
      await sleep(milliseconds);
    }
  }
}

async function* onePart({ headers, body }: Answer): AsyncGenerator<Uint8Array> {
  const range = headers["content-range"] ?? "bytes 0-0/1";
  yield Buffer.from(`--${BOUNDARY}\r\nContent-Type: application/octet-stream\r\nContent-Range: ${range}\r\n\r\n`);
  yield* pieces(body);
  yield Buffer.from(`\r\n--${BOUNDARY}--\r\n`);
}

async function* spaces(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(1 << 16, " ");
}
