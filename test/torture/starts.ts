// Many starts on one database at once: one works, every other leaves it alone and says who has it.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { commandLine, requestTo, rows, start, survey } from "../harness.ts";
import type { FaultPlan } from "../loopback/faults.ts";
import { startIndex } from "../loopback/index-server.ts";
import { type Findings, type Hardness, inScratch, isSoonerThanStarts } from "./ordeal.ts";
import { smallSource, TAKEN } from "./small-index.ts";
import { differences, outcomeOf } from "./state.ts";

const ANSWERED = 12; // Requests of the one that works, which is then asked to wait: it is not to end before the others.
const AT_ONCE = 3; // A start against a living holder is over before so many of the program in a row that only ask for help.

/** Starts the program `count` times at once, then once more beside the one that works, then after that one has been killed. */
export async function run({ count }: Hardness): Promise<Findings> {
  return inScratch(async (scratch) => {
    let left = Number.POSITIVE_INFINITY;
    const fault: FaultPlan = ({ path }) => {
      if (!path.startsWith("/pypi/") && !path.startsWith("/packages/")) return undefined;
      left -= 1;
      return left < 0 ? { kind: "status", status: 429, headers: { "retry-after": "3600" } } : undefined;
    };
    const index = await startIndex(smallSource(), { fault });
    const at = (name: string) => requestTo(index, `${scratch}/${name}`, { top: TAKEN, concurrency: 1 });
    const violations: string[] = [];
    const request = at("contested");
    await survey({ ...request, top: 1, concurrency: TAKEN }); // Whose run is over, and not to be taken for the holder's.
    left = ANSWERED;

    const starts = Array.from({ length: count }, () => begin(request));
    const ends = await Promise.all(starts.map((each) => Promise.race([each.ended, allOthers(each, starts)])));
    const beaten = ends.filter((end) => end !== null);
    const holder = starts.find(({ child }) => child.exitCode === null && child.signalCode === null)?.child;
    if (beaten.length !== count - 1 || !holder) violations.push(`starts: ${beaten.length} of ${count} gave way`);
    for (const { code, said } of beaten) {
      if (code !== 5) violations.push(`starts: exit ${code}: ${said}`);
      const expected = new RegExp(
        `in use by (process ${holder?.pid} on this host since \\S+|another process), expected`,
      );
      if (!expected.test(said)) violations.push(`starts: ${said}, expected the holder to be process ${holder?.pid}`);
    }

    while (holder && left >= 0) await sleep(5);
    const late = begin(request);
    if (!(await isSoonerThanStarts(AT_ONCE, late.ended)))
      violations.push(`starts: beside the holder, not over before ${AT_ONCE} calls for help`);
    const { code, said } = await late.ended;
    if (code !== 5 || !said.includes(`process ${holder?.pid} on this host since`)) violations.push(`starts: ${said}`);

    holder?.kill("SIGKILL");
    if (holder) await once(holder, "exit");
    await index.close();
    const port = Number(new URL(index.url).port);
    const fast = await startIndex(smallSource(), { port });
    const clean = at("clean");
    await survey(clean);
    const { code: after, said: words } = await begin(request).ended;
    if (after !== 0) violations.push(`starts: exit ${after} after the holder's death: ${words}`);
    violations.push(...differences(request, outcomeOf(clean)).map((line) => `starts: ${line}`));
    const runs = rows(request.database, "SELECT * FROM run").length;
    if (runs !== 3) violations.push(`starts: ${runs} runs wrote, expected the first, the holder's and the last`);
    await fast.close();
    return {
      figures: { starts: count + 2, "gave way": beaten.length + 1 },
      violations,
    };
  });
}

interface End {
  code: number | null;
  said: string;
}

interface Start {
  child: ChildProcess;
  ended: Promise<End>;
}

function begin(request: SurveyRequest): Start {
  const child = start(commandLine(request));
  child.stdout!.resume();
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(child, "close").then(([code]) => ({
    code: code as number | null,
    said: said.trim(),
  }));
  return { child, ended };
}

/** Null once all others have ended: then this start is the one that works. */
async function allOthers(start: Start, starts: Start[]): Promise<null> {
  await Promise.all(starts.filter((other) => other !== start).map(({ ended }) => ended));
  return null;
}
