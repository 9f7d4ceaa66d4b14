// Of which distribution packages libraries are copies: what one wheel's SBOM proves holds for the same file in others, and in 2023.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { Header } from "tar";
import { runImport2023 } from "../pipeline/commands/import-2023.ts";
import { openForReading } from "../pipeline/database/database.ts";
import { mergeLedger, readLedger } from "../pipeline/derive/ledger.ts";
import { pathHashesOf } from "../pipeline/derive/sbom-matches.ts";
import { distributionPurl } from "../pipeline/formats/sbom/distribution-purl.ts";
import { imageOf, loadBaseImages, loadDistributions, releaseInVersion } from "../pipeline/naming/distributions.ts";
import { fingerprintOf } from "../pipeline/naming/fingerprint.ts";
import { SILENT } from "../pipeline/progress.ts";
import { readTable } from "../pipeline/publish/catalogue.ts";
import { carriedAs } from "../pipeline/publish/tables/carried.ts";
import { lintBaseImages, lintDistributions } from "../scripts/lint/distributions.ts";
import { lintFingerprints } from "../scripts/lint/fingerprints.ts";
import { cli, EDITION, indexFor, project, requestTo, rows, scratchFolder, survey, wheel } from "./harness.ts";
import { memorySource } from "./loopback/source.ts";

test("auditwheel's digits and the name before them are read; the first of two are those of the original", () => {
  assert.deepEqual(fingerprintOf("libssl-cd1d6220.so.1.0.2k", "cd1d6220", "auditwheel"), {
    ...{ original: "libssl.so.1.0.2k", digits: "cd1d6220" },
  });
  assert.deepEqual(fingerprintOf("libgfortran-040039e1-0352e75f.so.5.0.0", "040039e1-0352e75f", "auditwheel"), {
    ...{ original: "libgfortran.so.5.0.0", digits: "040039e1" },
  });
  assert.equal(fingerprintOf("libz.so.1", "", "auditwheel"), null);
  assert.equal(fingerprintOf("zlib-0123abcd.dll", "0123abcd", "delvewheel"), null);
  assert.equal(fingerprintOf("libz-0123456789abcdef.so", "0123456789abcdef", "auditwheel"), null);
});

const PURLS: [stated: string, canonical: string | null][] = [
  ["pkg:rpm/almalinux/libXau@1.0.9-3.el8", "pkg:rpm/almalinux/libXau@1.0.9-3.el8"],
  ["pkg:apk/alpine/libstdc%2B%2B@14.2.0-r6", "pkg:apk/alpine/libstdc%2B%2B@14.2.0-r6"],
  ["pkg:apk/alpine/icu@libs-74.2-r0", "pkg:apk/alpine/icu-libs@74.2-r0"],
  ["pkg:apk/alpine/llvm@libunwind-18.1.8-r0", "pkg:apk/alpine/llvm-libunwind@18.1.8-r0"],
  ["pkg:deb/debian/libssl3@1%3A3.0.7-1", "pkg:deb/debian/libssl3@1:3.0.7-1"],
  ["pkg:deb/ubuntu/libgfortran5@12.3.0-1ubuntu1~22.04", "pkg:deb/ubuntu/libgfortran5@12.3.0-1ubuntu1~22.04"],
  ["pkg:rpm/almalinux/zlib", null],
  ["pkg:cargo/openssl@1.0", null],
  ["pkg:generic/openssl@3.5.4", null],
  ["nonsense", null],
];
for (const [stated, canonical] of PURLS)
  test(`${stated} is ${canonical ?? "no package of a distribution"}`, () =>
    assert.equal(distributionPurl(stated), canonical));

/** A wheel for Linux with these libraries in its .libs, and auditwheel's SBOM of those that have a package. */
function repaired(
  name: string,
  libraries: Record<string, string | null>,
  joins = true,
  platform = "manylinux_2_28_x86_64",
) {
  const filename = `${name}-1.0-cp312-cp312-${platform}.whl`;
  const components = Object.entries(libraries).flatMap(([file, purl]) => {
    if (purl === null) return [];
    const [, hash = ""] = /-([0-9a-f]{8})\./.exec(file) ?? [];
    const path = joins ? `#${pathHashesOf({ fileName: file, hashes: hash })[0]}` : "";
    const [, label = ""] = /\/([^/@]+)@/.exec(purl) ?? [];
    return [{ type: "library", "bom-ref": purl + path, name: label, version: "1", purl }];
  });
  const sbom = {
    bomFormat: "CycloneDX",
    specVersion: "1.4",
    metadata: { tools: [{ name: "auditwheel", version: "6.7.0" }] },
    components,
  };
  const members = Object.fromEntries(Object.keys(libraries).map((file) => [`${name}.libs/${file}`, `${name} ${file}`]));
  const documents =
    components.length > 0 ? { [`${name}-1.0.dist-info/sboms/auditwheel.cdx.json`]: JSON.stringify(sbom) } : {};
  return project(name, [wheel(filename, { ...members, ...documents })]);
}

const ZLIB = "pkg:rpm/almalinux/zlib@1.2.11-25.el8";
const IMAGE = "data/base-images.json: manylinux_2_28";
const ORIGINS = "SELECT project, library, purl, evidence, learned_from FROM library_origin ORDER BY project, library";

test("what an SBOM proves holds for the same name and digits elsewhere; two proofs that differ prove nothing there", async (t) => {
  const index = await indexFor(
    t,
    memorySource([
      repaired("proof", {
        "libz-aaaa1111.so.1": ZLIB,
        "libown-bbbb2222.so.1": null,
        "libtwo-cccc3333.so.1": "pkg:rpm/centos/two@1-1.el7",
      }),
      repaired("rival", { "libtwo-cccc3333.so.1": "pkg:rpm/almalinux/two@2-1.el8" }),
      repaired("without", { "libz-aaaa1111.so.1": null, "libz-dddd4444.so.2": null, "libtwo-cccc3333.so.1": null }),
      repaired(
        "named",
        { "libxz-eeee5555.so.5": "pkg:apk/alpine/xz@libs-5.4-r0", "libfoo-ffff6666.so.1": "pkg:apk/alpine/foo@1.0-r0" },
        false,
      ),
    ]),
  );
  const request = requestTo(index, scratchFolder(t), { top: 4 });
  assert.equal(await survey(request), 0);
  const wheelOf = (name: string) => `${name}-1.0-cp312-cp312-manylinux_2_28_x86_64.whl`;
  const found = rows(request.database, ORIGINS).map((row) => Object.values(row));
  assert.deepEqual(found, [
    ["named", "libfoo.so", "pkg:apk/alpine/foo@1.0-r0", "sbom-name", wheelOf("named")],
    ["named", "libxz.so", "pkg:apk/alpine/xz-libs@5.4-r0", "sbom-name", wheelOf("named")],
    ["proof", "libown.so", null, null, null],
    ["proof", "libtwo.so", "pkg:rpm/centos/two@1-1.el7", "sbom", wheelOf("proof")],
    ["proof", "libz.so", ZLIB, "sbom", wheelOf("proof")],
    ["rival", "libtwo.so", "pkg:rpm/almalinux/two@2-1.el8", "sbom", wheelOf("rival")],
    ["without", "libtwo.so", null, "base-image", IMAGE],
    ["without", "libz.so", ZLIB, "fingerprint", wheelOf("proof")],
    ["without", "libz.so", null, "base-image", IMAGE],
  ]);
  const db = openForReading(request.database);
  const conflicts = readTable(db, "origin-conflicts", EDITION).rows;
  const carried = carriedAs(db, EDITION, "libtwo.so", "name").rows.map((row) => row.slice(12, 14));
  db.close();
  const TWO = "pkg:rpm/almalinux/two@2-1.el8,pkg:rpm/centos/two@1-1.el7";
  assert.deepEqual(
    conflicts.map((row) => row.slice(0, 5)),
    [["libtwo.so", TWO, "fingerprint,sbom", 3, 3]],
  );
  assert.deepEqual(carried, [
    ["pkg:rpm/centos/two@1-1.el7", "sbom"],
    ["pkg:rpm/almalinux/two@2-1.el8", "sbom"],
    [null, "base-image"],
  ]);
  assert.equal(await survey(request), 0);
  assert.deepEqual(
    rows(request.database, ORIGINS).map((row) => Object.values(row)),
    found,
  );
});

test("one file that two SBOMs of its wheel give to two packages is believed of neither, and told", async (t) => {
  const file = "libz-aaaa1111.so.1";
  const [hash] = pathHashesOf({ fileName: file, hashes: "aaaa1111" });
  const sbom = (purl: string) =>
    JSON.stringify({
      ...{ bomFormat: "CycloneDX", specVersion: "1.4" },
      components: [{ type: "library", "bom-ref": `${purl}#${hash}`, name: "zlib", version: "1", purl }],
    });
  const other = "pkg:rpm/almalinux/zlib-ng-compat@2.1-1.el8";
  const members = {
    ...{ [`x.libs/${file}`]: "z", "x-1.0.dist-info/sboms/auditwheel.cdx.json": sbom(ZLIB) },
    "x-1.0.dist-info/sboms/other.cdx.json": sbom(other),
  };
  const index = await indexFor(
    t,
    memorySource([project("x", [wheel("x-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", members)])]),
  );
  const request = requestTo(index, scratchFolder(t));
  assert.equal(await survey(request), 0);
  assert.deepEqual(rows(request.database, "SELECT purl, evidence FROM library_origin"), [
    { purl: null, evidence: null },
  ]);
  const all = rows(
    request.database,
    "SELECT purl, evidence FROM origin_evidence WHERE evidence = 'sbom' ORDER BY purl",
  );
  assert.deepEqual(
    all.map(({ purl }) => purl),
    [other, ZLIB].sort(),
  );
  const csv = readFileSync(join(request.reports, EDITION, "origin-conflicts.csv"), "utf8");
  assert.match(
    csv,
    /^libz\.so,"pkg:rpm\/almalinux\/zlib-ng-compat@2\.1-1\.el8,pkg:rpm\/almalinux\/zlib@\S+","fingerprint,sbom",1,1,/m,
  );
});

const IMAGES: [platforms: string[], uploadedAt: string | null, image: string | null][] = [
  [["manylinux2014_x86_64", "manylinux_2_17_x86_64"], null, "centos 7"],
  [["manylinux1_i686"], null, "centos 5"],
  [["manylinux_2_27_x86_64", "manylinux_2_28_x86_64"], null, "almalinux 8"],
  [["manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_24_x86_64"], null, "debian 9"],
  [["manylinux_2_27_x86_64"], null, null],
  [["manylinux_2_31_armv7l"], null, "ubuntu 20.04"],
  [["manylinux_2_31_x86_64"], null, null],
  [["manylinux_2_39_riscv64"], null, "rocky 10"],
  [["musllinux_1_1_x86_64"], null, "alpine 3.12"],
  [["musllinux_1_2_x86_64"], "2023-08-01T00:00:00Z", "alpine 3.18"],
  [["musllinux_1_2_x86_64"], "2025-06-05T10:11:12.131415Z", "alpine 3.22"],
  [["musllinux_1_2_x86_64"], "2023-01-01T00:00:00Z", null],
  [["musllinux_1_2_x86_64"], null, null],
  [["win_amd64"], null, null],
  [["linux_x86_64"], null, null],
];
for (const [platforms, uploadedAt, expected] of IMAGES)
  test(`the image of ${platforms.join(".")}, uploaded ${uploadedAt ?? "nobody knows when"}, is ${expected}`, () => {
    const image = imageOf(loadBaseImages(), platforms, uploadedAt);
    assert.equal(image && `${image.distribution} ${image.release}`, expected);
  });

test("releases and ends of distributions are in the database, and libraries past an end in a table of their own", async (t) => {
  const old = "pkg:rpm/centos/zlib@1.2.3-29.el6";
  const index = await indexFor(
    t,
    memorySource([
      repaired("old", { "libz-aaaa1111.so.1": old }),
      repaired("new", { "libz-bbbb1111.so.1": ZLIB }),
      repaired("guess", { "libz-cccc1111.so.1": null }, true, "manylinux2014_x86_64"),
    ]),
  );
  const request = requestTo(index, scratchFolder(t), { top: 3 });
  assert.equal(await survey(request), 0);
  const sql = `SELECT project, distribution, release, release_by, end_of_life, ecosystem FROM library_distribution ORDER BY 1`;
  assert.deepEqual(
    rows(request.database, sql).map((row) => Object.values(row)),
    [
      ["guess", "centos", "7", "base-image", "2024-06-30", "Red Hat"],
      ["new", "almalinux", "8", "version", "2029-03-01", "AlmaLinux:8"],
      ["old", "centos", "6", "version", "2020-11-30", "Red Hat"],
    ],
  );
  const csv = (name: string) =>
    readFileSync(join(request.reports, EDITION, `${name}.csv`), "utf8")
      .split("\n")
      .slice(1, -1);
  assert.deepEqual(csv("past-end"), [`old,centos,6,2020-11-30,no,1,1,libz.so,${old}`]);
  assert.deepEqual(csv("distributions"), [
    "almalinux,8,2029-03-01,no,AlmaLinux:8,1,1,1,1,1,0,0,0,0,0,0,0",
    "centos,6,2020-11-30,yes,Red Hat,1,1,1,1,1,0,0,0,0,0,0,0",
    "centos,7,2024-06-30,yes,Red Hat,0,0,0,0,0,0,0,0,0,0,1,1",
  ]);
  const page = readFileSync(join(request.reports, EDITION, "README.md"), "utf8");
  assert.ok(
    page.includes(
      "- Of 2 of 3 shared libraries in Linux wheels it is proved of which distribution's package each is a copy. " +
        "1 project carries libraries of a distribution's release whose support had ended.\n",
    ),
  );
  assert.deepEqual(csv("origins"), ["manylinux,sbom,2,66.7,2,2,2", "manylinux,base-image,1,33.3,1,1,0"]);
});

test("the linter of distributions names what is wrong: examples, ends without a source, images of unknown releases, order", () => {
  const [centos] = loadDistributions();
  const faults = (more: object) => lintDistributions([{ ...centos, ...more }]).join("\n");
  assert.equal(faults({}), "");
  assert.match(faults({ examples: [{ version: "1-1.el7", release: "6" }] }), /1-1\.el7: release 7, expected 6/);
  assert.match(faults({ examples: [{ version: "1-1.el99", release: "99" }] }), /release 99, expected one of the list/);
  assert.match(faults({ releases: [{ release: "7", end_of_life: "2024-06-30" }] }), /expected its source too/);
  assert.match(faults({ osv: {} }), /osv\.note: missing/);
  assert.match(lintDistributions([centos, centos]).join("\n"), /centos: twice/);
  const image = { tag: "musllinux_1_2", distribution: "alpine", release: "3.18", from: "2023-07-25" };
  const images = (...list: object[]) => lintBaseImages(list, loadDistributions()).join("\n");
  assert.equal(images(image), "");
  assert.match(images({ ...image, release: "0.1" }), /alpine 0\.1, expected a release of distributions\.json/);
  assert.match(images(image, image), /expected a day after 2023-07-25/);
  assert.match(images({ ...image, tag: "manylinux2014" }), /expected a platform tag without its architecture/);
  assert.equal(releaseInVersion(centos!, "1.6.7-5.el7_9"), "7");
});

test("`learn` adds what a database proves to the ledger, once, and tells of a file for which two packages are known", async (t) => {
  const scratch = scratchFolder(t);
  const index = await indexFor(
    t,
    memorySource([
      repaired("proof", { "libz-aaaa1111.so.1": ZLIB }),
      repaired("rival", { "libz-aaaa1111.so.1": "pkg:rpm/rocky/zlib@1-1.el8" }),
    ]),
  );
  const request = requestTo(index, scratch, { top: 2 });
  await survey(request);
  const ledger = join(scratch, "ledger.csv");
  writeFileSync(ledger, "original,digits,purl,learned\n");
  const words = ["learn", "--database", request.database, "--ledger", ledger];
  const first = await cli(words);
  assert.equal(first.stdout, `${ledger}: 2 files learned, 2 files in all\n`);
  assert.match(
    first.stderr,
    /^libz\.so\.1 aaaa1111: pkg:rpm\/almalinux\/zlib@\S+ and pkg:rpm\/rocky\/zlib@1-1\.el8, expected one package; neither is taken$/m,
  );
  assert.equal(readLedger(ledger)[0]!.learned, "SBOM of proof-1.0-cp312-cp312-manylinux_2_28_x86_64.whl");
  assert.deepEqual(
    lintFingerprints(readLedger(ledger)).map((fault) => fault.replace(/: .*/, "")),
    ["libz.so.1 aaaa1111"],
  );
  const before = readFileSync(ledger, "utf8");
  assert.equal((await cli(words)).stdout, `${ledger}: 0 files learned, 2 files in all\n`);
  assert.equal(readFileSync(ledger, "utf8"), before);
  const missing = await cli(["learn", "--database", request.database, "--ledger", join(scratch, "none", "ledger.csv")]);
  assert.deepEqual([missing.code, missing.stderr.trim().split("\n").length], [7, 1]);
});

test("the ledger's linter names what is wrong: digits, package URL, order, twice", () => {
  const row = { original: "libz.so.1", digits: "aaaa1111", purl: ZLIB, learned: "SBOM of x" };
  assert.deepEqual(lintFingerprints([row]), []);
  const faults = (...wrong: (typeof row)[]) => lintFingerprints(wrong).join("\n");
  assert.match(faults({ ...row, digits: "AAAA" }), /AAAA, expected eight hex digits/);
  assert.match(
    faults({ ...row, purl: "pkg:apk/alpine/icu@libs-74.2-r0" }),
    /expected pkg:apk\/alpine\/icu-libs@74\.2-r0/,
  );
  assert.match(faults({ ...row, purl: "pkg:cargo/z@1" }), /expected the URL of an rpm, deb or apk package/);
  assert.match(faults({ ...row, original: "libz.dll" }), /expected the name of a shared library/);
  assert.match(faults(row, row), /a row twice/);
  assert.match(faults({ ...row, digits: "bbbb1111" }, row), /expected the order/);
  assert.deepEqual(lintFingerprints(readLedger()), []);
  assert.deepEqual(mergeLedger(readLedger(), []).conflicts, []);
});

test("the ledger alone tells the origin of at least 114 files of 25 projects in the data of 2023", async (t) => {
  const scratch = scratchFolder(t);
  const places = { database: join(scratch, "survey.sqlite"), reports: join(scratch, "reports") };
  await runImport2023("reports/2023-07/files.csv", places, SILENT, new AbortController().signal);
  const sql =
    "SELECT count(*) AS files, count(DISTINCT project) AS projects FROM library_origin WHERE evidence = 'fingerprint'";
  const [{ files, projects }] = rows(places.database, sql) as [{ files: number; projects: number }];
  assert.ok(files >= 114 && projects >= 25, `${files} files, ${projects} projects`);
  const known = rows(
    places.database,
    "SELECT DISTINCT purl FROM library_origin WHERE path = 'libcom_err-2abe824b.so.2.1'",
  );
  assert.deepEqual(known, [{ purl: "pkg:rpm/centos/libcom_err@1.42.9-19.el7" }]);
});

/** A package of Alpine's as abuild makes them: three tar files in gzip, of which only the last one has an end. */
function apk(info: string, files: Record<string, string>): Buffer {
  const tarOf = (entries: [path: string, content: string][]) =>
    entries.flatMap(([path, content]) => {
      const header = new Header({ path, size: content.length, mode: 0o755, type: "File", mtime: new Date(0) });
      header.encode();
      return [header.block!, Buffer.from(content), Buffer.alloc(-content.length & 511)];
    });
  const link = new Header({
    path: "usr/lib/libz.so.1",
    linkpath: "libz.so.1.3",
    type: "SymbolicLink",
    mode: 0o777,
    size: 0,
  });
  link.encode();
  return Buffer.concat([
    gzipSync(Buffer.concat(tarOf([[".SIGN.RSA.key.rsa.pub", "signature"]]))),
    gzipSync(Buffer.concat(tarOf([[".PKGINFO", info]]))),
    gzipSync(Buffer.concat([...tarOf(Object.entries(files)), link.block!, Buffer.alloc(1024)])),
  ]);
}

test("`learn FOLDER` takes from an apk the libraries that it ships, by their digits; says what is missing or no package", async (t) => {
  const scratch = scratchFolder(t);
  const [folder, ledger] = [join(scratch, "main", "x86_64"), join(scratch, "ledger.csv")];
  mkdirSync(folder, { recursive: true });
  writeFileSync(ledger, "original,digits,purl,learned\n");
  const words = ["learn", scratch, "--ledger", ledger];
  const refused = async (more: string[], message: RegExp) => {
    const { code, stderr } = await cli([...words, ...more]);
    assert.equal(code, 2);
    assert.match(stderr, message);
  };
  await refused([], /no package in it, expected files that end in \.deb, \.rpm or \.apk/);
  const info = "pkgname = icu-libs\npkgver = 74.2-r0\narch = x86_64\n";
  const files = {
    "usr/lib/libicuuc.so.74.2": "library",
    "usr/lib/python3/x.so": "module",
    "usr/share/libz.so.txt": "text",
  };
  writeFileSync(join(folder, "icu-libs-74.2-r0.apk"), apk(info, files));
  await refused([], /--distribution is missing/);
  const alone = await cli(["learn", "--distribution", "alpine", "--ledger", ledger]);
  assert.deepEqual([alone.code, alone.stdout], [2, ""]);
  await refused(["--distribution", "Alpine Linux"], /expected a distribution's ID in lower case/);
  const learned = await cli([...words, "--distribution", "alpine"]);
  assert.deepEqual([learned.code, learned.stdout], [0, `${ledger}: 1 file learned, 1 file in all\n`]);
  const digits = createHash("sha256").update("library").digest("hex").slice(0, 8);
  const purl = "pkg:apk/alpine/icu-libs@74.2-r0";
  assert.deepEqual(readLedger(ledger), [
    { original: "libicuuc.so.74.2", digits, purl, learned: "package icu-libs-74.2-r0.apk" },
  ]);
  assert.deepEqual(lintFingerprints(readLedger(ledger)), []);
  writeFileSync(join(folder, "a.apk"), "ADBd");
  writeFileSync(join(folder, "b.apk"), apk("arch = noarch\n", {}));
  writeFileSync(join(folder, "c.apk"), apk(info, files).subarray(0, 300));
  const half = await cli([...words, "--distribution", "alpine"]);
  assert.deepEqual([half.code, half.stdout], [3, `${ledger}: 0 files learned, 1 file in all\n`]);
  assert.deepEqual(
    half.stderr
      .trim()
      .split("\n")
      .map((line) => /(a|b|c)\.apk|3 packages not read/.exec(line)?.[0]),
    ["a.apk", "b.apk", "c.apk", "3 packages not read"],
  );
});
