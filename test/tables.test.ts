// The published tables of two editions between which releases moved, and the findings in words: each figure is the database's.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { openForReading } from "../pipeline/database/database.ts";
import { METHOD } from "../pipeline/method.ts";
import { CATALOGUE, readTable, tableNamed } from "../pipeline/publish/catalogue.ts";
import { toCsv, toCsvWithin } from "../pipeline/publish/csv.ts";
import { findingsOf } from "../pipeline/publish/findings.ts";
import { changesBetween } from "../pipeline/publish/tables/changes.ts";
import { EDITION, indexFor, project, requestTo, rows, scratchFolder, survey, wheel } from "./harness.ts";
import { startIndex } from "./loopback/index-server.ts";
import { memorySource } from "./loopback/source.ts";

const NEXT = "2026-12";
const LINUX = "cp312-cp312-manylinux_2_28_x86_64.whl";
const WINDOWS = "cp312-cp312-win_amd64.whl";
const sbomOf = (component: object) =>
  JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.5", version: 1, components: [component] });

const OPENSSL = { name: "openssl", type: "library", version: "4.0.3", purl: "pkg:generic/openssl@4.0.3" };
const CRATE = { name: "openssl", type: "library", version: "0.10.70", purl: "pkg:cargo/openssl@0.10.70" };

const gone = project("gone", [wheel(`gone-1.0-${WINDOWS}`, { "gone.libs/gone.dll": "g" })]);
const static_ = project("static", [
  wheel(`static-1.0-${LINUX}`, {
    "static-1.0.dist-info/sboms/a.cdx.json": sbomOf(OPENSSL),
    "static-1.0.dist-info/sboms/b.cdx.json": sbomOf(CRATE),
  }),
]);
const files = (libcrypto: string, more: Record<string, string>) => ({
  [`crypto.libs/libcrypto-0123abcd.so.${libcrypto}`]: `crypto ${libcrypto}`,
  "crypto.libs/libssl-0123abcd.so.3": "ssl",
  ...more,
});
const twice = {
  "crypto/libpng16.so.16.34.0": "png",
  "crypto/libpng16.so.16": "png",
  "crypto/old/libpng16.so.16": "older",
};
const chain = { "crypto/libz.so": "z", "crypto/libz.so.1": "z", "crypto/libz.so.1.2.13": "z" };
const programs = { "crypto/a.exe": "a", "crypto/b.exe": "b", "crypto/c.exe": "c" };
const first = project("crypto", [
  wheel(
    `crypto-1.0-${LINUX}`,
    files("1.1.1k", { ...twice, ...chain }),
    "auditwheel 6.8.2\nGenerator: setuptools (80.9.0)",
  ),
  wheel(`crypto-1.0-${WINDOWS}`, {
    "crypto.libs/shared.dll": "same",
    ...{ ...programs, "crypto/32/a.exe": "another a" },
    "crypto-1.0.dist-info/DELVEWHEEL": "Version: 1.6.0\nArguments: []\n",
  }),
]);
const second = project(
  "crypto",
  [wheel(`crypto-2.0-${LINUX}`, files("3.0.7", { "crypto/libbz2.so.1.0.6": "bz" }))],
  "2.0",
);
const other = project("other", [wheel(`other-1.0-${WINDOWS}`, { "other.libs/shared.dll": "same" })]);
const fresh = project("fresh", [wheel(`fresh-1.0-${WINDOWS}`, { "fresh.libs/fresh.dll": "f" })]);

const MONTHS = [
  [EDITION, memorySource([first, static_, other, gone])],
  [NEXT, memorySource([second, static_, other, fresh])],
] as const;

let database = "";
let reports = "";
before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const [edition, source] of MONTHS) {
    const index = await startIndex(source);
    const request = requestTo(index, folder, { edition, top: 4 });
    ({ database, reports } = request);
    assert.equal(await survey(request), 0);
    await index.close();
  }
});

/** The rows of a table for an edition, these columns of them. */
const read = (name: string, edition: string, ...columns: string[]) => readFrom(database, name, edition, ...columns);

function readFrom(path: string, name: string, edition: string, ...columns: string[]): unknown[][] {
  const db = openForReading(path);
  const { table, rows } = readTable(db, name, edition);
  db.close();
  const places = columns.map((column) => table.columns.findIndex((each) => each.name === column));
  assert.ok(!places.includes(-1), `${name}: ${columns.join()}`);
  return rows.map((row) => places.map((place) => row[place]));
}

test("every table says what it means and leaves out, and its query gives its columns", () => {
  const db = openForReading(database);
  assert.equal(new Set(CATALOGUE.map(({ name }) => name)).size, CATALOGUE.length);
  for (const { name, query, columns, meaning, leavesOut } of CATALOGUE) {
    assert.equal(db.prepare(query).columns().length, columns.length, name);
    for (const text of [meaning, leavesOut, ...columns.map((column) => column.meaning)])
      assert.ok(text.length > 3, name);
  }
  db.close();
  const page = readFileSync(join(reports, NEXT, "README.md"), "utf8");
  for (const file of readdirSync(join(reports, NEXT)))
    assert.ok(file === "README.md" || page.includes(`(${file})`), file);
  assert.equal(page.match(/^- \*\*.*Left out: /gm)?.length, page.match(/^- \*\*.*rows?\)\. /gm)?.length);
});

test("a CSV is given up as soon as it has more bytes than it may have", () => {
  const table = tableNamed("platforms");
  let given = 0;
  function* endless() {
    for (;;) {
      given += 1;
      yield ["é", 1, 1, 1];
    }
  }
  assert.equal(toCsvWithin(100_000, { table, rows: endless() }), null);
  assert.ok(given < 20_000, `${given} rows`);
  const two = {
    table,
    rows: [
      ["é", 1, 1, 1],
      ["=", 2, 2, 2],
    ],
  };
  const bytes = Buffer.byteLength(toCsv(two));
  assert.equal(toCsvWithin(bytes, two), toCsv(two));
  assert.equal(toCsvWithin(bytes - 1, two), null);
});

test("carried has each bundled file, and what tells its version", () => {
  assert.deepEqual(
    read(
      "carried",
      NEXT,
      "project",
      "path",
      "library",
      "component",
      "component_version",
      "known_by",
      "platform_family",
    ),
    [
      [
        "crypto",
        "crypto.libs/libcrypto-0123abcd.so.3.0.7",
        "libcrypto.so",
        "openssl",
        "3.0.7",
        "file name",
        "manylinux",
      ],
      ["crypto", "crypto.libs/libssl-0123abcd.so.3", "libssl.so", "openssl", "3.0.7", "sibling", "manylinux"],
      ["crypto", "crypto/libbz2.so.1.0.6", "libbz2.so", "bzip2", "1.0.6", "file name", "manylinux"],
      ["fresh", "fresh.libs/fresh.dll", "fresh.dll", null, null, null, "Windows"],
      ["other", "other.libs/shared.dll", "shared.dll", null, null, null, "Windows"],
    ],
  );
  const stored = rows(
    database,
    `SELECT count(*) AS n FROM native_file WHERE edition = '${EDITION}' AND kind IN ('shared-library', 'executable')`,
  );
  assert.deepEqual(stored, [{ n: read("carried", EDITION, "path").length }]);
  const programs = read("carried", EDITION, "path", "kind", "library").filter(([, kind]) => kind === "executable");
  assert.deepEqual(programs, [
    ["crypto/32/a.exe", "executable", null],
    ["crypto/a.exe", "executable", null],
    ["crypto/b.exe", "executable", null],
    ["crypto/c.exe", "executable", null],
  ]);
});

test("versions are those of names, and of SBOMs where no file shows the component; a crate is none", () => {
  assert.deepEqual(
    read("versions", NEXT, "component", "version", "known_by", "project", "wheels", "platforms").filter(
      ([component]) => component === "openssl",
    ),
    [
      ["openssl", "3.0.7", "sibling", "crypto", 1, "manylinux"],
      ["openssl", "3.0.7", "file name", "crypto", 1, "manylinux"],
      ["openssl", "4.0.3", "SBOM, no file", "static", 1, "manylinux"],
    ],
  );
  const { leavesOut } = tableNamed("versions");
  assert.match(leavesOut, /crates and packages that build a C library themselves.*docs\/queries\.md/);
  assert.match(readFileSync(new URL("../docs/queries.md", import.meta.url), "utf8"), /name = 'openssl-src'/);
});

test("shares are of the projects that have wheels of the family", () => {
  assert.deepEqual(read("platforms", NEXT, "platform_family", "projects", "percent", "wheels"), [
    ["Windows", 2, 50, 2],
    ["manylinux", 2, 50, 2],
  ]);
  assert.deepEqual(
    read(
      "libraries",
      NEXT,
      "library",
      "packages",
      "percent",
      "manylinux_percent",
      "windows_percent",
      "macos_percent",
    )[0],
    ["fresh.dll", 1, 25, 0, 50, null],
  );
  assert.deepEqual(read("components", NEXT, "component", "packages", "percent", "manylinux_percent"), [
    ["bzip2", 1, 25, 50],
    ["openssl", 1, 25, 50],
  ]);
});

const MOVED = [
  ["project", "entered", "fresh", "fresh", null, "1.0"],
  ["project", "left", "gone", "gone", "1.0", null],
  ["project", "released", "crypto", "crypto", "1.0", "2.0"],
  ["component", "entered", null, "bzip2", null, "1"],
  ["component", "left", null, "libpng", "1", null],
  ["component", "left", null, "zlib", "1", null],
  ["library", "entered", null, "fresh.dll", null, "1"],
  ["library", "entered", null, "libbz2.so", null, "1"],
  ["library", "left", null, "gone.dll", "1", null],
  ["library", "left", null, "libpng16.so", "1", null],
  ["library", "left", null, "libz.so", "1", null],
  ["bundle", "changed", "crypto", "libcrypto.so", "1.1.1k", "3.0.7"],
  ["bundle", "entered", "crypto", "libbz2.so", null, "1.0.6"],
  ["bundle", "left", "crypto", "libpng16.so", "1.6.34,16", null],
  ["bundle", "left", "crypto", "libz.so", "1,1.2.13", null],
  ["bundle", "left", "crypto", "shared.dll", null, null],
];

test("changes are those since the edition before, or between any two", () => {
  const db = openForReading(database);
  const forward = changesBetween(db, EDITION, NEXT).rows;
  const back = changesBetween(db, NEXT, EDITION).rows;
  db.close();
  const text = (row: unknown[]) => row.map((cell) => (cell === null ? null : String(cell)));
  assert.deepEqual(forward.map(text), MOVED);
  assert.deepEqual(read("changes", NEXT, "subject", "change", "project", "name", "before", "after").map(text), MOVED);
  const mirrored = { entered: "left", left: "entered" } as Record<string, string>;
  assert.deepEqual(
    back
      .map(([subject, change, project, name, b, a]) =>
        text([subject, mirrored[change as string] ?? change, project, name, a, b]).join(),
      )
      .sort(),
    MOVED.map((row) => row.join()).sort(),
  );
  assert.deepEqual(read("changes", EDITION, "name"), [], "nothing before the first");
});

test("trends have each edition up to this one, and leave out what only one project ever carries", () => {
  const columns = ["counted_by", "name", "edition", "packages", "percent"];
  assert.deepEqual(read("trends", NEXT, ...columns), [
    ["library", "shared.dll", EDITION, 2, 50],
    ["library", "shared.dll", NEXT, 1, 25],
  ]);
  assert.deepEqual(read("trends", EDITION, ...columns), [["library", "shared.dll", EDITION, 2, 50]]);
});

test("the same library twice is told of distinct contents, the same file of several projects", () => {
  assert.deepEqual(read("duplicates", EDITION, "project", "library", "builds", "wheels"), [
    ["crypto", "a.exe", 2, 1],
    ["crypto", "libpng16.so", 2, 1],
  ]);
  assert.deepEqual(read("shared", EDITION, "library", "packages", "projects"), [["shared.dll", 2, "crypto,other"]]);
  assert.deepEqual(read("shared", NEXT, "library"), []);
});

test("a content is one row under the first of its names, whichever wheel was read first", async (t) => {
  const one = project("one", [wheel(`one-1.0-${WINDOWS}`, { "one/zz.dll": "common", "one/zone.exe": "program" })]);
  const two = project("two", [
    wheel(`two-1.0-${WINDOWS}`, { "two/aa.dll": "common", "two/bb.dll": "common", "two/prog.exe": "program" }),
  ]);
  for (const projects of [
    [one, two],
    [two, one],
  ]) {
    const index = await indexFor(t, memorySource(projects));
    const request = requestTo(index, scratchFolder(t), { concurrency: 1 });
    assert.equal(await survey(request), 0);
    const found = (table: string, ...columns: string[]) => readFrom(request.database, table, EDITION, ...columns);
    assert.deepEqual(found("shared", "library", "packages", "wheels", "projects").sort(), [
      ["aa.dll", 2, 2, "one,two"],
      ["prog.exe", 2, 2, "one,two"],
    ]);
    const sizes = found("sizes", "subject", "rank", "name", "project", "bytes", "bytes_once", "contents", "files");
    assert.deepEqual(sizes, [
      ["file", 1, "prog.exe", "one", 14, 7, 1, 2],
      ["file", 2, "aa.dll", "one", 18, 6, 1, 3],
      ["project", 1, "two", "two", 19, 13, 2, 3],
      ["project", 2, "one", "one", 13, 13, 2, 2],
    ]);
  }
});

test("tools are those that WHEEL, DELVEWHEEL and SBOMs name, with their versions", () => {
  assert.deepEqual(read("repairs", EDITION, "said_in", "tool", "version", "wheels"), [
    ["WHEEL", "auditwheel", "6.8.2", 1],
    ["WHEEL", "setuptools", "80.9.0", 1],
    ["WHEEL", "test", null, 4],
    ["DELVEWHEEL", "delvewheel", "1.6.0", 1],
  ]);
  assert.deepEqual(read("sboms", NEXT, "project", "document", "wheels", "components", "files"), [
    ["static", "sboms/a.cdx.json", 1, 1, 0],
    ["static", "sboms/b.cdx.json", 1, 1, 0],
  ]);
});

test("sizes add up to what the views say", () => {
  const [{ bytes, once }] = rows(
    database,
    `SELECT sum(size) AS bytes, (SELECT sum(size) FROM (SELECT DISTINCT sha256, size FROM native_file WHERE edition = '${EDITION}' AND kind IN ('shared-library', 'executable'))) AS once
     FROM native_file WHERE edition = '${EDITION}' AND kind IN ('shared-library', 'executable')`,
  ) as [{ bytes: number; once: number }];
  const sum = (subject: string, column: string) =>
    read("sizes", EDITION, "subject", column)
      .filter((row) => row[0] === subject)
      .reduce((total, row) => total + (row[1] as number), 0);
  assert.deepEqual([sum("project", "bytes"), sum("file", "bytes_once")], [bytes, once]);
});

test("the findings are the database's figures, and stand at the top of the edition's page", () => {
  const [{ projects, wheels, files, bytes }] = rows(
    database,
    `SELECT count(DISTINCT project) AS projects, count(DISTINCT wheel) AS wheels, count(*) AS files, sum(size) AS bytes
     FROM native_file WHERE edition = '${NEXT}' AND kind = 'shared-library'`,
  ) as [Record<string, number>];
  const db = openForReading(database);
  const findings = findingsOf(db, NEXT, (name) => readTable(db, name, NEXT));
  const before = findingsOf(db, EDITION, (name) => readTable(db, name, EDITION));
  db.close();
  const size = `${(bytes! / 1e6).toFixed(1)} MB`;
  assert.deepEqual(findings, [
    `${projects} of 4 projects (${(25 * projects!).toFixed(1)} %) bundle shared libraries or executables: ${files} files in ${wheels} wheels, ${size} uncompressed, ${size} if each distinct content is counted once.`,
    "OpenSSL is carried by 2 projects, by files and SBOMs; the commonest versions are `3.0.7`, `4.0.3`, as far as versions are told, each in 1 project.",
    "Of no shared library in a Linux wheel does anything prove whose build it is.",
    `Since ${EDITION}, 1 project entered and 1 left, 1 project has a new release; 2 libraries entered and 3 left. In projects that both editions have, 1 bundle is new, 3 gone, and 1 there in other versions; a bundle is a library in a project.`,
  ]);
  assert.equal(before[3], "There is no edition of this kind before it, so nothing is said of what changed.");
  const page = readFileSync(join(reports, NEXT, "README.md"), "utf8");
  assert.ok(
    page.includes(`## Findings\n\n${findings.map((finding) => `- ${finding}`).join("\n")}\n\n## The 25 commonest`),
  );
  assert.ok(page.endsWith(`edition ${NEXT}, method version ${METHOD}. CC0-1.0.\n`));
});
