// Stage 3: what each wheel holds, from the bytes at its end: directory, RECORD, WHEEL, DELVEWHEEL, SBOMs.
import { type Db, statement } from "../database/database.ts";
import { parseWheelFilename } from "../formats/wheel/filename.ts";
import { parseGenerators, type StatedTool, statedRepairTool } from "../formats/wheel/info.ts";
import { parseRecord, sha256Of } from "../formats/wheel/record.ts";
import { predictTail } from "../formats/wheel/tail.ts";
import type { ZipTag } from "../formats/zip/reasons.ts";
import { isNativeMember } from "../naming/library-name.ts";
import { itemStage, type Scope, type Tally } from "../stage/stage.ts";
import { type Anomaly, compareRecord } from "./compare-record.ts";
import { pendingWheels, type Target } from "./pending-wheels.ts";
import { openWheelBytes } from "./wheel-bytes.ts";
import { readWheelEnd, type WheelEnd } from "./wheel-end.ts";

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

/** The stage: reads each wheel of the edition that no edition has read yet. */
export const members = itemStage<Target, WheelFacts>({
  name: "members",
  about: "the end of each wheel by byte ranges: its native files, RECORD's hashes, SBOMs",
  pending: pendingWheels,
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
    return statement(db, sql).get(edition) as Tally;
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
        sha256: sha256Of(record.get(path)),
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
  statement(
    db,
    `DELETE FROM failure WHERE stage = 'members'
       AND (edition, item) IN (SELECT edition, filename FROM survey WHERE wheel = ?)`,
  ).run(wheel);
  statement(
    db,
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
  const member = statement(
    db,
    "INSERT INTO member (wheel, path, size, compressed_size, crc32, sha256) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const { path, size, compressedSize, crc32, sha256 } of facts.members)
    member.run(wheel, path, size, compressedSize, crc32, sha256);
  const sbom = statement(db, "INSERT INTO sbom (wheel, path, document) VALUES (?, ?, ?)");
  for (const { path, document } of facts.sboms) sbom.run(wheel, path, document);
  const anomaly = statement(db, "INSERT OR IGNORE INTO anomaly (wheel, tag, detail) VALUES (?, ?, ?)");
  for (const { tag, detail } of facts.anomalies) anomaly.run(wheel, tag, detail);
}
