// Whose a dataset's folder is: only one of the same database, with nothing of others in it, is replaced.
import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { type Edition, storedEdition } from "../../editions/edition.ts";
import { EXIT, RunError } from "../../errors.ts";
import { namesInSums, refuseStrangers } from "../output.ts";
import { DATABASE, SUMS } from "./about.ts";

/** RunError 7 if a folder holds the dataset of another database, or anything that its SHA256SUMS does not list. */
export function refuseOthers(folder: string, ours: Edition): void {
  if (!existsSync(folder)) return;
  const file = join(folder, DATABASE);
  refuseStrangers(folder, new Set(existsSync(file) ? [DATABASE, SUMS, ...namesInSums(folder, SUMS)] : []));
  if (existsSync(file)) refuseOther(file, ours);
}

// Of one edition only the number of projects ever changes, and it only grows.
function refuseOther(file: string, ours: Edition): void {
  const theirs = editionIn(file, ours.edition);
  const isOurs =
    theirs?.index_url === ours.index_url &&
    theirs.ranking_sha256.equals(ours.ranking_sha256) &&
    theirs.top_n <= ours.top_n;
  if (isOurs) return;
  const found = `output ${file}: ${theirs ? identityOf(theirs) : `no dataset of edition ${ours.edition}`}`;
  throw new RunError(EXIT.output, `${found}, expected ${identityOf(ours)} or fewer; choose another --dist`);
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
