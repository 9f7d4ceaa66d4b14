// The command line: what can be asked for, checked word by word before anything is opened.

import { once } from "node:events";
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import {
  collectOption,
  parseConcurrency,
  parseContact,
  parseCount,
  parseEdition,
  parseRate,
} from "./commands/options.ts";
import { statusText } from "./commands/status.ts";
import { verdictLine, verdictsOn } from "./commands/verdicts.ts";
import { openForReading } from "./database/database.ts";
import { storedEdition } from "./editions/edition.ts";
import { EXIT, RunError } from "./errors.ts";
import { makeNamer } from "./naming/describe.ts";
import { printable, showProgress } from "./progress.ts";
import { writeDataset } from "./publish/dataset.ts";
import { runImport2023, runSurvey } from "./stage/run.ts";
import { STAGES } from "./stages.ts";

// Where there is much memory V8 lets garbage grow to four times what is in use. The survey is a guest: half as much again will do.
setFlagsFromString("--heap-growing-percent=50");

const TOUR = `
Stages, in their order; without one named, all of them run:
${STAGES.map(({ kind, name, about }) => `  ${name.padEnd(11)} ${kind.padEnd(8)} ${about}`).join("\n")}

Each stage does what is still to do and can be stopped and run again. What has been stored is never asked for twice:
a second run over an edition asks only for what is missing or failed, a new edition only for what is new.

Examples:
  npm run survey                                       this month's 500 projects from PyPI, into data/ and reports/
  npm run survey -- --contact you@example.org          the same, and say who you are
  npm run survey -- --projects numpy,psycopg2-binary --database trial.sqlite --reports trial
                                                       just these, in a database and reports of their own
  npm run survey -- status                             how far each edition is, and what failed
  npm run survey -- name libssl-3-x64-0123456789abcdef0123456789abcdef.dll
                                                       what is this file in my wheel?
  npm run survey -- reports --edition 2026-11          write the reports of a stored edition again

Exit codes:
  0 done    1 a bug    2 wrong usage    3 finished, but some items failed (they are listed; the reports say INCOMPLETE)
  4 the ranking or the index cannot be read    5 the database is in use, foreign or newer    6 a gate refused to publish
  7 the disk or an output cannot be written    130, 143 stopped by SIGINT, SIGTERM; run again to go on

People read stderr; data goes to stdout and into files. Anything that supervises a run starts node directly
(node --import tsx pipeline/cli.ts), because npm dies of a signal before its child does.`;

const program = new Command()
  .name("npm run survey --")
  .description("Surveys the native libraries that the wheels of PyPI's most downloaded projects carry inside.")
  .argument("[stages...]", `stages to run: ${STAGES.map(({ name }) => name).join(", ")}`)
  .option("--edition <YYYY-MM>", "the month surveyed (default: this month, UTC)", parseEdition)
  .option("--top <N>", "how many projects with binary wheels, for a ranking (default: 500)", parseCount)
  .option("--index <URL>", "root of the index; a project's document is at URL/pypi/<project>/json (default: PyPI)")
  .option("--file-host <URL>", "another origin that files may come from (can be repeated)", collectOption, [])
  .addOption(
    new Option("--ranking <URL|FILE>", "the download ranking (default: the month's top-pypi-packages)").conflicts(
      "projects",
    ),
  )
  .option("--projects <A,B,…|FILE>", "survey exactly these projects instead of a ranking")
  .option("--database <FILE>", "where everything is stored", "data/survey.sqlite")
  .option("--reports <DIR>", "where the reports go", "reports")
  .option("--concurrency <N>", "requests at a time (default: 6 on PyPI, else 8)", parseConcurrency)
  .option("--rate <N>", "requests a second, 0 for no limit (default: 10 on PyPI, else 0)", parseRate)
  .option("--contact <TEXT>", "who to write to about this survey; goes into the User-Agent", parseContact)
  .option("--retry", "try again also what has failed three times", false)
  .addHelpText("after", TOUR)
  .configureOutput({
    outputError: (message, write) =>
      write(
        `${printable(
          message
            .replace(/^error: /, "")
            .trim()
            .replace(/\s*\n\s*/g, " "),
        )}\n`,
      ),
  })
  .exitOverride()
  .enablePositionalOptions()
  .action(async (names, options) => {
    const unknown = names.find((name) => !STAGES.some((stage) => stage.name === name));
    if (unknown !== undefined) {
      throw new RunError(
        EXIT.usage,
        `stage: ${JSON.stringify(unknown)}, expected ${STAGES.map(({ name }) => name).join(", ")} or a command of --help`,
      );
    }
    const stages = names.length === 0 ? STAGES : STAGES.filter((stage) => names.includes(stage.name));
    process.exitCode = await runSurvey(
      stages,
      {
        edition: options.edition ?? new Date().toISOString().slice(0, 7),
        index: options.index ?? null,
        ranking: options.ranking ?? null,
        projects: options.projects ?? null,
        top: options.top ?? null,
        database: options.database,
        reports: options.reports,
        fileHosts: options.fileHost,
        concurrency: options.concurrency ?? null,
        rate: options.rate ?? null,
        contact: options.contact ?? null,
        retry: options.retry,
      },
      showProgress(),
      stopSignal(),
    );
  });

program
  .command("status")
  .description("say for each stage of each edition what is done, pending and failed")
  .option("--database <FILE>", "the survey's database", "data/survey.sqlite")
  .option("--edition <YYYY-MM>", "only this edition", parseEdition)
  .action((_, command) => {
    const options = placesOf<{ database: string; edition?: string }>(command);
    const db = openForReading(options.database);
    try {
      if (options.edition && !storedEdition(db, options.edition)) throw notStored(options.edition, options.database);
      process.stdout.write(statusText(db, STAGES, options.edition ?? null));
    } finally {
      db.close();
    }
  });

program
  .command("name")
  .description(
    "say what is known of files in wheels by their paths, one JSON object a line (paths also on stdin, one a line)",
  )
  .argument("[paths...]", "paths inside a wheel, or bare file names")
  .action(async (paths) => {
    const name = makeNamer();
    const given = paths.length > 0 ? paths : createInterface({ input: process.stdin });
    for await (const path of given) if (path !== "") await printLine(JSON.stringify(name(path)));
  });

program
  .command("dataset")
  .description("write the database as others get it, if the edition is complete (exit code 6 if it is not)")
  .requiredOption("--edition <YYYY-MM>", "the edition that is published", parseEdition)
  .option("--database <FILE>", "the survey's database", "data/survey.sqlite")
  .option("--out <DIR>", "where DIR/<edition>/survey.sqlite goes", "dataset")
  .option("--allow-incomplete", "publish it although something is missing", false)
  .action(async ({ out, allowIncomplete }, command) => {
    const { database, edition } = placesOf<{ database: string; edition: string }>(command);
    const db = openForReading(database);
    try {
      if (!storedEdition(db, edition)) throw notStored(edition, database);
      await printLine(await writeDataset(db, edition, out, allowIncomplete));
    } finally {
      db.close();
    }
  });

program
  .command("verdicts")
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

program
  .command("import-2023")
  .description("bring in the data set of the survey of 2023 as edition 2023-07, and set later editions beside it")
  .argument("<FILE|URL>", "its CSV: project, file name, distribution; no header")
  .option("--database <FILE>", "the survey's database", "data/survey.sqlite")
  .option("--reports <DIR>", "where the reports go", "reports")
  .action(async (at, _, command) => {
    const options = placesOf<{ database: string; reports: string }>(command);
    await runImport2023(at, options, showProgress(), stopSignal());
  });

/** A command's options; one that stands before the command's name counts where none stands behind it. */
function placesOf<T>(command: { opts(): object; getOptionValueSource(name: string): string | undefined }): T {
  const before = program.opts() as Record<string, unknown>;
  const options = Object.entries({ ...before, ...command.opts() }).map(([name, value]) => {
    const stated =
      command.getOptionValueSource(name) === "cli" || program.getOptionValueSource(name as never) !== "cli";
    return [name, stated ? value : before[name]];
  });
  return Object.fromEntries(options) as T;
}

function notStored(edition: string, database: string): RunError {
  return new RunError(EXIT.usage, `edition ${edition}: not in ${database}, expected one that was surveyed`);
}

/** A signal that is aborted by the first SIGINT or SIGTERM; the second one ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const [name, exitCode] of [
    ["SIGINT", EXIT.interrupted],
    ["SIGTERM", EXIT.terminated],
    ["SIGHUP", EXIT.terminated],
  ] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exitCode);
      controller.abort(new RunError(exitCode, `stopped by ${name}; run again to go on`));
    });
  }
  return controller.signal;
}

async function printLine(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
}

// Whoever reads our output may have seen enough: `… | head` is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.done);
});
// Nobody listens to what we say: the work is worth doing all the same.
process.stderr.on("error", () => {});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  else if (error instanceof RunError) {
    process.stderr.write(`${printable(error.message)}\n`);
    process.exitCode = error.exitCode;
  } else {
    process.stderr.write(`a bug, please report it: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = EXIT.bug;
  }
}
