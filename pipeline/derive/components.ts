// The upstream project of each library and program, by the rules in data/.
import { type Db, statement } from "../database/database.ts";
import { stampOf } from "../method.ts";
import { componentOf, KINDS_OF_COMPONENTS } from "../naming/component-of.ts";
import { type ComponentRule, loadRules, makeMatcher } from "../naming/component-rules.ts";
import type { MemberKind } from "../naming/library-name.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { count } from "../words.ts";
import { forgetMatches, forgetRanks, isDerived, storeDerived, tallyOf } from "./derivation.ts";

interface UnjudgedName {
  id: number;
  kind: MemberKind;
  stem: string;
  fileVersion: string | null;
}

const BATCH = 5_000; // Names in a transaction.

const UNJUDGED = `
SELECT n.name_id AS id, n.kind, n.stem, n.file_version AS fileVersion FROM name n
WHERE n.kind IN (${KINDS_OF_COMPONENTS}) AND NOT EXISTS (SELECT 1 FROM name_component c WHERE c.name_id = n.name_id)`;

/** The stage: gives every name that has none its upstream project; all of them when the rules have changed. */
export const components: Stage = {
  kind: "derive",
  name: "components",
  unit: { thing: "name", deed: "judged" },
  about: "the upstream project of each library and program, by the rules in data/",
  run({ db, succeeded }) {
    const judged = judgeNames(db);
    succeeded(judged);
    return judged === 0 ? "unchanged" : `${count(judged, "name")} compared with the rules`;
  },
  tally(db, edition) {
    const sql = `
      SELECT count(DISTINCT c.name_id) AS done, count(DISTINCT n.name_id) - count(DISTINCT c.name_id) AS pending, 0 AS failed
      FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m ON m.wheel_id = b.wheel_id
      JOIN name n USING (name_id) LEFT JOIN name_component c ON c.name_id = n.name_id
      WHERE a.edition = ? AND n.kind IN (${KINDS_OF_COMPONENTS})`;
    return tallyOf(db, "components", db.prepare(sql).get(edition) as Tally);
  },
};

/** Whether a name waits for its upstream project. */
export function hasUnjudgedNames(db: Db): boolean {
  return statement(db, `${UNJUDGED} LIMIT 1`).get() !== undefined;
}

/** Judges all names that have not been judged, some in a transaction; gives their number. */
export function judgeNames(db: Db): number {
  const stamp = stampOf("components");
  const isCurrent = isDerived(db, "components", stamp);
  if (isCurrent && !hasUnjudgedNames(db)) return 0;
  const rules = loadRules();
  if (!isCurrent) db.transaction(() => replaceComponents(db, rules, stamp)).immediate();
  const match = makeMatcher(rules);
  const insert = statement(
    db,
    "INSERT INTO name_component (name_id, component, version, version_source) VALUES (?, ?, ?, ?)",
  );
  let judged = 0;
  for (;;) {
    const names = statement<[number], UnjudgedName>(db, `${UNJUDGED} LIMIT ?`).all(BATCH);
    if (names.length === 0) return judged;
    db.transaction(() => {
      for (const { id, ...name } of names) {
        const of = componentOf(match, name);
        insert.run(id, of?.rule.component ?? null, of?.version ?? null, of?.versionSource ?? null);
      }
    }).immediate();
    judged += names.length;
  }
}

function replaceComponents(db: Db, rules: ComponentRule[], stamp: string): void {
  db.exec("DELETE FROM name_component; DELETE FROM component");
  const component = db.prepare("INSERT INTO component (component, name, purl, licence, cpe) VALUES (?, ?, ?, ?, ?)");
  for (const rule of rules) component.run(rule.component, rule.name, rule.purl, rule.licence ?? null, rule.cpe ?? null);
  forgetMatches(db);
  forgetRanks(db);
  storeDerived(db, "components", stamp);
}
