// How much memory a run takes.
import { existsSync, readFileSync } from "node:fs";
import { endOf, start } from "../harness.ts";
import { within } from "./ordeal.ts";

const OFTEN = 20; // Milliseconds.
const HANG = 240_000;

/** Why memory cannot be measured here, or false. */
export const NO_PROC = existsSync("/proc/self/status") ? false : "no /proc here";

/**
 * Runs the program, looking again and again at the most memory that it has had, in megabytes; with a heap of at most `heap` megabytes and
 * few of new objects, as otherwise V8 decides by the machine's memory how much garbage it keeps before it looks for any.
 */
export async function measured(words: string[], heap: number | null = null) {
  const child = start(
    words,
    "ignore",
    heap === null ? [] : [`--max-old-space-size=${heap}`, "--max-semi-space-size=4"],
  );
  let kilobytes = 0;
  const watch = setInterval(() => {
    kilobytes = Math.max(kilobytes, peakOf(child.pid!));
  }, OFTEN);
  const end = await within(HANG, endOf(child));
  clearInterval(watch);
  return { ...end, megabytes: Math.round(kilobytes / 1024) };
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // It has just ended.
  }
}
