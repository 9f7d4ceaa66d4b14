// `name`: what is this file in my wheel? Everything that a path tells, as one JSON object a line.
import { createInterface } from "node:readline";
import { Command } from "@commander-js/extra-typings";
import { makeNamer } from "../naming/describe.ts";
import { isNativeMember } from "../naming/library-name.ts";
import { printLine } from "./output.ts";

const STDIN = "-";

/** The command. */
export const nameCommand = () =>
  new Command("name")
    .description("say what the paths of files in wheels tell, one JSON object a line")
    .argument("[paths...]", `paths inside a wheel, or bare file names; none, or ${STDIN}: from stdin, one a line`)
    .option("--all", "answer for every path of stdin, not for native files alone")
    .action(async (paths, { all }) => {
      const name = makeNamer();
      for (const given of paths.length > 0 ? paths : [STDIN]) {
        if (given !== STDIN) await printLine(JSON.stringify(name(given)));
        else
          for await (const path of linesOfStdin())
            if (all || isNativeMember(path)) await printLine(JSON.stringify(name(path)));
      }
    });

async function* linesOfStdin(): AsyncGenerator<string> {
  if (process.stdin.isTTY) process.stderr.write("paths, one a line; end with Ctrl-D\n");
  for await (const line of createInterface({ input: process.stdin })) if (line !== "") yield line;
}
