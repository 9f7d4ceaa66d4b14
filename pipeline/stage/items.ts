// A stage that gets facts about many items from the network: what is due is a query, an executor collects it, one writer stores it.
import PQueue from "p-queue";
import type { Db } from "../database/database.ts";
import { EXIT, type ItemErrorKind, RunError } from "../errors.ts";
import { countDone, grouped, type Unit } from "../words.ts";
import type { Collected, Collector } from "./executor.ts";
import type { Run, Scope, Stage, Tally } from "./stage.ts";
import { addCost, addWorker, BATCH, forgetFailure, type Settled, storeFailure, storeInBatches } from "./store.ts";

/** What makes such a stage. */
export interface ItemStage<Item, Facts> extends Collector<Item, Facts> {
  about: string;
  /** What an item is, and what the tally counts if that is something else. */
  item: Unit;
  unit?: Unit;
  /** At most `limit` items that have no answer yet and have not failed in this run, in the order to ask for them. */
  pending(db: Db, scope: Scope, limit: number): Item[];
  /** The item's name in `failure`, and the project it belongs to. */
  identify(item: Item): { item: string; project: string };
  /** Stores the facts of one item, within a transaction of the caller's. */
  save(db: Db, run: Run, item: Item, facts: Facts): void;
  /** Looks at what has been stored so far; RunError if that shows the source not to be one. */
  doubt?(db: Db, edition: string): void;
  tally(db: Db, edition: string): Tally;
}

const OF_THE_HOST = new Set<ItemErrorKind>(["network", "status"]); // Failures of which each item may be told the same.
const UNREACHABLE = 20; // So many items in a row without any answer: the network is down, not the items at fault.
const PATIENCE = 100; // Milliseconds since the last transaction for which a result waits for others, while there is work enough.
const PLENTY = 32; // Items under way that are work enough.
const LOOK_AHEAD = 500; // Items that a pending query is asked for at a time.

/** Makes a stage of the way to collect its items. */
export function itemStage<Item, Facts>(items: ItemStage<Item, Facts>): Stage {
  const { name, about, item, unit = item, tally } = items;
  return { kind: "collect", name, about, unit, run: (run) => runItems(items, run), tally, collector: items };
}

async function runItems<Item, Facts>(stage: ItemStage<Item, Facts>, run: Run): Promise<string> {
  const { db, executor, signal } = run;
  const { item, unit = item } = stage;
  const queue = new PQueue({ concurrency: executor.concurrency });
  const started = new Set<string>();
  const results = makeResults(stage, run);
  let stopped: { reason: unknown } | undefined;

  async function work(item: Item): Promise<void> {
    try {
      const collected = await executor.collect(stage, item);
      signal.throwIfAborted();
      results.add(item, collected);
    } catch (reason) {
      stopped ??= { reason };
    }
  }

  function fill(): void {
    for (const item of stage.pending(db, run, started.size + LOOK_AHEAD)) {
      const key = stage.identify(item).item;
      if (started.has(key)) continue;
      started.add(key);
      void queue.add(() => work(item));
    }
  }

  function store(): void {
    storeInBatches(db, results.settled, (batch) => {
      run.succeeded(batch.filter(({ done }) => done).length);
      for (const { stored } of batch) stored?.();
      for (const { key } of batch) started.delete(key);
    });
    stage.doubt?.(db, run.edition);
    run.progress.update(() => ({ ...stage.tally(db, run.edition), unit }));
  }

  let stored = performance.now();
  try {
    for (fill(); started.size > 0 && !stopped; ) {
      await new Promise((resolve) => queue.once("next", resolve));
      const hasWork = queue.size > 0 || queue.pending >= PLENTY;
      const busy = hasWork && results.settled.length < BATCH && performance.now() - stored < PATIENCE;
      if (busy && !stopped) continue;
      store();
      stored = performance.now();
      if (!stopped && queue.size < executor.concurrency) fill();
      if (!stopped && queue.size === 0 && queue.pending === 0 && results.release()) {
        store();
        fill();
      }
    }
  } finally {
    queue.clear();
  }
  store();
  if (stopped) throw stopped.reason;
  const asked = `${countDone(results.done, item)}, ${grouped(results.failed)} failed`;
  return unit === item ? asked : `${asked}; ${countDone(stage.tally(db, run.edition).done, unit)} in all`;
}

/**
 * What items came to, until it is stored. Failures that may be the host's own are kept back: if they go on, the network is
 * down or the host refuses us, and the run ends without a word about the items.
 */
function makeResults<Item, Facts>(stage: ItemStage<Item, Facts>, run: Run) {
  const { db, progress } = run;
  const held: { line: string; failure: Settled }[] = [];
  let unanswered = 0; // Items in a row.
  return {
    settled: [] as Settled[],
    done: 0,
    failed: 0,
    /** Takes what an item came to; RunError if nobody has answered for too many items in a row. */
    add(item: Item, collected: Collected<Facts>): void {
      const { item: key, project } = stage.identify(item);
      const settle = (done: boolean, storeItem: () => void): Settled => ({
        ...{ key, done, stored: collected.stored },
        store() {
          storeItem();
          addCost(db, run, stage.name, collected.cost);
          if (collected.worker !== undefined) addWorker(db, run, collected.worker, done);
        },
      });
      if ("facts" in collected) {
        this.release();
        this.done += 1;
        const save = () => {
          stage.save(db, run, item, collected.facts);
          forgetFailure(db, run, stage.name, key);
        };
        this.settled.push(settle(true, save));
        return;
      }
      const { kind, message } = collected.failure;
      this.failed += 1;
      const failure = settle(false, () => storeFailure(db, run, stage.name, { item: key, project, kind, message }));
      held.push({ line: `${key}: ${message}`, failure });
      unanswered = kind === "network" ? unanswered + 1 : 0;
      if (!OF_THE_HOST.has(kind)) this.release();
      if (unanswered < UNREACHABLE) return;
      throw new RunError(EXIT.source, `${unanswered} items in a row without an answer, the last: ${message}`);
    },
    /** Tells and lets go of the failures that were kept back; says whether there were any. */
    release(): boolean {
      const released = held.splice(0);
      unanswered = 0;
      for (const { line, failure } of released) {
        progress.say(line);
        this.settled.push(failure);
      }
      return released.length > 0;
    },
  };
}
