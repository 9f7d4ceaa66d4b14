// What the benchmark asks of a survey's database: all of its SQL.
import { openForWriting } from "../../pipeline/database/database.ts";
import { rows } from "../../test/harness.ts";

/** Seconds that the last run spent in each of its stages. */
export function stageSeconds(database: string): Record<string, number> {
  const spent = rows(database, "SELECT stage, seconds FROM run_stage WHERE run_id = (SELECT max(run_id) FROM run)");
  return Object.fromEntries(spent.map(({ stage, seconds }) => [String(stage), Number(seconds)]));
}

/** The wheels that an edition has read, their entries and native files, what that cost, and the bytes of the database. */
export function contentsOf(database: string, edition: string): Record<string, number> {
  const sql = `
    SELECT count(*) AS wheels, sum(w.entries) AS entries, sum(j.native_files) AS natives, c.requests, c.bytes,
      (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS databaseBytes
    FROM wheel w JOIN judged_wheel j USING (wheel_id) JOIN survey_cost c ON c.edition = w.read_for WHERE w.read_for = '${edition}'`;
  return rows(database, sql)[0] as Record<string, number>;
}

const LAPS = 3;
const LEAST_ROWS = 200_000;
const BATCH = 1000; // Rows in a transaction, about as many as the stages put into one.

/** How many members there are, and how many thousand of them are stored a second, taken out and put back again and again in each lap. */
export function insertRates(database: string): { members: number; rates: number[] } {
  const { db, close } = openForWriting(database);
  const members = db.prepare("SELECT * FROM member ORDER BY wheel_id").raw().all() as unknown[][];
  const insert = db.prepare(`INSERT INTO member VALUES (${members[0]!.map(() => "?").join(", ")})`);
  const store = db.transaction((batch: unknown[][]) => {
    for (const row of batch) insert.run(row);
  });
  const rates = Array.from({ length: LAPS }, () => {
    let [stored, milliseconds] = [0, 0];
    for (; stored < LEAST_ROWS; stored += members.length) {
      db.exec("PRAGMA foreign_keys = off; DELETE FROM member; PRAGMA foreign_keys = on");
      const began = performance.now();
      for (let at = 0; at < members.length; at += BATCH) store.immediate(members.slice(at, at + BATCH));
      milliseconds += performance.now() - began;
    }
    return stored / milliseconds;
  });
  close();
  return { members: members.length, rates };
}
