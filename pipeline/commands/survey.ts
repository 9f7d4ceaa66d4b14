// The main job, and what runs when no command is named: the stages of an edition.
import { Command, Option } from "@commander-js/extra-typings";
import { EXIT, EXIT_MEANINGS, RunError } from "../errors.ts";
import { showProgress } from "../progress.ts";
import { runSurvey } from "../stage/run.ts";
import { CONTENTS_LEVELS } from "../stage/stage.ts";
import { STAGES } from "../stages.ts";
import {
  contactOption,
  databaseOption,
  editionOption,
  fileHostOption,
  indexOption,
  parseBytes,
  parseConcurrency,
  parseRate,
  parseShard,
  parseTop,
  queueOption,
  rankingOption,
  reportsOption,
} from "./options.ts";
import { stopSignal } from "./output.ts";

const STAGE_NAMES = STAGES.map(({ name }) => name).join(", ");

const ABOUT_STAGES = `
Stages, in their order; without one named, all of them run:
${STAGES.map(({ kind, name, about }) => `  ${name.padEnd(11)} ${kind.padEnd(8)} ${about}`).join("\n")}

Each stage does what is still to do and can be stopped and run again. What has been stored is never asked for twice:
a second run over an edition asks only for what is missing or failed, a new edition only for what is new.`;

/** What stands below the options in the help: stages, examples, exit codes. */
export const TOUR = `${ABOUT_STAGES}

Examples:
  npm run survey                                       this month's 500 projects from PyPI, into data/ and reports/
  npm run survey -- --contact you@example.org          the same, and say who you are
  npm run survey -- --projects numpy,psycopg2-binary --database trial.sqlite --reports trial
                                                       just these, in a database and reports of their own
  npm run survey -- check                              is PyPI what a survey takes it for? (8 requests at most)
  npm run survey -- status                             how far each edition is, and what failed
  npm run --silent survey -- name libssl-3-x64-0123456789abcdef0123456789abcdef.dll
                                                       what is this file in my wheel?
  npm run survey -- reports --edition 2026-11          write the reports of a stored edition again

Exit codes:
${Object.entries(EXIT)
  .map(([name, code]) => `  ${String(code).padEnd(4)} ${EXIT_MEANINGS[name as keyof typeof EXIT]}`)
  .join("\n")}

People read stderr; data goes to stdout and into files. Anything that supervises a run starts node directly
(node --import tsx pipeline/cli.ts), because npm dies of a signal before its child does.`;

/** The command. */
export const surveyCommand = () =>
  new Command("survey")
    .description("survey a month's edition, or run just these of its stages (what runs when no command is named)")
    .argument("[stages...]", `stages to run: ${STAGE_NAMES} (default: all)`)
    .addHelpText("after", ABOUT_STAGES)
    .addOption(editionOption("the month surveyed (default: this month, UTC)"))
    .option(
      "--top <N>",
      "how many projects with binary wheels to find, down the ranking, or all that the index lists (default: 500)",
      parseTop,
    )
    .addOption(indexOption())
    .addOption(fileHostOption())
    .addOption(rankingOption().conflicts("projects"))
    .option(
      "--shard <K/N>",
      "read only the wheels of this share of the projects; survey merge puts N of them together",
      parseShard,
    )
    .option("--projects <A,B,…|FILE>", "survey exactly these projects instead of a ranking")
    .addOption(databaseOption())
    .addOption(reportsOption())
    .option("--concurrency <N>", "requests at a time to a host (default: 6 on PyPI, else 8)", parseConcurrency)
    .option(
      "--rate <N>",
      "requests a second to a host, 0 for no limit (default: 2 to PyPI, 10 to its file host, else 0)",
      parseRate,
    )
    .addOption(
      new Option(
        "--contents <LEVEL>",
        "bytes of native files to read, each distinct one once: their heads, the libraries, or all (default: none; with --projects libraries)",
      ).choices(CONTENTS_LEVELS),
    )
    .option("--contents-budget <SIZE>", "bytes at most to fetch for that in the edition, such as 2GB", parseBytes)
    .addOption(
      queueOption("have workers collect that take their items from this Redis or Valkey server (survey worker)"),
    )
    .addOption(contactOption())
    .option("--retry", "try also what has failed three times")
    .action(async (names, options) => {
      const unknown = names.find((name) => !STAGES.some((stage) => stage.name === name));
      if (unknown !== undefined) {
        const found = `stage: ${JSON.stringify(unknown)}`;
        throw new RunError(EXIT.usage, `${found}, expected ${STAGE_NAMES}, or a command of --help in the first place`);
      }
      if (options.top === "all" && (options.projects ?? options.ranking) !== undefined)
        throw new RunError(EXIT.usage, "--top all: beside --projects or --ranking, expected the index's own list");
      const stages = names.length === 0 ? STAGES : STAGES.filter((stage) => names.includes(stage.name));
      const { database, reports, fileHost: fileHosts = [], retry = false } = options;
      const request = {
        edition: options.edition ?? new Date().toISOString().slice(0, 7),
        index: options.index ?? null,
        ranking: options.ranking ?? null,
        projects: options.projects ?? null,
        top: options.top === "all" ? null : (options.top ?? null),
        all: options.top === "all",
        queue: options.queue ?? null,
        shard: options.shard ?? null,
        concurrency: options.concurrency ?? null,
        rate: options.rate ?? null,
        contact: options.contact ?? null,
        contents: options.contents ?? null,
        contentsBudget: options.contentsBudget ?? null,
        ...{ database, reports, fileHosts, retry },
      };
      process.exitCode = await runSurvey(stages, request, showProgress(), stopSignal());
    });
