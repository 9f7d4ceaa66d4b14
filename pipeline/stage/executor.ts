// Who collects items: here this process; another machine can take over at this seam, as all that passes it is JSON.
import { ItemError, type ItemErrorKind } from "../errors.ts";
import type { Cost } from "../network/answers.ts";
import type { Client } from "../network/client.ts";
import type { Door } from "../network/door.ts";

/** What gets the facts of an item of one stage, without touching the database. */
export interface Collector<Item, Facts> {
  name: string;
  /** What makes an item the same in another run, as JSON can carry it; all that it is unless given. */
  key?(item: Item): unknown;
  /** The facts, which JSON can carry; ItemError if they cannot be had. `spool` is a folder for what memory should not hold. */
  collect(item: Item, client: Client, spool: string): Promise<Facts>;
}

/**
 * What an item came to: its facts, or why there are none, and what that took from the network; which worker collected it, if one did, and what
 * is to be called once it is stored.
 */
export type Collected<Facts> = { cost: Cost; worker?: string; stored?: () => void } & (
  | { facts: Facts }
  | { failure: { kind: ItemErrorKind; message: string } }
);

/** Where items are collected, so many at a time. */
export interface Executor {
  readonly concurrency: number;
  /** Collects an item; rejects only with what stops the run. */
  collect<Item, Facts>(collector: Collector<Item, Facts>, item: Item): Promise<Collected<Facts>>;
}

/** Collects in this process, through a door. */
export function localExecutor(door: Door, concurrency: number, spool: string): Executor {
  return {
    concurrency,
    async collect(collector, item) {
      const client = door.client();
      try {
        const facts = await collector.collect(item, client, spool);
        return { cost: client.cost, facts };
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        return { cost: client.cost, failure: { kind: error.kind, message: error.message } };
      }
    },
  };
}
