// The only door to the network: who we are, how fast, how often again.
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import PQueue from "p-queue";
import type { Pool } from "undici";
import { EXIT, ItemError, type ItemErrorKind, RunError } from "../errors.ts";
import {
  type BodyReader,
  type Cost,
  counted,
  type DocumentAnswer,
  discard,
  type Range,
  type Response,
  readDocument,
  readRange,
  strongEtag,
} from "./answers.ts";
import { guardedLookup, type Hosts, type Lookup } from "./hosts.ts";
import { paceOf } from "./pace.ts";
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
import { TIMEOUTS, type Timeouts } from "./timeouts.ts";

/** How the door is set for a run; `rate` is in requests a second (0: no limit), `contact` goes into the User-Agent. */
export interface DoorOptions {
  hosts: Hosts;
  concurrency: number;
  rate: number;
  contact: string | null;
  signal: AbortSignal;
  backoff?: Backoff;
  timeouts?: Timeouts;
  lookup?: Lookup;
}

/** The door as one item sees it: everything that is asked through it is added to its cost. */
export interface Client {
  readonly hosts: Hosts;
  readonly cost: Cost;
  /** Has a document of at most `limit` bytes read, unless it still has the ETag; `fresh` asks past every cache on the way. */
  getDocument<T>(
    url: URL,
    options: { etag: string | null; limit: number; fresh?: boolean },
    read: BodyReader<T>,
  ): Promise<DocumentAnswer<T>>;
  /** Exactly the range asked for; a server that sends the whole file instead has it handed to `onWhole`. */
  getRange<T>(url: URL, range: Range, onWhole: BodyReader<T>): Promise<Buffer | T>;
}

/** The one way out, for as long as a run lasts. */
export interface Door {
  readonly hosts: Hosts;
  client(): Client;
  close(): Promise<void>;
}

const MOST_REDIRECTS = 3;
const NO_CACHE = { "cache-control": "no-cache" };

/** Opens the door of a run. */
export function openDoor(options: DoorOptions): Door {
  const { hosts, concurrency, rate, contact, signal: stopped, lookup } = options;
  const { backoff = BACKOFF, timeouts = TIMEOUTS } = options;
  const closing = new AbortController();
  const signal = AbortSignal.any([stopped, closing.signal]);
  setMaxListeners(0, signal);
  const pools = new Map<string, Promise<Pool>>();
  const pausedUntil = new Map<string, number>();
  const answered = new Set<string>();
  const queue = new PQueue({ concurrency });
  const untilTurn = paceOf(rate);
  const userAgent = `wheel-survey/0.1 (monthly survey of the native libraries in wheels${contact ? `; ${contact}` : ""})`;
  let requests = 0;
  let retries = 0;

  function poolOf(origin: string): Promise<Pool> {
    const pool = pools.get(origin) ?? makePool(origin);
    pools.set(origin, pool);
    return pool;
  }

  async function makePool(origin: string): Promise<Pool> {
    const { Pool } = await import("undici"); // Half of what the program loads; a run with nothing new needs none of it.
    return new Pool(origin, {
      connections: concurrency,
      headersTimeout: timeouts.idle,
      bodyTimeout: timeouts.idle,
      connect: { timeout: timeouts.connect, lookup: guardedLookup(hosts.privateOrigins.has(origin), lookup) },
    });
  }

  /** One request and the reading of its answer under one deadline, which the reader may put off. */
  async function exchange<T>(
    url: URL,
    headers: Record<string, string>,
    deadline: number,
    cost: Cost,
    read: (response: Response, putOff: (milliseconds: number) => void) => Promise<T>,
  ): Promise<T> {
    const pool = await poolOf(url.origin);
    signal.throwIfAborted();
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
      response = await pool.request({
        path: url.pathname + url.search,
        method: "GET",
        headers: { "user-agent": userAgent, ...headers },
        signal: abort.signal,
      });
      if (RETRIED_STATUSES.has(response.statusCode)) {
        pauseOrigin(url.origin, retryAfter(String(response.headers["retry-after"] ?? "")));
        throw new Transient(`status ${response.statusCode}`);
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
  async function persist<T>(
    url: URL,
    wrong: ItemErrorKind,
    attempt: (headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    let wrongAnswers = 0;
    for (let tries = 1; ; tries += 1) {
      try {
        const ask = async () => {
          await turnAt(url.origin);
          return attempt(wrongAnswers > 0 ? NO_CACHE : {});
        };
        return await queue.add(ask, { signal });
      } catch (error) {
        if (error instanceof WrongAnswer) wrongAnswers += 1;
        else if (!(error instanceof Transient))
          throw stopsRun(url, error) ? new RunError(EXIT.source, error.message) : error;
        if (wrongAnswers > 1) throw new ItemError(wrong, `${url.href}: ${error.message}`);
        if (tries >= ATTEMPTS || retries >= requests - retries + RETRY_BUDGET) throw givenUp(url, error.message, tries);
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
    pausedUntil.set(origin, Math.max(pausedUntil.get(origin) ?? 0, performance.now() + wait));
  }

  function pauseOf(origin: string): number {
    return Math.ceil((pausedUntil.get(origin) ?? 0) - performance.now());
  }

  /** Waits until the origin wants to be asked again and the pace allows a request; a pause that begins meanwhile counts too. */
  async function turnAt(origin: string): Promise<void> {
    do {
      while (pauseOf(origin) > 0) await wait(pauseOf(origin));
      await wait(untilTurn());
    } while (pauseOf(origin) > 0);
  }

  async function wait(milliseconds: number): Promise<void> {
    signal.throwIfAborted();
    if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  function client(): Client {
    const cost: Cost = { requests: 0, bytes: 0 };
    let etag: string | null = null; // Of the one file whose ranges an item asks for.
    return {
      hosts,
      cost,
      async getDocument(url, { etag, limit, fresh = false }, read) {
        const headers = {
          accept: "application/json",
          "accept-encoding": "gzip, deflate",
          ...(etag && { "if-none-match": etag }),
          ...(fresh && NO_CACHE),
        };
        let target = url;
        for (let hops = 0; hops <= MOST_REDIRECTS; hops += 1) {
          const answer = await persist(target, "status", (extra) =>
            exchange(target, { ...headers, ...extra }, timeouts.document, cost, (response) =>
              readDocument(response, target, limit, cost, read),
            ),
          );
          if (!(answer instanceof URL)) return answer;
          if (answer.origin !== url.origin)
            throw new ItemError("origin", `${url.href}: redirected to ${answer.href}, expected ${url.origin}`);
          target = answer;
        }
        throw new ItemError("origin", `${url.href}: more than ${MOST_REDIRECTS} redirects, expected a document`);
      },
      getRange(url, range, onWhole) {
        const headers = { range: `bytes=${range.start}-${range.end - 1}`, "accept-encoding": "identity" };
        return persist(url, "range", (extra) =>
          exchange(url, { ...headers, ...extra }, timeouts.range, cost, async (response, putOff) => {
            const found = strongEtag(response);
            if (etag !== null && etag !== found)
              throw new WrongAnswer("another ETag than before, expected the same file");
            const bytes = await readRange(response, url, range, cost);
            etag = found;
            if (bytes !== "whole") return bytes;
            putOff(timeouts.range + range.size * timeouts.byte);
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
      await Promise.all([...pools.values()].map(async (pool) => (await pool).destroy()));
    },
  };
}
