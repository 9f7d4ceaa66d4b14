// What answers say about the origin they come from: when to ask it again, and whether a failure is one item's or ends the run.
import { EXIT, ItemError, RunError } from "../errors.ts";
import type { Response } from "./answers.ts";
import type { Limiter } from "./limiter.ts";
import { RETRIED_STATUSES, retryAfter, Transient } from "./retries.ts";

/** The origins of a run, and which of them have answered. */
export class Origins {
  readonly #index: string;
  readonly #limiter: Limiter;
  readonly #answered = new Set<string>();

  constructor(index: string, limiter: Limiter) {
    this.#index = index;
    this.#limiter = limiter;
  }

  /** Heeds an answer before it is read; Transient if its status may be another one after the pause that it asks for. */
  async heed(origin: string, { statusCode, headers }: Response): Promise<void> {
    if (RETRIED_STATUSES.has(statusCode)) {
      await this.#limiter.pause(origin, retryAfter(String(headers["retry-after"] ?? "")));
      throw new Transient(`status ${statusCode}`);
    }
    this.#answered.add(origin);
  }

  /** A failure as it is, or as the run's: an index that has not answered at all is no fault of its projects. */
  blame(origin: string, error: unknown): unknown {
    const unanswered = origin === this.#index && !this.#answered.has(origin);
    return unanswered && error instanceof ItemError ? new RunError(EXIT.source, error.message) : error;
  }
}
