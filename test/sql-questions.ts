// The questions of sql/, what they are asked with here, and what SQLite answers: beside it the datasets of two editions for other engines.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openForReading } from "../pipeline/database/database.ts";
import { run } from "./harness.ts";
import { MONTHS, surveyMonths } from "./recorded-months.ts";

/** Where the questions are: a folder for each dialect. */
export const SQL = fileURLToPath(new URL("../sql/", import.meta.url));

const [earlier, later] = MONTHS as readonly [string, string];

/** Each question, and what it is asked with. */
export const ASKED: Record<string, Record<string, string | number>> = {
  rank: { edition: later, least: 2 },
  history: { component: "openssl" },
  comparison: { before: earlier, after: later },
  "who-carries": { edition: later, library: "libcrypto.so" },
};

/** Surveys both recorded months into a folder, their datasets into dist/ in it; gives SQLite's answer to each question. */
export async function surveyForQuestions(folder: string): Promise<Record<string, unknown[]>> {
  const database = await surveyMonths(folder);
  for (const edition of MONTHS) {
    const words = ["dataset", "--edition", edition, "--database", database, "--dist", join(folder, "dist")];
    assert.equal((await run([...words, "--allow-incomplete"])).code, 0);
  }
  const db = openForReading(database);
  const answers = Object.entries(ASKED).map(([name, given]): [string, unknown[]] => [
    name,
    db.prepare(textOf("sqlite", name)).raw().all(given),
  ]);
  db.close();
  return Object.fromEntries(answers);
}

/** The text of a question in a dialect. */
export function textOf(dialect: string, name: string): string {
  return readFileSync(join(SQL, dialect, `${name}.sql`), "utf8");
}

/** Has a Python program's `ask(sql, given)` answer each question over the datasets; AssertionError where a row is another one. */
export function compareAnswers(
  dialect: string,
  program: string,
  python: string,
  folder: string,
  answers: Record<string, unknown[]>,
): void {
  const script = `${program}
import json, sys
print(json.dumps([list(row) for row in ask(sys.argv[1], json.loads(sys.argv[2]))]))`;
  for (const [name, given] of Object.entries(ASKED)) {
    const words = ["-c", script, textOf(dialect, name), JSON.stringify(given)];
    const options = { cwd: join(folder, "dist"), encoding: "utf8", maxBuffer: 1e8 } as const;
    const { status, stdout, stderr } = spawnSync(python, words, options);
    assert.equal(status, 0, `${name}: ${stderr.slice(-500)}`);
    assert.deepEqual(JSON.parse(stdout.trim().split("\n").at(-1)!), answers[name], name);
  }
}
