// Waiting that ends at once when the run is stopped.
import { setTimeout as sleep } from "node:timers/promises";
import { Transient } from "./retries.ts";

/** Waits so many milliseconds, if any; throws what the run was stopped with as soon as it is. */
export async function wait(milliseconds: number, stopped: AbortSignal): Promise<void> {
  stopped.throwIfAborted();
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal: stopped }).catch(() => stopped.throwIfAborted());
}

/** A time that is given to something, until `end`: `signal` aborts with a Transient when it is over, or when the run is stopped. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Gives so many milliseconds from now in place of what is left. */
  putOff(milliseconds: number): void;
  end(): void;
}

/** Gives so many milliseconds from now. */
export function startDeadline(milliseconds: number, stopped: AbortSignal): Deadline {
  const abort = new AbortController();
  const expire = () => abort.abort(new Transient("no complete answer in time"));
  const stop = () => abort.abort(stopped.reason);
  let timer = setTimeout(expire, milliseconds);
  stopped.addEventListener("abort", stop, { once: true });
  return {
    signal: abort.signal,
    putOff(milliseconds) {
      clearTimeout(timer);
      timer = setTimeout(expire, milliseconds);
    },
    end() {
      clearTimeout(timer);
      stopped.removeEventListener("abort", stop);
    },
  };
}
