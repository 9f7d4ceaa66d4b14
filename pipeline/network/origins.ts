// The origins of a run: how many requests each may be sent at once, and what its answers say about asking it again.
import PQueue from "p-queue";
import { EXIT, ItemError, RunError } from "../errors.ts";
import type { Response } from "./answers.ts";
import type { Limiter } from "./limiter.ts";
import { RETRIED_STATUSES, retryAfter, Transient } from "./retries.ts";

/** What is known of an origin: `places` are those of its requests, `refusals` its latest answers in a row that were none. */
interface Origin {
  places: PQueue;
  answered: boolean;
  refusals: number;
}

/** How the origins of a run are asked: `concurrency` requests at once at most to each; `hear` is told of every answer. */
export interface OriginOptions {
  index: string;
  concurrency: number;
  limiter: Limiter;
  hear: (answer: Pick<Response, "statusCode" | "headers">) => void;
}

const REFUSALS = new Set([401, 403, 451]);
const MOST_REFUSALS = 20; // Requests in a row, those under way among them: then it is not single items that are refused.
const LONGEST_PAUSE = 120_000; // Milliseconds that a run waits because of a Retry-After.

/** The origins of a run. What one of them has ended the run with ends every further request to any. */
export class Origins {
  readonly #options: OriginOptions;
  readonly #origins = new Map<string, Origin>();
  #ended: RunError | undefined;

  constructor(options: OriginOptions) {
    this.#options = options;
  }

  /** Makes a request to an origin when it has a place for it and the limiter allows it. */
  inTurn<T>(origin: string, stopped: AbortSignal, request: () => Promise<T>): Promise<T> {
    const begin = async () => {
      await this.#options.limiter.turn(origin, stopped);
      if (this.#ended) throw this.#ended;
      return request();
    };
    return this.#at(origin).places.add(begin, { signal: stopped });
  }

  /**
   * Heeds an answer before it is read; Transient if its status may be another one after the pause that it asks for. RunError 4
   * if that pause is too long for a run, or if the origin has refused so many requests in a row that it refuses us.
   */
  async heed(origin: string, { statusCode, headers }: Response): Promise<void> {
    this.#options.hear({ statusCode, headers });
    const state = this.#at(origin);
    if (RETRIED_STATUSES.has(statusCode)) {
      const pause = retryAfter(String(headers["retry-after"] ?? ""));
      if (pause > LONGEST_PAUSE) throw this.#end(`${origin}: ${tooLong(statusCode, pause)}`);
      await this.#options.limiter.pause(origin, pause);
      throw new Transient(`status ${statusCode}`);
    }
    state.answered = true;
    state.refusals = REFUSALS.has(statusCode) ? state.refusals + 1 : 0;
    if (state.refusals >= MOST_REFUSALS) {
      const found = `${state.refusals} requests in a row refused, the last with status ${statusCode}`;
      throw this.#end(`${origin}: ${found}, expected an answer; ask its operators before running again`);
    }
    state.places.concurrency = this.#placesOf(state);
  }

  /** A failure as it is, or as the run's: an index that has not answered at all is no fault of its projects. */
  blame(origin: string, error: unknown): unknown {
    const unanswered = origin === this.#options.index && !this.#at(origin).answered;
    return unanswered && error instanceof ItemError ? new RunError(EXIT.source, error.message) : error;
  }

  #at(origin: string): Origin {
    const known = this.#origins.get(origin);
    if (known) return known;
    const state = { places: new PQueue(), answered: false, refusals: 0 };
    state.places.concurrency = this.#placesOf(state);
    this.#origins.set(origin, state);
    return state;
  }

  /** Until an origin has answered as it should, no more requests are under way than it may still refuse. */
  #placesOf({ answered, refusals }: Origin): number {
    const { concurrency } = this.#options;
    return answered && refusals === 0 ? concurrency : Math.min(concurrency, MOST_REFUSALS - refusals);
  }

  #end(message: string): RunError {
    this.#ended ??= new RunError(EXIT.source, message);
    return this.#ended;
  }
}

const LATEST_DATE = 8.64e15; // The last millisecond of a Date: https://tc39.es/ecma262/#sec-time-values-and-time-range

function tooLong(status: number, pause: number): string {
  const again = new Date(Math.min(Date.now() + pause, LATEST_DATE)).toISOString();
  const found = `status ${status} with a Retry-After of ${Math.ceil(pause / 1000)} seconds`;
  return `${found}, expected at most ${LONGEST_PAUSE / 1000}; run again after ${again}`;
}
