// On real wheels' ends and on the data of 2023, where they are at hand: REAL_WHEELS_DB is a database of wheels' bytes as
// scripts/sparse-wheels.ts reads it, BINARIES_2023_CSV the data set of the survey of 2023, else taken from the committed reports.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runImport2023 } from "../../pipeline/commands/import-2023.ts";
import { SILENT } from "../../pipeline/progress.ts";
import { checkSboms } from "../../scripts/check-sboms.ts";
import { compareWithCPython } from "../../scripts/compare-with-cpython.ts";
import { leaveOneOut } from "../../scripts/leave-one-out.ts";
import { indexFor, requestTo, rows, scratchFolder, survey } from "../harness.ts";
import { folderSource } from "../loopback/folder-source.ts";

const COMMITTED = fileURLToPath(new URL("../../reports/2023-07/files.csv", import.meta.url));
const { REAL_WHEELS_DB, BINARIES_2023_CSV = COMMITTED } = process.env;
const needsWheels = { skip: REAL_WHEELS_DB ? false : "REAL_WHEELS_DB is not set" };
const NEVER = new AbortController().signal;
const SPARSE_WHEELS = fileURLToPath(new URL("../../scripts/sparse-wheels.ts", import.meta.url));

function sparseWheels(folder: string): string {
  const wheels = join(folder, "wheels");
  execFileSync(process.execPath, ["--import", "tsx", SPARSE_WHEELS, REAL_WHEELS_DB!, wheels]);
  return wheels;
}

test("every native file of every real wheel is what CPython's zipfile and csv read", needsWheels, async (t) => {
  const comparison = await compareWithCPython(sparseWheels(scratchFolder(t)));
  assert.ok(comparison.wheels >= 264);
  assert.ok(comparison.rows >= 3900);
  assert.deepEqual([comparison.onlyOurs, comparison.onlyCPython], [[], []]);
});

// What people would take for a hash, and is none.
const NO_HASHES = new Map<string, string>([]);
const HASH_LIKE = /(?<![0-9a-z])(?=[0-9a-f]*\d)[0-9a-f]{8,}(?![0-9a-z])/i;

function assertNoHashes(database: string): void {
  const names = rows(
    database,
    "SELECT DISTINCT library, stem, file_version FROM native_file WHERE library IS NOT NULL",
  );
  assert.ok(names.length > 500);
  const left = names.filter((name) =>
    Object.values(name).some((text) => HASH_LIKE.test(String(text ?? "")) && !NO_HASHES.has(String(text))),
  );
  assert.deepEqual(left, []);
}

/** The share of (project, stem) pairs with a hash in the name that a rule recognizes, the projects' own libraries apart. */
function recognizedShare(database: string): number {
  const pairs = rows(
    database,
    "SELECT DISTINCT project, stem, component FROM native_file WHERE kind = 'shared-library' AND hashes <> ''",
  ) as { project: string; stem: string; component: string | null }[];
  const fold = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const FIRST_PARTY = new Map([
    ["rdkit", /^libRDKit/i],
    ["lalsuite", /^liblal/i],
  ]);
  const others = pairs.filter(
    ({ project, stem }) => !fold(stem).includes(fold(project)) && !FIRST_PARTY.get(project)?.test(stem),
  );
  assert.ok(others.length > 100);
  return others.filter(({ component }) => component !== null).length / others.length;
}

/** Each component of an SBOM that has a file's path is joined to its file, and fingerprints tell nothing that an SBOM denies. */
function assertOrigins(database: string): void {
  const unjoined = rows(
    database,
    `SELECT DISTINCT b.filename, e.purl FROM wheel_document d JOIN sbom_entry e USING (document_id) JOIN binary_wheel b USING (wheel_id)
     WHERE e.path_sha256 IS NOT NULL AND e.outside IS NULL AND NOT EXISTS (
       SELECT 1 FROM sbom_match x JOIN sbom_entry o USING (document_id, nth)
       WHERE x.wheel_id = d.wheel_id AND x.how = 'path' AND o.document_id = e.document_id AND o.path_sha256 = e.path_sha256)`,
  );
  assert.deepEqual(unjoined, []);
  for (const what of ["wheel", "project"] as const) {
    const { proved, right, wrong } = leaveOneOut(database, what);
    assert.deepEqual(wrong, []);
    assert.ok(right > 30 && proved > 80, `${right} of ${proved} without the ${what}`);
  }
  const conflicts = "SELECT original, digits FROM fingerprint GROUP BY original, digits HAVING count(*) > 1";
  assert.deepEqual(rows(database, conflicts), []);
}

test(
  "real wheels: no hash is left in a name, the rules recognize at least 99 % of hashed third-party libraries, and origins are right",
  needsWheels,
  async (t) => {
    const folder = scratchFolder(t);
    const request = requestTo(await indexFor(t, await folderSource(sparseWheels(folder))), folder);
    assert.equal(await survey(request), 0);
    assertNoHashes(request.database);
    assert.ok(recognizedShare(request.database) >= 0.99);
    assertOrigins(request.database);
    const { wheels, faults, withSbom } = await checkSboms(request.database);
    assert.deepEqual(faults, []);
    assert.ok(
      wheels > 100 && withSbom.ours >= withSbom.files,
      `${wheels} wheels, ${withSbom.ours} of ${withSbom.files} files named`,
    );
  },
);

test("the data of 2023 give the 25 published figures, the true ones beside them, and names without hashes", async (t) => {
  const folder = scratchFolder(t);
  const database = join(folder, "survey.sqlite");
  await runImport2023(BINARIES_2023_CSV, { database, reports: join(folder, "reports") }, SILENT, NEVER);
  const baseline = rows(database, "SELECT * FROM baseline_2023") as {
    library: string;
    published: number;
    pairs: number;
    packages: number;
    packages_now: number;
  }[];
  assert.equal(baseline.filter(({ published, pairs }) => published === pairs).length, 25);
  const figures = Object.fromEntries(
    baseline.map(({ library, packages, packages_now }) => [library, [packages, packages_now]]),
  );
  assert.deepEqual(figures["libgcc_s.so"], [51, 51]);
  assert.deepEqual(figures["libcrypto.so"], [13, 18]);
  assert.equal(figures["libssl.so"]?.[1], 15);
  assert.equal(figures["msvcp140.dll"]?.[1], 26);
  assertNoHashes(database);
  assert.ok(recognizedShare(database) >= 0.99);
});

test("the data of 2023: packages by stem are those counted by hand", async (t) => {
  const folder = scratchFolder(t);
  const database = join(folder, "survey.sqlite");
  await runImport2023(BINARIES_2023_CSV, { database, reports: join(folder, "reports") }, SILENT, NEVER);
  const counted = rows(
    database,
    "SELECT stem, count(DISTINCT project) AS packages FROM native_file WHERE kind = 'shared-library' GROUP BY stem",
  );
  const packages = new Map(counted.map((row) => [row.stem, row.packages]));
  const byHand =
    `libgcc_s 51 libstdc++ 37 msvcp140 26 vcruntime140_1 22 libcrypto 18 libgomp 17 libgfortran 16 vcruntime140 15 libssl 15
    libquadmath 15 concrt140 14 libpng16 12 msvcp140_1 11 msvcp140_2 11 libpcre 11 liblzma 11 zlib1 10 msvcp140_codecvt_ids 10
    libkrb5 10 libk5crypto 10 libkrb5support 10 libgssapi_krb5 10 libcom_err 10 vcomp140 8 libselinux 8 libkeyutils 8 libcurl 8
    libjpeg 7 libbz2 7`.split(/\s+/);
  for (let at = 0; at < byHand.length; at += 2)
    assert.equal(packages.get(byHand[at]), Number(byHand[at + 1]), byHand[at]);
});
