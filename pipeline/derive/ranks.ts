// How many projects of an edition carry each library and component: counted once, stored, and read by everything that compares.
import { readFileSync } from "node:fs";
import { type Db, statement } from "../database/database.ts";
import { stampOf } from "../method.ts";
import type { Stage } from "../stage/stage.ts";
import { hasUnjudgedNames } from "./components.ts";
import { isDerived, storeDerived } from "./derivation.ts";

const COUNT = readFileSync(new URL("ranks.sql", import.meta.url), "utf8");

/** The stage: counts every edition whose wheels, names or components have changed since it was counted. */
export const ranks: Stage = {
  kind: "derive",
  name: "ranks",
  unit: { thing: "edition", deed: "counted" },
  about: "how many projects carry each library and component, for each edition",
  run({ db, succeeded }) {
    const counted = countEditions(db);
    succeeded(counted.length);
    return counted.length === 0 ? "unchanged" : `counted ${counted.join(", ")}`;
  },
  tally(db, edition) {
    const done = isDerived(db, `ranks ${edition}`, stampOf("ranks")) ? 1 : 0;
    return { done, pending: 1 - done, failed: 0 };
  },
};

/** Counts the editions that are not up to date, each in a transaction; gives their names. */
export function countEditions(db: Db): string[] {
  const stamp = stampOf("ranks");
  const editions = db.prepare("SELECT edition FROM edition ORDER BY edition").pluck().all() as string[];
  const outdated = editions.filter((edition) => !isDerived(db, `ranks ${edition}`, stamp));
  const final = !hasUnjudgedNames(db); // Else what is counted now is to be counted again.
  for (const edition of outdated) {
    db.transaction(() => {
      db.prepare("DELETE FROM rank WHERE edition = ?").run(edition);
      statement(db, COUNT).run({ edition });
      if (final) storeDerived(db, `ranks ${edition}`, stamp);
    }).immediate();
  }
  return outdated;
}
