// What commands share on their way out: lines of data on stdout, and signals that stop them.
import { once } from "node:events";
import { EXIT, RunError } from "../errors.ts";
import { printable } from "../progress.ts";

/** Prints a line of data, no faster than whoever reads it. */
export async function printLine(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
}

/** Says a line to people. */
export function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}

const stop = new AbortController();
let isHeard = false;

/** The process's signal that is aborted by the first SIGINT or SIGTERM; the second one ends the process at once. */
export function stopSignal(): AbortSignal {
  if (isHeard) return stop.signal;
  isHeard = true;
  for (const [name, exitCode] of [
    ["SIGINT", EXIT.interrupted],
    ["SIGTERM", EXIT.terminated],
    ["SIGHUP", EXIT.terminated],
  ] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(exitCode);
      stop.abort(new RunError(exitCode, `stopped by ${name}; run again to go on`));
    });
  }
  return stop.signal;
}
