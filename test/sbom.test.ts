// SBOMs in wheels: what each format lists, what of it is inside, what is left out and why, and how far it names the bundled files.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { matchesOf, pathHashesOf } from "../pipeline/derive/sbom-matches.ts";
import { type SbomEntry, UnreadSbom } from "../pipeline/formats/sbom/entry.ts";
import { readSbom } from "../pipeline/formats/sbom/read.ts";
import { EDITION, indexFor, project, requestTo, rows, scratchFolder, survey, wheel } from "./harness.ts";
import { memorySource } from "./loopback/source.ts";
import { SEEDED } from "./seed.ts";

const read = (document: object | string) =>
  readSbom(Buffer.from(typeof document === "string" ? document : JSON.stringify(document)));
const said = ({ name, version, outside, parent }: SbomEntry) => [name, version, outside, parent];

const CDX = { bomFormat: "CycloneDX", specVersion: "1.6" };

test("CycloneDX: nested components, those of the subject, and what is not inside", () => {
  const subject = {
    ...{ type: "library", "bom-ref": "me", name: "pkg", purl: "pkg:pypi/pkg@1" },
    components: [{ type: "library", name: "pkg._core" }],
  };
  const { format, tools, entries } = read({
    ...CDX,
    metadata: {
      component: subject,
      tools: [{ vendor: "PyPA", name: "auditwheel", version: "6.8.2" }, { name: "bare" }, null],
    },
    components: [
      { type: "library", "bom-ref": "pkg:pypi/pkg@1?file_name=x", name: "pkg", purl: "pkg:pypi/pkg@1" },
      {
        ...{ type: "application", name: "MyBinary", version: "2" },
        components: [
          {
            type: "library",
            name: "rustls",
            version: "0.23",
            licenses: [{ license: { id: "MIT" } }, { expression: "ISC OR 0BSD" }],
          },
        ],
      },
      { type: "library", name: "cc", scope: "excluded", components: [{ name: "deeper" }] },
      { type: "library", name: "crate", purl: "pkg:cargo/crate@1?download_url=file://crate" },
      { type: "file", name: "src/a.c" },
      { type: "library", purl: "pkg:generic/openssl@3.0.7" },
      { type: "library" },
      null,
      "text",
    ],
  });
  assert.deepEqual([format, tools], ["CycloneDX 1.6", ["auditwheel 6.8.2", "bare"]]);
  assert.deepEqual(entries.map(said), [
    ["pkg", null, "subject", null],
    ["MyBinary", "2", null, null],
    ["rustls", "0.23", null, 2],
    ["cc", null, "excluded", null],
    ["deeper", null, "excluded", 4],
    ["crate", null, "own module", null],
    ["src/a.c", null, "file", null],
    ["openssl", null, null, null],
    [null, null, "nameless", null],
    ["pkg._core", null, "own module", null],
  ]);
  assert.equal(entries[2]?.licence, "MIT AND ISC OR 0BSD");
});

test("CycloneDX: tools as components, and lists that are null or missing", () => {
  const tools = { components: [{ name: "syft", version: "1.0" }], services: [{ name: "service" }] };
  assert.deepEqual(read({ ...CDX, metadata: { tools } }).tools, ["syft 1.0", "service"]);
  for (const document of [
    { ...CDX, components: null },
    { ...CDX, metadata: null },
    { ...CDX, metadata: { component: null } },
    CDX,
  ])
    assert.deepEqual(read(document).entries, []);
  assert.equal(read({ bomFormat: "CycloneDX" }).format, "CycloneDX without version");
});

test("SPDX 2.3: packages, files, what the document describes, and build dependencies", () => {
  const { format, tools, entries } = read({
    spdxVersion: "SPDX-2.3",
    creationInfo: { creators: ["Tool: fromager-0.60", "Organization: Example"] },
    documentDescribes: ["SPDXRef-wheel"],
    packages: [
      { SPDXID: "SPDXRef-wheel", name: "pkg", versionInfo: "1" },
      {
        ...{
          SPDXID: "SPDXRef-zlib",
          name: "zlib",
          versionInfo: "1.3.1",
          licenseConcluded: "NOASSERTION",
          licenseDeclared: "Zlib",
        },
        externalRefs: [
          { referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: "pkg:generic/zlib@1.3.1" },
        ],
      },
      { SPDXID: "SPDXRef-gcc", name: "gcc" },
      { SPDXID: "SPDXRef-inner", name: "inner" },
    ],
    files: [{ SPDXID: "SPDXRef-file", fileName: "./a.so" }],
    relationships: [
      { spdxElementId: "SPDXRef-gcc", relationshipType: "BUILD_TOOL_OF", relatedSpdxElement: "SPDXRef-wheel" },
      { spdxElementId: "SPDXRef-zlib", relationshipType: "CONTAINS", relatedSpdxElement: "SPDXRef-inner" },
    ],
  });
  assert.deepEqual([format, tools], ["SPDX 2.3", ["fromager-0.60"]]);
  assert.deepEqual(entries.map(said), [
    ["pkg", "1", "subject", null],
    ["zlib", "1.3.1", null, null],
    ["gcc", null, "excluded", null],
    ["inner", null, null, 2],
    ["./a.so", null, "file", null],
  ]);
  assert.deepEqual([entries[1]?.purl, entries[1]?.licence], ["pkg:generic/zlib@1.3.1", "Zlib"]);
});

test("SPDX 3: the graph's packages and files", () => {
  const { format, tools, entries } = read({
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
      { type: "SpdxDocument", spdxId: "doc", rootElement: ["wheel"] },
      { type: "Tool", spdxId: "tool", name: "sbom-maker" },
      { type: "software_Package", spdxId: "wheel", name: "pkg" },
      {
        type: "software_Package",
        spdxId: "z",
        name: "zlib",
        software_packageVersion: "1.3",
        software_packageUrl: "pkg:generic/zlib@1.3",
      },
      {
        type: "software_Package",
        spdxId: "b",
        name: "bison",
        externalIdentifier: [{ externalIdentifierType: "packageUrl", identifier: "pkg:generic/bison" }],
      },
      { type: "software_File", spdxId: "f", name: "a.so" },
      { type: "LifecycleScopedRelationship", from: "wheel", relationshipType: "dependsOn", scope: "build", to: ["b"] },
      { type: "Relationship", from: "wheel", relationshipType: "contains", to: ["z"] },
    ],
  });
  assert.deepEqual([format, tools], ["SPDX 3.0.1", ["sbom-maker"]]);
  assert.deepEqual(entries.map(said), [
    ["pkg", null, "subject", null],
    ["zlib", "1.3", null, 1],
    ["bison", null, "excluded", null],
    ["a.so", null, "file", null],
  ]);
  assert.deepEqual([entries[1]?.purl, entries[2]?.purl], ["pkg:generic/zlib@1.3", "pkg:generic/bison"]);
});

test("a byte order mark at the front is no part of the document", () => {
  assert.equal(
    read(`\u{feff}${JSON.stringify({ ...CDX, components: [{ name: "openssl" }] })}`).entries[0]?.name,
    "openssl",
  );
});

const UNREAD: [document: object | string, format: string | null, problem: RegExp][] = [
  ["", null, /^empty/],
  ["{", null, /^no JSON/],
  ["[]", null, /^JSON without an object/],
  ["{}", null, /^JSON of another kind/],
  ['<bom xmlns="http://cyclonedx.org/schema/bom/1.6"/>', "CycloneDX XML", /expected JSON/],
  ["<Document/>", "XML", /expected JSON/],
  ["SPDXVersion: SPDX-2.3\nPackageName: x\n", "SPDX tag-value", /expected JSON/],
  [nested(100), "CycloneDX 1.6", /more than 50 levels/],
  [
    { ...CDX, components: Array.from({ length: 50_001 }, () => ({ name: "x" })) },
    "CycloneDX 1.6",
    /more than 50000 components/,
  ],
];

function nested(depth: number): object {
  let component: object = { name: "x" };
  for (let level = 1; level < depth; level += 1) component = { name: "x", components: [component] };
  return { ...CDX, components: [component] };
}

for (const [document, format, problem] of UNREAD) {
  test(`${JSON.stringify(document).slice(0, 40)} is not read, and why is said`, () => {
    assert.throws(
      () => read(document),
      (error) => error instanceof UnreadSbom && error.format === format && problem.test(error.message),
    );
  });
}

test("whatever JSON a document is, it is read or refused for a reason", () => {
  const keys = fc.constantFrom(
    "bomFormat",
    "specVersion",
    "components",
    "metadata",
    "component",
    "name",
    "purl",
    "spdxVersion",
    "packages",
    "files",
    "relationships",
    "@graph",
    "@context",
    "tools",
    "licenses",
    "scope",
    "externalRefs",
  );
  const leaf = fc.oneof(
    fc.constantFrom("CycloneDX", "SPDX-2.3", "https://spdx.org/rdf/3.0.1/x", "excluded", ""),
    fc.jsonValue(),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie("tree"), { maxLength: 4 }),
      fc.dictionary(keys, tie("tree"), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(keys, tree, { maxKeys: 6 }), (document) => {
      try {
        for (const entry of read(document).entries) assert.ok(entry.name !== null || entry.outside !== null);
      } catch (error) {
        if (!(error instanceof UnreadSbom)) throw error;
      }
    }),
    { numRuns: 2000, ...SEEDED },
  );
});

test("a bundled file is named by its path at build time, else by its name, else by its upstream project", () => {
  const openssl = { component: "openssl", componentName: "OpenSSL" };
  const file = { fileName: "libssl-cd1d6220.so.1.0.2k", stem: "libssl", hashes: "cd1d6220", ...openssl };
  const entry = (name: string, more: object = {}) => ({
    documentId: 1,
    nth: 1,
    name,
    purl: null,
    pathHash: null,
    ...more,
  });
  const howOf = (bundled: typeof file | typeof foreign, entries: ReturnType<typeof entry>[]) =>
    matchesOf([bundled], entries)[0]?.how;
  const foreign = { fileName: "lib数.so.1", stem: "lib数", hashes: "", component: null, componentName: null };
  const path = entry("openssl-libs", { pathHash: pathHashesOf(file)[0] });
  assert.equal(howOf(file, [entry("OpenSSL"), entry("libssl"), path]), "path");
  assert.equal(howOf(file, [entry("OpenSSL"), entry("LibSSL")]), "library");
  assert.equal(howOf(file, [entry("x", { purl: "pkg:generic/openssl@3" })]), "component");
  assert.equal(howOf(file, [entry("openssl-sys"), entry("crypto")]), undefined);
  assert.equal(howOf(foreign, [entry("図")]), undefined, "names without a letter of ours are no names alike");
  const twice = { fileName: "libquadmath-96973f99-934c22de.so.0.0.0", hashes: "96973f99-934c22de" };
  assert.deepEqual(pathHashesOf(twice), pathHashesOf({ fileName: "libquadmath-96973f99.so.0.0.0", hashes: "" }));
  const dashed = { fileName: "libssh2-1-0123abcd.so", hashes: "0123abcd" };
  assert.deepEqual(pathHashesOf(dashed), pathHashesOf({ fileName: "libssh2-1.so", hashes: "" }));
});

test("an entry that is one file by its path is no other by its name: slycot has libquadmath of AlmaLinux, and one out of SciPy's OpenBLAS", () => {
  const known = { stem: "libquadmath", component: "gcc", componentName: "GCC runtime libraries" };
  const own = { ...known, fileName: "libquadmath-2284e583.so.0.0.0", hashes: "2284e583" };
  const foreign = { ...known, fileName: "libquadmath-96973f99-934c22de.so.0.0.0", hashes: "96973f99-934c22de" };
  const entry = {
    documentId: 1,
    nth: 2,
    name: "libquadmath",
    purl: "pkg:rpm/almalinux/libquadmath@8.5.0-28.el8_10.alma.1",
  };
  const pathHash = pathHashesOf(own)[0]!;
  const matches = matchesOf([foreign, own], [{ ...entry, pathHash }]);
  assert.deepEqual(matches, [{ file: own, entry: { ...entry, pathHash }, how: "path" }]);
  assert.deepEqual(matchesOf([foreign], [{ ...entry, pathHash: null }])[0]?.how, "library");
});

const GOOD = "x-1.0-cp312-cp312-manylinux_2_28_x86_64.whl";
const sbom = (name: string) => `x-1.0.dist-info/sboms/${name}`;

test("a wheel with SBOMs of every kind: what is inside, what could not be read, who repaired it, and how complete they are", async (t) => {
  const zlib = { fileName: "libz-0123abcd.so.1.2.13", hashes: "0123abcd" };
  const auditwheel = {
    ...CDX,
    metadata: { tools: [{ name: "auditwheel", version: "6.8.2" }], component: { "bom-ref": "w", name: "x" } },
    components: [
      { "bom-ref": "w", name: "x" },
      {
        "bom-ref": `pkg:rpm/almalinux/zlib@1.2.11#${pathHashesOf(zlib)[1]}`,
        name: "zlib",
        version: "1.2.11-25.el8",
        purl: "pkg:rpm/almalinux/zlib@1.2.11",
      },
    ],
  };
  const mentions = [
    { name: "openssl", version: "3.5.4" },
    { name: "OpenSSL", version: "3.5.4", purl: "pkg:generic/openssl@3.5.4" },
    { name: "wrapper", components: [{ name: "openssl", version: "3.0.7" }] },
    { name: "openssl-libs", version: "1:3.0.7-1.el9", purl: "pkg:rpm/almalinux/openssl-libs@3.0.7-1.el9" },
    { name: "openssl-src", version: "300.5.4+3.5.4", purl: "pkg:cargo/openssl-src@300.5.4%2B3.5.4" },
  ];
  const members = {
    "x.libs/libz-0123abcd.so.1.2.13": "z",
    "x.libs/libpng16-4567abcd.so.16.34.0": "p",
    "x/core.cpython-312-x86_64-linux-gnu.so": "c",
    [sbom("auditwheel.cdx.json")]: JSON.stringify(auditwheel),
    [sbom("mine.cdx.json")]:
      `\u{feff}${JSON.stringify({ ...CDX, components: [...mentions, { name: "openssl", purl: "pkg:cargo/openssl@0.10" }, { name: "openssl", scope: "excluded" }] })}`,
    [sbom("mine.spdx.json")]: JSON.stringify({
      spdxVersion: "SPDX-2.3",
      packages: [{ SPDXID: "a", name: "openssl", versionInfo: "1.1.1w" }],
    }),
    [sbom("old.xml")]: '<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>',
    [sbom("null.cdx.json")]: JSON.stringify({ ...CDX, components: null }),
  };
  const index = await indexFor(t, memorySource([project("x", [wheel(GOOD, members, "maturin (1.14.1)")])]));
  const request = requestTo(index, scratchFolder(t));
  assert.equal(await survey(request), 0);
  const { database, reports } = request;
  assert.deepEqual(rows(database, "SELECT count(*) AS nameless FROM sbom_component WHERE name IS NULL"), [
    { nameless: 0 },
  ]);
  assert.deepEqual(
    rows(database, "SELECT name, version, part_of FROM sbom_component WHERE path LIKE '%/mine.cdx.json'").map((row) =>
      Object.values(row),
    ),
    [
      ...mentions.slice(0, 3),
      { name: "openssl", version: "3.0.7", part_of: "wrapper" },
      ...mentions.slice(3),
      { name: "openssl" },
    ].map((each) => [each.name, "version" in each ? each.version : null, "part_of" in each ? each.part_of : null]),
  );
  assert.deepEqual(rows(database, "SELECT DISTINCT repair_tool FROM native_file WHERE kind = 'shared-library'"), [
    { repair_tool: "auditwheel" },
  ]);
  assert.deepEqual(
    rows(
      database,
      "SELECT file_name, how FROM sbom_match JOIN member_name USING (wheel_id, path_id) JOIN name USING (name_id)",
    ),
    [{ file_name: "libz-0123abcd.so.1.2.13", how: "path" }],
  );
  const query = /```sql\n(SELECT DISTINCT project, name, version, purl FROM sbom_component[\s\S]*?)```/.exec(
    readFileSync(new URL("../README.md", import.meta.url), "utf8"),
  )![1]!;
  assert.equal(
    rows(database, query.replace("SELECT DISTINCT", "SELECT")).length,
    6,
    "README.md's query finds all six mentions",
  );
  const folder = join(reports, EDITION);
  assert.equal(
    readFileSync(join(folder, "sbom-completeness.csv"), "utf8").split("\n")[1],
    "auditwheel,manylinux,1,1,2,1,50,1,0,0",
  );
  assert.match(readFileSync(join(folder, "README.md"), "utf8"), /\| sbom-unread \| 1 \|/);
});

test("a crate or another package of a language names no bundled file, and hides nothing that does", async (t) => {
  const of = (type: string, version: string) => ({ name: "openssl", version, purl: `pkg:${type}/openssl@${version}` });
  const crates = [of("cargo", "0.10.70"), of("pypi", "1"), of("npm", "2"), of("golang", "3"), of("Cargo", "4")];
  const members = (components: object[], name = "x") => ({
    "x.libs/libssl-0123abcd.so.3": "s",
    [`${name}-1.0.dist-info/sboms/mine.cdx.json`]: JSON.stringify({ ...CDX, components }),
  });
  const index = await indexFor(
    t,
    memorySource([
      project("x", [wheel(GOOD, members([...crates, of("generic", "3.5.4")]))]),
      project("y", [wheel(GOOD.replace("x", "y"), members(crates, "y"))]),
    ]),
  );
  const request = requestTo(index, scratchFolder(t));
  assert.equal(await survey(request), 0);
  const csv = (name: string) => readFileSync(join(request.reports, EDITION, `${name}.csv`), "utf8");
  assert.deepEqual(
    rows(request.database, "SELECT filename, nth, how FROM sbom_match JOIN binary_wheel USING (wheel_id)"),
    [{ filename: GOOD, nth: 6, how: "component" }],
  );
  assert.deepEqual(csv("carried").match(/openssl,[^/]*,pkg:[^,]*/g), [
    "openssl,3,3.5.4,SBOM by name,pkg:generic/openssl@3.5.4",
  ]);
  assert.doesNotMatch(csv("versions"), /0\.10\.70/);
  assert.match(csv("versions"), /^openssl,3\.5\.4,SBOM by name,pkg:generic\/openssl@3\.5\.4,3,x,1,manylinux$/m);
  assert.match(csv("versions"), /^openssl,,,,3,y,1,manylinux$/m);
});

test("completeness is of all wheels of a repair tool, of those without an SBOM too", async (t) => {
  const of = (name: string, platform: string, members: Record<string, string>) =>
    project(name, [wheel(`${name}-1.0-cp312-cp312-${platform}.whl`, members)]);
  const auditwheel = {
    ...{ ...CDX, metadata: { tools: [{ name: "auditwheel", version: "6.8.2" }] } },
    components: [{ name: "libz", version: "1.2.13" }],
  };
  const linux = "manylinux_2_28_x86_64";
  const index = await indexFor(
    t,
    memorySource([
      of("x", linux, { "x.libs/libz-0123abcd.so.1": "z", [sbom("auditwheel.cdx.json")]: JSON.stringify(auditwheel) }),
      of("y", linux, { "y.libs/libz-0123abcd.so.1": "z", "y/libplain.so.1": "p" }),
      of("z", linux, { "z/libplain.so.1": "p" }),
      of("w", "win_amd64", { "w/plain.dll": "w", "w-1.0.dist-info/DELVEWHEEL": "Version: 1.6.0\nArguments: []\n" }),
    ]),
  );
  const request = requestTo(index, scratchFolder(t));
  assert.equal(await survey(request), 0);
  const csv = readFileSync(join(request.reports, EDITION, "sbom-completeness.csv"), "utf8");
  assert.deepEqual(csv.split("\n").slice(1, -1), [
    "auditwheel,manylinux,2,1,3,1,33.3,0,1,0",
    "delvewheel,Windows,1,0,1,0,0,0,0,0",
    "none,manylinux,1,0,1,0,0,0,0,0",
  ]);
});

test("a document that lies in a wheel under two names is credited once", async (t) => {
  const document = JSON.stringify({ ...CDX, components: [{ name: "OpenSSL", version: "3.5.4" }] });
  const members = {
    ...{ "x.libs/libcrypto-0123abcd.so.3": "c", "x.libs/libssl-0123abcd.so.3": "s" },
    ...{ [sbom("a.cdx.json")]: document, [sbom("b.cdx.json")]: document },
  };
  const index = await indexFor(t, memorySource([project("x", [wheel(GOOD, members)])]));
  const request = requestTo(index, scratchFolder(t));
  assert.equal(await survey(request), 0);
  const csv = readFileSync(join(request.reports, EDITION, "sboms.csv"), "utf8");
  assert.deepEqual(csv.split("\n").slice(1, -1), [
    "x,sboms/a.cdx.json,CycloneDX 1.6,,,1,1,2,2,100",
    "x,sboms/b.cdx.json,CycloneDX 1.6,,,1,1,2,0,0",
  ]);
});

test("wheels are compared with their SBOMs only once the upstream projects of all names are given", async (t) => {
  const members = {
    "x.libs/libcrypto-0123abcd.so.3": "c",
    [sbom("mine.cdx.json")]: JSON.stringify({ ...CDX, components: [{ name: "OpenSSL" }] }),
  };
  const index = await indexFor(t, memorySource([project("x", [wheel(GOOD, members)])]));
  const request = requestTo(index, scratchFolder(t));
  const matches = () => rows(request.database, "SELECT how FROM sbom_match");
  await survey(request, ["ranking", "releases", "members", "libraries", "sboms"]);
  assert.deepEqual(matches(), []);
  await survey(request, ["components", "sboms"]);
  assert.deepEqual(matches(), [{ how: "component" }]);
});
