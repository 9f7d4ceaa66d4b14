// How results come into the database: whole items, some at a time, each batch in one transaction.
import { type Db, statement } from "../database/database.ts";
import type { ItemErrorKind } from "../errors.ts";
import type { Cost } from "../network/answers.ts";
import type { Scope } from "./stage.ts";

/** Items in a transaction at most. */
export const BATCH = 64;

/** What has been found out of an item and is to be stored. */
export interface Settled {
  key: string;
  done: boolean;
  store(): void;
  /** Called once it is stored. */
  stored?: (() => void) | undefined;
}

/** Stores results in transactions of whole items; calls `stored` after each. */
export function storeInBatches(db: Db, settled: Settled[], stored: (batch: Settled[]) => void): void {
  const storeBatch = db.transaction((batch: Settled[]) => {
    for (const { store } of batch) store();
  });
  while (settled.length > 0) {
    const batch = settled.splice(0, BATCH);
    storeBatch.immediate(batch);
    stored(batch);
  }
}

/** Adds what an item took to what its stage took for the edition. */
export function addCost(db: Db, { edition }: Scope, stage: string, cost: Cost): void {
  if (cost.requests === 0) return;
  statement(
    db,
    `INSERT INTO cost (edition, stage, requests, bytes) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, bytes = bytes + excluded.bytes`,
  ).run(edition, stage, cost.requests, cost.bytes);
}

/** Counts an item that a worker has collected, or could not. */
export function addWorker(db: Db, { run }: Scope, worker: string, done: boolean): void {
  statement(
    db,
    `INSERT INTO run_worker (run_id, worker, done, failed) VALUES (:run, :worker, :done, 1 - :done)
     ON CONFLICT DO UPDATE SET done = done + excluded.done, failed = failed + excluded.failed`,
  ).run({ run, worker, done: done ? 1 : 0 });
}

/** A failed item, and the project it belongs to. */
export interface FailedItem {
  item: string;
  project: string;
  kind: ItemErrorKind;
  message: string;
}

/** Stores that an item failed in this run, one more try if it had failed before. */
export function storeFailure(db: Db, { edition, run }: Scope, stage: string, failed: FailedItem): void {
  const { item, kind, message, project } = failed;
  statement(
    db,
    `INSERT INTO failure (stage, item, kind, message, edition, project, tries, run_id, failed_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)
     ON CONFLICT DO UPDATE SET kind = excluded.kind, message = excluded.message, tries = tries + 1,
       run_id = excluded.run_id, failed_at = excluded.failed_at`,
  ).run(stage, item, kind, message, edition, project, run, new Date().toISOString());
}

/** Forgets that an item had failed. */
export function forgetFailure(db: Db, { edition }: Scope, stage: string, item: string): void {
  statement(db, "DELETE FROM failure WHERE edition = ? AND stage = ? AND item = ?").run(edition, stage, item);
}
