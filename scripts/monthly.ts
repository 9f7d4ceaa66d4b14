// A month's edition without anybody watching: survey, gate, dataset, site, one run at a time, everything logged; or the question
// whether the newest dataset is fresh. How it is put to use stands in docs/monthly.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { stopSignal } from "../pipeline/commands/output.ts";
import { takeLock } from "../pipeline/database/lock.ts";
import { EXIT, EXIT_MEANINGS, type RunError } from "../pipeline/errors.ts";
import { makeFolder } from "../pipeline/folders.ts";

const USAGE = `scripts/monthly [--edition YYYY-MM] [--database FILE] [--reports DIR] [--dist DIR] [--datasets URL] [--allow-incomplete] [-- OPTIONS OF survey]
scripts/monthly --check [--dist DIR]`;
const MOST_RUNS = 3; // What fails is tried again by the next run, and left after three.
const FRESH_DAYS = 40; // From an edition's month's first day: until the next one is some days late.
const DAY = 24 * 60 * 60 * 1000;
const SITE = "site"; // Of all editions, beside their datasets.
const EDITION = /^\d{4}-\d{2}$/;

interface Options {
  check: boolean;
  edition: string;
  database: string;
  reports: string;
  dist: string;
  datasets: string | undefined;
  allowIncomplete: boolean;
  surveyOptions: string[];
}

type Say = (line: string) => void;

async function main(): Promise<number> {
  const options = readArguments();
  return options.check ? checkFreshness(options.dist) : publishAlone(options);
}

/** Whether the newest edition that passed the gate is at most 40 days old: exit code 0, else 6, with one line. */
function checkFreshness(dist: string): number {
  const editions = (existsSync(dist) ? readdirSync(dist) : []).filter((name) => EDITION.test(name)).sort();
  const newest = editions.at(-1);
  const days = newest === undefined ? null : Math.floor((Date.now() - Date.parse(`${newest}-01`)) / DAY);
  const found = days === null ? "no edition" : `newest edition ${newest}, begun ${days} days ago`;
  const isFresh = days !== null && days <= FRESH_DAYS;
  console[isFresh ? "log" : "error"](
    `${dist}: ${found}${isFresh ? "" : `, expected one of the last ${FRESH_DAYS} days`}`,
  );
  return isFresh ? EXIT.done : EXIT.gate;
}

/** The month's edition, if no other run is at it; the exit code is that of the command that ended it. */
async function publishAlone(options: Options): Promise<number> {
  const { edition, database } = options;
  makeFolder(dirname(database));
  const say = logger(join(dirname(database), "monthly.log"));
  const unlock = takeLock(`${database}.monthly`);
  if (!unlock) {
    say(`edition ${edition}: locked: another run holds ${database}.monthly.lock, expected it to be free`);
    return EXIT.database;
  }
  try {
    say(`edition ${edition}: begun`);
    const code = await publish(options, say);
    const meaning = Object.entries(EXIT).find(([, known]) => known === code)?.[0] as keyof typeof EXIT | undefined;
    const told = `not published, exit code ${code}: ${meaning ? EXIT_MEANINGS[meaning] : "unknown"}`;
    say(`edition ${edition}: ${code === EXIT.done ? `published in ${join(options.dist, edition)}` : told}`);
    return code;
  } finally {
    unlock();
  }
}

async function publish({ edition, database, ...options }: Options, say: Say): Promise<number> {
  const stop = stopSignal();
  const survey = ["--edition", edition, "--database", database, "--reports", options.reports, ...options.surveyOptions];
  let code = await runCommand(["survey", ...survey], say, stop);
  for (let run = 2; run <= MOST_RUNS && code === EXIT.failures; run++) {
    say(`edition ${edition}: run ${run} of at most ${MOST_RUNS}, for what has failed`);
    code = await runCommand(["survey", ...survey], say, stop);
  }
  if (code !== EXIT.done && code !== EXIT.failures) return code;
  const gate = options.allowIncomplete ? ["--allow-incomplete"] : [];
  const dataset = ["--edition", edition, "--database", database, "--dist", options.dist, ...gate];
  const written = await runCommand(["dataset", ...dataset], say, stop);
  if (written !== EXIT.done) return written;
  const datasets = options.datasets === undefined ? [] : ["--datasets", options.datasets];
  return runCommand(["site", "--database", database, "--out", join(options.dist, SITE), ...datasets], say, stop);
}

/** Runs a command of the program, its output logged line by line; a signal ends it as it would have ended alone. */
async function runCommand(words: string[], say: Say, stop: AbortSignal): Promise<number> {
  if (stop.aborted) return (stop.reason as RunError).exitCode;
  const program = ["--import", "tsx", "pipeline/cli.ts"];
  const child = spawn(process.execPath, [...program, ...words], { stdio: ["ignore", "pipe", "pipe"] });
  for (const output of [child.stdout, child.stderr]) createInterface({ input: output }).on("line", say);
  const end = () => child.kill("SIGTERM");
  stop.addEventListener("abort", end);
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  stop.removeEventListener("abort", end);
  if (signal !== null) say(`${words[0]}: killed by ${signal}`);
  return code ?? EXIT.bug;
}

function logger(path: string): Say {
  return (line) => {
    const entry = `${new Date().toISOString()} ${line}\n`;
    process.stderr.write(entry);
    appendFileSync(path, entry);
  };
}

function readArguments(): Options {
  const words = process.argv.slice(2);
  const end = words.includes("--") ? words.indexOf("--") : words.length;
  try {
    const { values } = parseArgs({
      args: words.slice(0, end),
      options: {
        check: { type: "boolean", default: false },
        edition: { type: "string", default: new Date().toISOString().slice(0, "YYYY-MM".length) },
        database: { type: "string", default: "data/survey.sqlite" },
        reports: { type: "string", default: "reports" },
        dist: { type: "string", default: "dist" },
        datasets: { type: "string" },
        "allow-incomplete": { type: "boolean", default: false },
      },
    });
    const { "allow-incomplete": allowIncomplete, ...others } = values;
    return { ...others, datasets: values.datasets, allowIncomplete, surveyOptions: words.slice(end + 1) };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function refuse(found: string): never {
  console.error(`monthly: ${found}, expected ${USAGE.replace("\n", " or ")}`);
  process.exit(EXIT.usage);
}

process.exitCode = await main();
