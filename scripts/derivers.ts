// What the derivers make of the recorded slice, and the stamps they made it with: test/fixtures/derivers.json, kept by scripts/docs.ts.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "../pipeline/database/database.ts";
import { type DERIVERS, stampOf } from "../pipeline/method.ts";
import { reportsStamp } from "../pipeline/publish/reports.ts";

/** A deriver's stamps, those of what it reads included, and the SHA-256 of its outputs in hex. */
export interface Derived {
  stamp: string;
  outputs: string;
}

/** What is compared: each deriver's outputs, and of `sboms` apart what it makes of names and components too. */
type Output = keyof typeof DERIVERS | "matches";

const OUTPUTS: Record<Exclude<Output, "reports">, string> = {
  names: `SELECT b.filename, p.path, n.file_name, n.kind, n.member_group, n.library, n.stem, n.hashes, n.file_version, n.repair_tool,
      n.evidence, j.repair_tool, b.platform_family, b.version, b.build
    FROM binary_wheel b JOIN judged_wheel j USING (wheel_id) JOIN member_name m USING (wheel_id) JOIN path p USING (path_id)
    JOIN name n USING (name_id) ORDER BY 1, 2`,
  components: `SELECT DISTINCT n.stem, n.file_version, c.component, c.version, c.version_source
    FROM name n JOIN name_component c USING (name_id) ORDER BY 1, 2`,
  sboms: `SELECT lower(hex(d.sha256)), s.format, s.tool, s.problem, e.nth, e.parent, e.ref, e.type, e.name, e.version, e.purl, e.licence, e.scope, e.outside FROM sbom s JOIN document d USING (document_id)
    LEFT JOIN sbom_entry e USING (document_id) ORDER BY 1, e.nth`,
  matches: `SELECT b.filename, p.path, lower(hex(d.sha256)), x.nth, x.how
    FROM binary_wheel b JOIN sbom_match x USING (wheel_id) JOIN path p USING (path_id) JOIN document d USING (document_id) ORDER BY 1, 2`,
  linked: `SELECT 'text' AS told, b.filename, p.path, t.component, t.version, t.text FROM binary_wheel b JOIN member h USING (wheel_id)
      JOIN path p USING (path_id) JOIN file_version t USING (file_id)
    UNION ALL SELECT 'linked', b.filename, p.path, k.component, k.version, k.text FROM binary_wheel b JOIN member h USING (wheel_id)
      JOIN path p USING (path_id) JOIN file_linked k USING (file_id)
    UNION ALL SELECT s.known_by, b.filename, p.path, s.component, s.version, s.source FROM binary_wheel b JOIN member_version s USING (wheel_id)
      JOIN path p USING (path_id) ORDER BY 1, 2, 3, 4, 5`,
  origins: `SELECT n.file_name, f.original, f.digits, k.purl, k.learned_from FROM name n JOIN name_fingerprint f USING (name_id)
    LEFT JOIN fingerprint k USING (original, digits) ORDER BY 1, 4`,
  ranks: "SELECT * FROM rank ORDER BY edition, counted_by, rank",
};

/** What each deriver has made in a database and in the reports of an edition. */
export function derivedIn(db: Db, reports: string): Record<Output, Derived> {
  const names = stampOf("names");
  const components = `${names}, ${stampOf("components")}`;
  const ranks = `${components}, ${stampOf("ranks")}`;
  const read = stampOf("sboms");
  const rowsOf = (sql: string) => hashOf(JSON.stringify(db.prepare(sql).raw().all()));
  const files = readdirSync(reports).sort();
  return {
    names: { stamp: names, outputs: rowsOf(OUTPUTS.names) },
    components: { stamp: components, outputs: rowsOf(OUTPUTS.components) },
    sboms: { stamp: read, outputs: rowsOf(OUTPUTS.sboms) },
    matches: { stamp: `${components}, ${read}`, outputs: rowsOf(OUTPUTS.matches) },
    linked: { stamp: `${components}, ${read}, ${stampOf("linked")}`, outputs: rowsOf(OUTPUTS.linked) },
    origins: { stamp: `${components}, ${read}, ${stampOf("origins")}`, outputs: rowsOf(OUTPUTS.origins) },
    ranks: { stamp: ranks, outputs: rowsOf(OUTPUTS.ranks) },
    reports: {
      stamp: `${ranks}, ${read}, ${reportsStamp()}`,
      outputs: hashOf(files.map((name) => `${name}\n${readFileSync(join(reports, name), "utf8")}`).join("\n")),
    },
  };
}

/** The derivers whose outputs differ from recorded ones although their stamps are the same: their version has to go up. */
export function unstamped(recorded: Record<string, Derived>, now: Record<string, Derived>): string[] {
  return Object.keys(now).filter(
    (name) => recorded[name]?.stamp === now[name]!.stamp && recorded[name]?.outputs !== now[name]!.outputs,
  );
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
