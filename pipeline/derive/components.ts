// Stage 5: the upstream project of each library, by the rules in data/.
import type { Db } from "../database.ts";
import type { Stage } from "../stage.ts";
import { type ComponentRule, loadRules, makeMatcher, versionFrom } from "./component-rules.ts";
import { memberFacts, rebuildOnce } from "./derivation.ts";

interface NamedLibrary {
  member: number;
  stem: string;
  fileVersion: string | null;
}

const CHUNK = 20_000; // Libraries in memory at a time.

/** The stage: rebuilds `component` and `member_component` when libraries or rules have changed. */
export const components: Stage = {
  kind: "derive",
  name: "components",
  about: "the upstream project of each library, by the rules in data/",
  run({ db }) {
    const rules = loadRules();
    return rebuildOnce(db, "components", `${memberFacts(db)}\n${JSON.stringify(rules)}`, () => rebuild(db, rules));
  },
  tally(db, edition) {
    const sql = `SELECT count(c.member) AS done, 0 AS pending, 0 AS failed
      FROM (SELECT DISTINCT wheel FROM survey WHERE edition = ?) JOIN member USING (wheel) JOIN member_component c USING (member)`;
    return db.prepare(sql).get(edition) as { done: number; pending: number; failed: number };
  },
};

function rebuild(db: Db, rules: ComponentRule[]): string {
  db.exec("DELETE FROM member_component; DELETE FROM component");
  const insertComponent = db.prepare(
    "INSERT INTO component (component, name, purl, licence, cpe) VALUES (?, ?, ?, ?, ?)",
  );
  for (const rule of rules)
    insertComponent.run(rule.component, rule.name, rule.purl, rule.licence ?? null, rule.cpe ?? null);

  const match = makeMatcher(rules);
  const chunk = db.prepare<[number], NamedLibrary>(
    `SELECT member, stem, file_version AS fileVersion FROM library
     WHERE member > ? AND kind IN ('shared-library', 'static-library') ORDER BY member LIMIT ${CHUNK}`,
  );
  const insert = db.prepare(
    "INSERT INTO member_component (member, component, version, version_source) VALUES (?, ?, ?, ?)",
  );
  let total = 0;
  for (let rows = chunk.all(0); rows.length > 0; rows = chunk.all(rows.at(-1)!.member)) {
    for (const { member, stem, fileVersion } of rows) {
      const found = match(stem, fileVersion);
      if (!found) continue;
      const version = versionFrom(found, fileVersion, stem);
      insert.run(member, found.rule.component, version?.version ?? null, version?.source ?? null);
      total += 1;
    }
  }
  return `${total} libraries of ${rules.length} known projects`;
}
