// An edition as others get it: a folder with the database, its tables as files, and what explains them, and only if it may be cited.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "../../database/database.ts";
import { existingEdition } from "../../editions/edition.ts";
import { EXIT, RunError } from "../../errors.ts";
import { abandoned, clearBeside, putInPlace } from "../output.ts";
import { SBOM_ARCHIVE, sbomArchive } from "../sbom/archive.ts";
import { DATABASE, describeEdition, SUMS } from "./about.ts";
import { copyDatabase, hashRows } from "./copy.ts";
import { type DatasetTable, hashFile, writeParts, writeTable } from "./files.ts";
import { reasonsToRefuse } from "./gate.ts";
import { licenceText } from "./licences.ts";
import { dataPackage, datasetteMetadata, jsonLd } from "./metadata.ts";
import { refuseOthers } from "./owner.ts";
import { citation, dataDictionary } from "./pages.ts";
import { placePartitions, stagePartitions, writePartition } from "./partitions.ts";
import { datasetTables } from "./tables.ts";

/** Writes <root>/<edition>/, whole or not at all, and gives its path; RunError 6 if the gate refuses it, 7 if it cannot. */
export async function writeDataset(db: Db, edition: string, root: string, allowIncomplete: boolean): Promise<string> {
  const reasons = reasonsToRefuse(db, edition);
  if (reasons.length > 0 && !allowIncomplete) {
    throw new RunError(
      EXIT.gate,
      `dataset ${edition}: ${reasons.join("; ")}, expected a complete edition (or --allow-incomplete)`,
    );
  }
  const target = join(root, edition);
  try {
    const fresh = clearBeside(root, edition);
    refuseOthers(target, existingEdition(db, edition));
    mkdirSync(fresh);
    const staged = stagePartitions(root, edition);
    const tables = await fill(fresh, staged, db, edition);
    putInPlace(root, edition);
    placePartitions(root, edition, tables);
    return target;
  } catch (error) {
    const isBug = (error as NodeJS.ErrnoException).code === "SQLITE_ERROR"; // A query that SQLite does not understand.
    const failure = abandoned(root, edition, error);
    throw isBug ? error : failure;
  }
}

/** Writes every file of an edition's dataset, and its partitions into another folder; the tables are read from the copy, so that all files tell of one moment. */
async function fill(folder: string, staged: string, db: Db, edition: string): Promise<DatasetTable[]> {
  const file = join(folder, DATABASE);
  const copy = await copyDatabase(db, file);
  try {
    const about = describeEdition(copy, edition);
    const tables = datasetTables(copy, edition).map((table) =>
      writeTable(copy, edition, table, folder, (rows) => writePartition(staged, table, rows)),
    );
    const rows = hashRows(copy);
    // Wheels of imported data were not read: an SBOM of them would say "not there" of what nobody looked for.
    const sboms = about.isImported ? null : writeParts(folder, SBOM_ARCHIVE, sbomArchive(copy, edition));
    const documents = {
      "data-dictionary.md": dataDictionary(about, tables, rows, sboms),
      "datapackage.json": dataPackage(about, tables, rows, sboms),
      "metadata.json": datasetteMetadata(about),
      "dataset.jsonld": jsonLd(about, tables, sboms),
      "CITATION.cff": citation(about),
      LICENSE: licenceText(
        about,
        tables.map(({ table }) => table.name),
      ),
    };
    const others = Object.entries(documents).map(([name, text]) => writeParts(folder, name, [text]));
    const database = { name: DATABASE, sha256: await hashFile(file) };
    const files = [
      database,
      ...(sboms ? [sboms] : []),
      ...others,
      ...tables.flatMap(({ csv, parquet }) => [csv, parquet]),
    ];
    files.sort((one, other) => (one.name < other.name ? -1 : 1));
    writeParts(
      folder,
      SUMS,
      files.map(({ name, sha256 }) => `${sha256}  ${name}\n`),
    );
    return tables;
  } finally {
    copy.close();
  }
}
