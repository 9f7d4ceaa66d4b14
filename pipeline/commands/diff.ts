// `diff`: what changed between two editions.
import { Command } from "@commander-js/extra-typings";
import { openForReading } from "../database/database.ts";
import { existingEdition } from "../editions/edition.ts";
import { changesBetween } from "../publish/tables/changes.ts";
import { count } from "../words.ts";
import { databaseOption, parseEdition } from "./options.ts";
import { say } from "./output.ts";
import { csvOption, jsonOption, printRows } from "./rows.ts";

/** The command. */
export const diffCommand = () =>
  new Command("diff")
    .description(
      "say what changed between two editions: projects, components, libraries, and what each project bundles",
    )
    .argument("<BEFORE>", "an edition, YYYY-MM", parseEdition)
    .argument("<AFTER>", "another one", parseEdition)
    .addOption(databaseOption())
    .addOption(csvOption())
    .addOption(jsonOption())
    .action(async (before, after, { database, ...form }) => {
      const db = openForReading(database);
      try {
        const kinds = [before, after].map((edition) => existingEdition(db, edition).kind);
        const changes = changesBetween(db, before, after);
        say(`${before} to ${after}: ${count(changes.rows.length, "change")}`);
        if (kinds[0] !== kinds[1])
          say(`edition ${before} is of kind ${kinds[0]}, ${after} of kind ${kinds[1]}: other projects and rules`);
        await printRows(changes, form);
      } finally {
        db.close();
      }
    });
