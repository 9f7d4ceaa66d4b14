// Every change that a survey makes on the disk, one after the other: the program killed before it, and the call failed, once and
// from then on, by strace. The loop is SQLite's own: https://www.sqlite.org/testing.html#i_o_error_testing
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { commandLine, EDITION, requestTo, survey } from "../harness.ts";
import { startIndex } from "../loopback/index-server.ts";
import { seeded } from "../zip-mutator.ts";
import { compileProgram, type Findings, type Hardness, inParallel, inScratch, within } from "./ordeal.ts";
import { smallSource } from "./small-index.ts";
import { differences, filesIn, type Outcome, outcomeOf, stateOf, wrongIn } from "./state.ts";

const PROJECTS = 2;
const HANG = 60_000;

/** A system call by which a survey changes the disk, or has it kept; and the errors that it can fail with. */
interface Call {
  call: string;
  /** Whether it is worth being killed before it: before a sync, there is on the disk what there is before the next change. */
  changes: boolean;
  /** Whether only calls on files of reports are meant: Node writes elsewhere too. */
  onReports: boolean;
  errors: string[];
}

const FULL = ["EIO", "ENOSPC"];
const CALLS: Call[] = [
  { call: "pwrite64", changes: true, onReports: false, errors: FULL },
  { call: "write", changes: true, onReports: true, errors: FULL },
  { call: "fsync", changes: false, onReports: false, errors: ["EIO"] },
  { call: "fdatasync", changes: false, onReports: false, errors: ["EIO"] },
  { call: "ftruncate", changes: true, onReports: false, errors: ["EIO"] },
  { call: "unlink", changes: true, onReports: false, errors: ["EIO"] },
  { call: "rmdir", changes: true, onReports: false, errors: ["EIO"] },
  { call: "mkdir", changes: true, onReports: false, errors: FULL },
  { call: "rename", changes: true, onReports: false, errors: FULL },
];

/** From where a survey starts: nothing, or a database and reports of fewer projects, which it has to extend and replace. */
const STARTS = ["nothing", "an earlier run"] as const;

const TRACED = `trace=${CALLS.map(({ call }) => call).join(",")}`;

/** Why this cannot be run here, or false. */
export const noStrace: string | false =
  spawnSync("strace", ["-f", "--seccomp-bpf", "-e", TRACED, "true"]).status === 0 ? false : "no such strace here";

/** What is done at a call: the process killed, or the call failed, once or from then on. */
type Deed = { deed: "killed" } | { deed: "failed"; error: string; lasting: boolean };

interface Point {
  start: (typeof STARTS)[number];
  on: Call;
  nth: number;
  deed: Deed;
}

/** Does every deed at every call of a survey, or at `count` of these points: those of every kind first, which of them by the seed. */
export async function run({ seed, count, say = () => {} }: Hardness): Promise<Findings> {
  return inScratch(async (scratch) => {
    const program = compileProgram(join(scratch, "program"));
    const index = await startIndex(smallSource(PROJECTS));
    const at = (name: string) => requestTo(index, join(scratch, name), { top: PROJECTS, concurrency: 1 });
    const earlier = at("earlier");
    await survey({ ...earlier, top: PROJECTS - 1 });
    const clean = at("clean");
    await survey(clean);
    const expected = outcomeOf(clean);
    const reports = Object.keys(expected.reports);
    const prepare = (name: string, start: Point["start"]): Ordered => {
      const request = at(name);
      if (start === "nothing") mkdirSync(dirname(request.database));
      else cpSync(dirname(earlier.database), dirname(request.database), { recursive: true });
      return { program, request, reports };
    };

    const all: Point[] = [];
    for (const start of STARTS) all.push(...(await pointsOf(start, prepare(`counted from ${start}`, start))));
    const points = ofEveryKind(all, seed).slice(0, count);
    const violations: string[] = [];
    const seen: Record<string, number> = { "points of a survey": all.length, "points tried": points.length };
    let tried = 0;
    await inParallel(availableParallelism(), points.entries(), async ([place, point]) => {
      const ordered = prepare(`point ${place}`, point.start);
      const broken = (line: string) => violations.push(`writes, seed ${seed}, ${titleOf(point)}: ${line}`);
      const end = await endure(point, ordered, expected, broken);
      seen[end] = (seen[end] ?? 0) + 1;
      rmSync(dirname(ordered.request.database), { recursive: true, force: true });
      tried += 1;
      if (tried % 50 === 0) say(`${tried} of ${points.length} points, ${violations.length} violations`);
    });
    await index.close();
    return { figures: seen, violations };
  });
}

/** The points of a run: what strace sees of it. */
async function pointsOf(start: Point["start"], ordered: Ordered): Promise<Point[]> {
  const { log } = await traced(ordered, ["-y", "-e", TRACED]);
  const paths = reportPaths(ordered);
  return CALLS.flatMap((on) => {
    const deeds: Deed[] = on.errors.flatMap((error) =>
      [false, true].map((lasting) => ({ deed: "failed", error, lasting })),
    );
    if (on.changes) deeds.unshift({ deed: "killed" });
    const made = log.split("\n").filter((line) => {
      const [, call, path = ""] = /^\d+ +(\w+)\(\d*(?:<([^>]*)>)?/.exec(line) ?? [];
      return call === on.call && (!on.onReports || paths.includes(path));
    });
    return made.flatMap((_, before) => deeds.map((deed) => ({ start, on, nth: before + 1, deed })));
  });
}

/** One survey that meets one point, and then one that goes on; gives what became of the first, as a figure's name. */
async function endure(
  { on, nth, deed }: Point,
  ordered: Ordered,
  expected: Outcome,
  broken: (line: string) => void,
): Promise<string> {
  const { request } = ordered;
  const folder = join(request.reports, EDITION);
  const before = existsSync(folder) ? JSON.stringify(filesIn(folder)) : null;
  const paths = on.onReports ? reportPaths(ordered).flatMap((path) => ["-P", path]) : [];
  const kills = deed.deed === "killed";
  const how = kills ? `delay_enter=${HANG}ms:when=${nth}` : `error=${deed.error}:when=${nth}${deed.lasting ? "+" : ""}`;
  const watched = [...paths, "-e", `trace=${on.call}`, "-e", `inject=${on.call}:${how}`];
  const first = await traced(ordered, watched, kills ? { call: on.call, nth } : null);

  for (const line of wrongIn(stateOf(request.database), expected)) broken(line);
  const after = existsSync(folder) ? JSON.stringify(filesIn(folder)) : null;
  if (after !== before && after !== null && after !== JSON.stringify(expected.reports)) broken("reports are a mix");
  const isGone = before !== null && after === null;
  if (first.code === 0) for (const line of differences(request, expected, { untidy: true })) broken(line);
  else if (!kills) for (const line of complaint(first, dirname(request.database))) broken(line);

  const code = await within(HANG, survey(request)).catch((error: unknown) => broken(String(error)));
  if (code !== undefined && code !== 0) broken(`the next run: exit ${code}`);
  for (const line of differences(request, expected)) broken(line);
  if (isGone) return "reports missing until the next run";
  if (first.signal !== null) return "killed";
  return first.log.includes("(INJECTED)") ? `exit ${first.code}` : "not reached";
}

function titleOf({ start, on, nth, deed }: Point): string {
  const what = deed.deed === "killed" ? "killed before" : `${deed.error} ${deed.lasting ? "from" : "once at"}`;
  return `${what} ${on.call} ${nth}, from ${start}`;
}

/** What is wrong with how a run that the disk has failed took its leave: it owes one line that names file and cause, and 7. */
function complaint({ code, stderr }: Traced, folder: string): string[] {
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  const wrong = code === 7 ? [] : [`exit ${code}, expected 7`];
  if (/^ {4}at |a bug, please/m.test(stderr)) wrong.push("a stack trace");
  const named = last.includes(folder) && /(SQLITE_|\bE)[A-Z_]{2,}.*, expected /.test(last);
  if (!named) wrong.push("no file and cause");
  return wrong.map((line) => `${line}: ${last}`);
}

/** The points in another order: one of each deed at each call from each start, then a second one of each, and so on. */
function ofEveryKind(points: Point[], seed: number): Point[] {
  const random = seeded(seed);
  const shuffled = points.map((point) => ({ point, place: random(2 ** 32) })).sort((a, b) => a.place - b.place);
  const seen = new Map<string, number>();
  const ordered = shuffled.map(({ point }) => {
    const kind = JSON.stringify({ ...point, nth: null });
    const earlier = seen.get(kind) ?? 0;
    seen.set(kind, earlier + 1);
    return { point, earlier };
  });
  return ordered.sort((a, b) => a.earlier - b.earlier).map(({ point }) => point);
}

/** A run that is asked for: of this program, with these files in its reports. */
interface Ordered {
  program: string;
  request: SurveyRequest;
  reports: string[];
}

interface Traced {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  log: string;
}

/** Runs the program under strace with these options; it is killed as it begins the call that strace has been told to delay. */
async function traced(
  { program, request }: Ordered,
  options: string[],
  killedAt: { call: string; nth: number } | null = null,
): Promise<Traced> {
  const log = `${dirname(request.database)}.strace`;
  writeFileSync(log, "");
  const read = () => readFileSync(log, "utf8");
  // Only the calls asked for stop at strace, which makes it fast; but then it can deliver no signal, so the kill is ours.
  const words = ["-f", "--seccomp-bpf", "-o", log, ...options, process.execPath, program, ...commandLine(request)];
  const child = spawn("strace", words, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const kill = () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid!, "SIGKILL"); // Both, as strace would wait for the delay to be over.
  };
  const watcher = watch(log, () => {
    if (killedAt && read().split(` ${killedAt.call}(`).length > killedAt.nth) kill();
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  try {
    // Closed once neither of them has stderr open any more: then both are gone.
    const [code, signal] = (await within(HANG, once(child, "close"))) as [number | null, NodeJS.Signals | null];
    return { code, signal, stderr, log: read() };
  } catch (error) {
    kill();
    throw error;
  } finally {
    watcher.close();
  }
}

/** The files by which reports are written, before they are renamed. */
function reportPaths({ request: { reports }, reports: names }: Ordered): string[] {
  return [...names.map((name) => join(reports, `.${EDITION}.new`, name)), join(reports, ".README.md.new")];
}
