// npm run torture: the ordeals of test/torture for as long as one likes, with a seed that repeats them.
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import * as disk from "../test/torture/disk.ts";
import * as faults from "../test/torture/faults.ts";
import * as hostile from "../test/torture/hostile.ts";
import * as hosts from "../test/torture/hosts.ts";
import * as kills from "../test/torture/kills.ts";
import * as mutants from "../test/torture/mutants.ts";
import * as names from "../test/torture/names.ts";
import type { Findings, Hardness } from "../test/torture/ordeal.ts";
import * as starts from "../test/torture/starts.ts";
import * as writes from "../test/torture/writes.ts";

interface Ordeal {
  about: string;
  /** How often, unless --count says so. */
  count: number;
  missing: string | false;
  run(hardness: Hardness): Findings | Promise<Findings>;
}

const ORDEALS: Record<string, Ordeal> = {
  kills: { about: "SIGKILLs at random moments", count: 1000, missing: false, run: kills.run },
  faults: { about: "seeds for each kind of HTTP fault and for all mixed", count: 50, missing: false, run: faults.run },
  writes: {
    about: "points at which a call on the disk is killed or failed (all, if they are fewer)",
    count: 10_000,
    missing: writes.noStrace,
    run: writes.run,
  },
  disk: {
    about: "full disks for database, temporary files and reports each",
    count: 20,
    missing: disk.noMount,
    run: disk.run,
  },
  starts: { about: "starts at once on one database", count: 20, missing: false, run: starts.run },
  mutants: { about: "damaged archives", count: 1_000_000, missing: false, run: mutants.run },
  names: { about: "medleys of hostile names", count: 100_000, missing: false, run: names.run },
  hostile: { about: "hostile projects of each kind at a time", count: 8, missing: hostile.noProc, run: hostile.run },
  hosts: { about: "(no count) addresses that lead elsewhere", count: 1, missing: false, run: hosts.run },
};

const HELP = `usage: npm run torture -- [ORDEAL...] [--seed N] [--count N]

Ordeals, and what --count counts of each (default: all of them, so often):
${Object.entries(ORDEALS)
  .map(([name, { about, count }]) => `  ${name.padEnd(8)} ${String(count).padStart(8)}  ${about}`)
  .join("\n")}

Prints a table of figures; exits with 1 if a promise was broken, having said which and with which seed.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string" },
    help: { type: "boolean", default: false },
  },
});
const chosen = positionals.length === 0 || positionals.includes("all") ? Object.keys(ORDEALS) : positionals;
const isCount = (text: string | undefined) => text === undefined || /^\d{1,9}$/.test(text);
if (
  values.help ||
  chosen.some((name) => !Object.hasOwn(ORDEALS, name)) ||
  !isCount(values.seed) ||
  !isCount(values.count)
) {
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exit(values.help ? 0 : 2);
}

const seed = Number(values.seed);
const rows: string[][] = [];
let broken = 0;
for (const name of chosen) {
  const { run, count, missing } = ORDEALS[name]!;
  if (missing) {
    rows.push([name, "skipped", missing]);
    continue;
  }
  const began = performance.now();
  const say = (line: string) => void process.stderr.write(`${name}: ${line}\n`);
  const { figures, violations } = await run({ seed, count: Number(values.count ?? count), say });
  for (const line of violations) process.stderr.write(`BROKEN ${line}\n`);
  broken += violations.length;
  for (const [what, figure] of Object.entries(figures)) rows.push([name, what, String(figure)]);
  rows.push([name, "violations", String(violations.length)]);
  rows.push([name, "seconds", ((performance.now() - began) / 1000).toFixed(0)]);
}
process.stdout.write(
  `${markdownTable([["ordeal", `figure (seed ${seed})`, ""], ...rows], { align: ["", "", "right"] })}\n`,
);
process.exitCode = broken === 0 ? 0 : 1;
