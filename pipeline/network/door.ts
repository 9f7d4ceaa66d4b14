// The only door to the network. A question goes through it so: persistence.ts asks until it is answered or no use,
// origins.ts and limiter.ts let each request wait for its turn, exchange.ts makes it.
import { setMaxListeners } from "node:events";
import { type Client, openClient } from "./client.ts";
import { Connections } from "./connections.ts";
import { type Ask, askOnce } from "./exchange.ts";
import type { Hosts, Lookup } from "./hosts.ts";
import type { Limiter } from "./limiter.ts";
import { type OriginOptions, Origins } from "./origins.ts";
import { askPersistently } from "./persistence.ts";
import { BACKOFF, type Backoff } from "./retries.ts";
import { TIMEOUTS, type Timeouts } from "./timeouts.ts";

/** How the door is set for a run: at most `concurrency` requests at once to each host; `contact` goes into the User-Agent; `hear` is told of every answer. */
export interface DoorOptions {
  hosts: Hosts;
  concurrency: number;
  limiter: Limiter;
  contact: string | null;
  signal: AbortSignal;
  backoff?: Backoff;
  timeouts?: Timeouts;
  lookup?: Lookup;
  hear?: OriginOptions["hear"];
}

/** The one way out, for as long as a run lasts. */
export interface Door {
  readonly hosts: Hosts;
  client(): Client;
  close(): Promise<void>;
}

/** Opens the door of a run. */
export function openDoor(options: DoorOptions): Door {
  const { hosts, concurrency, limiter, contact, signal, lookup } = options;
  const { backoff = BACKOFF, timeouts = TIMEOUTS, hear = () => {} } = options;
  const closing = new AbortController();
  const stopped = AbortSignal.any([signal, closing.signal]);
  setMaxListeners(0, stopped);
  const connections = new Connections({ hosts, concurrency, timeouts, lookup });
  const origins = new Origins({ index: hosts.index.origin, concurrency, limiter, hear });
  const once = askOnce(connections, origins, userAgent(contact), stopped);
  const inTurn: Ask = (question) => origins.inTurn(question.url.origin, stopped, () => once(question));
  const ask = askPersistently(inTurn, { limiter, origins, backoff, stopped });
  return {
    hosts,
    client: () => openClient(hosts, timeouts, ask),
    async close() {
      closing.abort(new Error("the door is closed"));
      await connections.close();
    },
  };
}

function userAgent(contact: string | null): string {
  return `wheel-survey/0.1 (monthly survey of the native libraries in wheels${contact ? `; ${contact}` : ""})`;
}
