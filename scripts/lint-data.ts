// Lints the hand-kept rules in data/: prints what is wrong with them and how to mend it, and exits with 1 if anything is.
// Given a survey's database, it also warns of rules that matched nothing in its latest edition.
//   node --import tsx scripts/lint-data.ts [DATABASE]
import { readFileSync } from "node:fs";
import { openForReading } from "../pipeline/database/database.ts";
import { RunError } from "../pipeline/errors.ts";
import { lintRules, WARNING } from "../pipeline/naming/lint-rules.ts";

const RULES = "data/components.json";

function lint(database: string | undefined): string[] {
  let rules: unknown;
  try {
    rules = JSON.parse(readFileSync(new URL(`../${RULES}`, import.meta.url), "utf8"));
  } catch (error) {
    return [`${(error as Error).message}, expected JSON; look for a comma too many or too few`];
  }
  return lintRules(rules, database === undefined ? undefined : stemsOfLatest(database));
}

function stemsOfLatest(database: string): string[] {
  const db = openForReading(database);
  try {
    const latest = "SELECT max(edition) FROM edition WHERE kind <> 'imported'";
    return db.prepare(`SELECT DISTINCT stem FROM native_file WHERE edition = (${latest})`).pluck().all() as string[];
  } finally {
    db.close();
  }
}

try {
  const findings = lint(process.argv[2]);
  for (const finding of findings) console.error(`${RULES}: ${finding}`);
  if (findings.some((finding) => !finding.startsWith(WARNING))) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof RunError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
