// The real program, killed at random moments and started again until it ends: nothing lost, doubled, torn, wrong or left over.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { commandLine, endOf, inParallel, requestTo } from "../harness.ts";
import { startIndex } from "../loopback/index-server.ts";
import { seeded } from "../zip-mutator.ts";
import { compileProgram, type Ordeal, within } from "./ordeal.ts";
import { smallSource } from "./small-index.ts";
import { differences, stateOf, undisturbed, wrongIn } from "./state.ts";

const PROJECTS = 4;
const LATENCY = 30; // Milliseconds before each answer, so that a run lasts long enough to be killed in every stage.
const WIDTH = 3; // Surveys at a time: more than the usual two processors, as they often wait.
const MOST_KILLS = 10; // Of one survey, which is then let go on to its end.
const HANG = 60_000;
const MIDWAY = "kills with some facts stored, not all";

/** Kills runs `count` times, in as many surveys as it takes. */
export const kills: Ordeal = {
  promise: "SIGKILL at any moment loses, doubles and tears nothing",
  counts: "SIGKILLs at random moments",
  inTests: 200,
  count: 1000,
  async run({ seed, count, scratch, say, broken }) {
    const index = await startIndex(smallSource(PROJECTS), { latency: LATENCY });
    const program = compileProgram(join(scratch, "program"));
    const random = seeded(seed);
    const at = (name: string) => requestTo(index, join(scratch, name), { top: PROJECTS, concurrency: 2 });
    const expected = await undisturbed(at("clean"));
    const timed = await Promise.all(
      Array.from({ length: WIDTH }, (_, nth) => workingTime(program, at(`timed-${nth}`))),
    );
    const span = Math.max(...timed);

    const seen = { kills: 0, [MIDWAY]: 0, surveys: 0 };
    const surveys = function* () {
      for (; seen.kills < count; yield seen.surveys) seen.surveys += 1;
    };
    await inParallel(WIDTH, surveys(), async (nth) => {
      const request = at(`killed-${nth}`);
      const wrong = (line: string) => broken(`survey ${nth}: ${line}`);
      let earlier: string[] = [];
      for (let killed = 0; killed <= MOST_KILLS; killed += 1) {
        const isSpared = () => killed === MOST_KILLS || seen.kills >= count;
        const { child, began, ended } = launch(program, request);
        await began;
        if (!isSpared()) await Promise.race([sleep((span * random(1000)) / 1000), ended]);
        if (!isSpared()) child.kill("SIGKILL");
        const { code, signal, stderr } = await within(HANG, ended).finally(() => child.kill("SIGKILL"));
        const state = stateOf(request.database);
        wrongIn(state, expected, earlier).forEach(wrong);
        earlier = state.facts;
        if (code !== null && code !== 0) wrong(`exit ${code}: ${stderr.trim().split("\n").at(-1)}`);
        if (signal === null) break;
        seen.kills += 1;
        if (earlier.length > 0 && earlier.length < expected.facts.length) seen[MIDWAY] += 1;
        if (seen.kills % 50 === 0) say(`${seen.kills} kills`);
      }
      differences(request, expected).forEach(wrong);
    });
    await index.close();
    return seen;
  },
};

/** Starts a run; it has begun when it first touches its folder. */
function launch(program: string, request: SurveyRequest) {
  const folder = dirname(request.database);
  mkdirSync(folder, { recursive: true });
  const watcher = watch(folder);
  const child = spawn(process.execPath, [program, ...commandLine(request)], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = endOf(child);
  const began = Promise.race([once(watcher, "change"), ended]).then(() => watcher.close());
  return { child, began, ended };
}

/** Milliseconds from the first touch to the end of a run that nothing disturbs. */
async function workingTime(program: string, request: SurveyRequest): Promise<number> {
  const { began, ended } = launch(program, request);
  await began;
  const since = performance.now();
  await ended;
  return performance.now() - since;
}
