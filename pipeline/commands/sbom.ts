// `sbom`: what a wheel carries as an SBOM that other tools read.
import { statSync } from "node:fs";
import { basename, join } from "node:path";
import { Command, Option } from "@commander-js/extra-typings";
import { INSPECTED, readOneContents, readOneWheel } from "../collect/one-wheel.ts";
import { type Db, openForReading, openInMemory } from "../database/database.ts";
import { deriveAll } from "../derive/derive.ts";
import { askedEdition } from "../editions/edition.ts";
import { EXIT, RunError } from "../errors.ts";
import { normalizeProjectName } from "../formats/pypi/project-name.ts";
import { writeInto } from "../publish/output.ts";
import { SBOM_FORMATS, type SbomFormat, sbomName, sbomOf } from "../publish/sbom/document.ts";
import { count } from "../words.ts";
import { nearNames } from "./near.ts";
import { databaseOption, editionOption, parseWord } from "./options.ts";
import { printLine, say, stopSignal } from "./output.ts";

const FORMATS = Object.keys(SBOM_FORMATS) as SbomFormat[];

/** The command. */
export const sbomCommand = () =>
  new Command("sbom")
    .description(
      "write the SBOM of a wheel, or of each wheel of a project: bundled files, whose builds they are, and how that is known",
    )
    .argument(
      "<WHEEL|PROJECT|FILE.whl>",
      "a wheel's file name, a project's name in any spelling, or a wheel on disk",
      parseWord,
    )
    .addOption(databaseOption())
    .addOption(editionOption("which edition (default: the newest that has it)"))
    .option("--out <DIR>", "write DIR/<wheel>.cdx.json (or .spdx.json) instead of to stdout")
    .addOption(
      new Option("--format <FORMAT>", "CycloneDX 1.6 or SPDX 2.3, as JSON")
        .choices(FORMATS)
        .default("cyclonedx" as const, "cyclonedx"),
    )
    .action(async (given, { database, edition, out, format }) => {
      const isFile = /\.whl$/.test(given) && (statSync(given, { throwIfNoEntry: false })?.isFile() ?? false);
      const db = isFile ? openInMemory() : openForReading(database);
      try {
        const month = isFile ? await readFile(db, given) : editionWith(db, given, edition);
        const wheels = wheelsOf(db, month, isFile ? basename(given) : given);
        for (const { project, wheel } of wheels) {
          const text = sbomOf(db, month, project, wheel, format)!;
          if (out !== undefined) writeInto(out, sbomName(wheel, format), text);
          else await printLine(wheels.length === 1 ? text.trimEnd() : JSON.stringify(JSON.parse(text)));
        }
        if (out !== undefined)
          say(`${count(wheels.length, "document")} (${SBOM_FORMATS[format].title}) written to ${join(out, ".")}`);
        else if (wheels.length > 1)
          say(`${count(wheels.length, "document")}, one a line; --out DIR writes a file for each`);
      } finally {
        db.close();
      }
    });

async function readFile(db: Db, path: string): Promise<string> {
  const places = { index: null, fileHosts: [], contact: null, signal: stopSignal() };
  await readOneWheel(db, path, null, places);
  deriveAll(db);
  await readOneContents(db, path, "all", places);
  deriveAll(db);
  return INSPECTED;
}

/** What is asked for: a wheel by its file name, or a project's by its normalized name. */
function askedFor(given: string): { column: "wheel" | "project"; what: string } {
  return /\.whl$/.test(given)
    ? { column: "wheel", what: given }
    : { column: "project", what: normalizeProjectName(given) };
}

/** The edition asked for, or the newest that has what is asked for, else the newest. */
function editionWith(db: Db, given: string, edition: string | undefined): string {
  const { column, what } = askedFor(given);
  const sql = `SELECT edition FROM surveyed_wheel JOIN edition USING (edition) WHERE ${column} = ? ORDER BY kind = 'imported', edition DESC LIMIT 1`;
  return askedEdition(db, edition ?? db.prepare<[string], string>(sql).pluck().get(what));
}

/** The wheels asked for that have been read; RunError 2 if there is none. */
function wheelsOf(db: Db, edition: string, given: string): { project: string; wheel: string }[] {
  const { column, what } = askedFor(given);
  const sql = `SELECT project, wheel, native_files IS NOT NULL AS isRead FROM surveyed_wheel WHERE edition = ? AND ${column} = ? ORDER BY project, wheel`;
  const found = db.prepare<unknown[], { project: string; wheel: string; isRead: number }>(sql).all(edition, what);
  const read = found.filter(({ isRead }) => isRead);
  if (read.length > 0) {
    if (read.length < found.length)
      say(`${found.length - read.length} of ${count(found.length, "wheel")} not read: left out`);
    return read;
  }
  if (found.length > 0)
    throw new RunError(
      EXIT.usage,
      `sbom ${given}: not read in edition ${edition}, expected a wheel that was; status says why`,
    );
  const names = db
    .prepare<unknown[], string>("SELECT project FROM candidate WHERE edition = ? AND outcome = 'taken'")
    .pluck();
  const near = column === "wheel" ? [] : nearNames(what, names.all(edition));
  throw new RunError(
    EXIT.usage,
    `sbom ${given}: not in edition ${edition}, expected a wheel or project of it${near.length > 0 ? ` (near names: ${near.join(", ")})` : ""}, or a wheel's file`,
  );
}
