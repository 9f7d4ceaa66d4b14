// What the wheels' own SBOMs list: each distinct document read once.
import { type Db, statement } from "../database/database.ts";
import { type SbomEntry, UnreadSbom } from "../formats/sbom/entry.ts";
import { readSbom } from "../formats/sbom/read.ts";
import { stampOf } from "../method.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { count } from "../words.ts";
import { hasUnjudgedNames } from "./components.ts";
import { forgetMatches, isDerived, storeDerived, tallyOf } from "./derivation.ts";
import { matchWheel } from "./sbom-matches.ts";

const BATCH = 200; // Documents or wheels in a transaction.

const UNREAD = `
SELECT DISTINCT d.document_id FROM wheel_document d
WHERE d.name >= 'sboms/' AND d.name < 'sboms0' AND NOT EXISTS (SELECT 1 FROM sbom s WHERE s.document_id = d.document_id) ORDER BY d.document_id`;

const UNMATCHED = "SELECT wheel_id FROM judged_wheel WHERE NOT matched";

/** The stage: reads every SBOM that has not been read; all of them when the reader's version has changed. */
export const sboms: Stage = {
  kind: "derive",
  name: "sboms",
  unit: { thing: "wheel", deed: "compared" },
  about: "what the wheels' own SBOMs list (CycloneDX, SPDX), and which of the bundled files they name",
  run({ db, succeeded }) {
    const { documents, problems, wheels } = deriveSboms(db);
    succeeded(wheels);
    if (documents + wheels === 0) return "unchanged";
    return `${count(documents, "document")} read, ${problems} of them not understood; ${count(wheels, "wheel")} compared with theirs`;
  },
  tally(db, edition) {
    const sql = `
      SELECT coalesce(sum(j.matched), 0) AS done, coalesce(sum(NOT j.matched), 0) AS pending, 0 AS failed
      FROM (SELECT DISTINCT b.wheel_id FROM answer a JOIN binary_wheel b USING (release_id) WHERE a.edition = ?) w
      JOIN judged_wheel j USING (wheel_id)`;
    return tallyOf(db, "sboms", db.prepare(sql).get(edition) as Tally);
  },
};

/** What the stage came to: documents read, those of them not understood, and wheels compared. */
interface Outcome {
  documents: number;
  problems: number;
  wheels: number;
}

/** Reads all SBOMs that have not been read and, once all names have upstream projects, compares all wheels that have not been compared, some in a transaction. */
export function deriveSboms(db: Db): Outcome {
  const stamp = stampOf("sboms");
  if (!isDerived(db, "sboms", stamp)) db.transaction(() => forgetSboms(db, stamp)).immediate();
  const documents = db.prepare<[], number>(UNREAD).pluck().all();
  let problems = 0;
  inBatches(db, documents, (document) => {
    if (!readOne(db, document)) problems += 1;
  });
  const wheels = hasUnjudgedNames(db) ? [] : db.prepare<[], number>(UNMATCHED).pluck().all();
  inBatches(db, wheels, (wheel) => matchWheel(db, wheel));
  return { documents: documents.length, problems, wheels: wheels.length };
}

function inBatches(db: Db, items: number[], work: (item: number) => void): void {
  for (let at = 0; at < items.length; at += BATCH)
    db.transaction(() => items.slice(at, at + BATCH).forEach(work)).immediate();
}

function forgetSboms(db: Db, stamp: string): void {
  forgetMatches(db);
  db.exec("DELETE FROM sbom_entry; DELETE FROM sbom");
  storeDerived(db, "sboms", stamp);
}

function readOne(db: Db, documentId: number): boolean {
  const content = statement<[number], Buffer>(db, "SELECT content FROM document WHERE document_id = ?").pluck();
  const store = statement(db, "INSERT INTO sbom (document_id, format, tool, problem) VALUES (?, ?, ?, ?)");
  try {
    const { format, tools, entries } = readSbom(content.get(documentId)!);
    store.run(documentId, format, tools.length > 0 ? tools.join("; ") : null, null);
    for (const [at, entry] of entries.entries()) storeEntry(db, documentId, at + 1, entry);
    return true;
  } catch (error) {
    if (!(error instanceof UnreadSbom)) throw error;
    store.run(documentId, error.format, null, error.message);
    return false;
  }
}

const PATH_HASH = /#([0-9a-f]{64})$/; // auditwheel's and maturin's bom-ref ends in the SHA-256 of the file's path at build time.

function storeEntry(db: Db, documentId: number, nth: number, entry: SbomEntry): void {
  const pathHash = PATH_HASH.exec(entry.ref ?? "")?.[1];
  statement(
    db,
    `INSERT INTO sbom_entry (document_id, nth, parent, ref, type, name, version, purl, licence, scope, outside, path_sha256)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    ...[documentId, nth, entry.parent, entry.ref, entry.type, entry.name, entry.version, entry.purl],
    ...[entry.licence, entry.scope, entry.outside, pathHash ? Buffer.from(pathHash, "hex") : null],
  );
}
