// `show`: what a project's wheels, or one wheel, carry.
import { Command } from "@commander-js/extra-typings";
import { type Db, openForReading } from "../database/database.ts";
import { askedEdition } from "../editions/edition.ts";
import { normalizeProjectName } from "../formats/pypi/project-name.ts";
import { carriedAs } from "../publish/tables/carried.ts";
import { count } from "../words.ts";
import { linkedLines } from "./linked-lines.ts";
import { nearNames } from "./near.ts";
import { databaseOption, editionOption, parseWord } from "./options.ts";
import { say } from "./output.ts";
import { csvOption, jsonOption, printRows } from "./rows.ts";

/** The command. */
export const showCommand = () =>
  new Command("show")
    .description("say what the wheels of a project, or one wheel, carry")
    .argument("<PROJECT|WHEEL>", "a project's name in any spelling, or a wheel's file name", parseWord)
    .addOption(databaseOption())
    .addOption(editionOption("which edition (default: the newest)"))
    .addOption(csvOption())
    .addOption(jsonOption())
    .action(async (given, { database, edition, ...form }) => {
      const db = openForReading(database);
      try {
        const month = askedEdition(db, edition);
        const isWheel = /\.whl$/.test(given);
        const what = isWheel ? given : normalizeProjectName(given);
        const lines = [
          ...about(db, month, what, isWheel),
          ...linkedLines(db, month, isWheel ? "wheel" : "project", what),
        ];
        for (const line of lines) say(line);
        await printRows(carriedAs(db, month, what, isWheel ? "wheel" : "project"), form);
      } finally {
        db.close();
      }
    });

/** What there is of it in the edition, for people: each wheel in a line, or that it is not there, with near names. */
function about(db: Db, edition: string, what: string, isWheel: boolean): string[] {
  const wheels = db
    .prepare(
      `SELECT wheel, version, size, native_files, repair_tool FROM surveyed_wheel
       WHERE edition = ? AND ${isWheel ? "wheel" : "project"} = ? ORDER BY wheel`,
    )
    .all(edition, what) as {
    wheel: string;
    version: string | null;
    size: number | null;
    native_files: number | null;
    repair_tool: string | null;
  }[];
  if (wheels.length > 0) {
    return wheels.map(({ wheel, size, native_files: natives, repair_tool: tool }) => {
      const megabytes = size === null ? "" : `, ${(size / 1e6).toFixed(1)} MB`;
      return `${wheel}${megabytes}: ${natives === null ? "not read" : count(natives, "native file")}${tool === null ? "" : `, repaired by ${tool}`}`;
    });
  }
  const outcome = db
    .prepare("SELECT outcome FROM candidate WHERE edition = ? AND project = ?")
    .pluck()
    .get(edition, what);
  if (outcome !== undefined) return [`${what}: ${outcome} in edition ${edition}`];
  const known = db
    .prepare("SELECT project FROM candidate WHERE edition = ? AND outcome = 'taken'")
    .pluck()
    .all(edition) as string[];
  const near = isWheel ? [] : nearNames(what, known);
  return [`${what}: not in edition ${edition}${near.length > 0 ? `; near names: ${near.join(", ")}` : ""}`];
}
