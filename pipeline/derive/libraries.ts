// Stage 4: what each native member is, by its name and by what its wheel says of its repair.
import type { Db } from "../database/database.ts";
import { nameLibrary, type RepairTool } from "../naming/library-name.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { byMember, memberFacts, type Rebuilt, rebuildOnce } from "./derivation.ts";

interface NativeMember {
  member: number;
  path: string;
  repairTool: RepairTool | null;
}

const NATIVE_MEMBERS = `
SELECT m.member, m.path, w.repair_tool AS repairTool FROM member m JOIN wheel w USING (wheel)
WHERE m.member > :after ORDER BY m.member LIMIT :limit`;

/** The stage: rebuilds `library` when members were added. */
export const libraries: Stage = {
  kind: "derive",
  name: "libraries",
  about: "members as named libraries: kind, name without hashes, file version, repair tool",
  run({ db, succeeded }) {
    const { rows, summary } = rebuildOnce(db, "libraries", memberFacts(db), () => rebuild(db));
    succeeded(rows);
    return summary;
  },
  tally(db, edition) {
    // They are named all together in their order: only those after the last one that has a name are without.
    const sql = `
      WITH surveyed AS (SELECT DISTINCT wheel FROM survey WHERE edition = ?),
      unnamed AS (
        SELECT count(*) AS pending FROM member CROSS JOIN surveyed USING (wheel)
        WHERE member > (SELECT coalesce(max(member), 0) FROM library))
      SELECT (SELECT coalesce(sum(native_members), 0) FROM surveyed JOIN wheel USING (wheel)) - pending AS done,
        pending, 0 AS failed
      FROM unnamed`;
    return db.prepare(sql).get(edition) as Tally;
  },
};

function rebuild(db: Db): Rebuilt {
  db.exec("DELETE FROM member_component; DELETE FROM library; DELETE FROM derivation WHERE stage = 'components'");
  const insert = db.prepare(
    `INSERT INTO library (member, file_name, kind, member_group, library, stem, hashes, file_version, repair_tool, evidence)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  let rows = 0;
  for (const { member, path, repairTool } of byMember<NativeMember>(db, NATIVE_MEMBERS)) {
    const name = nameLibrary(path, { repairTool });
    insert.run(
      ...[member, path.slice(path.lastIndexOf("/") + 1), name.kind, name.group, name.library, name.stem],
      ...[name.hashes.join("-"), name.fileVersion, name.repairTool, name.evidence],
    );
    rows += 1;
  }
  return { rows, summary: `${rows} native members named` };
}
