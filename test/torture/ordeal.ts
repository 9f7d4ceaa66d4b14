// What every ordeal of the torture tests is given and gives back, and what several of them do.
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Ending } from "../harness.ts";

/** How hard an ordeal is to be: the seed that it is reproduced by, how often; a folder of its own; who hears how far it is, and of each broken promise. */
export interface Hardness {
  seed: number;
  count: number;
  scratch: string;
  say(line: string): void;
  broken(line: string): void;
}

/** A promise and how it is tried. */
export interface Ordeal {
  promise: string;
  /** What is counted, how often in a test, and how often by `npm run torture` unless it is told. */
  counts: string;
  inTests: number;
  count: number;
  /** Why it cannot be run here, or false. */
  missing?: string | false;
  /** Gives figures by what they count. */
  run(hardness: Hardness): Promise<Record<string, number | string>>;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", ROOT, "--rootDir", ROOT, "--noEmit", "false"];

/** Compiles the program into a folder, file for file, so that its thousand starts need no tsx; gives the file that Node runs. */
export function compileProgram(folder: string): string {
  cpSync(join(ROOT, "pipeline"), join(folder, "pipeline"), { recursive: true });
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  for (const name of ["data", "node_modules"]) symlinkSync(join(ROOT, name), join(folder, name));
  const words = [...TSC, "--noCheck", "--rewriteRelativeImportExtensions", "--outDir", folder];
  const { status, stdout } = spawnSync(process.execPath, words, { encoding: "utf8" });
  if (status !== 0) throw new Error(`tsc: ${stdout}`);
  return join(folder, "pipeline", "cli.js");
}

/** What is wrong with how a run that the disk has failed took its leave: it owes exit code 7 and one line that names file and cause. */
export function wrongLeave({ code, stderr }: Ending, folder: string, cause: RegExp): string[] {
  const last = stderr.trim().split("\n").at(-1)!;
  const wrong = code === 7 ? [] : [`exit ${code}, expected 7`];
  if (/^ {4}at |a bug, please/m.test(stderr)) wrong.push("a stack trace");
  if (!last.includes(folder) || !cause.test(last)) wrong.push("no file and cause");
  return wrong.map((line) => `${line}: ${last}`);
}

/** The promise's value, or an error if it is not there in so many milliseconds: what is then called a hang. */
export async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
