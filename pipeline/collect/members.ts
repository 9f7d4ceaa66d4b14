// Stage 3: what each wheel holds, from the bytes at its end: directory, RECORD, WHEEL, DELVEWHEEL, SBOMs.
import type { Db } from "../database.ts";
import { isNativeMember } from "../formats/library-name.ts";
import { parseRecord } from "../formats/record.ts";
import { parseWheelFilename } from "../formats/wheel-filename.ts";
import { parseGenerators, type StatedTool, statedRepairTool } from "../formats/wheel-info.ts";
import { type KnownTail, predictTail } from "../formats/wheel-tail.ts";
import type { ZipTag } from "../formats/zip-reasons.ts";
import { itemStage, type Scope, type Tally, TRIES } from "../stage.ts";
import { type Anomaly, compareRecord } from "./compare-record.ts";
import { openWheelBytes, type RemoteFile } from "./wheel-bytes.ts";
import { readWheelEnd, type WheelEnd } from "./wheel-end.ts";

/** A wheel to read, under one of the names it is listed by, with what is known of the ends of its like. */
interface Target extends RemoteFile {
  filename: string;
  project: string;
  known: KnownTail[];
}

interface Hinted {
  platform_family: string;
  teacher: string | null;
}

/** A native file inside a wheel, as directory and RECORD give it; sizes in bytes. */
interface Member {
  path: string;
  size: number;
  compressedSize: number;
  crc32: number;
  sha256: Buffer | null;
}

/** What the end of a wheel says. */
interface WheelFacts {
  entries: number;
  uncompressedSize: number;
  directorySize: number;
  tailNeeded: number;
  generators: string[];
  repairTool: StatedTool | null;
  readWhole: boolean;
  members: Member[];
  sboms: { path: string; document: Buffer }[];
  anomalies: Anomaly[];
}

// The first wheel of a release, by name, is read before the first ones of its other platform families, and each of those before
// the others of its family: so all but the first are asked for with a tail that their teacher has shown to be enough. A wheel
// is pending once its teacher has been read or has failed, so what a wheel costs does not depend on who else is under way.
const PENDING = `
WITH listed AS (
  SELECT s.project, s.filename, s.url, s.platform_family, s.wheel, r.rank,
    row_number() OVER (PARTITION BY s.wheel ORDER BY r.rank, s.filename) AS listing,
    first_value(s.filename) OVER (PARTITION BY s.project ORDER BY s.filename) AS first_of_release,
    first_value(s.filename) OVER (PARTITION BY s.project, s.platform_family ORDER BY s.filename) AS first_of_family
  FROM survey s JOIN ranking r USING (edition, project)
  WHERE s.edition = :edition
), taught AS (
  SELECT *, CASE filename WHEN first_of_release THEN NULL WHEN first_of_family THEN first_of_release ELSE first_of_family END AS teacher
  FROM listed
)
SELECT w.wheel, w.sha256, w.size, t.filename, t.url, t.project, t.platform_family, t.teacher
FROM taught t JOIN wheel w USING (wheel)
WHERE w.read_for IS NULL AND t.listing = 1
  AND NOT EXISTS (
    SELECT 1 FROM failure f WHERE f.edition = :edition AND f.stage = 'members' AND f.item = t.filename
      AND (f.run = :run OR f.tries >= ${TRIES}))
  AND (t.teacher IS NULL
    OR EXISTS (
      SELECT 1 FROM survey s JOIN wheel read USING (wheel)
      WHERE s.edition = :edition AND s.project = t.project AND s.filename = t.teacher AND read.read_for IS NOT NULL)
    OR EXISTS (
      SELECT 1 FROM survey s JOIN survey other USING (edition, wheel)
        JOIN failure f ON f.edition = other.edition AND f.stage = 'members' AND f.item = other.filename
      WHERE s.edition = :edition AND s.project = t.project AND s.filename = t.teacher))
ORDER BY t.rank, t.filename
LIMIT :limit`;

const SIBLING_TAIL = `
SELECT tail_needed AS needed, directory_size AS directory, 1 AS sameRelease, platform_family = :platform_family AS sameFamily
FROM survey JOIN wheel USING (wheel)
WHERE edition = :edition AND project = :project AND filename = :teacher AND read_for IS NOT NULL`;

const EARLIER_TAIL = `
SELECT max(tail_needed) AS needed, max(directory_size) AS directory, 0 AS sameRelease, platform_family = :platform_family AS sameFamily
FROM survey JOIN wheel USING (wheel)
WHERE edition = (SELECT max(edition) FROM survey WHERE edition < :edition AND project = :project)
  AND project = :project AND read_for < :edition
GROUP BY platform_family
ORDER BY sameFamily DESC, needed DESC
LIMIT 1`;

function pendingTargets(db: Db, scope: Scope, limit: number): Target[] {
  const hints = [SIBLING_TAIL, EARLIER_TAIL].map((sql) => db.prepare<[object], Record<keyof KnownTail, number>>(sql));
  return db
    .prepare<[object], Omit<Target, "known"> & Hinted>(PENDING)
    .all({ ...scope, limit })
    .map((target) => {
      const { project, teacher, platform_family } = target;
      const rows = hints.map((hint) => hint.get({ edition: scope.edition, project, teacher, platform_family }));
      const known = rows
        .filter((row) => row !== undefined)
        .map((row) => ({ ...row, sameRelease: row.sameRelease === 1, sameFamily: row.sameFamily === 1 }));
      return { ...target, known };
    });
}

/** The stage: reads each wheel of the edition that no edition has read yet. */
export const members = itemStage<Target, WheelFacts>({
  name: "members",
  about: "the end of each wheel by byte ranges: its native files, RECORD's hashes, SBOMs",
  pending: pendingTargets,
  identify: ({ filename, project }) => ({ item: filename, project }),
  async collect(target, client, spool) {
    const name = parseWheelFilename(target.filename);
    const bytes = openWheelBytes(target, client, spool);
    try {
      const end = await readWheelEnd(name, target.size, predictTail(target.size, name.abis[0]!, target.known), bytes);
      return factsOf(end, bytes.whole());
    } finally {
      bytes.close();
    }
  },
  save: storeFacts,
  tally(db, edition) {
    const sql = `
      WITH listed AS (
        SELECT s.wheel, max(w.read_for IS NOT NULL) AS done, max(f.item IS NOT NULL) AS failed
        FROM survey s JOIN wheel w USING (wheel)
        LEFT JOIN failure f ON f.edition = s.edition AND f.stage = 'members' AND f.item = s.filename
        WHERE s.edition = ? GROUP BY s.wheel)
      SELECT coalesce(sum(done), 0) AS done, coalesce(sum(NOT done AND NOT failed), 0) AS pending,
        coalesce(sum(NOT done AND failed), 0) AS failed
      FROM listed`;
    return db.prepare(sql).get(edition) as Tally;
  },
});

function factsOf(
  { directory, directorySize, distInfo, documents, needed }: WheelEnd,
  whole: { sameHash: boolean } | null,
): WheelFacts {
  const text = (path: string) => documents.get(path)?.toString("utf8");
  const record = parseRecord(text("RECORD") ?? "");
  const generators = parseGenerators(text("WHEEL") ?? "");
  const sbomPaths = [...documents.keys()].filter((path) => path.startsWith("sboms/"));
  const anomalies = [
    ...directory.tags.map(zipAnomaly),
    ...compareRecord(directory.entries, text("RECORD") === undefined ? null : record, distInfo),
  ];
  if (whole && !whole.sameHash)
    anomalies.push({ tag: "hash-mismatch", detail: "the whole file's SHA-256 is not the index's" });
  return {
    entries: directory.entries.length,
    uncompressedSize: directory.entries.reduce((sum, entry) => sum + entry.size, 0),
    directorySize,
    tailNeeded: needed,
    generators,
    repairTool: statedRepairTool({ generators, hasDelvewheelFile: documents.has("DELVEWHEEL"), sbomPaths }),
    readWhole: whole !== null,
    members: directory.entries
      .filter((entry) => isNativeMember(entry.path))
      .map(({ path, size, compressedSize, crc32 }) => ({
        path,
        size,
        compressedSize,
        crc32,
        sha256: record.get(path)?.sha256 ?? null,
      })),
    sboms: sbomPaths.map((path) => ({ path: `${distInfo}${path}`, document: documents.get(path)! })),
    anomalies,
  };
}

function zipAnomaly({ code, count, path }: ZipTag): Anomaly {
  return { tag: code, detail: path === null ? String(count) : `${count}: ${path}` };
}

function storeFacts(db: Db, { edition }: Scope, { wheel }: Target, facts: WheelFacts): void {
  // Read now, under whichever name: it is missing from no edition any more.
  db.prepare(
    `DELETE FROM failure WHERE stage = 'members'
       AND (edition, item) IN (SELECT edition, filename FROM survey WHERE wheel = ?)`,
  ).run(wheel);
  db.prepare(
    `UPDATE wheel SET read_for = ?, members = ?, native_members = ?, uncompressed_size = ?, directory_size = ?, tail_needed = ?,
       generator = ?, repair_tool = ?, read_whole = ? WHERE wheel = ?`,
  ).run(
    edition,
    facts.entries,
    facts.members.length,
    facts.uncompressedSize,
    facts.directorySize,
    facts.tailNeeded,
    facts.generators.length > 0 ? facts.generators.join("; ") : null,
    facts.repairTool,
    facts.readWhole ? 1 : 0,
    wheel,
  );
  const member = db.prepare(
    "INSERT INTO member (wheel, path, size, compressed_size, crc32, sha256) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const { path, size, compressedSize, crc32, sha256 } of facts.members)
    member.run(wheel, path, size, compressedSize, crc32, sha256);
  const sbom = db.prepare("INSERT INTO sbom (wheel, path, document) VALUES (?, ?, ?)");
  for (const { path, document } of facts.sboms) sbom.run(wheel, path, document);
  const anomaly = db.prepare("INSERT OR IGNORE INTO anomaly (wheel, tag, detail) VALUES (?, ?, ?)");
  for (const { tag, detail } of facts.anomalies) anomaly.run(wheel, tag, detail);
}
