// The real program, killed at random moments and started again until it ends: nothing lost, doubled, torn, wrong or left over.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { commandLine, requestTo, survey } from "../harness.ts";
import { type LoopbackIndex, startIndex } from "../loopback/index-server.ts";
import { type Random, seeded } from "../zip-mutator.ts";
import { compileProgram, type Findings, type Hardness, inParallel, inScratch, within } from "./ordeal.ts";
import { smallSource } from "./small-index.ts";
import { differences, type Outcome, outcomeOf, stateOf, wrongIn } from "./state.ts";

const PROJECTS = 4;
const LATENCY = 30; // Milliseconds before each answer, so that a run lasts long enough to be killed in every stage.
const WIDTH = 3; // Surveys at a time: more than the usual two processors, as they often wait.
const MOST_KILLS = 10; // Of one survey, which is then let go on to its end.
const HANG = 60_000;

/** Kills runs `count` times, in as many surveys as it takes. */
export async function run({ seed, count, say = () => {} }: Hardness): Promise<Findings> {
  return inScratch(async (scratch) => {
    const index = await startIndex(smallSource(PROJECTS), { latency: LATENCY });
    const program = compileProgram(join(scratch, "program"));
    const random = seeded(seed);
    const clean = requestAt(index, join(scratch, "clean"));
    await survey(clean);
    const expected = outcomeOf(clean);
    const timed = Array.from({ length: WIDTH }, (_, nth) => requestAt(index, join(scratch, `timed-${nth}`)));
    const span = Math.max(...(await Promise.all(timed.map((request) => workingTime(program, request)))));

    const violations: string[] = [];
    const seen = { kills: 0, surveys: 0, midway: 0 };
    const countKill = (midway: boolean) => {
      seen.kills += 1;
      if (midway) seen.midway += 1;
      if (seen.kills % 50 === 0) say(`${seen.kills} kills, ${violations.length} violations`);
    };
    const surveys = function* () {
      for (; seen.kills < count; yield seen.surveys) seen.surveys += 1;
    };
    await inParallel(WIDTH, surveys(), async (nth) => {
      const request = requestAt(index, join(scratch, `killed-${nth}`));
      const broken = (line: string) => violations.push(`kills, seed ${seed}, survey ${nth}: ${line}`);
      await tormented(request, expected, {
        program,
        random,
        span,
        broken,
        countKill,
        enough: () => seen.kills >= count,
      });
    });
    await index.close();
    return {
      figures: { kills: seen.kills, "kills with some facts stored, not all": seen.midway, surveys: seen.surveys },
      violations,
    };
  });
}

interface Torment {
  program: string;
  random: Random;
  span: number;
  broken: (line: string) => void;
  countKill: (midway: boolean) => void;
  enough: () => boolean;
}

/** One survey, killed again and again, until it comes to its end. */
async function tormented(request: SurveyRequest, expected: Outcome, torment: Torment): Promise<void> {
  const { program, random, span, broken, countKill, enough } = torment;
  let earlier: string[] = [];
  for (let kills = 0; ; kills += 1) {
    const isSpared = () => kills >= MOST_KILLS || enough();
    const { child, said, began, ended } = startIn(program, request);
    await began;
    if (!isSpared()) await Promise.race([sleep((span * random(1000)) / 1000), ended]);
    if (!isSpared() && child.exitCode === null) child.kill("SIGKILL");
    const code = await within(HANG, ended).catch((error: unknown) => {
      child.kill("SIGKILL");
      broken(String(error));
      return -1;
    });
    const state = stateOf(request.database);
    for (const line of wrongIn(state, expected, earlier)) broken(line);
    earlier = state.facts;
    if (child.signalCode === "SIGKILL") countKill(state.facts.length > 0 && state.facts.length < expected.facts.length);
    else if (code !== 0) broken(`exit ${code}: ${said().trimEnd().split("\n").at(-1)}`);
    if (child.signalCode !== "SIGKILL") break;
  }
  for (const line of differences(request, expected)) broken(line);
}

/** Starts a run; it has begun when it first touches its folder, and ended with its exit code. */
function startIn(
  program: string,
  request: SurveyRequest,
): {
  child: ChildProcess;
  said: () => string;
  began: Promise<void>;
  ended: Promise<number | null>;
} {
  const folder = dirname(request.database);
  mkdirSync(folder, { recursive: true });
  const watcher = watch(folder);
  const child = spawn(process.execPath, [program, ...commandLine(request)], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]) => code as number | null);
  const began = Promise.race([once(watcher, "change"), ended]).then(() => watcher.close());
  return { child, said: () => stderr, began, ended };
}

/** Milliseconds from the first touch to the end of a run that nothing disturbs. */
async function workingTime(program: string, request: SurveyRequest): Promise<number> {
  const { began, ended } = startIn(program, request);
  await began;
  const since = performance.now();
  await ended;
  return performance.now() - since;
}

function requestAt(index: LoopbackIndex, folder: string): SurveyRequest {
  return requestTo(index, folder, { top: PROJECTS, concurrency: 2 });
}
