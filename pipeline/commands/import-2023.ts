// `import-2023`: the data of the survey of 2023 as an edition, named, counted and reported.
import { Command } from "@commander-js/extra-typings";
import { fetchPublic } from "../collect/fetch-public.ts";
import { databaseError, openForWriting, upgradeNotice } from "../database/database.ts";
import { deriveAll } from "../derive/derive.ts";
import { import2023, readData } from "../editions/baseline-2023/import.ts";
import { EDITION_2023 } from "../editions/baseline-2023/names.ts";
import { type Progress, showProgress } from "../progress.ts";
import { checkReports, writeReports } from "../publish/reports.ts";
import { databaseOption, reportsOption } from "./options.ts";
import { stopSignal } from "./output.ts";

/** The command. */
export const import2023Command = () =>
  new Command("import-2023")
    .description("bring in the data set of the survey of 2023 as edition 2023-07, and set later editions beside it")
    .argument("<FILE|URL>", "its CSV: project, file name, distribution; no header")
    .addOption(databaseOption())
    .addOption(reportsOption())
    .action((at, places) => runImport2023(at, places, showProgress(), stopSignal()));

/** Imports the data of 2023, names and counts its files, and writes its reports; RunError for what stops it. */
export async function runImport2023(
  at: string,
  { database, reports }: { database: string; reports: string },
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  checkReports(EDITION_2023, reports);
  const { content } = await fetchPublic("data of 2023", at, signal);
  const data = readData(at, content);
  const { db, upgradedFrom, close } = openForWriting(database);
  try {
    if (upgradedFrom !== null) progress.say(upgradeNotice(database, upgradedFrom));
    progress.begin("import-2023");
    const summary = import2023(db, data);
    deriveAll(db);
    await writeReports(db, EDITION_2023, reports);
    progress.end(`${summary}; reports in ${reports}/${EDITION_2023}`);
  } catch (error) {
    throw databaseError(database, error);
  } finally {
    close();
  }
}
