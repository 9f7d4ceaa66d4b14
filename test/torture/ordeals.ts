// The ordeals by name: what `npm run torture` and the long tests go through.
import { inScratch } from "../harness.ts";
import { disk } from "./disk.ts";
import { faults } from "./faults.ts";
import { hostile } from "./hostile.ts";
import { hosts } from "./hosts.ts";
import { kills } from "./kills.ts";
import { mutants } from "./mutants.ts";
import { names } from "./names.ts";
import type { Ordeal } from "./ordeal.ts";
import { starts } from "./starts.ts";
import { workers } from "./workers.ts";
import { writes } from "./writes.ts";

/** All ordeals. */
export const ORDEALS: Record<string, Ordeal> = {
  kills,
  faults,
  writes,
  disk,
  starts,
  mutants,
  names,
  hostile,
  hosts,
  workers,
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
