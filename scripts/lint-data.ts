// Lints the hand-kept rules in data/: prints what is wrong with them and how to mend it, and exits with 1 if anything is.
import { readFileSync } from "node:fs";
import { lintRules } from "../pipeline/derive/lint-rules.ts";

const RULES = "data/components.json";

function lint(): string[] {
  let rules: unknown;
  try {
    rules = JSON.parse(readFileSync(new URL(`../${RULES}`, import.meta.url), "utf8"));
  } catch (error) {
    return [`${(error as Error).message}, expected JSON; look for a comma too many or too few`];
  }
  return lintRules(rules);
}

const faults = lint();
for (const fault of faults) console.error(`${RULES}: ${fault}`);
if (faults.length > 0) process.exitCode = 1;
