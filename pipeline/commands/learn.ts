// `learn`: what the SBOMs of a database prove of distributions' files goes into the ledger, so that every survey knows it.
import { Command, Option } from "@commander-js/extra-typings";
import { openForReading } from "../database/database.ts";
import { learnedIn, mergeLedger, readLedger, writeLedger } from "../derive/ledger.ts";
import { EXIT, RunError } from "../errors.ts";
import { count } from "../words.ts";
import { databaseOption } from "./options.ts";
import { printLine, say } from "./output.ts";

const LEDGER = "data/fingerprints.csv";

/** The command. */
export const learnCommand = () =>
  new Command("learn")
    .description("add what the SBOMs of a database prove of distributions' files to the ledger of fingerprints")
    .addOption(databaseOption())
    .addOption(
      new Option("--ledger <FILE>", "the ledger, CSV: original, digits, purl, learned").default(LEDGER, LEDGER),
    )
    .action(async ({ database, ledger }) => {
      const db = openForReading(database);
      try {
        const { rows, added, conflicts } = mergeLedger(readLedger(ledger), learnedIn(db));
        for (const { original, digits, purls } of conflicts)
          say(`${original} ${digits}: ${purls.join(" and ")}, expected one package; neither is taken`);
        if (added > 0) writeLedger(ledger, rows);
        await printLine(`${ledger}: ${count(added, "file")} learned, ${count(rows.length, "file")} in all`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code?.startsWith("E"))
          throw new RunError(
            EXIT.output,
            `ledger ${ledger}: ${(error as Error).message}, expected to read and write it`,
          );
        throw error;
      } finally {
        db.close();
      }
    });
