// The ordeals by name: what `npm run torture` and the long tests go through.
import { inScratch } from "../harness.ts";
import { disk, noMount } from "./disk.ts";
import { faults } from "./faults.ts";
import { hostile, noProc } from "./hostile.ts";
import { hosts } from "./hosts.ts";
import { kills } from "./kills.ts";
import { mutants } from "./mutants.ts";
import { names } from "./names.ts";
import type { Ordeal } from "./ordeal.ts";
import { starts } from "./starts.ts";
import { noStrace, writes } from "./writes.ts";

interface Listed {
  /** What holds, however it is tried. */
  promise: string;
  /** What is counted, how often in a test, and how often by the command unless it is told. */
  counts: string;
  inTests: number;
  count: number;
  run: Ordeal;
  /** Why it cannot be run here. */
  missing?: string | false;
}

/** All ordeals. */
export const ORDEALS: Record<string, Listed> = {
  kills: {
    promise: "SIGKILL at any moment loses, doubles and tears nothing",
    ...{ counts: "SIGKILLs at random moments", inTests: 200, count: 1000, run: kills },
  },
  faults: {
    promise: "a survey of an index that fails three times in ten, in any way, ends like an undisturbed one",
    ...{ counts: "seeds for each kind of HTTP fault and for all mixed", inTests: 3, count: 50, run: faults },
  },
  writes: {
    promise: "killed or failed at a write, a survey says so and goes on the next time",
    counts: "points at which a call on the disk is killed or failed (all, if they are fewer)",
    ...{ inTests: 64, count: 10_000, run: writes, missing: noStrace },
  },
  disk: {
    promise: "a full disk is said to be full, and the next run goes on",
    counts: "full disks for database, temporary files and reports each",
    ...{ inTests: 1, count: 20, run: disk, missing: noMount },
  },
  starts: {
    promise: "of many runs started at once on one database, one works",
    ...{ counts: "starts at once on one database", inTests: 20, count: 20, run: starts },
  },
  mutants: {
    promise: "damaged archives are accepted or refused for a reason, and Python lists the same",
    ...{ counts: "damaged archives", inTests: 100_000, count: 1_000_000, run: mutants },
  },
  names: {
    promise: "hostile names are read back from every form as they were, and do nothing",
    ...{ counts: "medleys of hostile names", inTests: 2000, count: 100_000, run: names },
  },
  hostile: {
    promise: "hostile wheels and documents do not swell the survey",
    ...{ counts: "hostile projects of each kind at a time", inTests: 1, count: 8, run: hostile, missing: noProc },
  },
  hosts: {
    promise: "no other host is ever connected to",
    ...{ counts: "(no count) addresses that lead elsewhere", inTests: 1, count: 1, run: hosts },
  },
};

/** Goes through an ordeal; gives its figures and a line for each promise that was broken. */
export function endure(name: string, seed: number, count: number, say: (line: string) => void = () => {}) {
  return inScratch(async (scratch) => {
    const violations: string[] = [];
    const broken = (line: string) => void violations.push(`${name}, seed ${seed}, ${line}`);
    const figures = await ORDEALS[name]!.run({ seed, count, scratch, say, broken });
    return { figures, violations };
  });
}
