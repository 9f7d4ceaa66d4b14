// Every change that a survey makes on the disk, one after the other: the program killed at it, and the call failed, once and from
// then on, by strace. The loop is SQLite's own: https://www.sqlite.org/testing.html#i_o_error_testing
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SurveyRequest } from "../../pipeline/run.ts";
import { commandLine, EDITION, requestTo, survey } from "../harness.ts";
import { startIndex } from "../loopback/index-server.ts";
import { seeded } from "../zip-mutator.ts";
import { type Findings, type Hardness, inParallel, inScratch, within } from "./ordeal.ts";
import { smallSource } from "./small-index.ts";
import { differences, filesIn, type Outcome, outcomeOf, stateOf, wrongIn } from "./state.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROJECTS = 2;
const WIDTH = 2; // Surveys at a time.
const HANG = 60_000;

/** The system calls by which a survey changes the disk. Node writes elsewhere too: of `write`, only those on reports are meant. */
const CALLS: { call: string; onReports: boolean }[] = [
  { call: "pwrite64", onReports: false },
  { call: "fsync", onReports: false },
  { call: "fdatasync", onReports: false },
  { call: "ftruncate", onReports: false },
  { call: "unlink", onReports: false },
  { call: "rmdir", onReports: false },
  { call: "mkdir", onReports: false },
  { call: "rename", onReports: false },
  { call: "write", onReports: true },
];

/** What is done at a call: the process killed, or the call failed, once or from then on. */
const DEEDS: { deed: string; inject: string; lasting: boolean }[] = [
  { deed: "killed at", inject: "signal=KILL", lasting: false },
  { deed: "EIO once at", inject: "error=EIO", lasting: false },
  { deed: "EIO from", inject: "error=EIO", lasting: true },
  { deed: "ENOSPC once at", inject: "error=ENOSPC", lasting: false },
  { deed: "ENOSPC from", inject: "error=ENOSPC", lasting: true },
];

/** From where a survey starts: nothing, or a database and reports of fewer projects, which it has to extend and replace. */
const STARTS = ["nothing", "an earlier run"] as const;

/** Why this cannot be run here, or false. */
export const noStrace: string | false =
  spawnSync("strace", ["-f", "--seccomp-bpf", "-e", "trace=write", "true"]).status === 0 ? false : "no strace here";

interface Point {
  start: (typeof STARTS)[number];
  call: string;
  onReports: boolean;
  nth: number;
  deed: string;
  inject: string;
  lasting: boolean;
}

/** Does every deed at every call of a survey, or at `count` of these points, which the seed chooses. */
export async function run({ seed, count, say = () => {} }: Hardness): Promise<Findings> {
  return inScratch(async (scratch) => {
    const index = await startIndex(smallSource(PROJECTS));
    const at = (name: string) => requestTo(index, join(scratch, name), { top: PROJECTS, concurrency: 1 });
    const earlier = at("earlier");
    await survey({ ...earlier, top: PROJECTS - 1 });
    const clean = at("clean");
    await survey(clean);
    const expected = outcomeOf(clean);
    const prepare = (name: string, start: Point["start"]) => {
      const request = at(name);
      if (start === "nothing") mkdirSync(dirname(request.database));
      else cpSync(dirname(earlier.database), dirname(request.database), { recursive: true });
      return request;
    };

    const all: Point[] = [];
    for (const start of STARTS) all.push(...(await pointsOf(start, prepare(`counted from ${start}`, start))));
    const points = shuffled(all, seed).slice(0, count);
    const violations: string[] = [];
    const seen: Record<string, number> = { "points of a survey": all.length, "points tried": points.length };
    let tried = 0;
    await inParallel(WIDTH, points.entries(), async ([place, point]) => {
      const request = prepare(`point ${place}`, point.start);
      const title = `${point.deed} ${point.call} ${point.nth}, from ${point.start}`;
      const broken = (line: string) => violations.push(`writes, ${title}: ${line}`);
      const end = await endure(point, request, expected, broken);
      seen[end] = (seen[end] ?? 0) + 1;
      rmSync(dirname(request.database), { recursive: true, force: true });
      tried += 1;
      if (tried % 50 === 0) say(`${tried} of ${points.length} points, ${violations.length} violations`);
    });
    await index.close();
    return { figures: seen, violations };
  });
}

/** The points of a run: what strace sees of it. */
async function pointsOf(start: Point["start"], request: SurveyRequest): Promise<Point[]> {
  const calls = CALLS.map(({ call }) => call).join(",");
  const { log } = await traced(request, ["--seccomp-bpf", "-y", "-e", `trace=${calls}`]);
  return CALLS.flatMap(({ call, onReports }) => {
    const made = log.split("\n").filter((line) => {
      const found = /^\d+ +(\w+)\(\d*(?:<([^>]*)>)?/.exec(line);
      return found?.[1] === call && (!onReports || reportPaths(request).includes(found[2] ?? ""));
    });
    const numbers = made.map((_, before) => before + 1);
    return numbers.flatMap((nth) => DEEDS.map((deed) => ({ start, call, onReports, nth, ...deed })));
  });
}

/** One survey that meets one point, and then one that goes on; gives what became of the first, as a figure's name. */
async function endure(
  { call, onReports, nth, inject, lasting }: Point,
  request: SurveyRequest,
  expected: Outcome,
  broken: (line: string) => void,
): Promise<string> {
  const folder = join(request.reports, EDITION);
  const before = existsSync(folder) ? JSON.stringify(filesIn(folder)) : null;
  const paths = onReports ? reportPaths(request).flatMap((path) => ["-P", path]) : [];
  const fault = `inject=${call}:${inject}:when=${nth}${lasting ? "+" : ""}`;
  const kills = inject === "signal=KILL";
  // With --seccomp-bpf, which makes strace fast, no signal is delivered.
  const speed = kills ? [] : ["--seccomp-bpf"];
  const first = await traced(request, [...speed, ...paths, "-e", `trace=${call}`, "-e", fault]);

  for (const line of wrongIn(stateOf(request.database), expected)) broken(line);
  const after = existsSync(folder) ? JSON.stringify(filesIn(folder)) : null;
  if (after !== before && after !== null && after !== JSON.stringify(expected.reports)) broken("reports are a mix");
  const isGone = before !== null && after === null;
  if (first.code === 0) for (const line of differences(request, expected, { tidy: false })) broken(line);
  else if (!kills) for (const line of complaint(first, dirname(request.database))) broken(line);

  const code = await within(HANG, survey(request)).catch((error: unknown) => broken(String(error)));
  if (code !== undefined && code !== 0) broken(`the next run: exit ${code}`);
  for (const line of differences(request, expected)) broken(line);
  if (isGone) return "reports missing until the next run";
  if (!first.log.includes("(INJECTED)") && first.signal === null) return "not reached";
  return first.signal === null ? `exit ${first.code}` : "killed";
}

/** What is wrong with how a run that the disk has failed took its leave: it owes one line that names file and cause, and 5 or 7. */
function complaint({ code, stderr }: Traced, folder: string): string[] {
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  const wrong = code === 7 ? [] : [`exit ${code}, expected 7`];
  if (/^ {4}at |a bug, please/m.test(stderr)) wrong.push("a stack trace");
  const named = last.includes(folder) && /(SQLITE_|\bE)[A-Z_]{2,}.*, expected /.test(last);
  if (!named) wrong.push("no file and cause");
  return wrong.map((line) => `${line}: ${last}`);
}

function shuffled<Item>(items: Item[], seed: number): Item[] {
  const random = seeded(seed);
  const order = items.map((item) => ({ item, place: random(2 ** 32) }));
  return order.sort((a, b) => a.place - b.place).map(({ item }) => item);
}

interface Traced {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  log: string;
}

/** Runs the program under strace with these options. */
async function traced(request: SurveyRequest, options: string[]): Promise<Traced> {
  const log = `${dirname(request.database)}.strace`;
  const program = [process.execPath, "--import", "tsx", "pipeline/cli.ts", ...commandLine(request)];
  const child = spawn("strace", ["-f", "-o", log, ...options, ...program], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code, signal] = (await within(HANG, once(child, "close"))) as [number | null, NodeJS.Signals | null];
  return { code, signal, stderr, log: readFileSync(log, "utf8") };
}

/** The files by which reports are written, before they are renamed. */
function reportPaths({ reports }: SurveyRequest): string[] {
  const names = ["README", "libraries", "components", "projects", "unrecognized"];
  const files = names.flatMap((name) => [".md", ".csv"].map((type) => join(reports, `.${EDITION}.new`, name + type)));
  return [...files, join(reports, ".README.md.new")];
}
