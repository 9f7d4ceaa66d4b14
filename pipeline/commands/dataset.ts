// `dataset`: an edition as others get it, behind a gate.
import { Command, Option } from "@commander-js/extra-typings";
import { openForReading } from "../database/database.ts";
import { existingEdition } from "../editions/edition.ts";
import { writeDataset } from "../publish/dataset/dataset.ts";
import { databaseOption, editionOption } from "./options.ts";
import { printLine } from "./output.ts";

const DIST = "dist";

/** The command. */
export const datasetCommand = () =>
  new Command("dataset")
    .description("write an edition as others get it, if it is complete (exit code 6 if it is not)")
    .addOption(editionOption("the edition that is published (required)").makeOptionMandatory())
    .addOption(databaseOption())
    .addOption(new Option("--dist <DIR>", "for DIR/<edition>/: database, CSV, Parquet, documents").default(DIST, DIST))
    .option("--allow-incomplete", "publish it although something is missing")
    .action(async ({ database, edition, dist, allowIncomplete = false }) => {
      const db = openForReading(database);
      try {
        existingEdition(db, edition);
        await printLine(await writeDataset(db, edition, dist, allowIncomplete));
      } finally {
        db.close();
      }
    });
