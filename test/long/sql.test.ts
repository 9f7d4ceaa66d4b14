// The questions of sql/ by the engines that they are written for, over the partitions of two editions: the same rows as SQLite's.
// Spark is compared by scripts/check-spark.ts.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openForReading } from "../../pipeline/database/database.ts";
import { MONTHS } from "../recorded-months.ts";
import { ASKED, compareAnswers, SQL, surveyForQuestions } from "../sql-questions.ts";
import { pythonWith } from "./python.ts";

const ENGINES: Record<string, string> = {
  duckdb: `import duckdb
def ask(sql, given):
    used = {name: value for name, value in given.items() if "$" + name in sql}
    return duckdb.execute(sql, used).fetchall()`,
  clickhouse: `import json, chdb
def ask(sql, given):
    found = chdb.query("SET use_hive_partitioning = 1; " + sql, "JSONCompactEachRow", params=given)
    rows = [json.loads(line) for line in str(found).splitlines() if line]
    return [[int(value) if isinstance(value, str) and nth > 0 and value.isdigit() and len(value) < 12 else value for nth, value in enumerate(row)] for row in rows]`,
};

const PACKAGES: Record<string, string> = { duckdb: "duckdb", clickhouse: "chdb" };

const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
let answers: Record<string, unknown[]>;

before(async () => {
  answers = await surveyForQuestions(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("each dialect has each question", () => {
  const wanted = Object.keys(ASKED).map((name) => `${name}.sql`);
  for (const dialect of readdirSync(SQL))
    assert.deepEqual(readdirSync(join(SQL, dialect)).sort(), wanted.sort(), dialect);
  for (const rows of Object.values(answers)) assert.ok(rows.length > 1);
});

test("SQLite's rank is the view's", () => {
  const db = openForReading(join(folder, "survey.sqlite"));
  const rank = db.prepare(
    "SELECT library, packages FROM library_rank WHERE edition = ? AND packages >= 2 ORDER BY rank",
  );
  assert.deepEqual(answers.rank, rank.raw().all(MONTHS[1]));
  db.close();
});

for (const [dialect, program] of Object.entries(ENGINES)) {
  test(`${dialect} gives the same rows as SQLite, of two editions as one table`, { timeout: 600_000 }, (t) => {
    const made = pythonWith([PACKAGES[dialect]!]);
    if ("missing" in made) return t.skip(made.missing);
    compareAnswers(dialect, program, made.python, folder, answers);
  });
}
