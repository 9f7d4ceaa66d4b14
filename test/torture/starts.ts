// Many starts on one database at once: one works, every other leaves it alone and says who has it.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, endOf, requestTo, rows, start, survey } from "../harness.ts";
import type { FaultPlan } from "../loopback/faults.ts";
import { startIndex } from "../loopback/index-server.ts";
import type { Ordeal } from "./ordeal.ts";
import { smallSource, TAKEN } from "./small-index.ts";
import { differences, undisturbed } from "./state.ts";

const ANSWERED = 12; // Requests of the one that works, which is then asked to wait: it is not to end before the others.

/** Starts the program `count` times at once, then once more beside the one that works, then after that one has been killed. */
export const starts: Ordeal = {
  promise: "of many runs started at once on one database, one works",
  counts: "starts at once on one database",
  inTests: 20,
  count: 20,
  async run({ count, scratch, broken }) {
    let left = Number.POSITIVE_INFINITY;
    const fault: FaultPlan = ({ path }) => {
      if (!path.startsWith("/pypi/") && !path.startsWith("/packages/")) return undefined;
      left -= 1;
      return left < 0 ? { kind: "status", status: 429, headers: { "retry-after": "100" } } : undefined;
    };
    const index = await startIndex(smallSource(), { fault });
    const request = requestTo(index, join(scratch, "contested"), { top: TAKEN, concurrency: 1 });
    const begin = () => {
      const child = start(commandLine(request));
      return { child, ended: endOf(child) };
    };
    await survey({ ...request, top: 1, concurrency: TAKEN }); // Whose run is over, and not to be taken for the holder's.
    left = ANSWERED;

    const all = Array.from({ length: count }, begin);
    const isOver = ({ child }: (typeof all)[number]) => child.exitCode !== null || child.signalCode !== null;
    while (all.filter(isOver).length < count - 1) await sleep(5);
    const beaten = all.filter(isOver);
    const holder = all.find((each) => !isOver(each));
    if (!holder) broken(`${beaten.length} of ${count} gave way`);
    const named = `process ${holder?.child.pid} on this host since \\S+`;
    const giveWay = async ({ ended }: (typeof all)[number], who: string) => {
      const { code, stderr } = await ended;
      if (code !== 5) broken(`exit ${code}: ${stderr}`);
      if (!new RegExp(`in use by (${who}), expected`).test(stderr)) broken(`${stderr}, expected in use by ${who}`);
    };
    for (const each of beaten) await giveWay(each, `${named}|another process`);

    while (holder && left >= 0) await sleep(5);
    await giveWay(begin(), named);

    holder?.child.kill("SIGKILL");
    await holder?.ended;
    await index.close();
    const fast = await startIndex(smallSource(), { port: Number(new URL(index.url).port) });
    const expected = await undisturbed(requestTo(fast, join(scratch, "clean"), { top: TAKEN }));
    const { code, stderr } = await begin().ended;
    if (code !== 0) broken(`exit ${code} after the holder's death: ${stderr}`);
    for (const line of differences(request, expected)) broken(line);
    const runs = rows(request.database, "SELECT run_id FROM run").length;
    if (runs !== 3) broken(`${runs} runs wrote, expected the first, the holder's and the last`);
    await fast.close();
    return { starts: count + 2, "gave way": beaten.length + 1 };
  },
};
