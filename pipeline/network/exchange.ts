// One request and the reading of its answer, under one deadline.
import type { ItemErrorKind } from "../errors.ts";
import { type Cost, discard, type Response } from "./answers.ts";
import type { Connections } from "./connections.ts";
import type { Origins } from "./origins.ts";
import { classify } from "./retries.ts";
import { startDeadline } from "./waiting.ts";

/** What is asked for with GET, at whose cost, and what reads the answer. */
export interface Question<T> {
  url: URL;
  headers: Record<string, string>;
  /** The kind of failure if the answers are, again and again, not what was asked for. */
  wrong: ItemErrorKind;
  cost: Cost;
  /** Milliseconds for the request and the reading, */
  deadline: number;
  /** unless the reader puts the deadline off, to so many milliseconds from then. */
  read(response: Response, putOff: (milliseconds: number) => void): Promise<T>;
}

/** The headers of a question that no cache on the way may answer. */
export const NO_CACHE = { "cache-control": "no-cache" };

/** A way to get what a question asks for. */
export type Ask = <T>(question: Question<T>) => Promise<T>;

/** The way of one request; throws Transient or WrongAnswer where another one may do better. */
export function askOnce(connections: Connections, origins: Origins, userAgent: string, stopped: AbortSignal): Ask {
  return async ({ url, headers, cost, deadline, read }) => {
    const pool = await connections.to(url.origin);
    stopped.throwIfAborted();
    const { signal, putOff, end } = startDeadline(deadline, stopped);
    cost.requests += 1;
    let response: Response | undefined;
    try {
      response = await pool.request({
        path: url.pathname + url.search,
        method: "GET",
        headers: { "user-agent": userAgent, ...headers },
        signal,
      });
      await origins.heed(url.origin, response);
      return await read(response, putOff);
    } catch (error) {
      if (response) await discard(response, cost);
      stopped.throwIfAborted();
      throw classify(signal.aborted ? signal.reason : error, url.origin);
    } finally {
      end();
    }
  };
}
