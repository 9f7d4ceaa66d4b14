// `verdicts`: what the strict ZIP reader says of files on disk; how anyone tries it on a corpus of odd archives.
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { EXIT, RunError } from "../errors.ts";
import { readDirectory } from "../formats/zip/directory.ts";
import { findEndRecord } from "../formats/zip/end-record.ts";
import { ZipError } from "../formats/zip/reasons.ts";
import { printable } from "../progress.ts";
import { escapeName } from "../publish/escape.ts";
import { printLine } from "./output.ts";

/** The command. */
export const verdictsCommand = () =>
  new Command("verdicts")
    .description(
      "say of each file in a folder whether the strict ZIP reader accepts it (TSV; exit code 3 if it refuses one)",
    )
    .argument("<DIR>", "a folder of archives, whatever their names")
    .action(async (folder) => {
      for (const verdict of verdictsOn(folder)) {
        if (verdict.refusal !== null) process.exitCode = EXIT.failures;
        await printLine(verdictLine(verdict));
      }
    });

/** A file's name, and why the strict reader refuses it: `code: found, expected wanted`, or null if it accepts it. */
export interface Verdict {
  file: string;
  refusal: string | null;
}

const FIRST_TAIL = 64 * 1024;

/** The verdicts on every regular file of a folder (links followed), by name in byte order; RunError 2 if it is no folder. */
function* verdictsOn(folder: string): Generator<Verdict> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    throw new RunError(EXIT.usage, `verdicts ${folder}: ${(error as Error).message}, expected a folder`);
  }
  for (const file of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const path = join(folder, file);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) yield { file, refusal: refusalOf(path) };
  }
}

/** A verdict as a line of TSV: the name escaped so that it can be had back, the refusal as a terminal may have it. */
function verdictLine({ file, refusal }: Verdict): string {
  return [escapeName(file), ...(refusal === null ? ["accept"] : ["reject", printable(refusal)])].join("\t");
}

function refusalOf(path: string): string | null {
  const fd = openSync(path, "r");
  try {
    const { size } = fstatSync(fd);
    const read = (start: number, end: number) => {
      const bytes = Buffer.alloc(end - start);
      readSync(fd, bytes, 0, bytes.length, start);
      return bytes;
    };
    let end = findEndRecord(read(Math.max(0, size - FIRST_TAIL), size), size);
    while ("needFrom" in end) end = findEndRecord(read(end.needFrom, size), size);
    readDirectory(read(end.directoryOffset, end.directoryOffset + end.directorySize), end);
    return null;
  } catch (error) {
    if (error instanceof ZipError) return error.message;
    throw error;
  } finally {
    closeSync(fd);
  }
}
