// The ledger of fingerprints, data/fingerprints.csv: files of distributions' packages by their names and digits, and how each is known.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import type { Db } from "../database/database.ts";

/** A file of a distribution's package: its name there, the first eight hex digits of its SHA-256, the package's URL, and what proves it. */
export interface LedgerRow {
  original: string;
  digits: string;
  purl: string;
  learned: string;
}

/** Where the ledger is that derivers read. */
export const LEDGER: string = fileURLToPath(new URL("../../data/fingerprints.csv", import.meta.url));

const COLUMNS = ["original", "digits", "purl", "learned"] as const;

/** How the rows are called that come from the ledger. */
export const FROM_LEDGER = "data/fingerprints.csv: ";

/** The rows of a ledger. The file system's error if it cannot be read. */
export function readLedger(file: string = LEDGER): LedgerRow[] {
  return parse(readFileSync(file), { columns: true });
}

/** Writes a ledger: a row a line, in their order. */
export function writeLedger(file: string, rows: LedgerRow[]): void {
  writeFileSync(file, stringify(rows, { header: true, columns: [...COLUMNS] }));
}

/** What a database's SBOMs prove, in the form of the ledger. */
export function learnedIn(db: Db): LedgerRow[] {
  const sql = `SELECT original, digits, purl, 'SBOM of ' || learned_from AS learned FROM fingerprint
    WHERE learned_from NOT LIKE '${FROM_LEDGER}%' ORDER BY original, digits, purl`;
  return db.prepare<[], LedgerRow>(sql).all();
}

/** A file for which two packages are known. */
export interface Conflict {
  original: string;
  digits: string;
  purls: string[];
}

/** Both together in the order of their characters, how many are new, and the files for which more than one package is known. */
export function mergeLedger(
  known: LedgerRow[],
  learned: LedgerRow[],
): { rows: LedgerRow[]; added: number; conflicts: Conflict[] } {
  const byKey = new Map(known.map((row) => [keyOf(row), row]));
  const fresh = learned.filter((row) => !byKey.has(keyOf(row)));
  for (const row of fresh) byKey.set(keyOf(row), row);
  const rows = [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  const purls = new Map<string, LedgerRow[]>();
  for (const row of rows) {
    const file = `${row.original} ${row.digits}`;
    purls.set(file, [...(purls.get(file) ?? []), row]);
  }
  const conflicts = [...purls.values()]
    .filter((several) => several.length > 1)
    .map((several) => ({ ...several[0]!, purls: several.map(({ purl }) => purl) }));
  return { rows, added: fresh.length, conflicts };
}

function keyOf({ original, digits, purl }: LedgerRow): string {
  return `${original}\0${digits}\0${purl}`;
}
