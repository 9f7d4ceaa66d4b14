// The questions of docs/queries.md, as its headings, its SQL and the columns that it says the answers have.
import { readFileSync } from "node:fs";

/** A question with the SQL that answers it. */
export interface Question {
  number: number;
  question: string;
  sql: string;
  columns: string[];
}

const TEXT = readFileSync(new URL("../docs/queries.md", import.meta.url), "utf8");

/** Every question in its order. */
export const QUESTIONS: Question[] = TEXT.split("\n### ")
  .slice(1)
  .map((section) => {
    const [, number, question, sql, gives] =
      /^(\d+)\. (.+)\n\n```sql\n([\s\S]+?)\n```\n\nGives ([\s\S]+?): /.exec(section) ?? [];
    const columns = [...gives!.matchAll(/`(\w+)`/g)].map(([, column]) => column!);
    return { number: Number(number), question: question!, sql: sql!, columns };
  });
