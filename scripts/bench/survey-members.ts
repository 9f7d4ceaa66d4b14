// The survey's own reading as a whole stage: its queue, its queries, its database.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { requestTo, survey } from "../../test/harness.ts";
import type { Contender } from "./contender.ts";

/** Runs the stage `members` on a copy of the job's database; it finds facts for the database, not an answer to hand over. */
export const surveyMembers: Contender = async ({ origin, concurrency, database }) => {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  try {
    const request = requestTo({ url: origin, rankingUrl: "" }, folder, { index: null, ranking: null, concurrency });
    copyFileSync(database, request.database);
    moveTo(origin, request.database);
    const exitCode = await survey(request, ["members"]);
    if (exitCode !== 0) throw new Error(`the stage members ended with ${exitCode}, expected 0`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

// The same wheels at another address: directly, or behind the delay.
function moveTo(origin: string, database: string): void {
  const db = new Database(database);
  db.prepare("UPDATE survey SET url = ? || substr(url, instr(url, '/packages/'))").run(origin);
  db.prepare("UPDATE edition SET index_url = ?").run(`${origin}/`);
  db.close();
}
