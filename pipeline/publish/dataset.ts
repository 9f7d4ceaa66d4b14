// The database as others get it: one whole file at rest, without what it took to make it, and only if it may be cited.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import Database from "better-sqlite3";
import type { Db } from "../database/database.ts";
import { readCoverage, reasonsIncomplete } from "../editions/coverage.ts";
import { type Edition, existingEdition, storedEdition } from "../editions/edition.ts";
import { EXIT, RunError } from "../errors.ts";
import { makeFolder } from "../folders.ts";

const FILE = "survey.sqlite";
const SUMS = "SHA256SUMS";
const MOST_LOST = 0.1; // Of the projects of the edition before.
const MAKING = ["run_stage", "run"]; // Who ran it, when and where is not published; what it cost is, as a view tells it.

/** Why this edition must not be published; empty if it may. */
export function reasonsToRefuse(db: Db, edition: string): string[] {
  const coverage = readCoverage(db, edition);
  const reasons = reasonsIncomplete(coverage);
  if (coverage.kind !== "imported" && coverage.wheelsRead === 0) reasons.push("no wheel was read");
  const { known, lost } = db.prepare(LOST).get({ edition }) as { known: number; lost: number };
  if (lost > known * MOST_LOST) reasons.push(`${lost} of the ${known} projects of the edition before are gone`);
  return reasons;
}

const LOST = `
WITH before AS (
  SELECT project FROM candidate WHERE outcome = 'taken'
    AND edition = (SELECT max(edition) FROM edition WHERE edition < :edition AND kind = 'ranking')
)
SELECT count(*) AS known,
  count(*) - count(c.project) AS lost
FROM before b LEFT JOIN candidate c ON c.edition = :edition AND c.project = b.project AND c.outcome = 'taken'`;

/** Writes <root>/<edition>/survey.sqlite and its SHA256SUMS, both whole or not at all; RunError 6 if the gate refuses it, 7 if it cannot. */
export async function writeDataset(db: Db, edition: string, root: string, allowIncomplete: boolean): Promise<string> {
  const reasons = reasonsToRefuse(db, edition);
  if (reasons.length > 0 && !allowIncomplete) {
    throw new RunError(
      EXIT.gate,
      `dataset ${edition}: ${reasons.join("; ")}, expected a complete edition (or --allow-incomplete)`,
    );
  }
  const target = join(root, edition);
  const fresh = join(root, `.${edition}.new`);
  try {
    makeFolder(root);
    refuseStrangers(target);
    refuseOther(join(target, FILE), existingEdition(db, edition));
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh);
    const copy = join(fresh, FILE);
    await db.backup(copy);
    strip(copy);
    writeFileSync(join(fresh, SUMS), `${await hashFile(copy)}  ${FILE}\n`, { flush: true });
    if (existsSync(target)) rmSync(target, { recursive: true });
    renameSync(fresh, target);
    return join(target, FILE);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof RunError || !code) throw error;
    throw new RunError(EXIT.output, `output ${target}: ${(error as Error).message}, expected to be able to write it`);
  }
}

// What a person has put into the folder is not ours to delete.
function refuseStrangers(folder: string): void {
  const stranger = existsSync(folder) && readdirSync(folder).find((name) => name !== FILE && name !== SUMS);
  if (!stranger) return;
  const found = `output ${join(folder, stranger)}: not written by this program`;
  throw new RunError(EXIT.output, `${found}, expected no such file; choose another folder`);
}

// Nor is the dataset of another database. Of one edition only the number of projects ever changes, and it only grows.
function refuseOther(file: string, ours: Edition): void {
  if (!existsSync(file)) return;
  const theirs = editionIn(file, ours.edition);
  const isOurs =
    theirs?.index_url === ours.index_url &&
    theirs.ranking_sha256.equals(ours.ranking_sha256) &&
    theirs.top_n <= ours.top_n;
  if (isOurs) return;
  const found = `output ${file}: ${theirs ? identityOf(theirs) : `no dataset of edition ${ours.edition}`}`;
  throw new RunError(EXIT.output, `${found}, expected ${identityOf(ours)} or fewer; choose another --out`);
}

function editionIn(file: string, edition: string): Edition | undefined {
  const db = new Database(file, { readonly: true });
  try {
    return storedEdition(db, edition);
  } catch {
    return undefined; // No database, or of another program.
  } finally {
    db.close();
  }
}

function identityOf({ top_n, ranking_sha256, index_url }: Edition): string {
  const source = `projects of the ranking with SHA-256 ${ranking_sha256.toString("hex").slice(0, 16)}…`;
  return `${top_n} ${source} ${index_url === "" ? "imported" : `at ${index_url}`}`;
}

function strip(copy: string): void {
  const db = new Database(copy);
  try {
    db.pragma("journal_mode = DELETE");
    for (const table of MAKING) db.exec(`DELETE FROM ${table}`);
    db.exec("VACUUM; ANALYZE");
    const found = db.pragma("integrity_check", { simple: true });
    if (found !== "ok") throw new RunError(EXIT.output, `output ${copy}: integrity check: ${found}, expected ok`);
  } finally {
    db.close();
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
