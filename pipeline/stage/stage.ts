// What a stage is, and what a run hands to it.
import type { Db } from "../database/database.ts";
import { dayOf } from "../editions/dates.ts";
import type { Backoff } from "../network/retries.ts";
import type { Progress } from "../progress.ts";
import type { Unit } from "../words.ts";
import type { Collector, Executor } from "./executor.ts";

/** What the command line asks of an edition; null where it asks for nothing in particular. */
export interface EditionRequest {
  edition: string;
  index: string | null;
  ranking: string | null;
  projects: string | null;
  top: number | null;
  /** Whether all projects that the index lists are asked for. */
  all?: boolean;
  /** Of which projects the wheels are read, such as 2/5; null: whatever the edition was begun with. */
  shard?: string | null;
}

/** How much of the bytes of native files is read. */
export const CONTENTS_LEVELS = ["none", "heads", "libraries", "all"] as const;

/** A word of --contents. */
export type ContentsLevel = (typeof CONTENTS_LEVELS)[number];

/** What the command line asks of a run; null where the defaults of the index apply. */
export interface SurveyRequest extends EditionRequest {
  database: string;
  reports: string;
  fileHosts: string[];
  concurrency: number | null;
  rate: number | null;
  contact: string | null;
  retry: boolean;
  /** How much of the bytes of native files is read, and how many bytes may be fetched for it; what is usual for the edition if not given. */
  contents?: ContentsLevel | null;
  contentsBudget?: number | null;
  /** The server from which workers take what is to be collected; this process collects if null. */
  queue?: string | null;
  /** Waits before tries, in milliseconds; those of a real run unless given. */
  backoff?: Backoff;
  /** The clock by which it is told when the index was asked; this machine's unless given. */
  now?: () => Date;
}

/** The edition that is worked on, by which run. */
export interface Scope {
  edition: string;
  run: number;
}

/** What a run hands to each of its stages. */
export interface Run extends Scope {
  db: Db;
  request: SurveyRequest;
  executor: Executor;
  signal: AbortSignal;
  progress: Progress;
  /** Counts items that have succeeded, once they are stored. */
  succeeded(items: number): void;
}

/** How far a stage has come in an edition, in units: failed ones wait for the next run, or are left after three tries. */
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
  /** What its tally counts. */
  unit: Unit;
  /** Finds out before the run asks or stores anything whether the stage could do its work; RunError if not. */
  check?(request: SurveyRequest): void;
  run(run: Run): string | Promise<string>;
  /** What collects its items, if it has such. */
  // biome-ignore lint/suspicious/noExplicitAny: each stage has items of its own.
  collector?: Collector<any, unknown>;
  tally(db: Db, edition: string): Tally;
}

/** The day of a run's clock, UTC, as YYYY-MM-DD. */
export function today({ request }: Pick<Run, "request">): string {
  return dayOf(request.now?.() ?? new Date());
}

/** Runs of the program that try an item before it is left. */
export const TRIES = 3;
