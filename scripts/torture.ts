// npm run torture: the ordeals of test/torture for as long as one likes, with a seed that repeats them.
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import { endure, ORDEALS } from "../test/torture/ordeals.ts";

const HELP = `usage: npm run torture -- [ORDEAL...] [--seed N] [--count N]

Ordeals, and what --count counts of each (default: all of them, so often):
${Object.entries(ORDEALS)
  .map(([name, { counts, count }]) => `  ${name.padEnd(8)} ${String(count).padStart(8)}  ${counts}`)
  .join("\n")}

Prints a table of figures; exits with 1 if a promise was broken, having said which and with which seed.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: "1" }, count: { type: "string" }, help: { type: "boolean" } },
});
const chosen = positionals.length === 0 || positionals.includes("all") ? Object.keys(ORDEALS) : positionals;
const areCounts = [values.seed, values.count ?? "1"].every((text) => /^\d{1,9}$/.test(text));
if (values.help || !areCounts || chosen.some((name) => !Object.hasOwn(ORDEALS, name))) {
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exit(values.help ? 0 : 2);
}

const rows = [["ordeal", `figure (seed ${values.seed})`, ""]];
for (const name of chosen) {
  const { count, missing } = ORDEALS[name]!;
  if (missing) {
    rows.push([name, "skipped", missing]);
    continue;
  }
  const began = performance.now();
  const say = (line: string) => void process.stderr.write(`${name}: ${line}\n`);
  const { figures, violations } = await endure(name, Number(values.seed), Number(values.count ?? count), say);
  for (const line of violations) process.stderr.write(`BROKEN ${line}\n`);
  if (violations.length > 0) process.exitCode = 1;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  for (const [what, figure] of Object.entries({ ...figures, violations: violations.length, seconds }))
    rows.push([name, what, String(figure)]);
}
process.stdout.write(`${markdownTable(rows, { align: ["", "", "right"] })}\n`);
