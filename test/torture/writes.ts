// Every change that a survey makes on the disk, one after the other: the program killed before it, and the call failed, once and
// from then on, by strace. The loop is SQLite's own: https://www.sqlite.org/testing.html#i_o_error_testing
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { commandLine, EDITION, type Ending, endOf, inParallel, requestTo, survey } from "../harness.ts";
import { startIndex } from "../loopback/index-server.ts";
import { seeded } from "../zip-mutator.ts";
import { compileProgram, type Ordeal, within, wrongLeave } from "./ordeal.ts";
import { smallSource } from "./small-index.ts";
import { differences, filesIn, stateOf, undisturbed, wrongIn } from "./state.ts";

const PROJECTS = 2;
const HANG = 60_000;
const FULL = ["EIO", "ENOSPC"];

/** The system calls by which a survey changes the disk, or has it kept, and the errors that they can fail with. Of `write` only those on files of reports are meant: Node writes elsewhere too. */
const ERRORS = {
  pwrite64: FULL,
  write: FULL,
  fsync: ["EIO"],
  fdatasync: ["EIO"],
  ftruncate: ["EIO"],
  unlink: ["EIO"],
  rmdir: ["EIO"],
  mkdir: FULL,
  rename: FULL,
};
type Call = keyof typeof ERRORS;
const CALLS = Object.keys(ERRORS) as Call[];
const TRACED = `trace=${CALLS.join(",")}`;

/** From where a survey starts: nothing, or a database and reports of fewer projects, which it has to extend and replace. */
const STARTS = ["nothing", "an earlier run"] as const;

/** A call of a survey, and what is done at it: the process killed before it (null), or the call failed, once or from then on. */
interface Point {
  start: (typeof STARTS)[number];
  call: Call;
  error: string | null;
  lasting: boolean;
  nth: number;
}

/** Does everything at every call of a survey, or at `count` of these points: those of every kind first, which of them by the seed. */
export const writes: Ordeal = {
  promise: "killed or failed at a write, a survey says so and goes on the next time",
  counts: "points at which a call on the disk is killed or failed (all, if they are fewer)",
  inTests: 64,
  count: 10_000,
  missing: hasStrace() ? false : "no such strace here",
  async run({ seed, count, scratch, say, broken }) {
    const index = await startIndex(smallSource(PROJECTS));
    const program = compileProgram(join(scratch, "program"));
    const at = (name: string) => requestTo(index, join(scratch, name), { top: PROJECTS, concurrency: 1 });
    const earlier = at("earlier");
    await undisturbed({ ...earlier, top: PROJECTS - 1 });
    const expected = await undisturbed(at("clean"));
    const texts = JSON.stringify(expected.reports);
    const prepare = (name: string, start: Point["start"]) => {
      const request = at(name);
      const folder = dirname(request.database);
      if (start === "nothing") mkdirSync(folder);
      else cpSync(dirname(earlier.database), folder, { recursive: true });
      const written = Object.keys(expected.reports).map((file) => join(request.reports, `.${EDITION}.new`, file));
      const words = [program, ...commandLine(request)];
      return { request, folder, words, paths: [...written, join(request.reports, ".README.md.new")] };
    };

    const all: Point[] = [];
    for (const start of STARTS) {
      const { folder, words, paths } = prepare(`counted from ${start}`, start);
      const { log } = await traced(words, `${folder}.strace`, ["-y", "-e", TRACED]);
      all.push(...pointsIn(log, paths, start));
    }
    const points = ofEveryKind(all, seed).slice(0, count);
    const seen: Record<string, number> = { "points of a survey": all.length, "points tried": 0 };

    await inParallel(
      availableParallelism(),
      points.entries(),
      async ([place, { start, call, error, lasting, nth }]) => {
        const what = error ? `${error} ${lasting ? "from" : "once at"}` : "killed before";
        const wrong = (line: string) => broken(`${what} ${call} ${nth}, from ${start}: ${line}`);
        const { request, folder, words, paths } = prepare(`point ${place}`, start);
        const reports = () => {
          const files = filesIn(join(request.reports, EDITION));
          return Object.keys(files).length > 0 ? JSON.stringify(files) : null;
        };
        const before = reports();
        const how = error ? `error=${error}:when=${nth}${lasting ? "+" : ""}` : `delay_enter=${HANG}ms:when=${nth}`;
        const only = call === "write" ? paths.flatMap((path) => ["-P", path]) : [];
        const options = [...only, "-e", `trace=${call}`, "-e", `inject=${call}:${how}`];
        const end = await traced(words, `${folder}.strace`, options, error ? null : { call, nth });

        wrongIn(stateOf(request.database), expected).forEach(wrong);
        const after = reports();
        if (after !== before && after !== null && after !== texts) wrong("reports are a mix");
        if (end.code === 0) differences(request, expected, { untidy: true }).forEach(wrong);
        else if (error) wrongLeave(end, folder, /(SQLITE_|\bE)[A-Z_]{2,}.*, expected /).forEach(wrong);
        const code = await within(HANG, survey(request)).catch((error: unknown) => wrong(String(error)));
        if (code !== undefined && code !== 0) wrong(`the next run: exit ${code}`);
        differences(request, expected).forEach(wrong);

        const reached = end.log.includes("(INJECTED)") ? `exit ${end.code}` : "not reached";
        const fate =
          before !== null && after === null ? "reports missing until the next run" : end.signal ? "killed" : reached;
        seen[fate] = (seen[fate] ?? 0) + 1;
        rmSync(folder, { recursive: true, force: true });
        seen["points tried"]! += 1;
        if (seen["points tried"]! % 50 === 0) say(`${seen["points tried"]} of ${points.length} points`);
      },
    );
    await index.close();
    return seen;
  },
};

function hasStrace(): boolean {
  return spawnSync("strace", ["-f", "--seccomp-bpf", "-e", TRACED, "true"]).status === 0;
}

/** The points of a run: what strace has seen of it. */
function pointsIn(log: string, paths: string[], start: Point["start"]): Point[] {
  const made = log.split("\n").map((line) => /^\d+ +(\w+)\(\d*(?:<([^>]*)>)?/.exec(line) ?? []);
  return CALLS.flatMap((call) => {
    const its = made.filter(([, name, path = ""]) => name === call && (call !== "write" || paths.includes(path)));
    const failed = ERRORS[call].flatMap((error) => [false, true].map((lasting) => ({ error, lasting })));
    // Before a sync, there is on the disk what there is before the next change: not worth being killed.
    const deeds = call.endsWith("sync") ? failed : [{ error: null, lasting: false }, ...failed];
    return its.flatMap((_, earlier) => deeds.map((deed) => ({ start, call, ...deed, nth: earlier + 1 })));
  });
}

/** The points in another order: one of each kind from each start, then a second one of each, and so on. */
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

/** Runs the program under strace with these options; it is killed as it begins the call that strace has been told to delay. */
async function traced(
  words: string[],
  log: string,
  options: string[],
  killedAt: { call: string; nth: number } | null = null,
): Promise<Ending & { log: string }> {
  writeFileSync(log, "");
  const read = () => readFileSync(log, "utf8");
  // Only the calls asked for stop at strace, which makes it fast; but then it can deliver no signal, so the kill is ours.
  const traced = ["-f", "--seccomp-bpf", "-o", log, ...options, process.execPath, ...words];
  const child = spawn("strace", traced, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const kill = () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid!, "SIGKILL"); // Both, as strace would wait for the delay to be over.
  };
  const watcher = watch(log, () => {
    if (killedAt && read().split(` ${killedAt.call}(`).length > killedAt.nth) kill();
  });
  const end = await within(HANG, endOf(child)).finally(() => {
    watcher.close();
    kill();
  });
  return { ...end, log: read() };
}
