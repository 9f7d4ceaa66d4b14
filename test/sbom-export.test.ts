// What wheels carry as SBOMs: valid by the official schema, complete, with what proves it, and the same bytes each time.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { openForReading } from "../pipeline/database/database.ts";
import { pathHashesOf } from "../pipeline/derive/sbom-matches.ts";
import { sbomArchive } from "../pipeline/publish/sbom/archive.ts";
import { sbomName, sbomOf } from "../pipeline/publish/sbom/document.ts";
import { checkSboms } from "../scripts/check-sboms.ts";
import { cli, EDITION, indexFor, project, requestTo, rows, scratchFolder, survey, wheel } from "./harness.ts";
import { type Extent, memorySource } from "./loopback/source.ts";

const WHEEL = "driver-1.0-cp312-cp312-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
const COM_ERR = "pkg:rpm/centos/libcom_err@1.42.9-19.el7";
const [COM_ERR_PATH] = pathHashesOf({ fileName: "libcom_err-2abe824b.so.2.1", hashes: "2abe824b" });

const DRIVER = wheel(WHEEL, {
  "driver/_driver.cpython-312-x86_64-linux-gnu.so": "module",
  "driver.libs/libcom_err-2abe824b.so.2.1": "com_err",
  "driver.libs/libssl-cd1d6220.so.1.0.2k": "ssl",
  "driver.libs/libpng15-ce838cd1.so.15.13.0": "png",
  "driver/bin/tool": "\x7fELF",
  "driver-1.0.dist-info/sboms/auditwheel.cdx.json": JSON.stringify({
    ...{ bomFormat: "CycloneDX", specVersion: "1.4", metadata: { tools: [{ name: "auditwheel", version: "6.8.1" }] } },
    components: [
      {
        type: "library",
        "bom-ref": `${COM_ERR}#${COM_ERR_PATH}`,
        name: "libcom_err",
        version: "1.42.9-19.el7",
        purl: COM_ERR,
      },
    ],
  }),
  "driver-1.0.dist-info/sboms/build.cdx.json": JSON.stringify({
    ...{ bomFormat: "CycloneDX", specVersion: "1.6" },
    components: [
      { type: "library", name: "libpng", version: "1.5.13", licenses: [{ license: { name: "the PNG licence" } }] },
      {
        type: "framework",
        name: "linked-in",
        version: "2.0",
        purl: "pkg:generic/linked-in@2.0",
        licenses: [{ expression: "MIT" }],
      },
    ],
  }),
});

// Names that mean something to somebody, a document that is none, two documents that are the same, a licence that is no expression.
const HOSTILE = wheel(`hostile-1.0-cp312-cp312-${"x".repeat(120)}.whl`, {
  'hostile/lib"><script>.so.1': "a",
  "hostile/=cmd|' /C calc'!A0.dll": "b",
  "hostile/\u202egnp.dll": "c",
  "hostile-1.0.dist-info/sboms/a.cdx.json": JSON.stringify({
    ...{ bomFormat: "CycloneDX", specVersion: "9.9" },
    components: [
      { type: "no type", name: "odd name ", version: "v", purl: "no purl", licenses: [{ license: { name: "(((" } }] },
      { name: "twice", version: "1" },
      { name: "twice", version: "1", components: [{ name: "inner" }] },
    ],
  }),
  "hostile-1.0.dist-info/sboms/b.json": "no SBOM",
});

async function surveyed(t: Parameters<typeof indexFor>[0]) {
  const guess = wheel("guess-1.0-cp312-cp312-manylinux_2_28_aarch64.whl", {
    "guess.libs/libssl-0123abcd.so.3.0.7": "s",
  });
  const index = await indexFor(
    t,
    memorySource([
      { ...project("driver", [DRIVER]), licence: "LGPL-3.0-only" },
      { ...project("hostile", [HOSTILE]), licence: "whatever" },
      project("guess", [guess]),
      project("plain", [
        wheel("plain-1.0-cp312-cp312-win_amd64.whl", { "plain/sqlite3.dll": "q", "plain/zlib1.dll": "z" }),
      ]),
    ]),
  );
  const request = requestTo(index, scratchFolder(t), { top: 4 });
  assert.equal(await survey(request), 0);
  return request;
}

interface Component {
  "bom-ref": string;
  type: string;
  name: string;
  version?: string;
  purl?: string;
  cpe?: string;
  licenses?: unknown;
  supplier?: unknown;
  hashes?: { alg: string; content: string }[];
  pedigree?: { ancestors: { purl: string }[] };
  evidence: {
    identity: { field: string; confidence: number; methods: object[] }[];
    occurrences?: { location: string }[];
  };
  properties?: { name: string; value: string }[];
}

const propertiesOf = ({ properties = [] }: Component) =>
  Object.fromEntries(properties.map(({ name, value }) => [name.replace("wheel-survey:", ""), value]));

test("an SBOM has each bundled file and program with its hash, the package it is a copy of, what proves that, and what the wheel's own documents say", async (t) => {
  const { database } = await surveyed(t);
  const { stdout, code } = await cli(["sbom", WHEEL, "--database", database]);
  assert.equal(code, 0);
  const bom = JSON.parse(stdout);
  assert.equal(bom.specVersion, "1.6");
  assert.equal(bom.serialNumber, undefined);
  const subject = bom.metadata.component;
  const [{ sha256 }] = rows(database, `SELECT sha256 FROM surveyed_wheel WHERE wheel = '${WHEEL}'`) as [
    { sha256: string },
  ];
  assert.deepEqual(subject.hashes, [{ alg: "SHA-256", content: sha256 }]);
  assert.deepEqual(subject.licenses, [{ expression: "LGPL-3.0-only" }]);
  assert.match(subject.purl, /^pkg:pypi\/driver@1\.0\?file_name=driver-1\.0-/);

  const components = new Map((bom.components as Component[]).map((each) => [each["bom-ref"], each]));
  assert.deepEqual(
    [...components.keys()],
    [
      "file:driver.libs/libcom_err-2abe824b.so.2.1",
      "file:driver.libs/libpng15-ce838cd1.so.15.13.0",
      "file:driver.libs/libssl-cd1d6220.so.1.0.2k",
      "file:driver/bin/tool",
      `package:${COM_ERR}`,
      "stated:sboms/build.cdx.json#1",
      "stated:sboms/build.cdx.json#2",
    ].filter((ref) => ref !== "file:driver/bin/tool" || components.has(ref)),
  );

  const comErr = components.get("file:driver.libs/libcom_err-2abe824b.so.2.1")!;
  const qualified = "pkg:rpm/centos/libcom_err@1.42.9-19.el7?arch=x86_64&distro=centos-7";
  assert.deepEqual(
    comErr.pedigree!.ancestors.map(({ purl }) => purl),
    [qualified],
  );
  assert.equal(comErr.cpe, undefined);
  assert.deepEqual(comErr.evidence.occurrences, [{ location: "driver.libs/libcom_err-2abe824b.so.2.1" }]);
  const source = components.get(`package:${COM_ERR}`)!;
  assert.deepEqual(
    [source.purl, source.version, source.supplier, source.evidence.identity[0]!.methods],
    [
      ...[qualified, "1.42.9-19.el7", { name: "CentOS Linux" }],
      [{ technique: "manifest-analysis", confidence: 1, value: WHEEL }],
    ],
  );
  assert.deepEqual(source.evidence.occurrences, [{ location: "driver.libs/libcom_err-2abe824b.so.2.1" }]);
  const { osv_purl, stated_by, tool } = propertiesOf(source);
  assert.deepEqual(
    [osv_purl, stated_by, tool],
    ["pkg:rpm/redhat/libcom_err@1.42.9-19.el7", "sboms/auditwheel.cdx.json#1", "auditwheel 6.8.1"],
  );

  // auditwheel's SBOM lists every file of a package: what it does not list is inferred to be nobody's.
  const ssl = components.get("file:driver.libs/libssl-cd1d6220.so.1.0.2k")!;
  assert.deepEqual([ssl.name, ssl.version, ssl.purl], ["openssl", "1.0.2k", "pkg:generic/openssl@1.0.2k"]);
  assert.equal(ssl.pedigree, undefined);
  assert.equal(propertiesOf(ssl).inferred_distribution, undefined);
  const png = components.get("file:driver.libs/libpng15-ce838cd1.so.15.13.0")!;
  assert.equal(png.name, "libpng");
  const stated = components.get("stated:sboms/build.cdx.json#1")!;
  assert.deepEqual(stated.licenses, [{ license: { name: "the PNG licence" } }]);
  assert.deepEqual(stated.evidence.occurrences, [{ location: "driver.libs/libpng15-ce838cd1.so.15.13.0" }]);
  const linked = components.get("stated:sboms/build.cdx.json#2")!;
  assert.deepEqual(
    [linked.type, linked.licenses, linked.evidence.occurrences],
    ["framework", [{ expression: "MIT" }], undefined],
  );
  assert.deepEqual(bom.dependencies.at(-1), { ref: comErr["bom-ref"], dependsOn: [`package:${COM_ERR}`] });
  assert.deepEqual(bom.compositions, [{ aggregate: "incomplete", assemblies: [subject["bom-ref"]] }]);
});

test("what only a platform tag suggests is a property that says so, and takes the CPE away; a copy of nobody's has one", async (t) => {
  const { database } = await surveyed(t);
  const bom = JSON.parse((await cli(["sbom", "guess", "--database", database])).stdout);
  const [ssl] = bom.components as [Component];
  assert.deepEqual([ssl.version, ssl.pedigree, ssl.cpe], ["3.0.7", undefined, undefined]);
  const { inferred_distribution, origin_evidence, origin_learned_from } = propertiesOf(ssl);
  assert.deepEqual(
    [inferred_distribution, origin_evidence, origin_learned_from],
    ["almalinux 8", "base-image", "data/base-images.json: manylinux_2_28"],
  );
  const driver = JSON.parse((await cli(["sbom", WHEEL, "--database", database])).stdout);
  const own = (driver.components as Component[]).find(({ name }) => name === "openssl")!;
  assert.equal(own.cpe, "cpe:2.3:a:openssl:openssl:1.0.2k:*:*:*:*:*:*:*");
});

test("every SBOM is valid by the official schema and the same in a second run, whatever names and documents hold", async (t) => {
  const { database } = await surveyed(t);
  const { wheels, faults, withSbom } = await checkSboms(database);
  assert.deepEqual([wheels, faults], [4, []]);
  assert.ok(withSbom.ours >= withSbom.own);
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  assert.notEqual(await validator.validate('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{}]}'), null);
  const db = openForReading(database);
  const text = sbomOf(db, EDITION, "hostile", HOSTILE.filename, "cyclonedx")!;
  db.close();
  const bom = JSON.parse(text);
  assert.deepEqual(bom.metadata.component.licenses, [{ license: { name: "whatever" } }]);
  const refs = (bom.components as Component[]).map((each) => each["bom-ref"]);
  assert.ok(refs.includes('file:hostile/lib"><script>.so.1') && refs.includes("file:hostile/\u202egnp.dll"));
  assert.equal(refs.filter((ref) => ref.startsWith("stated:")).length, 3);
});

test("a distribution's version is never given to upstream's project", async (t) => {
  const openssl = "pkg:rpm/almalinux/openssl@3.0.7-27.el9";
  const members = {
    "x.libs/libcrypto-0123abcd.so.3": "c",
    "x-1.0.dist-info/sboms/some.cdx.json": JSON.stringify({
      ...{ bomFormat: "CycloneDX", specVersion: "1.6" },
      components: [{ type: "library", name: "openssl", version: "3.0.7-27.el9", purl: openssl }],
    }),
  };
  const index = await indexFor(t, memorySource([project("x", [wheel("x-1.0-cp312-cp312-linux_x86_64.whl", members)])]));
  const request = requestTo(index, scratchFolder(t), { top: 1 });
  assert.equal(await survey(request), 0);
  const [file, stated] = JSON.parse((await cli(["sbom", "x", "--database", request.database])).stdout).components;
  assert.deepEqual([file.purl, file.version, file.pedigree], ["pkg:generic/openssl", undefined, undefined]);
  assert.deepEqual([stated.purl, stated.version], [openssl, "3.0.7-27.el9"]);
  assert.deepEqual(stated.evidence.occurrences, [{ location: "x.libs/libcrypto-0123abcd.so.3" }]);
});

test("SPDX has the same parts as packages, each contained in the wheel, copies descended from their packages", async (t) => {
  const { database } = await surveyed(t);
  const words = ["sbom", WHEEL, "--database", database];
  const bom = JSON.parse((await cli(words)).stdout);
  const spdx = JSON.parse((await cli([...words, "--format", "spdx"])).stdout);
  assert.equal(spdx.spdxVersion, "SPDX-2.3");
  const ids = spdx.packages.map(({ SPDXID }: { SPDXID: string }) => SPDXID);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^SPDXRef-[A-Za-z0-9.-]+$/);
  const purls = (list: { externalRefs?: { referenceType: string; referenceLocator: string }[] }[]) =>
    list.flatMap(({ externalRefs = [] }) =>
      externalRefs.filter((ref) => ref.referenceType === "purl").map((ref) => ref.referenceLocator),
    );
  assert.deepEqual(purls(spdx.packages), [
    bom.metadata.component.purl,
    ...(bom.components as Component[]).flatMap(({ purl }) => purl ?? []),
  ]);
  const kinds = (type: string) =>
    spdx.relationships.filter((each: { relationshipType: string }) => each.relationshipType === type);
  assert.equal(kinds("CONTAINS").length, bom.components.length);
  assert.equal(kinds("DESCENDANT_OF").length, 1);
  assert.match(spdx.creationInfo.created, /^\d{4}-\d\d-\d\dT00:00:00Z$/);
});

test("`sbom` takes a wheel, a project or a file; writes files, or lines of several documents; says what it does not know", async (t) => {
  const scratch = scratchFolder(t);
  const { database } = await surveyed(t);
  const out = join(scratch, "new", "folder");
  const written = await cli(["sbom", "Driver", "--database", database, "--out", out]);
  assert.deepEqual([written.code, written.stdout], [0, ""]);
  assert.deepEqual(readdirSync(out), [`${WHEEL}.cdx.json`]);
  const { stdout } = await cli(["sbom", WHEEL, "--database", database]);
  assert.equal(readFileSync(join(out, `${WHEEL}.cdx.json`), "utf8"), stdout);
  await cli(["sbom", WHEEL, "--database", database, "--out", out, "--format", "spdx"]);
  assert.deepEqual(readdirSync(out), [`${WHEEL}.cdx.json`, `${WHEEL}.spdx.json`]);

  const file = join(scratch, WHEEL);
  writeFileSync(file, (DRIVER.content as Extent[])[0]!.bytes);
  const ofFile = JSON.parse((await cli(["sbom", file])).stdout);
  const stored = JSON.parse(stdout);
  assert.deepEqual(ofFile.components, stored.components);
  assert.deepEqual(ofFile.metadata.component.hashes, stored.metadata.component.hashes);

  const unknown = await cli(["sbom", "drivr", "--database", database]);
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
  assert.match(unknown.stderr, /^sbom drivr: not in edition .*near names: driver/);
  assert.equal((await cli(["sbom", "driver", "--format", "xml", "--database", database])).code, 2);
  writeFileSync(join(scratch, "taken"), "a file");
  const blocked = await cli(["sbom", "driver", "--database", database, "--out", join(scratch, "taken")]);
  assert.deepEqual([blocked.code, blocked.stderr.trim().split("\n").length], [7, 1]);
});

test("the archive of an edition has the document of each wheel, under any name, and tar reads it", async (t) => {
  const { database } = await surveyed(t);
  const folder = scratchFolder(t);
  const db = openForReading(database);
  const archive = Buffer.concat([...sbomArchive(db, EDITION)]);
  assert.ok(archive.equals(Buffer.concat([...sbomArchive(db, EDITION)])));
  writeFileSync(join(folder, "sboms.tar.gz"), archive);
  mkdirSync(join(folder, "out"));
  execFileSync("tar", ["-xzf", "sboms.tar.gz", "-C", "out"], { cwd: folder });
  const wheels = db
    .prepare<[], { project: string; wheel: string }>("SELECT project, wheel FROM surveyed_wheel ORDER BY project")
    .all();
  assert.deepEqual(
    readdirSync(join(folder, "out")),
    wheels.map((each) => each.project),
  );
  for (const each of wheels)
    assert.equal(
      readFileSync(join(folder, "out", each.project, sbomName(each.wheel, "cyclonedx")), "utf8"),
      sbomOf(db, EDITION, each.project, each.wheel, "cyclonedx"),
    );
  db.close();
});
