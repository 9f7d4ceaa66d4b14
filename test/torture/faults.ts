// Surveys of an index that fails: each kind of fault alone and all mixed, run again until complete, end like an undisturbed one.
import { join } from "node:path";
import { RunError } from "../../pipeline/errors.ts";
import type { SurveyRequest } from "../../pipeline/run.ts";
import { requestTo, survey } from "../harness.ts";
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
    let requests = 0;
    let plainRequests = 0;

    const mixtures: [what: string, faults: Fault[]][] = [
      ...MIXTURE.map((fault): [string, Fault[]] => [nameOf(fault), [fault]]),
      ["mixed", MIXTURE],
      ["plain", PLAIN],
    ];
    for (const [what, faults] of mixtures) {
      for (let nth = seed; nth < seed + count; nth += 1) {
        const index = await startIndex(smallSource(), { port, fault: sparing(randomFaults(nth, SHARE, faults)) });
        const request = requestTo(index, join(scratch, `${what}-${nth}`), { top: TAKEN, backoff: FAST });
        const broken = (line: string) => violations.push(`faults ${what}, seed ${nth}: ${line}`);
        runs += await persist(request, expected, broken);
        surveys += 1;
        requests += asked(index.requests);
        if (what === "plain") plainRequests += asked(index.requests);
        await index.close();
      }
      say(`${what}: ${surveys} surveys, ${violations.length} violations`);
    }

    const ratio = plainRequests / (needed * count);
    if (ratio > MOST_REQUESTS)
      violations.push(`faults plain: ${ratio.toFixed(2)} times the requests of a clean survey`);
    return {
      figures: {
        "surveys with 30 % faults": surveys,
        "runs until complete": runs,
        requests: requests,
        "requests under plain errors, times those needed": ratio.toFixed(2),
      },
      violations,
    };
  });
}

/** Runs a survey again and again until nothing is missing; says how many runs that took. */
async function persist(request: SurveyRequest, expected: Outcome, broken: (line: string) => void): Promise<number> {
  for (let runs = 1; runs <= MOST_RUNS; runs += 1) {
    const code = await within(HANG, survey({ ...request, retry: true })).catch((error: unknown) => {
      if (error instanceof RunError) return error.exitCode;
      broken(String(error));
      return -1;
    });
    for (const line of wrongIn(stateOf(request.database), expected)) broken(line);
    if (code === 0) {
      for (const line of differences(request, expected)) broken(line);
      return runs;
    }
    if (code !== 3 && code !== 4) broken(`exit ${code} in run ${runs}`);
  }
  broken(`not complete after ${MOST_RUNS} runs`);
  return MOST_RUNS;
}

/** Requests after a server has asked to be left alone, by what its Retry-After says: the milliseconds in which one came too early. */
export async function tooEarly(retryAfter: string, wait: number): Promise<number[]> {
  return inScratch(async (folder) => {
    const early: number[] = [];
    let refusedAt = 0;
    const fault: FaultPlan = ({ path }) => {
      if (!isAsked(path)) return undefined;
      const since = performance.now() - refusedAt;
      if (refusedAt > 0 && since > UNDER_WAY && since < wait) early.push(Math.round(since));
      if (refusedAt > 0) return undefined;
      refusedAt = performance.now();
      return { kind: "status", status: 429, headers: { "retry-after": retryAfter } };
    };
    const index = await startIndex(smallSource(), { fault });
    await survey(requestTo(index, folder, { top: TAKEN, backoff: FAST }));
    await index.close();
    return early;
  });
}

const UNDER_WAY = 60; // Milliseconds in which requests that were sent before the answer may still arrive.

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
  return "status" in fault ? `${fault.kind} ${fault.status}` : fault.kind;
}
