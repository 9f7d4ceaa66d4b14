// How much may be asked: when the next request may start, and whether one more retry may.
import { EXIT, RunError } from "../errors.ts";
import { paceOf } from "./pace.ts";
import { wait } from "./waiting.ts";

/** What bounds the requests of a run, or of all the runs that it is handed to. */
export interface Limiter {
  /** Waits until the origin may be asked and the pace allows one request, which the caller then makes. */
  turn(origin: string, stopped: AbortSignal): Promise<void>;
  /** Lets no turn at the origin begin for so many milliseconds from now. */
  pause(origin: string, milliseconds: number): Promise<void>;
  /** Takes one retry from the budget; false if there is none left. */
  retry(): Promise<boolean>;
}

/** The retries that may be made beyond one for each request. */
export const RETRY_BUDGET = 50;

/** The limiter of one process: to an origin at most `rateOf` it requests in any second (0: no limit). */
export class ProcessLimiter implements Limiter {
  readonly #rateOf: (origin: string) => number;
  readonly #paces = new Map<string, () => number>();
  readonly #pausedUntil = new Map<string, number>();
  #requests = 0;
  #retries = 0;

  constructor(rateOf: (origin: string) => number) {
    this.#rateOf = rateOf;
  }

  /** A pause that begins while the pace is waited for counts too. */
  async turn(origin: string, stopped: AbortSignal): Promise<void> {
    const untilTurn = this.#paces.get(origin) ?? paceOf(this.#rateOf(origin));
    this.#paces.set(origin, untilTurn);
    do {
      while (this.#pauseOf(origin) > 0) await wait(this.#pauseOf(origin), stopped);
      await wait(untilTurn(), stopped);
    } while (this.#pauseOf(origin) > 0);
    this.#requests += 1;
  }

  async pause(origin: string, milliseconds: number): Promise<void> {
    this.#pausedUntil.set(origin, Math.max(this.#pausedUntil.get(origin) ?? 0, performance.now() + milliseconds));
  }

  async retry(): Promise<boolean> {
    if (this.#retries >= this.#requests - this.#retries + RETRY_BUDGET) return false;
    this.#retries += 1;
    return true;
  }

  #pauseOf(origin: string): number {
    return Math.ceil((this.#pausedUntil.get(origin) ?? 0) - performance.now());
  }
}

/** A limiter of so many requests in all, none of them made again; a turn beyond them throws RunError 4. */
export function atMost(requests: number, limiter: Limiter): Limiter {
  let left = requests;
  return {
    async turn(origin, stopped) {
      if (left === 0) throw new RunError(EXIT.source, `${origin}: one request more, expected at most ${requests}`);
      left -= 1;
      await limiter.turn(origin, stopped);
    },
    pause: (origin, milliseconds) => limiter.pause(origin, milliseconds),
    retry: async () => false,
  };
}
