// The only door to the network: who we are, how fast, how often again.
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import PQueue from "p-queue";
import { Pool } from "undici";
import { EXIT, ItemError, RunError } from "../errors.ts";
import {
  type Cost,
  counted,
  type DocumentAnswer,
  discard,
  type Range,
  type Response,
  readDocument,
  readRange,
  strongEtag,
  turnstile,
} from "./answers.ts";
import { guardedLookup, type Hosts } from "./hosts.ts";
import {
  ATTEMPTS,
  BACKOFF,
  type Backoff,
  classify,
  jitter,
  RETRIED_STATUSES,
  RETRY_BUDGET,
  retryAfter,
  Transient,
  WrongAnswer,
} from "./retries.ts";

/** How the door is set for a run; `rate` is in requests a second (0: no limit), `contact` goes into the User-Agent. */
export interface DoorOptions {
  hosts: Hosts;
  concurrency: number;
  rate: number;
  contact: string | null;
  signal: AbortSignal;
  backoff?: Backoff;
}

/** What takes a whole file that a server sends in place of a range; it is called anew when the exchange is tried again. */
export type WholeFile<T> = (body: AsyncIterable<Buffer>) => Promise<T>;

/** The door as one item sees it: everything that is asked through it is added to its cost. */
export interface Client {
  readonly hosts: Hosts;
  readonly cost: Cost;
  /** A document of at most `limit` bytes, unless it still has the ETag; `fresh` asks past every cache on the way. */
  getDocument(url: URL, options: { etag: string | null; limit: number; fresh?: boolean }): Promise<DocumentAnswer>;
  /** Exactly the range asked for; a server that sends the whole file instead has it handed to `onWhole`. */
  getRange<T>(url: URL, range: Range, onWhole: WholeFile<T>): Promise<Buffer | T>;
}

/** The one way out, for as long as a run lasts. */
export interface Door {
  readonly hosts: Hosts;
  client(): Client;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT = 10_000;
const IDLE_TIMEOUT = 30_000;
const RANGE_DEADLINE = 60_000;
const DOCUMENT_DEADLINE = 120_000;
const SLOWEST_DOWNLOAD = 256; // Bytes a millisecond under which a whole file is given up.
const MOST_REDIRECTS = 3;
const NO_CACHE = { "cache-control": "no-cache" };

/** Opens the door of a run. */
export function openDoor({ hosts, concurrency, rate, contact, signal: stopped, backoff = BACKOFF }: DoorOptions): Door {
  const closing = new AbortController();
  const signal = AbortSignal.any([stopped, closing.signal]);
  setMaxListeners(0, signal);
  const pools = new Map<string, Pool>();
  const pausedUntil = new Map<string, number>();
  const answered = new Set<string>();
  const pace = rate > 0 ? { interval: 1000, intervalCap: rate, strict: true } : {};
  const queue = new PQueue({ concurrency, ...pace });
  const userAgent = `wheel-survey/0.1 (monthly survey of the native libraries in wheels${contact ? `; ${contact}` : ""})`;
  const oneByOne = turnstile();
  let requests = 0;
  let retries = 0;

  function poolOf(origin: string): Pool {
    const known = pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connections: concurrency,
      headersTimeout: IDLE_TIMEOUT,
      bodyTimeout: IDLE_TIMEOUT,
      connect: { timeout: CONNECT_TIMEOUT, lookup: guardedLookup(hosts.privateOrigins.has(origin)) },
    });
    pools.set(origin, pool);
    return pool;
  }

  /** One request and the reading of its answer under one deadline, which the reader may put off. */
  async function exchange<T>(
    url: URL,
    headers: Record<string, string>,
    deadline: number,
    cost: Cost,
    read: (response: Response, putOff: (milliseconds: number) => void) => Promise<T>,
  ): Promise<T> {
    const abort = new AbortController();
    const expire = () => abort.abort(new Transient("no complete answer in time"));
    let timer = setTimeout(expire, deadline);
    const putOff = (milliseconds: number) => {
      clearTimeout(timer);
      timer = setTimeout(expire, milliseconds);
    };
    const stop = () => abort.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    requests += 1;
    cost.requests += 1;
    let response: Response | undefined;
    try {
      response = await poolOf(url.origin).request({
        path: url.pathname + url.search,
        method: "GET",
        headers: { "user-agent": userAgent, ...headers },
        signal: abort.signal,
      });
      if (RETRIED_STATUSES.has(response.statusCode)) {
        throw new Transient(`status ${response.statusCode}`, retryAfter(String(response.headers["retry-after"] ?? "")));
      }
      answered.add(url.origin);
      return await read(response, putOff);
    } catch (error) {
      if (response) await discard(response, cost);
      signal.throwIfAborted();
      throw classify(abort.signal.aborted ? abort.signal.reason : error, url.origin);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  /** The exchange again and again, until it succeeds, fails for good, or the tries or the run's budget of retries are used up. */
  async function persist<T>(url: URL, attempt: (headers: Record<string, string>) => Promise<T>): Promise<T> {
    let wrongAnswers = 0;
    for (let tries = 1; ; tries += 1) {
      try {
        const ask = async () => {
          await pauseOver(url.origin);
          return attempt(wrongAnswers > 0 ? NO_CACHE : {});
        };
        return await queue.add(ask, { signal });
      } catch (error) {
        if (error instanceof WrongAnswer) wrongAnswers += 1;
        else if (!(error instanceof Transient))
          throw stopsRun(url, error) ? new RunError(EXIT.source, error.message) : error;
        if (wrongAnswers > 1) throw new ItemError("range", `${url.href}: ${error.message}`);
        if (tries >= ATTEMPTS || retries >= requests - retries + RETRY_BUDGET) throw givenUp(url, error.message, tries);
        if (error instanceof Transient) pauseOrigin(url.origin, error.wait);
      }
      retries += 1;
      await wait(jitter(tries, backoff));
    }
  }

  function givenUp(url: URL, message: string, tries: number): Error {
    const found = `${url.href}: ${message} (after ${tries} tries), expected an answer`;
    return neverAnswered(url) ? new RunError(EXIT.source, found) : new ItemError("network", found);
  }

  function neverAnswered(url: URL): boolean {
    return url.origin === hosts.index.origin && !answered.has(url.origin);
  }

  /** An index that may not be asked at all is no fault of its projects. */
  function stopsRun(url: URL, error: unknown): error is ItemError {
    return error instanceof ItemError && error.kind === "origin" && neverAnswered(url);
  }

  function pauseOrigin(origin: string, wait: number): void {
    if (wait > 0) pausedUntil.set(origin, Math.max(pausedUntil.get(origin) ?? 0, performance.now() + wait));
  }

  async function pauseOver(origin: string): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const left = (pausedUntil.get(origin) ?? 0) - performance.now();
      if (left <= 0) return;
      await wait(left);
    }
  }

  async function wait(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  function client(): Client {
    const cost: Cost = { requests: 0, bytes: 0 };
    let etag: string | null = null; // Of the one file whose ranges an item asks for.
    return {
      hosts,
      cost,
      async getDocument(url, { etag, limit, fresh = false }) {
        const headers = {
          accept: "application/json",
          "accept-encoding": "gzip, deflate",
          ...(etag && { "if-none-match": etag }),
          ...(fresh && NO_CACHE),
        };
        let target = url;
        for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
          const answer = await persist(target, (extra) =>
            exchange(target, { ...headers, ...extra }, DOCUMENT_DEADLINE, cost, (response) =>
              readDocument(response, target, limit, cost, oneByOne),
            ),
          );
          if (!(answer instanceof URL)) return answer;
          if (answer.origin !== url.origin)
            throw new ItemError("origin", `${url.href}: redirected to ${answer.href}, expected ${url.origin}`);
          target = answer;
        }
        throw new ItemError(
          "origin",
          `${url.href}: more than ${MOST_REDIRECTS} redirects, expected a project document`,
        );
      },
      getRange(url, range, onWhole) {
        const headers = { range: `bytes=${range.start}-${range.end - 1}`, "accept-encoding": "identity" };
        return persist(url, (extra) =>
          exchange(url, { ...headers, ...extra }, RANGE_DEADLINE, cost, async (response, putOff) => {
            const found = strongEtag(response);
            if (etag !== null && etag !== found)
              throw new WrongAnswer("another ETag than before, expected the same file");
            const bytes = await readRange(response, url, range, cost);
            etag = found;
            if (bytes !== "whole") return bytes;
            putOff(RANGE_DEADLINE + range.size / SLOWEST_DOWNLOAD);
            return onWhole(counted(response.body, cost));
          }),
        );
      },
    };
  }

  return {
    hosts,
    client,
    async close() {
      closing.abort(new Error("the door is closed"));
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}
