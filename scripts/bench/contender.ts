// What everybody who takes part is asked and answers; remote-peers.py knows the same.
import type { KnownTail } from "../../pipeline/formats/wheel/tail.ts";

/** A wheel to read: `path` on the server, `size` as the index announces it, `listing` the bytes that its directory and RECORD take. */
export interface Target {
  filename: string;
  path: string;
  size: number;
  recordPath: string;
  listing: number;
  known: KnownTail[];
}

/** The wheels to read from a server; with `check` the answer is hashed, else only counted. `database` has them all as pending. */
export interface Job {
  origin: string;
  concurrency: number;
  targets: Target[];
  check: boolean;
  database: string;
}

/** What a contender found in a wheel: its members as `path TAB size TAB compressed size`, and RECORD. */
export interface Answer {
  filename: string;
  members: number;
  lines(): Iterable<string>;
  record: Uint8Array;
}

/** Reads all wheels of a job, and hands over what it finds in each. */
export type Contender = (job: Job, found: (answer: Answer) => void) => Promise<void>;

/** How a job went: wall and CPU seconds; the answer's hash when it was to be checked; what else to say of it. */
export interface Outcome {
  seconds: number;
  cpuSeconds: number;
  members: number;
  recordBytes: number;
  digest: string | null;
}

/** Does something for each item, so many at a time. */
export async function eachOf<T>(items: T[], concurrency: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
