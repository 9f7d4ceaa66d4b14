// docs/queries.md: each question is answered by the recorded slice, in the columns that the document says, from stable views alone.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { openForReading } from "../pipeline/database/database.ts";
import { dictionary } from "../pipeline/database/dictionary.ts";
import { QUESTIONS } from "../pipeline/publish/site/questions.ts";
import { surveyMonths } from "./recorded-months.ts";

/** Questions to which the recorded slice has no answer: both months have the same ranking, and the data of 2023 and bytes are not in it. */
const UNANSWERED = new Set([23, 25, 26, 27]);

let database = "";
before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  database = await surveyMonths(folder);
});

test("there are 27 questions, numbered in their order", () => {
  assert.deepEqual(
    QUESTIONS.map(({ number }) => number),
    Array.from({ length: 27 }, (_, at) => at + 1),
  );
});

const TABLES = dictionary()
  .filter(({ kind }) => kind === "table")
  .map(({ name }) => name);

for (const { number, question, sql, columns } of QUESTIONS) {
  test(`${number}. ${question}`, () => {
    for (const [, name] of sql.matchAll(/\b(?:FROM|JOIN) (\w+)/g)) assert.ok(!TABLES.includes(name!), name);
    const db = openForReading(database);
    const query = db.prepare(sql);
    assert.deepEqual(
      query.columns().map(({ name }) => name),
      columns,
    );
    assert.equal(query.all().length === 0, UNANSWERED.has(number));
    db.close();
  });
}
