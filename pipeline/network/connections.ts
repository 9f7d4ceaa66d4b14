// The connections of a run: one pool of them for each origin.
import type { Pool } from "undici";
import { guardedLookup, type Hosts, type Lookup } from "./hosts.ts";
import type { Timeouts } from "./timeouts.ts";

/** How connections are made: at most `concurrency` to an origin, to private addresses only where `hosts` allows them. */
export interface ConnectionOptions {
  hosts: Hosts;
  concurrency: number;
  timeouts: Timeouts;
  lookup: Lookup | undefined;
}

/** The pools of connections, each made when its origin is first asked. */
export class Connections {
  readonly #options: ConnectionOptions;
  readonly #pools = new Map<string, Promise<Pool>>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The pool of an origin. */
  to(origin: string): Promise<Pool> {
    const pool = this.#pools.get(origin) ?? makePool(origin, this.#options);
    this.#pools.set(origin, pool);
    return pool;
  }

  /** Ends all connections, whatever is under way. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(async (pool) => (await pool).destroy()));
  }
}

async function makePool(origin: string, { hosts, concurrency, timeouts, lookup }: ConnectionOptions): Promise<Pool> {
  const { Pool } = await import("undici"); // Half of what the program loads; a run with nothing new needs none of it.
  return new Pool(origin, {
    connections: concurrency,
    headersTimeout: timeouts.idle,
    bodyTimeout: timeouts.idle,
    connect: { timeout: timeouts.connect, lookup: guardedLookup(hosts.privateOrigins.has(origin), lookup) },
  });
}
