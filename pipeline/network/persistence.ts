// Asking again and again, until it succeeds, fails for good, or the tries or the retries are used up.
import { ItemError } from "../errors.ts";
import { type Ask, NO_CACHE } from "./exchange.ts";
import type { Limiter } from "./limiter.ts";
import type { Origins } from "./origins.ts";
import { ATTEMPTS, type Backoff, jitter, Transient, WrongAnswer } from "./retries.ts";
import { wait } from "./waiting.ts";

/** What decides how often a question is asked, and how soon again. */
export interface Persistence {
  limiter: Limiter;
  origins: Origins;
  backoff: Backoff;
  stopped: AbortSignal;
}

/** The way that asks by another one until it is no use; throws ItemError for what is asked for, RunError for the whole run. */
export function askPersistently(ask: Ask, { limiter, origins, backoff, stopped }: Persistence): Ask {
  return async (question) => {
    const { url, wrong } = question;
    let headers = question.headers;
    let wrongAnswers = 0;
    for (let tries = 1; ; tries += 1) {
      try {
        return await ask({ ...question, headers });
      } catch (error) {
        if (error instanceof WrongAnswer) {
          wrongAnswers += 1;
          headers = { ...headers, ...NO_CACHE };
        } else if (!(error instanceof Transient)) throw origins.blame(url.origin, error);
        if (wrongAnswers > 1) throw new ItemError(wrong, `${url.href}: ${error.message}`);
        if (tries >= ATTEMPTS || !(await limiter.retry())) {
          const found = `${url.href}: ${error.message} (after ${tries} tries), expected an answer`;
          throw origins.blame(url.origin, new ItemError("network", found));
        }
      }
      await wait(jitter(tries, backoff), stopped);
    }
  };
}
