// `check`: before the first long run, whether the index is what the survey takes it for.
import { statfsSync } from "node:fs";
import { Command } from "@commander-js/extra-typings";
import { checkIndex, type Finding, MOST_REQUESTS } from "../collect/check-index.ts";
import { EXIT } from "../errors.ts";
import { printable } from "../progress.ts";
import { contactOption, fileHostOption, indexOption, rankingOption } from "./options.ts";
import { printLine, stopSignal } from "./output.ts";

/** The command. */
export const checkCommand = () =>
  new Command("check")
    .description(
      `say with at most ${MOST_REQUESTS} requests whether the index is what a survey takes it for (exit code 4 if it is not)`,
    )
    .addOption(indexOption())
    .addOption(fileHostOption())
    .addOption(rankingOption())
    .addOption(contactOption())
    .action(async ({ index = null, fileHost: fileHosts = [], ranking = null, contact = null }) => {
      const { bavail, bsize } = statfsSync(".");
      const request = { index, fileHosts, ranking, contact, freeBytes: bavail * bsize, now: () => new Date() };
      for await (const finding of checkIndex(request, stopSignal())) {
        if (!finding.isExpected) process.exitCode = EXIT.source;
        await printLine(findingLine(finding));
      }
    });

function findingLine({ what, found, expected, isExpected }: Finding): string {
  return printable(`${isExpected ? "as expected" : "OTHERWISE  "}  ${what}: ${found}, expected ${expected}`);
}
