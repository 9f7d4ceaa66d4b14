// Surveys of an index that fails: each kind of fault alone and all mixed, run again until complete, end like an undisturbed one.
import { join } from "node:path";
import { EXIT, RunError } from "../../pipeline/errors.ts";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { requestTo, rows, survey } from "../harness.ts";
import { type Fault, type FaultPlan, MIXTURE, randomFaults } from "../loopback/faults.ts";
import { startIndex } from "../loopback/index-server.ts";
import { type Ordeal, within } from "./ordeal.ts";
import { smallSource, TAKEN } from "./small-index.ts";
import { differences, type Outcome, stateOf, undisturbed, wrongIn } from "./state.ts";

const SHARE = 0.3;
const MOST_RUNS = 16;
const HANG = 30_000; // Milliseconds; one such run takes less than two seconds.
/** Waits between two tries, in milliseconds. */
export const FAST = { base: 1, cap: 4 };

/** Runs surveys with the faults of `count` seeds: every kind alone, and all mixed. */
export const faults: Ordeal = {
  promise: "a survey of an index that fails three times in ten, in any way, ends like an undisturbed one",
  counts: "seeds for each kind of HTTP fault and for all mixed",
  inTests: 3,
  count: 50,
  async run({ seed, count, scratch, say, broken }) {
    const clean = await startIndex(smallSource());
    const port = Number(new URL(clean.url).port);
    const expected = await undisturbed(requestTo(clean, join(scratch, "clean"), { top: TAKEN }));
    await clean.close();

    const mixtures: [what: string, mixture: Fault[]][] = [
      ...MIXTURE.map((fault): [string, Fault[]] => [JSON.stringify(fault), [fault]]),
      ["mixed", MIXTURE],
    ];
    let [surveys, runs] = [0, 0];
    for (const [what, mixture] of mixtures) {
      for (let nth = seed; nth < seed + count; nth += 1) {
        const wrong = (line: string) => broken(`${what}, seed ${nth}: ${line}`);
        const index = await startIndex(smallSource(), { port, fault: failing(nth, mixture) });
        const request = requestTo(index, join(scratch, `survey-${surveys}`), { top: TAKEN, backoff: FAST });
        const exitCodes = await persist(request, expected, wrong);
        const [cost] = rows(request.database, "SELECT sum(requests) AS told FROM cost WHERE stage <> 'ranking'");
        const made = index.requests.filter(isAsked).length;
        if (!exitCodes.includes(EXIT.source) && cost!.told !== made) wrong(`${cost!.told} requests told, ${made} made`);
        runs += exitCodes.length;
        surveys += 1;
        await index.close();
      }
      say(`${what}: ${surveys} surveys`);
    }
    return { "surveys with 30 % faults": surveys, "runs until complete": runs };
  },
};

/** Runs a survey again and again until nothing is missing; gives the exit codes of the runs that it took. */
export async function persist(
  request: SurveyRequest,
  expected: Outcome,
  broken: (line: string) => void,
): Promise<number[]> {
  const exitCodes: number[] = [];
  while (exitCodes.length < MOST_RUNS) {
    const code = await within(HANG, survey({ ...request, retry: true })).catch((error: unknown) => {
      if (error instanceof RunError) return error.exitCode;
      broken(String(error));
      return -1;
    });
    exitCodes.push(code);
    wrongIn(stateOf(request.database), expected).forEach(broken);
    if (code === EXIT.done) {
      differences(request, expected, { costly: true }).forEach(broken);
      return exitCodes;
    }
    if (code !== EXIT.failures && code !== EXIT.source) broken(`exit ${code} in run ${exitCodes.length}`);
  }
  broken(`not complete after ${MOST_RUNS} runs`);
  return exitCodes;
}

/** A plan by which three requests in ten fail, but not the ranking's. */
export function failing(seed: number, mixture: Fault[] = MIXTURE): FaultPlan {
  return sparing(randomFaults(seed, SHARE, mixture));
}

/** The plan for all but the ranking, which is asked for by another door, whose waits are those of a real run. */
export function sparing(plan: FaultPlan): FaultPlan {
  return (request) => (isAsked(request) ? plan(request) : undefined);
}

function isAsked({ path }: { path: string }): boolean {
  return path.startsWith("/pypi/") || path.startsWith("/packages/");
}
