// The questions of docs/queries.md, asked of the newest edition.
import { readFileSync } from "node:fs";
import type { Site } from "./contents.ts";

/** A question with the SQL that answers it, and the columns that the document says the answer has. */
export interface Question {
  number: number;
  question: string;
  sql: string;
  columns: string[];
}

const TEXT = readFileSync(new URL("../../../docs/queries.md", import.meta.url), "utf8");

/** Every question of the document in its order. */
export const QUESTIONS: Question[] = TEXT.split("\n### ")
  .slice(1)
  .map((section) => {
    const [, number, question, sql, gives] =
      /^(\d+)\. (.+)\n\n```sql\n([\s\S]+?)\n```\n\nGives ([\s\S]+?): /.exec(section) ?? [];
    const columns = [...gives!.matchAll(/`(\w+)`/g)].map(([, column]) => column!);
    return { number: Number(number), question: question!, sql: sql!, columns };
  });

const MONTH = /'\d{4}-\d\d'/g;

/** Those that ask about one edition, which is put into them: the database in the browser has no other. */
export function questionsOf({ edition }: Site): Question[] {
  return QUESTIONS.filter(({ sql }) => new Set(sql.match(MONTH)).size === 1).map((question) => ({
    ...question,
    sql: question.sql.replaceAll(MONTH, `'${edition}'`),
  }));
}
