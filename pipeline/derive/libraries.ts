// What each native member is, by its name and by what its wheel says of its repair.
import { type Db, statement } from "../database/database.ts";
import { judgeNames2023 } from "../editions/baseline-2023/names.ts";
import { rejudgeReleases } from "../editions/release.ts";
import { UnreadSbom } from "../formats/sbom/entry.ts";
import { readSbom } from "../formats/sbom/read.ts";
import { parseGenerators, type StatedTool, statedRepairTool } from "../formats/wheel/info.ts";
import { stampOf } from "../method.ts";
import { isNative, type LibraryName, nameLibrary } from "../naming/library-name.ts";
import { type Entry, isProgram } from "../naming/program.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { count } from "../words.ts";
import { forgetRanks, isDerived, storeDerived, tallyOf } from "./derivation.ts";

const BATCH = 200; // Wheels in a transaction.
const REMEMBERED = 50_000; // Names whose numbers are kept in memory.

// Read and not judged: by this program, or imported.
const UNJUDGED = `
SELECT w.wheel_id FROM wheel w
WHERE (w.reader IS NOT NULL OR w.sha256 IS NULL) AND NOT EXISTS (SELECT 1 FROM judged_wheel j WHERE j.wheel_id = w.wheel_id)`;

/** The stage: names the members of every wheel that has not been judged; all of them when the rules have changed. */
export const libraries: Stage = {
  kind: "derive",
  name: "libraries",
  unit: { thing: "wheel", deed: "named" },
  about: "members as named libraries: kind, name without hashes, file version, repair tool",
  run({ db, succeeded }) {
    const judged = judgeWheels(db);
    succeeded(judged);
    return judged === 0 ? "unchanged" : `the native members of ${count(judged, "wheel")} named`;
  },
  tally(db, edition) {
    const sql = `
      SELECT coalesce(sum(judged), 0) AS done, coalesce(sum(NOT judged), 0) AS pending, 0 AS failed
      FROM (
        SELECT max(j.wheel_id IS NOT NULL) AS judged FROM answer a JOIN binary_wheel b USING (release_id)
        JOIN wheel w ON w.wheel_id = b.wheel_id LEFT JOIN judged_wheel j ON j.wheel_id = w.wheel_id
        WHERE a.edition = ? AND (w.reader IS NOT NULL OR w.sha256 IS NULL) GROUP BY w.wheel_id)`;
    return tallyOf(db, "names", db.prepare(sql).get(edition) as Tally);
  },
};

/** Judges all wheels that have not been judged, some in a transaction; gives their number. */
export function judgeWheels(db: Db): number {
  const stamp = stampOf("names");
  if (!isDerived(db, "names", stamp)) db.transaction(() => forgetNames(db, stamp)).immediate();
  const judge = makeJudge(db);
  const wheels = db.prepare<[], number>(UNJUDGED).pluck().all();
  for (let at = 0; at < wheels.length; at += BATCH) {
    db.transaction(() => {
      for (const wheel of wheels.slice(at, at + BATCH)) judge(wheel);
    }).immediate();
  }
  db.transaction(() => judgeNames2023(db)).immediate();
  return wheels.length;
}

function forgetNames(db: Db, stamp: string): void {
  for (const table of [
    "member_version",
    "sbom_match",
    "sbom_rival",
    "wheel_base",
    "name_origin",
    "name_fingerprint",
    "name_2023",
    "name_component",
    "member_name",
    "judged_wheel",
    "name",
  ])
    db.exec(`DELETE FROM ${table}`);
  rejudgeReleases(db);
  forgetRanks(db);
  storeDerived(db, "names", stamp);
}

interface Member extends Entry {
  pathId: number;
}

function makeJudge(db: Db): (wheelId: number) => void {
  const members = statement<[number], Member>(
    db,
    `SELECT path_id AS pathId, path, mode, size FROM member JOIN path USING (path_id) JOIN file USING (file_id)
     WHERE wheel_id = ? ORDER BY path`,
  );
  const storeWheel = statement(db, "INSERT INTO judged_wheel (wheel_id, repair_tool, native_files) VALUES (?, ?, ?)");
  const storeName = statement(db, "INSERT INTO member_name (wheel_id, path_id, name_id) VALUES (?, ?, ?)");
  const outdate = statement(
    db,
    `DELETE FROM derivation WHERE derived IN (
       SELECT 'ranks ' || a.edition FROM binary_wheel b JOIN answer a USING (release_id) WHERE b.wheel_id = ?)`,
  );
  const nameIdOf = makeInterner(db);
  return (wheelId) => {
    const repairTool = statedToolOf(db, wheelId);
    const native = members.all(wheelId).flatMap(({ pathId, ...entry }) => {
      const nameId = nameIdOf(entry, repairTool);
      return nameId === null ? [] : [{ pathId, nameId }];
    });
    storeWheel.run(wheelId, repairTool, native.length);
    for (const { pathId, nameId } of native) storeName.run(wheelId, pathId, nameId);
    outdate.run(wheelId);
  };
}

/** The repair tool that a wheel itself names, by its documents; null if it names none. */
function statedToolOf(db: Db, wheelId: number): StatedTool | null {
  const documents = statement<[number], { name: string; content: Buffer }>(
    db,
    "SELECT name, content FROM wheel_document JOIN document USING (document_id) WHERE wheel_id = ?",
  ).all(wheelId);
  const names = documents.map(({ name }) => name);
  const wheel = documents.find(({ name }) => name === "WHEEL")?.content.toString("utf8") ?? "";
  return statedRepairTool({
    generators: parseGenerators(wheel),
    hasDelvewheelFile: names.includes("DELVEWHEEL"),
    repairSbomTools: documents.filter(({ name }) => name.endsWith("/auditwheel.cdx.json")).flatMap(toolsOf),
  });
}

/** The tools that an SBOM says made it; `[""]` if it names none or is not understood. */
function toolsOf({ content }: { content: Buffer }): string[] {
  try {
    const { tools } = readSbom(content);
    return tools.length > 0 ? tools : [""];
  } catch (error) {
    if (error instanceof UnreadSbom) return [""];
    throw error;
  }
}

/** A function from a member and the stated tool to the number of what they tell, stored if it is new; null: no native code. */
function makeInterner(db: Db): (entry: Entry, repairTool: StatedTool | null) => number | null {
  const known = new Map<string, number | null>();
  return (entry, repairTool) => {
    const program = isProgram(entry);
    const key = `${repairTool} ${program} ${entry.path}`;
    let id = known.get(key);
    if (id === undefined) {
      const name = nameLibrary(entry.path, { repairTool, program });
      id = isNative(name) ? storeName(db, entry.path.slice(entry.path.lastIndexOf("/") + 1), name) : null;
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, id);
    }
    return id;
  };
}

const NAME_COLUMNS = [
  "file_name",
  "kind",
  "stem",
  "hashes",
  "evidence",
  "member_group",
  "library",
  "file_version",
  "repair_tool",
];
const KNOWN_NAME = `SELECT name_id FROM name INDEXED BY name_file_name WHERE ${NAME_COLUMNS.map((column) => `${column} IS ?`).join(" AND ")}`;
const NEW_NAME = `INSERT INTO name (${NAME_COLUMNS.join(", ")}) VALUES (${NAME_COLUMNS.map(() => "?").join(", ")})`;

function storeName(db: Db, fileName: string, name: LibraryName): number {
  const values = [
    ...[fileName, name.kind, name.stem, name.hashes.join("-"), name.evidence],
    ...[name.group, name.library, name.fileVersion, name.repairTool],
  ];
  const known = statement<unknown[], number>(db, KNOWN_NAME)
    .pluck()
    .get(...values);
  return known ?? Number(statement(db, NEW_NAME).run(...values).lastInsertRowid);
}
