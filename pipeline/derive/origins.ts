// Of which distribution packages bundled libraries are copies: what SBOMs prove of one wheel holds for the same file in every other.
import { type Db, statement } from "../database/database.ts";
import { distributionPurl } from "../formats/sbom/distribution-purl.ts";
import { stampOf } from "../method.ts";
import { fingerprintOf } from "../naming/fingerprint.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { count } from "../words.ts";
import { isDerived, storeDerived, tallyOf } from "./derivation.ts";
import { FROM_LEDGER, readLedger } from "./ledger.ts";

const BATCH = 5_000; // Names in a transaction.

const UNREAD = `
SELECT n.name_id AS id, n.file_name AS fileName, n.hashes, n.repair_tool AS repairTool FROM name n
WHERE n.kind = 'shared-library' AND NOT EXISTS (SELECT 1 FROM name_fingerprint f WHERE f.name_id = n.name_id)`;

/** The stage: reads the fingerprint of each new name, and learns from SBOMs and the ledger what has it. */
export const origins: Stage = {
  kind: "derive",
  name: "origins",
  unit: { thing: "name", deed: "traced" },
  about: "the distribution package of which a library is a copy, by SBOMs and by the digits in its name",
  run({ db, succeeded }) {
    const { names, fingerprints } = deriveOrigins(db);
    succeeded(names);
    return names === 0
      ? "unchanged"
      : `${count(names, "name")} read; ${count(fingerprints, "file")} of distributions known`;
  },
  tally(db, edition) {
    const sql = `
      SELECT count(DISTINCT f.name_id) AS done, count(DISTINCT n.name_id) - count(DISTINCT f.name_id) AS pending, 0 AS failed
      FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m ON m.wheel_id = b.wheel_id
      JOIN name n USING (name_id) LEFT JOIN name_fingerprint f ON f.name_id = n.name_id
      WHERE a.edition = ? AND n.kind = 'shared-library'`;
    return tallyOf(db, "origins", db.prepare(sql).get(edition) as Tally);
  },
};

/** Reads all names that have not been read and learns anew what SBOMs prove; gives how many names, and how many files are known. */
export function deriveOrigins(db: Db): { names: number; fingerprints: number } {
  const stamp = stampOf("origins");
  if (!isDerived(db, "origins", stamp)) db.transaction(() => forget(db, stamp)).immediate();
  const names = db.prepare<[], UnreadName>(UNREAD).all();
  const insert = statement(db, "INSERT INTO name_fingerprint (name_id, original, digits) VALUES (?, ?, ?)");
  for (let at = 0; at < names.length; at += BATCH) {
    db.transaction(() => {
      for (const { id, fileName, hashes, repairTool } of names.slice(at, at + BATCH)) {
        const found = fingerprintOf(fileName, hashes, repairTool);
        insert.run(id, found?.original ?? null, found?.digits ?? null);
      }
    }).immediate();
  }
  const proofs = db.prepare<[], number>("SELECT count(*) FROM sbom_match WHERE how = 'path'").pluck().get()!;
  const learned = `${stamp} ${proofs}`;
  if (names.length > 0 || !isDerived(db, "fingerprints", learned)) db.transaction(() => learn(db, learned)).immediate();
  return {
    names: names.length,
    fingerprints: db.prepare<[], number>("SELECT count(*) FROM fingerprint").pluck().get()!,
  };
}

interface UnreadName {
  id: number;
  fileName: string;
  hashes: string;
  repairTool: string | null;
}

function forget(db: Db, stamp: string): void {
  for (const table of ["name_fingerprint", "fingerprint", "distribution_package"]) db.exec(`DELETE FROM ${table}`);
  storeDerived(db, "origins", stamp);
}

const STATED = `
SELECT DISTINCT purl FROM sbom_entry
WHERE outside IS NULL AND (purl LIKE 'pkg:rpm/%' OR purl LIKE 'pkg:deb/%' OR purl LIKE 'pkg:apk/%')
  AND NOT EXISTS (SELECT 1 FROM distribution_package WHERE stated = purl)`;

// A file that is joined to a package by its path at build time proves what every file of the same name and digits is. Everything is
// learned anew, so that what is known does not depend on the order in which wheels were read.
const PROVED = `
INSERT OR IGNORE INTO fingerprint (original, digits, purl, learned_from)
SELECT f.original, f.digits, d.purl, min(b.filename)
FROM sbom_match x JOIN sbom_entry e USING (document_id, nth) JOIN distribution_package d ON d.stated = e.purl
JOIN member_name m ON m.wheel_id = x.wheel_id AND m.path_id = x.path_id JOIN name_fingerprint f USING (name_id)
JOIN binary_wheel b ON b.wheel_id = x.wheel_id
WHERE x.how = 'path' AND f.digits IS NOT NULL GROUP BY f.original, f.digits, d.purl`;

/** Learns from the ledger, whose word comes first, and from every SBOM, within a transaction of the caller's. */
function learn(db: Db, stamp: string): void {
  db.exec("DELETE FROM fingerprint");
  const store = statement(db, "INSERT INTO distribution_package (stated, purl) VALUES (?, ?)");
  for (const stated of db.prepare<[], string>(STATED).pluck().all()) {
    const purl = distributionPurl(stated);
    if (purl !== null) store.run(stated, purl);
  }
  const known = statement(
    db,
    "INSERT OR IGNORE INTO fingerprint (original, digits, purl, learned_from) VALUES (?, ?, ?, ?)",
  );
  for (const { original, digits, purl, learned } of readLedger())
    known.run(original, digits, purl, FROM_LEDGER + learned);
  db.exec(PROVED);
  storeDerived(db, "fingerprints", stamp);
}
