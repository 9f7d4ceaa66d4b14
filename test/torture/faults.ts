// Surveys of an index that fails: each kind of fault alone and all mixed, run again until complete, end like an undisturbed one.
import { join } from "node:path";
import { EXIT, RunError } from "../../pipeline/errors.ts";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { requestTo, rows, survey } from "../harness.ts";
import { type Fault, type FaultPlan, MIXTURE, randomFaults } from "../loopback/faults.ts";
import { startIndex } from "../loopback/index-server.ts";
import { type Findings, type Hardness, inScratch, within } from "./ordeal.ts";
import { smallSource, TAKEN } from "./small-index.ts";
import { differences, type Outcome, outcomeOf, stateOf, wrongIn } from "./state.ts";

const SHARE = 0.3;
const MOST_RUNS = 16;
const HANG = 30_000; // Milliseconds; one such run takes less than two seconds.
const MOST_REQUESTS = 1.5; // Times those of an undisturbed survey, where a third attempt in a row seldom fails too.
const FAST = { base: 1, cap: 4 };
const PLAIN: Fault[] = [{ kind: "status", status: 503 }, { kind: "reset" }];

/** Runs surveys with the faults of `count` seeds: every kind alone, all mixed, and plain errors, whose requests are counted. */
export async function run({ seed, count, say = () => {} }: Hardness): Promise<Findings> {
  return inScratch(async (scratch) => {
    const undisturbed = await startIndex(smallSource());
    const port = Number(new URL(undisturbed.url).port);
    const clean = requestTo(undisturbed, join(scratch, "clean"), { top: TAKEN });
    await survey(clean);
    const expected = outcomeOf(clean);
    const needed = asked(undisturbed.requests);
    await undisturbed.close();

    const violations: string[] = [];
    let surveys = 0;
    let runs = 0;
    const ratios: Record<string, number> = {};

    const mixtures: [what: string, faults: Fault[]][] = [
      ...MIXTURE.map((fault): [string, Fault[]] => [nameOf(fault), [fault]]),
      ["mixed", MIXTURE],
      ["plain", PLAIN],
    ];
    for (const [what, faults] of mixtures) {
      let requests = 0;
      for (let nth = seed; nth < seed + count; nth += 1) {
        const index = await startIndex(smallSource(), { port, fault: sparing(randomFaults(nth, SHARE, faults)) });
        const request = requestTo(index, join(scratch, `survey-${surveys}`), { top: TAKEN, backoff: FAST });
        const broken = (line: string) => violations.push(`faults ${what}, seed ${nth}: ${line}`);
        const exitCodes = await persist(request, expected, broken);
        const [cost] = rows(request.database, "SELECT sum(requests) AS requests FROM cost");
        if (!exitCodes.includes(EXIT.source) && cost?.requests !== asked(index.requests))
          broken(`${cost?.requests} requests told, ${asked(index.requests)} made`);
        runs += exitCodes.length;
        surveys += 1;
        requests += asked(index.requests);
        await index.close();
      }
      ratios[what] = requests / (needed * count);
      say(`${what}: ${surveys} surveys, ${violations.length} violations`);
    }

    const { plain = 0 } = ratios;
    if (plain > MOST_REQUESTS)
      violations.push(`faults plain: ${plain.toFixed(2)} times the requests of a clean survey`);
    return {
      figures: {
        "surveys with 30 % faults": surveys,
        "runs until complete": runs,
        "requests under plain errors, times those needed": plain.toFixed(2),
        "requests under the costliest of all, times those needed": Math.max(...Object.values(ratios)).toFixed(2),
      },
      violations,
    };
  });
}

/** Runs a survey again and again until nothing is missing; gives the exit codes of the runs that it took. */
async function persist(request: SurveyRequest, expected: Outcome, broken: (line: string) => void): Promise<number[]> {
  const exitCodes: number[] = [];
  while (exitCodes.length < MOST_RUNS) {
    const code = await within(HANG, survey({ ...request, retry: true })).catch((error: unknown) => {
      if (error instanceof RunError) return error.exitCode;
      broken(String(error));
      return -1;
    });
    exitCodes.push(code);
    for (const line of wrongIn(stateOf(request.database), expected)) broken(line);
    if (code === EXIT.done) {
      for (const line of differences(request, expected, { costly: true })) broken(line);
      return exitCodes;
    }
    if (code !== EXIT.failures && code !== EXIT.source) broken(`exit ${code} in run ${exitCodes.length}`);
  }
  broken(`not complete after ${MOST_RUNS} runs`);
  return exitCodes;
}

/** How many requests came too early after a server had asked to be left alone for `wait` milliseconds, in the words of a Retry-After. */
export async function tooEarly(retryAfter: () => string, wait: number): Promise<number> {
  return inScratch(async (folder) => {
    let refusedAt = 0;
    let again = 0;
    let others = 0;
    const fault: FaultPlan = ({ path, attempt }) => {
      if (!isAsked(path)) return undefined;
      const tooSoon = refusedAt > 0 && performance.now() - refusedAt < wait;
      if (tooSoon && attempt > 1) again += 1;
      else if (tooSoon) others += 1;
      if (refusedAt > 0) return undefined;
      refusedAt = performance.now();
      return { kind: "status", status: 429, headers: { "retry-after": retryAfter() } };
    };
    const index = await startIndex(smallSource(), { fault });
    await survey(requestTo(index, folder, { top: TAKEN, backoff: FAST, concurrency: PLACES }));
    await index.close();
    return again + Math.max(0, others - UNDER_WAY);
  });
}

const PLACES = 4;
const UNDER_WAY = PLACES - 1; // Requests that may have been sent before the answer.

// The ranking is asked for by another door, whose waits are those of a real run.
function sparing(plan: FaultPlan): FaultPlan {
  return (request) => (isAsked(request.path) ? plan(request) : undefined);
}

function isAsked(path: string): boolean {
  return path.startsWith("/pypi/") || path.startsWith("/packages/");
}

function asked(requests: { path: string }[]): number {
  return requests.filter(({ path }) => isAsked(path)).length;
}

function nameOf(fault: Fault): string {
  const words = Object.values(fault).filter((value) => typeof value !== "object");
  return words.join(" ");
}
