// What every ordeal of the torture tests is given and gives back; the scratch folder and the compiled program it works with.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cli } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
const TYPES_ONLY = ["--noEmit", "false", "--noCheck", "--rewriteRelativeImportExtensions"];

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

/** Compiles the program into a folder, file for file, so that its thousand starts need no tsx; gives the file that Node runs. */
export function compileProgram(folder: string): string {
  cpSync(join(ROOT, "pipeline"), join(folder, "pipeline"), { recursive: true });
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  for (const name of ["data", "node_modules"]) symlinkSync(join(ROOT, name), join(folder, name));
  const words = [TSC, "-p", ROOT, ...TYPES_ONLY, "--rootDir", ROOT, "--outDir", folder];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
  return join(folder, "pipeline", "cli.js");
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

/** Whether the promise is kept before the program, beside it, has been started for its help so many times in a row: "at once" on a machine however busy. */
export async function isSoonerThanStarts(times: number, promise: Promise<unknown>): Promise<boolean> {
  let isKept = false;
  const kept = promise.then(() => {
    isKept = true;
  });
  const starts = async () => {
    for (let nth = 0; nth < times && !isKept; nth += 1) await cli(["--help"]);
  };
  await Promise.race([kept, starts()]);
  return isKept;
}
