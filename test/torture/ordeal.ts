// What every ordeal of the torture tests is given and gives back, and the scratch folders it works in.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How hard an ordeal is to be: the seed that it is reproduced by, how often, and who hears how far it is. */
export interface Hardness {
  seed: number;
  count: number;
  say?: (line: string) => void;
}

/** What an ordeal has seen: figures by what they count, and one line for each promise that was broken. */
export interface Findings {
  figures: Record<string, number | string>;
  violations: string[];
}

/** Gives a folder to the work and removes it afterwards. */
export async function inScratch<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-torture-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Does the work for each item, so many at a time. */
export async function inParallel<Item>(
  width: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** The promise's value, or an error if it is not there in so many milliseconds: what is then called a hang. */
export async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
