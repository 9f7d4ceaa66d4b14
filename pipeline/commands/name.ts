// `name`: what is this file in my wheel? Everything that a path tells, as one JSON object a line.
import { createInterface } from "node:readline";
import { Command } from "@commander-js/extra-typings";
import { makeNamer } from "../naming/describe.ts";
import { printLine } from "./output.ts";

/** The command. */
export const nameCommand = () =>
  new Command("name")
    .description(
      "say what is known of files in wheels by their paths, one JSON object a line (paths also on stdin, one a line)",
    )
    .argument("[paths...]", "paths inside a wheel, or bare file names")
    .action(async (paths) => {
      const name = makeNamer();
      const given = paths.length > 0 ? paths : createInterface({ input: process.stdin });
      for await (const path of given) if (path !== "") await printLine(JSON.stringify(name(path)));
    });
