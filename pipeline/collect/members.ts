// What each wheel holds, from the bytes at its end: directory, RECORD, WHEEL, DELVEWHEEL, SBOMs.
import { createHash } from "node:crypto";
import { type Db, statement } from "../database/database.ts";
import { readingProject, SHARD } from "../editions/shard.ts";
import { parseWheelFilename } from "../formats/wheel/filename.ts";
import { encodeListing } from "../formats/wheel/listing.ts";
import { parseRecord, sha256Of, withArchivePaths } from "../formats/wheel/record.ts";
import { predictTail } from "../formats/wheel/tail.ts";
import type { Entry } from "../formats/zip/layout.ts";
import type { ZipTag } from "../formats/zip/reasons.ts";
import { isInNet } from "../naming/net.ts";
import { itemStage } from "../stage/items.ts";
import type { Scope, Tally } from "../stage/stage.ts";
import { type Anomaly, compareRecord } from "./compare-record.ts";
import { pendingWheels, type Target } from "./pending-wheels.ts";
import { READER } from "./reader.ts";
import { openWheelBytes, type WheelBytes } from "./wheel-bytes.ts";
import { readWheelEnd, type WheelEnd } from "./wheel-end.ts";
import { wholeAnomalies } from "./whole-wheel.ts";

/** A member as directory and RECORD give it: sizes and offsets in bytes, `sha256` in hex. */
type Member = Pick<
  Entry,
  "path" | "size" | "compressedSize" | "crc32" | "mode" | "method" | "headerOffset" | "nextOffset"
> & {
  sha256: string | null;
};

/** What the end of a wheel says, as JSON can carry it: bytes are base64. */
export interface WheelFacts {
  /** Bytes of the file that was read. */
  size: number;
  entries: number;
  uncompressedSize: number;
  directorySize: number;
  tailNeeded: number;
  distInfo: string | null;
  readWhole: boolean;
  listing: string;
  members: Member[];
  documents: { name: string; content: string }[];
  anomalies: Anomaly[];
}

/** The stage: reads each wheel of the edition that no edition has read yet, or only an older reader. */
export const members = itemStage<Target, WheelFacts>({
  name: "members",
  item: { thing: "wheel", deed: "read" },
  about: "the end of each wheel by byte ranges: its whole listing, RECORD's hashes, WHEEL, SBOMs",
  pending: pendingWheels,
  identify: ({ filename, project }) => ({ item: filename, project }),
  key: ({ sha256 }) => sha256,
  async collect(target, client, spool) {
    const bytes = openWheelBytes(target, client, spool);
    try {
      return await readWheel(target, bytes);
    } finally {
      bytes.close();
    }
  },
  save: storeWheelFacts,
  tally(db, edition) {
    const sql = `
      WITH listed AS (
        SELECT b.wheel_id, max(w.reader IS NOT NULL) AS done, max(f.item IS NOT NULL) AS failed
        FROM answer a JOIN binary_wheel b USING (release_id) JOIN wheel w ON w.wheel_id = b.wheel_id
        LEFT JOIN failure f ON f.edition = a.edition AND f.stage = 'members' AND f.item = b.filename
        WHERE a.edition = :edition AND (w.reader IS NOT NULL OR in_shard(${SHARD}, ${readingProject("b.wheel_id")})) GROUP BY b.wheel_id)
      SELECT coalesce(sum(done), 0) AS done, coalesce(sum(NOT done AND NOT failed), 0) AS pending,
        coalesce(sum(NOT done AND failed), 0) AS failed
      FROM listed`;
    return statement(db, sql).get({ edition }) as Tally;
  },
});

/** What the end of a wheel says, from wherever its bytes are; ItemError if it is no strict ZIP or its documents are broken. */
export async function readWheel(
  { filename, size, known }: Pick<Target, "filename" | "size" | "known">,
  { read, whole: wholeFile }: Pick<WheelBytes, "read" | "whole">,
): Promise<WheelFacts> {
  const name = parseWheelFilename(filename);
  const tail = predictTail(size, name.abis[0]!, known);
  const end = await readWheelEnd(name, size, tail, read);
  const whole = wholeFile();
  if (whole === null) return factsOf(size, end, null);
  // Some ranges may have been answered before the whole file came: read again, all is from one content.
  const again = await readWheelEnd(name, size, tail, read);
  return factsOf(size, again, await wholeAnomalies(whole, again.directory.entries));
}

/** Documents whose text is stored, by their path below .dist-info. */
export const KEPT = /^(WHEEL|DELVEWHEEL|sboms\/.+)$/; // RECORD's hashes are kept with the members.

function factsOf(
  size: number,
  { directory, directorySize, distInfo, documents, unread, needed }: WheelEnd,
  odd: Anomaly[] | null,
): WheelFacts {
  const recordText = documents.get("RECORD")?.toString("utf8");
  const record = withArchivePaths(parseRecord(recordText ?? ""), directory.entries);
  const anomalies = [
    ...directory.tags.map(zipAnomaly),
    ...compareRecord(directory.entries, recordText === undefined ? null : record, distInfo),
    ...(odd ?? []),
    ...unreadAnomaly(unread),
  ];
  return {
    size,
    entries: directory.entries.length,
    uncompressedSize: directory.entries.reduce((sum, entry) => sum + entry.size, 0),
    directorySize,
    tailNeeded: needed,
    distInfo,
    readWhole: odd !== null,
    listing: encodeListing(directory.entries).toString("base64"),
    members: directory.entries
      .filter(isInNet)
      .map(({ path, size, compressedSize, crc32, mode, method, headerOffset, nextOffset }) => ({
        ...{ path, size, compressedSize, crc32, mode, method, headerOffset, nextOffset },
        sha256: sha256Of(record.get(path))?.toString("hex") ?? null,
      })),
    documents: [...documents]
      .filter(([name]) => KEPT.test(name))
      .map(([name, content]) => ({ name, content: content.toString("base64") })),
    anomalies,
  };
}

function unreadAnomaly(unread: Map<string, string>): Anomaly[] {
  const [first] = unread;
  return first ? [{ tag: "document-unread", detail: `${unread.size}: ${first[0]}: ${first[1]}` }] : [];
}

function zipAnomaly({ code, count, path }: ZipTag): Anomaly {
  return { tag: code, detail: path === null ? String(count) : `${count}: ${path}` };
}

/** Stores what the end of a listed wheel says, within a transaction of the caller's. */
export function storeWheelFacts(
  db: Db,
  { edition }: Pick<Scope, "edition">,
  { sha256 }: Pick<Target, "sha256">,
  facts: WheelFacts,
): void {
  const { wheelId, reader } = statement<[Buffer], { wheelId: number; reader: number | null }>(
    db,
    "SELECT wheel_id AS wheelId, reader FROM wheel WHERE sha256 = ?",
  ).get(Buffer.from(sha256, "hex"))!;
  // Read now, under whichever name: it is missing from no edition any more.
  statement(
    db,
    `DELETE FROM failure WHERE stage = 'members' AND (edition, item) IN (
       SELECT a.edition, b.filename FROM binary_wheel b JOIN answer a USING (release_id) WHERE b.wheel_id = ?)`,
  ).run(wheelId);
  if (reader !== null)
    for (const table of OF_READING) statement(db, `DELETE FROM ${table} WHERE wheel_id = ?`).run(wheelId);
  statement(
    db,
    `UPDATE wheel SET reader = ?, read_for = coalesce(read_for, :edition), reread_for = iif(read_for IS NULL, NULL, :edition),
       entries = ?, uncompressed_size = ?, directory_size = ?, tail_needed = ?, dist_info = ?, read_whole = ? WHERE wheel_id = ?`,
  ).run(
    { edition },
    READER,
    facts.entries,
    facts.uncompressedSize,
    facts.directorySize,
    facts.tailNeeded,
    facts.distInfo,
    facts.readWhole ? 1 : 0,
    wheelId,
  );
  const listing = statement(db, "INSERT INTO listing (wheel_id, entries) VALUES (?, ?)");
  listing.run(wheelId, Buffer.from(facts.listing, "base64"));
  for (const member of facts.members) storeMember(db, wheelId, member);
  for (const { name, content } of facts.documents) storeDocument(db, wheelId, name, Buffer.from(content, "base64"));
  const anomaly = statement(db, "INSERT OR IGNORE INTO anomaly (wheel_id, tag, detail) VALUES (?, ?, ?)");
  for (const { tag, detail } of facts.anomalies) anomaly.run(wheelId, tag, detail);
}

const OF_READING = [
  ...["sbom_match", "sbom_rival", "wheel_base", "member_name", "judged_wheel"],
  ...["listing", "member", "wheel_document", "anomaly"],
];

function storeMember(db: Db, wheelId: number, member: Member): void {
  const { path, size, compressedSize, crc32, mode, method, headerOffset, nextOffset, sha256 } = member;
  statement(db, "INSERT INTO path (path) VALUES (?) ON CONFLICT DO NOTHING").run(path);
  const fileId = (sha256 !== null && knownFile(db, sha256, size, crc32)) || storeFile(db, sha256, size, crc32);
  statement(
    db,
    `INSERT INTO member (wheel_id, path_id, file_id, compressed_size, mode, method, header_offset, next_offset)
     VALUES (?, (SELECT path_id FROM path WHERE path = ?), ?, ?, ?, ?, ?, ?)`,
  ).run(wheelId, path, fileId, compressedSize, mode, method, headerOffset, nextOffset);
}

function knownFile(db: Db, sha256: string, size: number, crc32: number): number | undefined {
  const sql = "SELECT file_id FROM file WHERE hex = ? AND size = ? AND crc32 = ?";
  return statement<[string, number, number], number>(db, sql).pluck().get(sha256, size, crc32);
}

function storeFile(db: Db, sha256: string | null, size: number, crc32: number): number {
  const insert = statement(db, "INSERT INTO file (sha256, size, crc32) VALUES (?, ?, ?)");
  return Number(insert.run(sha256 === null ? null : Buffer.from(sha256, "hex"), size, crc32).lastInsertRowid);
}

function storeDocument(db: Db, wheelId: number, name: string, content: Buffer): void {
  const sha256 = createHash("sha256").update(content).digest();
  statement(db, "INSERT INTO document (sha256, content) VALUES (?, ?) ON CONFLICT DO NOTHING").run(sha256, content);
  statement(
    db,
    "INSERT INTO wheel_document (wheel_id, name, document_id) VALUES (?, ?, (SELECT document_id FROM document WHERE sha256 = ?))",
  ).run(wheelId, name, sha256);
}
