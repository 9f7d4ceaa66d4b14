// Which derived things are up to date: those whose stamp is the present one.
import { type Db, statement } from "../database/database.ts";

/** Whether something was last derived with this stamp. */
export function isDerived(db: Db, derived: string, stamp: string): boolean {
  return statement(db, "SELECT 1 FROM derivation WHERE derived = ? AND stamp = ?").get(derived, stamp) !== undefined;
}

/** Stores that something has been derived with this stamp, within a transaction of the caller's. */
export function storeDerived(db: Db, derived: string, stamp: string): void {
  statement(db, "INSERT OR REPLACE INTO derivation (derived, stamp) VALUES (?, ?)").run(derived, stamp);
}

/** Forgets which bundled files SBOMs name, within a transaction of the caller's: names, components or readings have changed. */
export function forgetMatches(db: Db): void {
  db.exec("DELETE FROM sbom_match; UPDATE judged_wheel SET matched = 0 WHERE matched");
}

/** Forgets that all ranks were derived, within a transaction of the caller's: what they count has changed. */
export function forgetRanks(db: Db): void {
  statement(db, "DELETE FROM derivation WHERE derived LIKE 'ranks %'").run();
}
