// The process around the command line: its memory, its pipes, its exit code.
import { setFlagsFromString } from "node:v8";
import { runCommandLine } from "./command-line.ts";
import { EXIT } from "./errors.ts";

// V8 lets garbage grow to four times what is in use where there is much memory. Half as much again keeps eight hostile wheels at a
// time at about 290 MB instead of 418 (`npm run torture -- hostile --count 8`).
setFlagsFromString("--heap-growing-percent=50");

// Whoever reads our output may have seen enough: `… | head` is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.done);
});
// Nobody listens to what we say: the work is worth doing all the same.
process.stderr.on("error", () => {});

const exitCode = await runCommandLine(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (line) => process.stderr.write(line),
});
if (exitCode !== undefined) process.exitCode = exitCode;
