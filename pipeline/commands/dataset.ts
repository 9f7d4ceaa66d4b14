// `dataset`: the database as others get it, behind a gate.
import { Command } from "@commander-js/extra-typings";
import { openForReading } from "../database/database.ts";
import { existingEdition } from "../editions/edition.ts";
import { writeDataset } from "../publish/dataset.ts";
import { databaseOption, editionOption } from "./options.ts";
import { printLine } from "./output.ts";

/** The command. */
export const datasetCommand = () =>
  new Command("dataset")
    .description("write the database as others get it, if the edition is complete (exit code 6 if it is not)")
    .addOption(editionOption("the edition that is published").makeOptionMandatory())
    .addOption(databaseOption())
    .option("--out <DIR>", "where DIR/<edition>/survey.sqlite goes", "dataset")
    .option("--allow-incomplete", "publish it although something is missing", false)
    .action(async ({ database, edition, out, allowIncomplete }) => {
      const db = openForReading(database);
      try {
        existingEdition(db, edition);
        await printLine(await writeDataset(db, edition, out, allowIncomplete));
      } finally {
        db.close();
      }
    });
