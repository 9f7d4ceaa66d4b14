// Which derived things are up to date: those whose stamp is the present one.
import { type Db, statement } from "../database/database.ts";
import { stampOf } from "../method.ts";
import type { Tally } from "../stage/stage.ts";

/** Whether something was last derived with this stamp. */
export function isDerived(db: Db, derived: string, stamp: string): boolean {
  return statement(db, "SELECT 1 FROM derivation WHERE derived = ? AND stamp = ?").get(derived, stamp) !== undefined;
}

/** Stores that something has been derived with this stamp, within a transaction of the caller's. */
export function storeDerived(db: Db, derived: string, stamp: string): void {
  statement(db, "INSERT OR REPLACE INTO derivation (derived, stamp) VALUES (?, ?)").run(derived, stamp);
}

/** Forgets which bundled files SBOMs name, and that anything was learned of it, within a transaction of the caller's: names, components or readings have changed. */
export function forgetMatches(db: Db): void {
  db.exec(
    "DELETE FROM sbom_match; DELETE FROM sbom_rival; DELETE FROM wheel_base; UPDATE judged_wheel SET matched = 0 WHERE matched",
  );
  db.exec("DELETE FROM derivation WHERE derived = 'fingerprints'");
}

/** Forgets that all ranks were derived, within a transaction of the caller's: what they count has changed. */
export function forgetRanks(db: Db): void {
  statement(db, "DELETE FROM derivation WHERE derived LIKE 'ranks %'").run();
}

/** How far judgements have come that stand under one stamp: if that is no longer the present one, all are still to be made. */
export function tallyOf(
  db: Db,
  derived: "names" | "components" | "sboms" | "linked" | "origins",
  { done, pending, failed }: Tally,
): Tally {
  return isDerived(db, derived, stampOf(derived))
    ? { done, pending, failed }
    : { done: 0, pending: done + pending, failed };
}
