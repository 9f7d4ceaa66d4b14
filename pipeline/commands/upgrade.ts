// `upgrade`: brings an older database up to date, as every command does that writes to it, and derives what is outdated.
import { existsSync } from "node:fs";
import { Command } from "@commander-js/extra-typings";
import { databaseError, openForWriting, upgradeNotice } from "../database/database.ts";
import { deriveAll } from "../derive/derive.ts";
import { EXIT, RunError } from "../errors.ts";
import { databaseOption } from "./options.ts";
import { printLine } from "./output.ts";

/** The command. */
export const upgradeCommand = () =>
  new Command("upgrade")
    .description("bring an older database up to date, and derive anew what the rules or the program have changed")
    .addOption(databaseOption())
    .action(async ({ database }) => {
      if (!existsSync(database))
        throw new RunError(EXIT.database, `database ${database}: no such file, expected one that a survey made`);
      const { db, upgradedFrom, close } = openForWriting(database);
      try {
        await printLine(upgradedFrom === null ? `${database}: up to date` : upgradeNotice(database, upgradedFrom));
        deriveAll(db);
      } catch (error) {
        throw databaseError(database, error);
      } finally {
        close();
      }
    });
