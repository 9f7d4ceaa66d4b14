// The survey's reading beside what people would use instead, and what each way to predict a tail costs.
import { inScratch, requestTo, survey } from "../../test/harness.ts";
import { filePath } from "../../test/loopback/documents.ts";
import { FIELD, race, type Standing } from "./race.ts";
import { machineLine, median, type Report, ratio, table } from "./report.ts";
import { startServer } from "./server.ts";
import { knownTails, tailCosts } from "./tails.ts";
import { type BenchWheel, type Choice, chooseFiles, readWheels } from "./wheels.ts";

/** How many milliseconds the server waits before each answer. */
export const ROUND_TRIP = 20;
const CONCURRENCY = 16;

/** Has everybody read the wheels from one server, behind `ROUND_TRIP` ms, 16 at a time. */
export async function compareReaders(
  choice: Choice,
  wheels: BenchWheel[],
  rounds: number,
  tell: (line: string) => void,
): Promise<Standing[]> {
  const known = knownTails(wheels);
  const targets = wheels.map((wheel) => {
    const { file, recordPath, listing } = wheel;
    return { ...file, content: null, path: filePath(file), recordPath, listing, known: known.get(wheel)! };
  });
  const server = await startServer(choice, ROUND_TRIP);
  return inScratch(async (folder) => {
    const request = requestTo(server, folder, { top: 999_999 });
    await survey(request, ["ranking", "releases"]);
    const { database } = request;
    return race(server, { origin: server.url, concurrency: CONCURRENCY, targets, database }, rounds, tell);
  }).finally(() => server.close());
}

/** Measures reading and predicting on the wheels chosen. */
export async function measureReaders(choice: Choice, rounds: number, tell: (line: string) => void): Promise<Report> {
  const machine = machineLine();
  const wheels = await readWheels(chooseFiles(choice), tell);
  tell(`${wheels.length} wheels`);
  const standings = await compareReaders(choice, wheels, rounds, tell);
  tell("what the first range costs");
  const tails = await tailCosts(wheels);

  const gigabytes = wheels.reduce((sum, { file }) => sum + file.size, 0) / 1e9;
  const entries = wheels.reduce((sum, wheel) => sum + wheel.entries, 0);
  const { digest: ours } = standings.find(({ contender }) => contender === "cold")!;
  const unequal = standings.filter(({ contender, digest }) => !FIELD[contender]!.mute && digest !== ours);
  const parts = [
    `${wheels.length} binary wheels of ${gigabytes.toFixed(2)} GB, ${entries} entries; medians of ${rounds} rounds. ` +
      (unequal.length === 0 ? "All answers are equal." : "ANOTHER ANSWER than ours:"),
    ...unequal.map(({ contender }) => `- ${contender}`),
    machine,
    `### Behind ${ROUND_TRIP} ms, ${CONCURRENCY} at a time`,
    raceTable(standings, wheels.length),
    "### What the first range costs",
    table(tails, [
      ["first range", ({ policy }) => policy],
      ["wheels", (cost) => cost.wheels],
      ["requests a wheel", (cost) => (cost.requests / cost.wheels).toFixed(3)],
      ["KB a wheel", (cost) => (cost.bytes / cost.wheels / 1e3).toFixed(1)],
      ["in one request", (cost) => `${((100 * cost.inOne) / cost.wheels).toFixed(0)} %`],
    ]),
  ];
  return { parts, figures: { machine, standings, tails }, isSound: unequal.length === 0 };
}

function raceTable(standings: Standing[], wheels: number): string {
  const secondsOf = (name: string) => standings.find(({ contender }) => contender === name)!.seconds;
  return table(standings, [
    ["", ({ contender }) => FIELD[contender]!.title],
    ["requests", ({ requests }) => requests],
    ["a wheel", ({ requests }) => (requests / wheels).toFixed(2)],
    ["MB", ({ bytes }) => (bytes / 1e6).toFixed(1)],
    ["KB a wheel", ({ bytes }) => (bytes / wheels / 1e3).toFixed(1)],
    ["seconds", ({ seconds }) => median(seconds).toFixed(2)],
    ["from … to", ({ seconds }) => `${Math.min(...seconds).toFixed(2)} … ${Math.max(...seconds).toFixed(2)}`],
    ["× floor", ({ seconds }) => ratio(seconds, secondsOf("floor")).toFixed(2)],
    ["× ours, cold", ({ seconds }) => ratio(seconds, secondsOf("cold")).toFixed(2)],
    ["CPU s", ({ cpuSeconds }) => median(cpuSeconds).toFixed(2)],
  ]);
}
