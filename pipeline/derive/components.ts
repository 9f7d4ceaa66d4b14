// Stage 5: the upstream project of each library, by the rules in data/.
import { readFileSync } from "node:fs";
import type { Db } from "../database/database.ts";
import { componentOf } from "../naming/component-of.ts";
import { loadRules, makeMatcher, RULES } from "../naming/component-rules.ts";
import type { MemberKind } from "../naming/library-name.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { byMember, memberFacts, type Rebuilt, rebuildOnce } from "./derivation.ts";
import { importedFacts, rebuildImported } from "./imported.ts";

interface NamedLibrary {
  member: number;
  kind: MemberKind;
  stem: string;
  fileVersion: string | null;
}

const LIBRARIES = `
SELECT member, kind, stem, file_version AS fileVersion FROM library WHERE member > :after ORDER BY member LIMIT :limit`;

/** The stage: rebuilds `component`, `member_component` and the imported editions' names when files or rules have changed. */
export const components: Stage = {
  kind: "derive",
  name: "components",
  about: "the upstream project of each library, by the rules in data/",
  run({ db, succeeded }) {
    const { rows, summary } = rebuildComponents(db);
    succeeded(rows);
    return summary;
  },
  tally(db, edition) {
    const sql = `
      WITH libraries AS (
        SELECT member FROM (SELECT DISTINCT wheel FROM survey WHERE edition = ?) JOIN member USING (wheel) JOIN library USING (member)
        WHERE kind IN ('shared-library', 'static-library')
      ), judged AS (SELECT EXISTS (SELECT 1 FROM derivation WHERE stage = 'components') AS yes)
      SELECT coalesce(sum(yes), 0) AS done, coalesce(sum(NOT yes), 0) AS pending, 0 AS failed FROM libraries, judged`;
    return db.prepare(sql).get(edition) as Tally;
  },
};

/** Rebuilds everything that the rules in data/ decide, unless nothing has changed. */
export function rebuildComponents(db: Db): Rebuilt {
  const inputs = [memberFacts(db), importedFacts(db), readFileSync(RULES, "utf8")].join("\n");
  return rebuildOnce(db, "components", inputs, () => rebuild(db));
}

function rebuild(db: Db): Rebuilt {
  const rules = loadRules();
  db.exec("DELETE FROM imported_name; DELETE FROM member_component; DELETE FROM component");
  const component = db.prepare("INSERT INTO component (component, name, purl, licence, cpe) VALUES (?, ?, ?, ?, ?)");
  for (const rule of rules) component.run(rule.component, rule.name, rule.purl, rule.licence ?? null, rule.cpe ?? null);

  const match = makeMatcher(rules);
  rebuildImported(db, match);
  const insert = db.prepare(
    "INSERT INTO member_component (member, component, version, version_source) VALUES (?, ?, ?, ?)",
  );
  let rows = 0;
  for (const { member, ...name } of byMember<NamedLibrary>(db, LIBRARIES)) {
    const found = componentOf(match, name);
    if (!found) continue;
    insert.run(member, found.rule.component, found.version, found.versionSource);
    rows += 1;
  }
  return { rows, summary: `${rows} libraries given their upstream project by ${rules.length} rules` };
}
