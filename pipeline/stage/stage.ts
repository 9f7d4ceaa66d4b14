// What a stage is, and how one runs: pending query → queue → transactions of whole items.
import PQueue from "p-queue";
import { type Db, statement } from "../database/database.ts";
import { EXIT, ItemError, RunError } from "../errors.ts";
import type { Cost } from "../network/answers.ts";
import type { Client, Door } from "../network/door.ts";
import type { Progress } from "../progress.ts";

/** What the command line asks of an edition; null where it asks for nothing in particular. */
export interface EditionRequest {
  edition: string;
  index: string | null;
  ranking: string | null;
  projects: string | null;
  top: number | null;
}

/** What a run hands to each of its stages. */
export interface Run {
  id: number;
  db: Db;
  edition: string;
  request: EditionRequest;
  door: Door;
  concurrency: number;
  contact: string | null;
  reports: string;
  spool: string;
  signal: AbortSignal;
  progress: Progress;
  /** Counts items that have succeeded, once they are stored. */
  succeeded(items: number): void;
}

/** How far a stage has come in an edition, in items: failed ones wait for the next run, or are left after three tries. */
export interface Tally {
  done: number;
  pending: number;
  failed: number;
}

/** One stage of a survey: it does all its pending work, and what it returns is said to the person who watches. */
export interface Stage {
  kind: "collect" | "derive" | "publish";
  name: string;
  about: string;
  run(run: Run): string | Promise<string>;
  tally(db: Db, edition: string): Tally;
}

/** What makes a stage that gets facts about many items from the network; what it still has to do is a query. */
export interface ItemStage<Item, Facts> {
  name: string;
  about: string;
  /** At most `limit` items that have no answer yet and have not failed in this run, in the order to ask for them. */
  pending(db: Db, scope: Scope, limit: number): Item[];
  /** The item's name in `failure` and `cost`, and the project it belongs to. */
  identify(item: Item): { item: string; project: string };
  /** Gets the facts of one item, without touching the database; ItemError if it cannot. */
  collect(item: Item, client: Client, spool: string): Promise<Facts>;
  /** Stores the facts of one item, within a transaction of the caller's. */
  save(db: Db, scope: Scope, item: Item, facts: Facts): void;
  /** Looks at what has been stored so far; RunError if that shows the source not to be one. */
  doubt?(db: Db, edition: string): void;
  tally(db: Db, edition: string): Tally;
}

/** The edition that is worked on, by which run. */
export interface Scope {
  edition: string;
  run: number;
}

/** Runs of the program that try an item before it is left. */
export const TRIES = 3;

const UNREACHABLE = 20; // So many items in a row without any answer: the network is down, not the items at fault.
const BATCH = 64; // Items in a transaction at most,
const PATIENCE = 100; // and milliseconds since the last one for which a result waits for others, while there is work enough.
const LOOK_AHEAD = 500; // Items that a pending query is asked for at a time.

/** Makes a stage of the way to collect its items. */
export function itemStage<Item, Facts>(items: ItemStage<Item, Facts>): Stage {
  return {
    kind: "collect",
    name: items.name,
    about: items.about,
    run: (run) => runItems(items, run),
    tally: items.tally,
  };
}

async function runItems<Item, Facts>(stage: ItemStage<Item, Facts>, run: Run): Promise<string> {
  const { db, door, signal } = run;
  const scope: Scope = { edition: run.edition, run: run.id };
  const queue = new PQueue({ concurrency: run.concurrency });
  const started = new Set<string>();
  const settled: { key: string; done: boolean; store: () => void }[] = [];
  const unanswered: typeof settled = []; // Kept back: if they go on, it is the network that is down, and no item at fault.
  const outcome = { done: 0, failed: 0 };
  let stopped: { reason: unknown } | undefined;

  async function work(item: Item, key: string, project: string): Promise<void> {
    const client = door.client();
    const costs = () => addCost(db, scope, stage.name, key, client.cost);
    try {
      const facts = await stage.collect(item, client, run.spool);
      settled.push(...unanswered.splice(0));
      outcome.done += 1;
      const store = () => {
        stage.save(db, scope, item, facts);
        forgetFailure(db, scope, stage.name, key);
        costs();
      };
      settled.push({ key, done: true, store });
    } catch (error) {
      if (!(error instanceof ItemError) || signal.aborted) throw error;
      outcome.failed += 1;
      run.progress.say(`${key}: ${error.message}`);
      const store = () => {
        storeFailure(db, scope, stage.name, { item: key, project, error });
        costs();
      };
      unanswered.push({ key, done: false, store });
      if (error.kind !== "network") settled.push(...unanswered.splice(0));
      if (unanswered.length < UNREACHABLE) return;
      const count = unanswered.splice(0).length;
      throw new RunError(EXIT.source, `${count} items in a row without an answer, the last: ${error.message}`);
    }
  }

  function fill(): void {
    for (const item of stage.pending(db, scope, started.size + LOOK_AHEAD)) {
      const { item: key, project } = stage.identify(item);
      if (started.has(key)) continue;
      started.add(key);
      const stop = (reason: unknown) => {
        stopped ??= { reason };
      };
      void queue.add(() => work(item, key, project).catch(stop));
    }
  }

  const storeBatch = db.transaction((batch: typeof settled) => {
    for (const { store } of batch) store();
  });

  function store(): void {
    while (settled.length > 0) {
      const batch = settled.splice(0, BATCH);
      storeBatch.immediate(batch);
      run.succeeded(batch.filter(({ done }) => done).length);
      for (const { key } of batch) started.delete(key);
    }
    stage.doubt?.(db, run.edition);
    run.progress.update(() => stage.tally(db, run.edition));
  }

  let stored = performance.now();
  try {
    for (fill(); started.size > 0 && !stopped; ) {
      await new Promise((resolve) => queue.once("next", resolve));
      const busy = queue.size > 0 && settled.length < BATCH && performance.now() - stored < PATIENCE;
      if (busy && !stopped) continue;
      store();
      stored = performance.now();
      if (!stopped && queue.size < run.concurrency) fill();
      if (!stopped && queue.size === 0 && queue.pending === 0 && unanswered.length > 0) {
        settled.push(...unanswered.splice(0));
        store();
        fill();
      }
    }
  } finally {
    queue.clear();
  }
  store();
  if (stopped) throw stopped.reason;
  return `${outcome.done} done, ${outcome.failed} failed`;
}

function addCost(db: Db, { edition }: Scope, stage: string, item: string, cost: Cost): void {
  if (cost.requests === 0) return;
  statement(
    db,
    `INSERT INTO cost (edition, stage, item, requests, bytes) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, bytes = bytes + excluded.bytes`,
  ).run(edition, stage, item, cost.requests, cost.bytes);
}

/** Stores that an item failed in this run, one more try if it had failed before. */
export function storeFailure(
  db: Db,
  { edition, run }: Scope,
  stage: string,
  { item, project, error }: { item: string; project: string; error: ItemError },
): void {
  statement(
    db,
    `INSERT INTO failure (stage, item, kind, message, edition, project, tries, run, failed_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)
     ON CONFLICT DO UPDATE SET kind = excluded.kind, message = excluded.message, tries = tries + 1,
       run = excluded.run, failed_at = excluded.failed_at`,
  ).run(stage, item, error.kind, error.message, edition, project, run, new Date().toISOString());
}

function forgetFailure(db: Db, { edition }: Scope, stage: string, item: string): void {
  statement(db, "DELETE FROM failure WHERE edition = ? AND stage = ? AND item = ?").run(edition, stage, item);
}
