// `merge`: the shards of an edition, or editions of several databases, as one database.
import { existsSync, renameSync, rmSync } from "node:fs";
import { Command } from "@commander-js/extra-typings";
import { databaseError, openForWriting } from "../database/database.ts";
import { deriveAll } from "../derive/derive.ts";
import { coverageLines, readCoverage } from "../editions/coverage.ts";
import { merge } from "../editions/merge/copy.ts";
import { planMerge } from "../editions/merge/plan.ts";
import { EXIT, RunError } from "../errors.ts";
import { type Progress, showProgress } from "../progress.ts";
import { count } from "../words.ts";
import { databaseOption } from "./options.ts";

/** The command. */
export const mergeCommand = () =>
  new Command("merge")
    .description(
      "make one new database of several: of all shards of an edition, or of editions that only one of them has",
    )
    .argument("<FILES...>", "the databases; they are left as they are")
    .addOption(databaseOption("the database that is made, expected not to be there yet"))
    .action((files, { database }) => runMerge(files, database, showProgress()));

/** Merges databases and derives what is derived; RunError 2 if they do not belong together or the new one is there already. */
export function runMerge(files: string[], database: string, progress: Progress): void {
  if (existsSync(database))
    throw new RunError(EXIT.usage, `database ${database}: is there already, expected a file that is to be made`);
  const inputs = planMerge(files);
  // Under its name only when it is whole.
  const unfinished = `${database}.merging`;
  for (const end of ["", "-wal", "-shm"]) rmSync(`${unfinished}${end}`, { force: true });
  const { db, close } = openForWriting(unfinished);
  try {
    progress.begin("merge");
    merge(db, inputs, (file) => progress.say(`${file}: copied`));
    deriveAll(db);
    const editions = db.prepare<[], string>("SELECT edition FROM edition ORDER BY edition").pluck().all();
    progress.end(`${count(editions.length, "edition")} in ${database}`);
    for (const edition of editions) {
      const coverage = readCoverage(db, edition);
      for (const line of coverageLines(coverage)) progress.say(line);
      if (coverage.failures.length > 0) process.exitCode = EXIT.failures;
    }
    close();
    renameSync(unfinished, database);
  } catch (error) {
    close();
    rmSync(unfinished, { force: true });
    throw databaseError(database, error);
  } finally {
    progress.close();
  }
}
