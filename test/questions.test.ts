// The commands for a person with a question: what they find, what they say where nothing is found, and that they change nothing.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { parse } from "csv-parse/sync";
import { carriersOf } from "../pipeline/commands/who.ts";
import { openForReading } from "../pipeline/database/database.ts";
import { tableNamed } from "../pipeline/publish/catalogue.ts";
import { cli, indexFor, project, requestTo, rows, run, scratchFolder, survey, wheel } from "./harness.ts";
import { startIndex } from "./loopback/index-server.ts";
import { memorySource } from "./loopback/source.ts";

const LINUX = "alpha-1.0-cp312-cp312-manylinux_2_28_x86_64.whl";
const CRYPTO = "the library's bytes";
const SOURCE = memorySource([
  project("alpha", [
    wheel(LINUX, {
      "alpha.libs/libcrypto-d3570994.so.1.0.2k": CRYPTO,
      "alpha.libs/libwebp-0123abcd.so.7.1.8": "w",
      "alpha/core.cpython-312-x86_64-linux-gnu.so": "c",
    }),
    wheel("alpha-1.0-cp311-cp311-win_amd64.whl", { "alpha/libcrypto-3-x64.dll": "d" }),
  ]),
  project("beta", [
    wheel("beta-2.0-cp312-cp312-manylinux_2_28_x86_64.whl", { "beta.libs/libcrypto-d3570994.so.1.0.2k": CRYPTO }),
  ]),
  project("pure", [wheel("pure-1.0-py3-none-any.whl", { "pure.py": "" })]),
]);

let database = "";
before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const index = await startIndex(SOURCE);
  const request = requestTo(index, folder);
  await survey({ ...request, edition: "2026-10" });
  await survey(request);
  await index.close();
  database = request.database;
});

const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

/** Asks a question of the database, as JSON; the database stays as it is. */
async function ask(...words: string[]): Promise<{ rows: Record<string, unknown>[]; stderr: string }> {
  const unchanged = hashOf(database);
  const { code, stdout, stderr } = await cli([...words, "--database", database, "--json"]);
  assert.equal(code, 0, stderr);
  assert.equal(hashOf(database), unchanged);
  return { rows: JSON.parse(stdout), stderr };
}

const SHA256 = createHash("sha256").update(CRYPTO).digest("hex");

const WHO: [what: string, projects: string[], files: number][] = [
  ["libcrypto.so", ["alpha", "beta"], 2],
  ["libcrypto", ["alpha", "beta"], 2],
  ["openssl", ["alpha", "beta"], 3],
  ["OpenSSL", ["alpha", "beta"], 3],
  ["libcrypto-d3570994.so.1.0.2k", ["alpha", "beta"], 2],
  [SHA256, ["alpha", "beta"], 2],
  [SHA256.toUpperCase(), ["alpha", "beta"], 2],
  ["libcrypto-3-x64.dll", ["alpha"], 1],
];

for (const [what, projects, files] of WHO) {
  test(`who ${what}`, () => {
    const db = openForReading(database);
    const found = carriersOf(db, "2026-11", what).rows;
    db.close();
    assert.deepEqual([...new Set(found.map(([project]) => project))], projects);
    assert.equal(found.length, files);
  });
}

test("who: the rows of a library in the columns of the table carried, and how many projects have it", async () => {
  const { rows: found, stderr } = await ask("who", "libcrypto.so");
  assert.deepEqual(
    Object.keys(found[0]!),
    tableNamed("carried").columns.map(({ name }) => name),
  );
  assert.match(stderr, /in edition 2026-11: in files of 2 projects\n$/);
});

test("nothing found is an empty list and exit code 0, with near names for people", async () => {
  for (const [words, near] of [
    [["who", "libwep"], /no file of that name or content in edition 2026-11; near names: (?:libwebp, )?libwebp\.so/],
    [["who", "crypto-lib"], /no file of that name or content in edition 2026-11\n/],
    [["who", "f".repeat(64)], /no file of that name or content/],
    [["show", "alhpa"], /not in edition 2026-11; near names: alpha/],
    [["show", "pure"], /pure: pure only in edition 2026-11/],
    [["show", "no-1.0-cp312-cp312-win32.whl"], /not in edition 2026-11\n/],
  ] as const) {
    const { rows: found, stderr } = await ask(...words);
    assert.deepEqual(found, []);
    assert.match(stderr, near);
  }
});

test("show: a project in any spelling, or one of its wheels", async () => {
  assert.equal((await ask("show", "Alpha")).rows.length, 3);
  const { rows: found, stderr } = await ask("show", LINUX, "--edition", "2026-10");
  assert.deepEqual(
    found.map(({ path }) => path),
    ["alpha.libs/libcrypto-d3570994.so.1.0.2k", "alpha.libs/libwebp-0123abcd.so.7.1.8"],
  );
  assert.match(stderr, /: 3 native files/);
});

test("a table for people leaves out what is not said; CSV has every column", async () => {
  const { stdout } = await cli(["who", "libwebp", "--database", database]);
  assert.match(stdout, /^\| project +\| /);
  assert.doesNotMatch(stdout.split("\n")[0]!, /component_version/);
  const { stdout: csv } = await cli(["who", "libwebp", "--database", database, "--csv"]);
  const [header, row] = parse(csv) as string[][];
  assert.deepEqual(
    header,
    tableNamed("carried").columns.map(({ name }) => name),
  );
  assert.equal(row![0], "alpha");
});

test("diff: what changed between two editions, either way, and nothing between the same", async (t) => {
  const next = memorySource([
    project("alpha", [wheel("alpha-1.1-cp312-cp312-win_amd64.whl", { "alpha/libcrypto-3-x64.dll": "e" })], "1.1"),
    project("gamma", [wheel("gamma-1.0-cp312-cp312-win_amd64.whl", { "gamma/zlib1.dll": "z" })]),
  ]);
  const index = await indexFor(t, next);
  const folder = scratchFolder(t);
  const own = join(folder, "survey.sqlite");
  copyFileSync(database, own);
  await survey({ ...requestTo(index, folder), database: own, edition: "2026-12" });
  const diff = async (...words: string[]) => {
    const { code, stdout, stderr } = await cli(["diff", ...words, "--database", own, "--json"]);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as Record<string, string | null>[]).map(({ subject, change, name }) =>
      [subject, change, name].join(" "),
    );
  };
  const there = await diff("2026-10", "2026-12");
  assert.deepEqual(there, [
    "project entered gamma",
    "project left beta",
    "project released alpha",
    "component entered zlib",
    "component left libwebp",
    "library entered zlib1.dll",
    "library left libcrypto.so",
    "library left libwebp.so",
    "bundle left libcrypto.so",
    "bundle left libwebp.so",
  ]);
  assert.equal((await diff("2026-12", "2026-10")).length, there.length);
  assert.deepEqual(await diff("2026-10", "2026-11"), []);
  const missing = await cli(["diff", "2026-10", "2027-01", "--database", own]);
  assert.deepEqual([missing.code, /edition 2027-01: not in /.test(missing.stderr)], [2, true]);
});

test("query: one statement that reads, as a table, CSV or JSON", async () => {
  const { rows: found } = await ask(
    "query",
    "SELECT library, packages FROM library_rank WHERE edition = '2026-11' ORDER BY rank LIMIT 1",
  );
  assert.deepEqual(found, [{ library: "libcrypto.so", packages: 2 }]);
  const { stdout } = await cli(["query", "SELECT 1 AS one, 'a|b' AS two", "--database", database]);
  assert.match(stdout, /^\| one \| two/);
});

const REFUSED: [sql: string, message: RegExp][] = [
  ["DELETE FROM edition", /may change something/],
  ["INSERT INTO edition SELECT * FROM edition RETURNING 1", /may change something/],
  ["PRAGMA query_only = OFF", /may change something/],
  ["/* a */ -- b\n pragma journal_mode = DELETE", /may change something/],
  ["ATTACH 'other.sqlite' AS other", /may change something/],
  ["VACUUM INTO 'other.sqlite'", /may change something/],
  ["SELECT 1; SELECT 2", /more than one statement/],
  ["SELEKT 1", /syntax error/],
  ["SELECT missing FROM library_rank", /no such column/],
];

for (const [sql, message] of REFUSED) {
  test(`query refuses ${JSON.stringify(sql)} with 2, in one line`, async () => {
    const unchanged = hashOf(database);
    const { code, stderr } = await run(["query", sql, "--database", database]);
    assert.deepEqual([code, stderr.trim().split("\n").length], [2, 1], stderr);
    assert.match(stderr, message);
    assert.equal(hashOf(database), unchanged);
  });
}

test("inspect: a file, an address and a project give what a survey gives, and leave nothing behind", async (t) => {
  const index = await indexFor(t, SOURCE);
  const { path, url } = await wheelFile(scratchFolder(t), index.url);
  const expected = rows(
    database,
    `SELECT path, kind, library, sha256 FROM native_file WHERE edition = '2026-11' AND wheel = '${LINUX}' ORDER BY path`,
  );
  for (const words of [
    [path],
    [url],
    ["alpha", "--index", index.url],
    ["Alpha", "--index", index.url, "--wheel", LINUX],
  ]) {
    const { code, stdout, stderr } = await cli(["inspect", ...words, "--json"]);
    assert.equal(code, 0, stderr);
    const found = JSON.parse(stdout) as Record<string, unknown>[];
    assert.deepEqual(
      found.map(({ path, kind, library, sha256 }) => ({ path, kind, library, sha256 })),
      expected,
    );
    assert.match(stderr, new RegExp(`^${LINUX}: 3 native files of \\d+ entries\n`));
  }
});

test("inspect refuses what is no wheel in one line", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, SOURCE);
  const broken = join(folder, "x-1.0-cp312-cp312-win32.whl");
  const pure = join(folder, "pure-1.0-py3-none-any.whl");
  for (const file of [broken, pure]) writeFileSync(file, "no archive, but long enough to be one");
  for (const [words, code, message] of [
    [[join(folder, "nosuch.whl")], 2, /no such file, expected a wheel's file or address, or a project's name/],
    [[broken], 4, /no-end-record/],
    [[pure], 2, /pure-1\.0-py3-none-any\.whl: a pure wheel, expected a binary one/],
    [["pure", "--index", index.url], 2, /no binary wheel in its latest release/],
    [["alpha", "--index", index.url, "--wheel", "x.whl"], 2, /no wheel x\.whl, expected one of alpha-1\.0/],
    [["unknown", "--index", index.url], 4, /status 404, expected a project of the index/],
    [[`${index.url}/nosuch.txt`], 2, /wheel file name: "nosuch\.txt"/],
    [[`${index.url}/packages/${"0".repeat(64)}/${LINUX}`], 4, /status 404/],
  ] as const) {
    const result = await run(["inspect", ...words]);
    assert.deepEqual([result.code, result.stderr.trim().split("\n").length], [code, 1], result.stderr);
    assert.match(result.stderr, message);
  }
});

async function wheelFile(folder: string, index: string): Promise<{ path: string; url: string }> {
  const document = (await (await fetch(`${index}/pypi/alpha/json`)).json()) as {
    urls: { filename: string; url: string }[];
  };
  const { url } = document.urls.find(({ filename }) => filename === LINUX)!;
  const path = join(folder, LINUX);
  writeFileSync(path, Buffer.from(await (await fetch(url)).arrayBuffer()));
  return { path, url };
}
