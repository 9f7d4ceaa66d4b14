// Of which distribution packages bundled libraries are copies: what SBOMs prove of one wheel holds for the same file in every other.
import { type Db, statement } from "../database/database.ts";
import { distributionPurl, otherVersion, packageIn } from "../formats/sbom/distribution-purl.ts";
import { parseWheelFilename } from "../formats/wheel/filename.ts";
import { stampOf } from "../method.ts";
import { ecosystemOf, imageOf, loadBaseImages, loadDistributions, releaseInVersion } from "../naming/distributions.ts";
import { fingerprintOf } from "../naming/fingerprint.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { count } from "../words.ts";
import { isDerived, storeDerived, tallyOf } from "./derivation.ts";
import { FROM_LEDGER, readLedger } from "./ledger.ts";

const BATCH = 5_000; // Names in a transaction.

const BASELESS = `
SELECT j.wheel_id AS id, min(b.filename) AS filename, min(l.uploaded_at) AS uploadedAt,
  EXISTS (SELECT 1 FROM wheel_document d JOIN sbom s USING (document_id)
    WHERE d.wheel_id = j.wheel_id AND d.name = 'sboms/auditwheel.cdx.json' AND s.problem IS NULL) AS documented
FROM judged_wheel j JOIN binary_wheel b USING (wheel_id) JOIN release_file l ON l.release_id = b.release_id AND l.filename = b.filename
WHERE j.wheel_id > :after AND b.platform_family IN ('manylinux', 'musllinux') AND NOT EXISTS (SELECT 1 FROM wheel_base i WHERE i.wheel_id = j.wheel_id)
GROUP BY j.wheel_id ORDER BY j.wheel_id LIMIT ${BATCH}`;

const UNREAD = `
SELECT n.name_id AS id, n.file_name AS fileName, n.hashes, n.repair_tool AS repairTool FROM name n
WHERE n.name_id > :after AND n.kind = 'shared-library' AND NOT EXISTS (SELECT 1 FROM name_fingerprint f WHERE f.name_id = n.name_id)
ORDER BY n.name_id LIMIT ${BATCH}`;

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
  const storeName = statement(db, "INSERT INTO name_fingerprint (name_id, original, digits) VALUES (?, ?, ?)");
  const names = inBatches<UnreadName>(db, UNREAD, ({ id, fileName, hashes, repairTool }) => {
    const found = fingerprintOf(fileName, hashes, repairTool);
    storeName.run(id, found?.original ?? null, found?.digits ?? null);
  });
  const images = loadBaseImages();
  const storeBase = statement(
    db,
    "INSERT INTO wheel_base (wheel_id, tag, distribution, release, documented) VALUES (?, ?, ?, ?, ?)",
  );
  inBatches<BaselessWheel>(db, BASELESS, ({ id, filename, uploadedAt, documented }) => {
    const image = imageOf(images, parseWheelFilename(filename).platforms, uploadedAt);
    storeBase.run(id, image?.tag ?? null, image?.distribution ?? null, image?.release ?? null, documented);
  });
  const proofs = db.prepare<[], string>(PROVED_SO_FAR).pluck().get()!;
  const contents = db.prepare<[], string>(READ_SO_FAR).pluck().get()!;
  const learned = `${stamp} ${proofs} ${contents}`;
  if (names > 0 || !isDerived(db, "fingerprints", learned)) db.transaction(() => learn(db, learned)).immediate();
  return {
    names,
    fingerprints: db.prepare<[], number>("SELECT count(*) FROM fingerprint").pluck().get()!,
  };
}

// Goes up with each SBOM that is read, and each file that one names.
const PROVED_SO_FAR = "SELECT (SELECT count(*) FROM sbom_entry) || ' ' || (SELECT count(*) FROM sbom_match)";

// Goes up with each file that is read, and each that is read further.
const READ_SO_FAR = "SELECT count(*) || ' ' || coalesce(sum(plan), 0) FROM file_contents";

/** Works on what a query gives some thousand rows at a time, by the number of the row `:after` which they come; gives their number. */
function inBatches<Row extends { id: number }>(db: Db, query: string, work: (row: Row) => void): number {
  const read = statement<[{ after: number }], Row>(db, query);
  let done = 0;
  for (let after = 0; ; ) {
    const rows = read.all({ after });
    if (rows.length === 0) return done;
    db.transaction(() => rows.forEach(work)).immediate();
    after = rows.at(-1)!.id;
    done += rows.length;
  }
}

interface BaselessWheel {
  id: number;
  filename: string;
  uploadedAt: string | null;
  documented: number;
}

interface UnreadName {
  id: number;
  fileName: string;
  hashes: string;
  repairTool: string | null;
}

function forget(db: Db, stamp: string): void {
  for (const table of [
    "file_origin",
    "known_build",
    "name_origin",
    "name_fingerprint",
    "wheel_base",
    "fingerprint",
    "distribution_package",
  ])
    db.exec(`DELETE FROM ${table}`);
  storeDerived(db, "origins", stamp);
}

const STATED = `
SELECT DISTINCT e.purl FROM sbom_entry e
WHERE e.outside IS NULL AND (e.purl LIKE 'pkg:rpm/%' OR e.purl LIKE 'pkg:deb/%' OR e.purl LIKE 'pkg:apk/%')
  AND NOT EXISTS (SELECT 1 FROM distribution_package d WHERE d.stated = e.purl)`;

// A file that is joined to a package by its path at build time proves what every file of the same name and digits is. Everything is
// learned anew, so that what is known does not depend on the order in which wheels were read.
const PROVED = `
INSERT OR IGNORE INTO fingerprint (original, digits, purl, learned_from)
SELECT f.original, f.digits, d.purl, min(b.filename)
FROM (
  SELECT wheel_id, path_id, document_id, nth FROM sbom_match WHERE how = 'path'
  UNION ALL SELECT wheel_id, path_id, document_id, nth FROM sbom_rival
) x JOIN sbom_entry e USING (document_id, nth) JOIN distribution_package d ON d.stated = e.purl
JOIN member_name m ON m.wheel_id = x.wheel_id AND m.path_id = x.path_id JOIN name_fingerprint f USING (name_id)
JOIN binary_wheel b ON b.wheel_id = x.wheel_id
WHERE f.digits IS NOT NULL GROUP BY f.original, f.digits, d.purl`;

// A fingerprint of which two packages are known tells neither.
const TOLD = `
INSERT INTO name_origin (name_id, purl, learned_from)
SELECT f.name_id, max(k.purl), min(k.learned_from) FROM name_fingerprint f JOIN fingerprint k USING (original, digits)
GROUP BY f.name_id HAVING count(*) = 1`;

// Patching and stripping a file changes its bytes, and its build-id stays: what is known of one copy holds for all.
const BUILDS = `
DELETE FROM known_build;
INSERT INTO known_build (identity, purl, learned_from, alone)
SELECT identity, purl, min(learned_from), count(*) OVER (PARTITION BY identity) = 1 FROM (
  SELECT g.identity, d.purl, b.filename AS learned_from
  FROM file_contents g JOIN member h USING (file_id) JOIN sbom_match x USING (wheel_id, path_id) JOIN sbom_entry e USING (document_id, nth)
  JOIN distribution_package d ON d.stated = e.purl JOIN binary_wheel b ON b.wheel_id = h.wheel_id
  WHERE x.how = 'path' AND g.format = 'elf' AND g.identity IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM sbom_rival v WHERE v.wheel_id = h.wheel_id AND v.path_id = h.path_id)
  UNION
  SELECT g.identity, o.purl, o.learned_from
  FROM file_contents g JOIN member h USING (file_id) JOIN member_name m USING (wheel_id, path_id) JOIN name_origin o USING (name_id)
  WHERE g.format = 'elf' AND g.identity IS NOT NULL
) GROUP BY identity, purl`;

const PACKAGES =
  "SELECT purl FROM distribution_package UNION SELECT purl FROM fingerprint UNION SELECT purl FROM file_origin";

// libcrypto.so.1.1.1k-1.1.1k-17.el8_6.x86_64.debug: the file, and the version and release of its package (EL8 and later).
const DEBUG_LINK = /^(?<original>.+?\.so[\w.]*)-(?<version>[^-]+-[^-]+\.el\d[\w.]*)\.[a-z]\w+\.debug$/;

/** Stores of which package files are whose debug link has its version and release, where other builds of the file tell its name: that of one package alone. */
function followDebugLinks(db: Db): void {
  db.exec("DELETE FROM file_origin");
  const known = statement<[string], string>(db, "SELECT DISTINCT purl FROM fingerprint WHERE original = ?").pluck();
  const store = statement(db, "INSERT INTO file_origin (file_id, purl, learned_from) VALUES (?, ?, ?)");
  const links = db.prepare<[], { fileId: number; link: string }>(
    "SELECT file_id AS fileId, debuglink AS link FROM file_contents WHERE debuglink LIKE '%.el%.debug'",
  );
  for (const { fileId, link } of links.all()) {
    const { original, version } = DEBUG_LINK.exec(link)?.groups ?? {};
    if (original === undefined) continue;
    const named = new Set(known.all(original).map((purl) => otherVersion(purl, version!)));
    const [purl] = named;
    if (purl !== undefined && named.size === 1) store.run(fileId, purl, `debug link ${link}`);
  }
}

/** Learns from the ledger, whose word comes first, and from every SBOM, within a transaction of the caller's. */
function learn(db: Db, stamp: string): void {
  db.exec("DELETE FROM name_origin; DELETE FROM fingerprint");
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
  db.exec(TOLD);
  db.exec(BUILDS);
  followDebugLinks(db);
  storeReleases(db);
  storeDerived(db, "fingerprints", stamp);
}

/** Stores the releases of distributions that data/ knows, and of which each known package is. */
function storeReleases(db: Db): void {
  db.exec("DELETE FROM package_release; DELETE FROM distribution_release");
  const distributions = new Map(loadDistributions().map((each) => [each.distribution, each]));
  const storeRelease = statement(
    db,
    "INSERT INTO distribution_release (distribution, release, name, end_of_life, ecosystem) VALUES (?, ?, ?, ?, ?)",
  );
  for (const each of distributions.values()) {
    for (const { release, end_of_life: end = null } of each.releases)
      storeRelease.run(each.distribution, release, `${each.name} ${release}`, end, ecosystemOf(each, release));
  }
  const storePackage = statement(db, "INSERT INTO package_release (purl, distribution, release) VALUES (?, ?, ?)");
  for (const purl of db.prepare<[], string>(PACKAGES).pluck().all()) {
    const { distribution, version } = packageIn(purl);
    const known = distributions.get(distribution);
    storePackage.run(purl, distribution, known ? releaseInVersion(known, version) : null);
  }
}
