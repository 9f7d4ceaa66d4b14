// What counts as an answer: a whole document within its limit, or exactly the bytes that were asked for.
// Ranges: https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
import { pipeline } from "node:stream/promises";
import { createGunzip, createInflate } from "node:zlib";
import type { Dispatcher } from "undici";
import { ItemError } from "../errors.ts";
import { Transient, WrongAnswer } from "./retries.ts";

/** An HTTP answer whose body has not been read. */
export type Response = Dispatcher.ResponseData;

/** What one item has taken from the network so far: requests sent, bytes of the answers' bodies. */
export interface Cost {
  requests: number;
  bytes: number;
}

/** What takes a body as it comes, all of it; it is called anew when the exchange is tried again. */
export type BodyReader<T> = (body: AsyncIterable<Buffer>) => Promise<T>;

/** A document's answer: what was read of it, or that it is unchanged (304) or not there (404). */
export type DocumentAnswer<T> = { status: 200; etag: string | null; content: T } | { status: 304 } | { status: 404 };

/** The bytes [start, end) that are asked of a file of `size` bytes. */
export interface Range {
  start: number;
  end: number;
  size: number;
}

const DECODERS = new Map([
  ["gzip", createGunzip],
  ["deflate", createInflate],
]);
const DISCARDED = 64 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Has a document of at most `limit` bytes once decompressed read, or gives the address to which it redirects. */
export async function readDocument<T>(
  response: Response,
  url: URL,
  limit: number,
  cost: Cost,
  read: BodyReader<T>,
): Promise<DocumentAnswer<T> | URL> {
  const { statusCode } = response;
  if (REDIRECTS.has(statusCode)) {
    await discard(response, cost);
    return redirectTarget(response, url);
  }
  if (statusCode === 304 || statusCode === 404 || statusCode === 410) {
    await discard(response, cost);
    return { status: statusCode === 304 ? 304 : 404 };
  }
  if (statusCode !== 200) throw new ItemError("status", `${url.href}: status ${statusCode}, expected 200, 304 or 404`);
  const encoding = header(response, "content-encoding")?.toLowerCase() ?? "identity";
  const decoder = DECODERS.get(encoding);
  if (!decoder && encoding !== "identity")
    throw new WrongAnswer(`content encoding ${JSON.stringify(encoding)}, expected gzip, deflate or identity`);
  const body = counted(response.body, cost);
  const etag = header(response, "etag") ?? null;
  if (!decoder) return { status: 200, etag, content: await read(limited(body, limit, url)) };
  let content: T;
  await pipeline(body, decoder(), async (decoded: AsyncIterable<Buffer>) => {
    content = await read(limited(decoded, limit, url));
  });
  return { status: 200, etag, content: content! };
}

async function* limited(body: AsyncIterable<Buffer>, limit: number, url: URL): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new ItemError("too-large", `${url.href}: more than ${limit} bytes, expected a document`);
    yield chunk;
  }
}

/** Reads exactly the range that was asked for, or says `whole` when the server is about to send the whole file instead. */
export async function readRange(
  response: Response,
  url: URL,
  { start, end, size }: Range,
  cost: Cost,
): Promise<Buffer | "whole"> {
  const { statusCode } = response;
  const asked = `bytes ${start}-${end - 1}/${size}`;
  if (REDIRECTS.has(statusCode)) {
    const location = JSON.stringify(header(response, "location") ?? "");
    throw new ItemError("origin", `${url.href}: redirected to ${location}, expected the file itself`);
  }
  if (statusCode !== 206 && statusCode !== 200) {
    const kind = statusCode === 416 || statusCode === 501 ? "range" : "status";
    throw new ItemError(kind, `${url.href}: status ${statusCode}, expected 206 with ${asked}`);
  }
  const encoding = header(response, "content-encoding") ?? "identity";
  if (encoding !== "identity") throw new WrongAnswer(`content encoding ${encoding}, expected identity`);
  if (statusCode === 200) {
    const length = header(response, "content-length") ?? String(size);
    if (length !== String(size)) throw new WrongAnswer(`a whole file of ${length} bytes, expected ${size}`);
    return "whole";
  }
  const found = header(response, "content-range");
  if (found !== asked)
    throw new WrongAnswer(`content range ${JSON.stringify(found ?? null)}, expected ${JSON.stringify(asked)}`);
  const bytes = Buffer.allocUnsafe(end - start);
  let length = 0;
  for await (const chunk of counted(response.body, cost)) {
    if (length + chunk.length > bytes.length) throw new WrongAnswer(`more than the ${bytes.length} bytes of ${asked}`);
    length += chunk.copy(bytes, length);
  }
  if (length < bytes.length) throw new Transient(`${length} bytes, expected the ${bytes.length} of ${asked}`);
  return bytes;
}

/** The size of a file by the answer to a range of its first byte; its body is not read. */
export function readSize({ statusCode, headers }: Response, url: URL): number {
  const total = statusCode === 206 ? /^bytes 0-0\/(\d+)$/.exec(String(headers["content-range"]))?.[1] : undefined;
  const size = Number(total ?? (statusCode === 200 ? headers["content-length"] : undefined));
  if (Number.isSafeInteger(size) && size > 0) return size;
  throw new ItemError("range", `${url.href}: status ${statusCode}, expected 206 with the file's size`);
}

/** The chunks of a body, each added to the cost as it arrives. */
export async function* counted(body: AsyncIterable<Buffer>, cost: Cost): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    cost.bytes += chunk.length;
    yield chunk;
  }
}

function redirectTarget(response: Response, url: URL): URL {
  const location = header(response, "location") ?? "";
  try {
    return new URL(location, url);
  } catch {
    throw new ItemError("origin", `${url.href}: redirected to ${JSON.stringify(location)}, expected an address`);
  }
}

/** Takes what there is of an answer that is of no use, up to a limit, so that it counts and its connection can be used again. */
export async function discard(response: Response, cost: Cost): Promise<void> {
  let room = DISCARDED;
  try {
    if (response.body.readableDidRead) return;
    for await (const chunk of counted(response.body, cost)) {
      room -= chunk.length;
      if (room < 0) break;
    }
  } catch {
    // It was of no use anyway.
  } finally {
    response.body.on("error", () => {}).destroy();
  }
}

/** The answer's ETag if it is a strong one, which the same bytes alone have. */
export function strongEtag(response: Response): string | null {
  const etag = header(response, "etag");
  return etag?.startsWith('"') ? etag : null;
}

function header(response: Response, name: string): string | undefined {
  const value = response.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
