// Lints the hand-kept rules in data/: prints what is wrong with them and how to mend it, and exits with 1 if anything is.
import { readFileSync } from "node:fs";
import { lintRules } from "../pipeline/derive/lint-rules.ts";

const rules: unknown = JSON.parse(readFileSync(new URL("../data/components.json", import.meta.url), "utf8"));
const faults = lintRules(rules);
for (const fault of faults) console.error(`data/components.json: ${fault}`);
if (faults.length > 0) process.exitCode = 1;
