// The figures as Markdown, and what was to be reached with them.
import { arch, cpus, loadavg, platform, release } from "node:os";
import { markdownTable } from "markdown-table";
import { median, spread } from "./figures.ts";
import type { Offline, Walks } from "./micro.ts";
import { FIELD, PEERS, type Standing } from "./race.ts";
import type { ScaleResult } from "./scale.ts";
import type { TailCost } from "./tails.ts";

/** Where and when something was measured; `load` is the mean number of runnable processes of the last minute, before it began. */
export interface Circumstances {
  date: string;
  cpu: string;
  node: string;
  system: string;
  load: number;
}

/** A goal, what was measured, and whether it was reached. */
export interface Goal {
  goal: string;
  found: string;
  reached: boolean;
}

const NOISY = 0.25; // Rounds that lie farther apart than this share of their median are told of.

/** The circumstances as they are now. */
export function circumstances(): Circumstances {
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    cpu: `${cpus().length} × ${cpu?.model ?? arch()}`,
    node: process.version,
    system: `${platform()} ${release()}`,
    load: loadavg()[0]!,
  };
}

/** One line about the machine. */
export function machineLine({ date, cpu, node, system, load }: Circumstances): string {
  return `Measured ${date} UTC on ${cpu}, Node ${node}, ${system}; load before: ${load.toFixed(1)}.`;
}

/** The table of one course: who asked how much, and how long it took. */
export function raceTable(standings: Standing[], wheels: number): string {
  const seconds = (name: string) => standings.find(({ contender }) => contender === name)!.seconds;
  return table(
    ["", "requests", "a wheel", "MB", "KB a wheel", "seconds", "× floor", "× ours, cold", "CPU s"],
    standings.map((standing) => [
      FIELD[standing.contender]!,
      String(standing.requests),
      (standing.requests / wheels).toFixed(2),
      (standing.bytes / 1e6).toFixed(1),
      (standing.bytes / wheels / 1e3).toFixed(1),
      median(standing.seconds).toFixed(2),
      ratio(standing.seconds, seconds("floor")).toFixed(2),
      ratio(standing.seconds, seconds("cold")).toFixed(2),
      median(standing.cpuSeconds).toFixed(2),
    ]),
  );
}

/** Whose rounds lay far apart, as a sentence. */
export function noiseLine(standings: Standing[]): string {
  const noisy = standings
    .filter(({ seconds }) => seconds.length > 1 && spread(seconds) > NOISY)
    .map(
      ({ course, contender, seconds }) =>
        `${contender} (${course}: ${seconds.map((each) => each.toFixed(2)).join(", ")})`,
    );
  return noisy.length === 0
    ? `Noise: the rounds of nobody lay farther apart than ${100 * NOISY} % of their median.`
    : `Noisy, seconds of the rounds: ${noisy.join("; ")}.`;
}

/** What each way to predict a tail costs. */
export function tailTable(costs: TailCost[]): string {
  return table(
    ["first range", "wheels", "requests a wheel", "KB a wheel", "in one request"],
    costs
      .filter(({ wheels }) => wheels > 0)
      .map(({ policy, wheels, requests, bytes, inOne }) => [
        policy,
        String(wheels),
        (requests / wheels).toFixed(3),
        (bytes / wheels / 1e3).toFixed(1),
        `${((100 * inOne) / wheels).toFixed(0)} %`,
      ]),
  );
}

/** What takes no network. */
export function microTable({ entries, laps }: Walks, offline: Offline): string {
  const stages = Object.entries(offline.seconds).map(([stage, seconds]) => [
    `stage ${stage}, ${offline.members} native files`,
    `${seconds.toFixed(2)} s`,
  ]);
  const walk = (name: keyof typeof laps) => `${median(laps[name]).toFixed(2)} µs an entry`;
  return table(
    ["", "median"],
    [
      [`directory walk over ${entries} entries: ours, strict`, walk("ours")],
      ["… a plain loop that checks nothing", walk("plain")],
      ["… yauzl, lazyEntries", walk("yauzl")],
      ["storing native files", `${Math.round(offline.insertsPerSecond / 1000)} thousand rows a second`],
      ...stages,
    ],
  );
}

/** The runs of a full edition. */
export function scaleTable({ runs }: ScaleResult): string {
  return table(
    [
      "run",
      "seconds",
      "CPU s",
      "peak RSS, MB",
      "requests",
      "of them conditional",
      "ranges",
      "MB",
      "libraries, components, reports, s",
    ],
    runs.map(({ what, seconds, cpuSeconds, peakRss, asked, stages }) => [
      what,
      seconds.toFixed(1),
      cpuSeconds.toFixed(2),
      (peakRss / 1e6).toFixed(0),
      String(asked.requests),
      String(asked.conditional),
      String(asked.ranges),
      (asked.bytes / 1e6).toFixed(1),
      ["libraries", "components", "reports"].map((stage) => (stages[stage] ?? 0).toFixed(1)).join(", "),
    ]),
  );
}

/** Goals and what was found. */
export function goalTable(goals: Goal[]): string {
  return table(
    ["goal", "found", ""],
    goals.map(({ goal, found, reached }) => [goal, found, reached ? "reached" : "**missed**"]),
  );
}

/** The goals of reading: `far` is the course with the delay. */
export function raceGoals(far: Standing[], wheels: number, costs: TailCost[], walks: Walks): Goal[] {
  const of = (name: string) => far.find(({ contender }) => contender === name)!;
  const [floor, cold] = [of("floor"), of("cold")];
  const peers = far.filter(({ contender }) => PEERS.includes(contender));
  const best = peers.reduce((a, b) => (median(a.seconds) <= median(b.seconds) ? a : b));
  const frugal = peers.filter(({ requests, bytes }) => requests <= cold.requests && bytes <= cold.bytes);
  const renewed = costs.find(({ policy }) => policy.includes("earlier release, known"))!;
  const [requests, kilobytes] = [cold.requests / wheels, cold.bytes / wheels / 1e3];
  const aboveFloor = ratio(cold.seconds, floor.seconds);
  const faster = ratio(best.seconds, cold.seconds);
  const aboveLoop = ratio(walks.laps.ours, walks.laps.plain);
  return [
    { goal: "cold: at most 1.20 requests a wheel", found: requests.toFixed(2), reached: requests <= 1.2 },
    { goal: "cold: at most 111 KB a wheel", found: kilobytes.toFixed(1), reached: kilobytes <= 111 },
    ...(renewed.wheels > 0 ? [learnedGoal(renewed)] : []),
    {
      goal: "no peer better in requests and bytes at once",
      found: frugal.map(({ contender }) => contender).join(", ") || "none",
      reached: frugal.length === 0,
    },
    { goal: `${far[0]!.course}: at most 2 × the floor`, found: aboveFloor.toFixed(2), reached: aboveFloor <= 2 },
    {
      goal: `${far[0]!.course}: at least 2 × as fast as the best peer`,
      found: `${faster.toFixed(2)} (${best.contender})`,
      reached: faster >= 2,
    },
    { goal: "directory walk: at most 2 × the plain loop", found: aboveLoop.toFixed(2), reached: aboveLoop <= 2 },
  ];
}

function learnedGoal({ requests, wheels }: TailCost): Goal {
  const each = requests / wheels;
  return {
    goal: "with an earlier release known: at most 1.05 requests a wheel",
    found: `${each.toFixed(2)} (${wheels} wheels)`,
    reached: each <= 1.05,
  };
}

/** The goals of a full edition. */
export function scaleGoals({ runs }: ScaleResult): Goal[] {
  const [cold, again, next] = runs as [ScaleResult["runs"][0], ScaleResult["runs"][0], ScaleResult["runs"][0]];
  const offline = ["libraries", "components", "reports"].reduce((sum, stage) => sum + (cold.stages[stage] ?? 0), 0);
  const unconditional = next.asked.documents - next.asked.conditional + next.asked.ranges;
  return [
    { goal: "peak RSS under 300 MB", found: (cold.peakRss / 1e6).toFixed(0), reached: cold.peakRss < 300e6 },
    { goal: "CPU under 90 s", found: cold.cpuSeconds.toFixed(1), reached: cold.cpuSeconds < 90 },
    { goal: "deriving and reporting under 10 s", found: offline.toFixed(1), reached: offline < 10 },
    { goal: "nothing new: no request", found: String(again.asked.requests), reached: again.asked.requests === 0 },
    { goal: "nothing new: under 1 s of CPU", found: again.cpuSeconds.toFixed(2), reached: again.cpuSeconds < 1 },
    {
      goal: "next month, nothing new: conditional requests only (and the ranking)",
      found: `${next.asked.conditional} conditional, ${unconditional} others`,
      reached: unconditional === 0 && next.asked.notModified === next.asked.conditional,
    },
  ];
}

// Round by round, so that what disturbed a whole round disturbs no ratio.
function ratio(values: number[], others: number[]): number {
  return median(values.map((value, round) => value / others[round]!));
}

function table(columns: string[], rows: string[][]): string {
  const align = columns.map((_, column) => (column === 0 ? "left" : "right"));
  return markdownTable([columns, ...rows], { align, alignDelimiters: false });
}
