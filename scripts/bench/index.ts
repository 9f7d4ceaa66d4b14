// npm run bench: the survey's reading beside what people would use instead, and a full edition. --help says more.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { requestTo, survey } from "../../test/harness.ts";
import type { Target } from "./contender.ts";
import { measureOffline, type Offline, type Walks, walkDirectories } from "./micro.ts";
import { MUTE, race, type Standing } from "./race.ts";
import {
  type Circumstances,
  circumstances,
  goalTable,
  machineLine,
  microTable,
  noiseLine,
  raceGoals,
  raceTable,
  scaleGoals,
  scaleTable,
  tailTable,
} from "./report.ts";
import { measureScale } from "./scale.ts";
import { ROUND_TRIP } from "./serve.ts";
import { startServer } from "./server.ts";
import { knownTails, type TailCost, tailCosts } from "./tails.ts";
import { type BenchWheel, type Choice, chooseFiles, readWheels } from "./wheels.ts";

/** Everything that one run on a choice of wheels has measured. */
interface Benchmark {
  machine: Circumstances;
  wheels: number;
  wheelBytes: number;
  entries: number;
  standings: Standing[];
  unequal: string[];
  tails: TailCost[];
  walks: Walks;
  offline: Offline;
}

const HELP = `npm run bench -- [FOLDER] [--rounds N] [--wheels N]
  Reads every binary wheel of FOLDER (default: the recorded slice, as sparse files) by the survey's own code and by what people would
  use instead, in turn, from one server process: directly, 8 at a time, and behind ${ROUND_TRIP} ms, 16 at a time. Checks that all give the
  same answer. Then counts what each way to predict a wheel's tail costs, and measures the parts that take no network.
  Only the ends of the wheels are read, so a folder of sparse files will do. remotezip and pip's lazy wheel take part if python3 has them.
  --rounds N   measured rounds after the one that warms up and checks (default: 3)
  --wheels N   only the first N wheels by name

npm run bench -- scale [--wheels N]
  Surveys N synthetic wheels (default: 15,000, some 4.6 million entries) by the program itself, twice, and the month after.

Progress goes to stderr, Markdown to stdout, all figures as JSON into bench/.`;

const LAPS = 5;
const NEAR = "loopback";
const FAR = `${ROUND_TRIP} ms`;
const tell = (line: string) => void process.stderr.write(`${line}\n`);

/** Has everybody read the wheels chosen, from one server. */
export async function compareReaders(
  choice: Choice,
  rounds: number,
  tell: (line: string) => void,
): Promise<{ wheels: BenchWheel[]; standings: Standing[] }> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const server = await startServer(choice);
  try {
    const wheels = await readWheels(chooseFiles(choice), tell);
    tell(`${wheels.length} wheels`);
    const request = requestTo(server, folder, { top: 999_999 });
    await survey(request, ["ranking", "releases"]);
    const courses = [
      { name: NEAR, origin: server.url, concurrency: 8 },
      { name: FAR, origin: server.delayedUrl, concurrency: 16 },
    ];
    const job = { targets: targetsOf(wheels), database: request.database };
    return { wheels, standings: await race(server, courses, job, rounds, tell) };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function benchmark(choice: Choice, rounds: number): Promise<Benchmark> {
  const machine = circumstances();
  const { wheels, standings } = await compareReaders(choice, rounds, tell);
  tell("what the first range costs");
  const tails = await tailCosts(wheels);
  tell("without a network");
  const walks = await walkDirectories(wheels, LAPS);
  const offline = await measureOffline(choice);
  const wheelBytes = wheels.reduce((sum, { file }) => sum + file.size, 0);
  const entries = wheels.reduce((sum, wheel) => sum + wheel.entries, 0);
  const unequal = unequalAnswers(standings);
  return { machine, wheels: wheels.length, wheelBytes, entries, standings, unequal, tails, walks, offline };
}

function targetsOf(wheels: BenchWheel[]): Target[] {
  const known = knownTails(wheels);
  return wheels.map((wheel) => {
    const { file, path, recordPath, listing } = wheel;
    return { filename: file.filename, size: file.size, path, recordPath, listing, known: known.get(wheel)! };
  });
}

/** Whose answer is not ours. */
function unequalAnswers(standings: Standing[]): string[] {
  const ours = standings.find(({ contender }) => contender === "cold")!.digest;
  const others = standings.filter(({ contender, digest }) => !MUTE.includes(contender) && digest !== ours);
  return [...new Set(others.map(({ contender }) => contender))];
}

function markdown(result: Benchmark): string {
  const { machine, wheels, wheelBytes, entries, standings, unequal, tails, walks, offline } = result;
  const near = standings.filter(({ course }) => course === NEAR);
  const far = standings.filter(({ course }) => course === FAR);
  const rounds = standings[0]!.seconds.length;
  const equal = unequal.length === 0 ? "All answers are equal." : `ANOTHER ANSWER than ours: ${unequal.join(", ")}.`;
  return `${[
    `${wheels} binary wheels of ${(wheelBytes / 1e9).toFixed(2)} GB, ${entries} entries; medians of ${rounds} rounds. ${equal}`,
    machineLine(machine),
    noiseLine(standings),
    `### On loopback, 8 at a time`,
    raceTable(near, wheels),
    `### Behind ${FAR}, 16 at a time`,
    raceTable(far, wheels),
    `### What the first range costs`,
    tailTable(tails),
    `### Without a network`,
    microTable(walks, offline),
    `### Goals`,
    goalTable(raceGoals(far, wheels, tails, walks)),
  ].join("\n\n")}\n`;
}

function writeJson(machine: Circumstances, result: object): void {
  const folder = fileURLToPath(new URL("../../bench/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${machine.date.replace(/[ :]/g, "-")}.json`), `${JSON.stringify(result, null, 2)}\n`);
}

async function runScale(wheels: number): Promise<void> {
  const machine = circumstances();
  const result = await measureScale(wheels, tell);
  writeJson(machine, { machine, ...result });
  const { entries, members, databaseBytes, wheelRequests, wheelBytes } = result;
  process.stdout.write(
    `${[
      `${result.wheels} synthetic wheels with ${entries} entries, ${members} of them native files; database ${(databaseBytes / 1e6).toFixed(0)} MB; ` +
        `${(wheelRequests / result.wheels).toFixed(3)} requests and ${(wheelBytes / result.wheels / 1e3).toFixed(1)} KB a wheel.`,
      machineLine(machine),
      scaleTable(result),
      goalTable(scaleGoals(result)),
    ].join("\n\n")}\n`,
  );
}

function parseNumber(option: string, text: string | undefined, otherwise: number | null): number | null {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,5}$/.test(text)) refuse(`--${option} ${text}, expected a whole number from 1`);
  return Number(text);
}

function refuse(found: string): never {
  process.stderr.write(`bench: ${found}; see --help\n`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { rounds: { type: "string" }, wheels: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = readArguments();
  const [what = null] = positionals;
  if (positionals.length > 1) refuse(`${positionals.length} arguments, expected one`);
  const rounds = parseNumber("rounds", values.rounds, 3)!;
  if (values.help) process.stdout.write(`${HELP}\n`);
  else if (what === "scale") await runScale(parseNumber("wheels", values.wheels, 15_000)!);
  else {
    if (what !== null && !statSync(what, { throwIfNoEntry: false })?.isDirectory()) refuse(`${what}: no folder`);
    const result = await benchmark({ folder: what, limit: parseNumber("wheels", values.wheels, null) }, rounds);
    writeJson(result.machine, result);
    process.stdout.write(markdown(result));
    process.exitCode = result.unequal.length === 0 ? 0 : 1;
  }
}
