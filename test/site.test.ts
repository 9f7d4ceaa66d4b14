// The site: the figures of the database on pages that lead to each other, the same bytes each time, and inert whatever names hold.
import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import Database from "better-sqlite3";
import fc from "fast-check";
import { runImport2023 } from "../pipeline/commands/import-2023.ts";
import { type Db, openForReading } from "../pipeline/database/database.ts";
import { dictionary } from "../pipeline/database/dictionary.ts";
import { RunError } from "../pipeline/errors.ts";
import { SILENT } from "../pipeline/progress.ts";
import { readTable } from "../pipeline/publish/catalogue.ts";
import { toCsv } from "../pipeline/publish/csv.ts";
import { escapeName } from "../pipeline/publish/escape.ts";
import { addressOf, slugOf } from "../pipeline/publish/site/addresses.ts";
import { QUESTIONS } from "../pipeline/publish/site/questions.ts";
import { writeSite } from "../pipeline/publish/site/site.ts";
import { carriedAs } from "../pipeline/publish/tables/carried.ts";
import { cli, EDITION, indexFor, project, requestTo, run, scratchFolder, survey, wheel } from "./harness.ts";
import { memoryFile, memorySource } from "./loopback/source.ts";
import { surveyMonths } from "./recorded-months.ts";
import "./seed.ts";
import { faultsOf, filesOf, readPage, type Tree } from "./site-checks.ts";
import { HOSTILE_NAMES } from "./torture/names.ts";
import { refusalOf } from "./zip-archives.ts";
import { buildZip } from "./zip-builder.ts";

const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const SITE = join(folder, "site");
const DATASETS = "https://example.org/releases";
let db: Db;
const write = (from: Db, out: string) => writeSite(from, out, { datasets: DATASETS });
before(async () => {
  db = openForReading(await surveyMonths(folder));
  await write(db, SITE);
});

/** Texts of the cells of a table's column, by its heading. */
function column(page: Tree, caption: RegExp, heading: string): string[] {
  const table = [...page.querySelectorAll("table")].find((each) =>
    caption.test(each.querySelector("caption")!.textContent!),
  );
  assert.ok(table, String(caption));
  const at = [...table.querySelectorAll("thead th")].findIndex((head) => head.textContent === heading);
  assert.ok(at >= 0, heading);
  return [...table.querySelectorAll("tbody tr")].map((row) => row.querySelectorAll("td")[at]!.textContent!);
}

/** What a script of data hands over. */
function received(path: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const context = createContext({ survey: { receive: (name: string, value: unknown) => (found[name] = value) } });
  runInContext(readFileSync(join(SITE, path), "utf8"), context);
  return JSON.parse(JSON.stringify(found));
}

test("every link leads to a page, an anchor or a file of the site, and nothing runs or is loaded but its own", () => {
  assert.deepEqual(faultsOf(SITE), []);
  assert.ok(filesOf(SITE).length > 500);
});

test("a second build changes no byte", async (t) => {
  const again = join(scratchFolder(t), "again");
  await write(db, again);
  const [one, other] = [SITE, again].map((root) => readFileSync(join(root, "SHA256SUMS"), "utf8"));
  assert.equal(one, other);
});

test("its size keeps its promises: the front page under 300 KB with all that it loads, its own script under 30 KB", () => {
  const size = (path: string) => statSync(join(SITE, path)).size;
  assert.ok(size("assets/site.js") < 30_000);
  const charts = filesOf(SITE).filter((path) => path.startsWith("charts/"));
  const loaded = ["index.html", "assets/site.css", "assets/site.js", "assets/icon.svg", ...charts].map(size);
  assert.ok(loaded.reduce((sum, bytes) => sum + bytes) < 300_000);
});

test("the ranked table of the front page is the table `libraries`, and its data have every row", () => {
  const page = readPage(SITE, "index.html");
  const rows = readTable(db, "libraries", EDITION).rows;
  assert.equal(page.querySelector("input")!.getAttribute("type"), "search");
  assert.deepEqual(
    column(page, /^Libraries by/, "library"),
    rows.slice(0, 25).map(([, library]) => library),
  );
  assert.deepEqual(
    column(page, /^Libraries by/, "projects"),
    rows.slice(0, 25).map(([, , packages]) => String(packages)),
  );
  const { libraries } = received("data/libraries.js") as { libraries: { families: string[]; rows: unknown[][] } };
  assert.deepEqual(
    libraries.rows.map(([rank, library, , packages, percent]) => [rank, library, packages, percent]),
    rows.map((row) => row.slice(0, 4)),
  );
});

test("each table of the edition is a page and the CSV that reports have", () => {
  for (const name of ["libraries", "components", "versions", "sboms", "repairs", "projects"]) {
    assert.equal(readFileSync(join(SITE, `tables/${name}.csv`), "utf8"), toCsv(readTable(db, name, EDITION)), name);
    assert.equal(
      readPage(SITE, `tables/${name}.html`).querySelectorAll("tbody tr").length,
      readTable(db, name, EDITION).rows.length,
    );
  }
});

test("a component's page says who carries which version, as `versions` does, and every file with its hash, as `carried` does", () => {
  const page = readPage(SITE, "components/openssl.html");
  const versions = readTable(db, "versions", EDITION).rows.filter(([component]) => component === "openssl");
  const caption = /^Who carries which version of OpenSSL/;
  assert.deepEqual(
    column(page, caption, "version"),
    versions.map(([, version]) => version ?? ""),
  );
  assert.deepEqual(
    column(page, caption, "project"),
    versions.map((row) => row[5]),
  );
  const hashes = new Set(carriedAs(db, EDITION, "openssl", "name").rows.map((row) => row[15]));
  assert.deepEqual(new Set(column(page, /^Files of OpenSSL/, "sha256")), hashes);
  const { rows } = readTable(db, "components", EDITION);
  const packages = rows.find(([, component]) => component === "openssl")![2];
  assert.ok(page.querySelector(".lead")!.textContent!.startsWith(`${packages} of 160 projects carry`));
});

test("a page says of which distribution's packages its files are copies, as library_origin does", () => {
  const sql =
    "SELECT DISTINCT purl FROM library_origin WHERE edition = ? AND library = 'libgfortran.so' AND purl IS NOT NULL ORDER BY purl";
  const purls = db.prepare(sql).pluck().all(EDITION) as string[];
  assert.ok(purls.length > 1);
  const page = readPage(SITE, "libraries/libgfortran.so.html");
  const shown = [...page.querySelectorAll("li code")]
    .map((code) => code.textContent!)
    .filter((text) => text.startsWith("pkg:"));
  assert.deepEqual([...new Set(shown)].sort(), purls);
});

test("a library that several projects carry has a page with each of its files", () => {
  const page = readPage(SITE, "libraries/libcrypto.so.html");
  const files = carriedAs(db, EDITION, "libcrypto.so", "name").rows;
  assert.deepEqual(new Set(column(page, /^Files of/, "sha256")), new Set(files.map((row) => row[15])));
  assert.deepEqual(new Set(column(page, /^Files of/, "project")), new Set(files.map(([name]) => name)));
});

test("a project's page has each wheel in its place and the files of each, and its JSON the same", () => {
  const name = "psycopg-binary";
  const files = carriedAs(db, EDITION, name, "project").rows;
  const page = readPage(SITE, `projects/${name}.html`);
  const told = JSON.parse(readFileSync(join(SITE, `projects/${name}.json`), "utf8"));
  const wheels = db
    .prepare("SELECT wheel FROM surveyed_wheel WHERE edition = ? AND project = ?")
    .pluck()
    .all(EDITION, name);
  const at = (column: string) => told.wheels.columns.indexOf(column);
  assert.deepEqual(new Set(told.wheels.rows.map((row: unknown[]) => row[at("wheel")])), new Set(wheels));
  const hash = told.carried.columns.indexOf("sha256");
  for (const row of told.wheels.rows) {
    const carried = (told.carried.rows[row[at("carries")]] ?? []).map((file: unknown[]) => file[hash]);
    assert.deepEqual(
      carried,
      files.filter((file) => file[2] === row[at("wheel")]).map((file) => file[15]),
    );
  }
  assert.equal(page.querySelectorAll(".matrix .wheel").length, wheels.length);
  const shown = [...page.querySelectorAll("td.hash")].map((cell) => cell.textContent);
  assert.deepEqual(new Set(shown), new Set(files.map((file) => file[15])));
});

test("a project with free-threaded and stable-ABI wheels has a column for each", () => {
  const page = readPage(SITE, "projects/cryptography.html");
  const heads = [...page.querySelectorAll(".matrix thead th")].map((head) => head.textContent!);
  assert.ok(
    heads.some((head) => /^cp3\d+-abi3$/.test(head)),
    heads.join(" "),
  );
});

test("an edition's page tells what changed by section, as `changes` does", () => {
  const page = readPage(SITE, `editions/${EDITION}.html`);
  const rows = readTable(db, "changes", EDITION).rows.filter(([subject]) => subject === "bundle");
  assert.deepEqual(
    column(page, /^Libraries in projects/, "project"),
    rows.map((row) => row[2]),
  );
  assert.ok(page.querySelector(`a[href="${DATASETS}/${EDITION}"]`));
  assert.match(
    readFileSync(join(SITE, "projects/opencv-python.xml"), "utf8"),
    /libavcodec\.so in opencv-python changed \(/,
  );
});

test("search data name each library, component and project with its page, and each file's hash with the projects that carry it", () => {
  const { search } = received("data/search.js") as { search: [string, string, string, string][] };
  const find = (kind: string, name: string) => search.find((entry) => entry[0] === kind && entry[1] === name);
  assert.equal(find("component", "OpenSSL")![3], "components/openssl.html");
  assert.equal(find("library", "libwebp.so")![3], addressOf("library", "libwebp.so"));
  assert.equal(find("project", "numpy")![3], "projects/numpy.html");
  const ids = new Map<string, Set<string>>();
  for (const [, name, , address] of search) {
    if (address === "") continue;
    const [path = "", anchor] = address.split("#");
    if (!ids.has(path)) ids.set(path, new Set([...readPage(SITE, path).querySelectorAll("[id]")].map(({ id }) => id)));
    assert.ok(anchor === undefined || ids.get(path)!.has(anchor), `${name}: ${address}`);
  }
  const count = (kind: string) => search.filter((entry) => entry[0] === kind).length;
  assert.equal(count("library"), readTable(db, "libraries", EDITION).rows.length);
  assert.equal(count("project"), 160);
  const [row] = readTable(db, "shared", EDITION).rows;
  const hash = String(row![0]);
  const shard = received(`data/hashes/${hash.slice(0, 2)}.js`)[`hashes/${hash.slice(0, 2)}`] as {
    addresses: string[];
    rows: [string, string, number[]][];
  };
  const [, , places] = shard.rows.find(([found]) => found === hash)!;
  const projects = places.map((place) => shard.addresses[place]);
  assert.deepEqual(
    projects,
    String(row![7])
      .split(",")
      .map((name) => addressOf("project", name)),
  );
});

test("the database in the browser answers every view as the whole one does, for its edition", (t) => {
  const { database } = received("data/database.js") as { database: string };
  const file = join(scratchFolder(t), "slim.sqlite");
  writeFileSync(file, gunzipSync(Buffer.from(database, "base64")));
  const slim = new Database(file, { readonly: true });
  assert.equal(slim.pragma("integrity_check", { simple: true }), "ok");
  for (const { kind, name, columns } of dictionary()) {
    if (kind !== "view" || ["baseline_2023", "library_contents", "linked_component"].includes(name)) continue; // Of the recorded wheels only the ends are there.
    const sql = `SELECT * FROM ${name} WHERE edition = '${EDITION}' ORDER BY ${columns.map((_, at) => at + 1).join(", ")}`;
    const rows = db.prepare(sql).raw().all();
    assert.notEqual(rows.length, 0, name);
    assert.deepEqual(slim.prepare(sql).raw().all(), rows, name);
    assert.deepEqual(slim.prepare(`SELECT DISTINCT edition FROM ${name}`).pluck().all(), [EDITION]);
  }
  slim.close();
});

test("the questions on the page are those of the document that ask about one edition", () => {
  const page = readPage(SITE, "ask.html");
  const options = [...page.querySelectorAll("#example option")].slice(1);
  assert.ok(options.length > 18 && options.length < QUESTIONS.length);
  for (const option of options) {
    const sql = option.getAttribute("value")!;
    const isOfBytes = /\b(?:library_contents|linked_component)\b/.test(sql); // Of the recorded wheels only the ends are there.
    assert.equal(db.prepare(sql).all().length === 0, isOfBytes, option.textContent!);
  }
});

test("names that do not belong into an address have one of their own, and no two names the same", () => {
  const names = [
    "libz.so",
    "LIBZ.so",
    "aux",
    "con.dll",
    "..",
    "",
    "a/b",
    "x".repeat(300),
    "é",
    "%2e",
    "libz.so.",
    "NUL",
  ];
  const slugs = names.map(slugOf);
  assert.equal(slugs[0], "libz.so");
  assert.equal(new Set(slugs.map((slug) => slug.toLowerCase())).size, names.length);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (one, other) => {
      for (const slug of [slugOf(one), slugOf(other)]) assert.match(slug, /^(?![.~]*$)[a-z0-9~-][a-z0-9._+~-]{0,110}$/);
      assert.equal(slugOf(one) === slugOf(other), one === other);
    }),
  );
});

test("hostile names are text on every page and in every feed", async (t) => {
  const scratch = scratchFolder(t);
  const zipOf = (members: Buffer[]) => buildZip(members.map((name) => ({ name })));
  const fine: Buffer[] = [];
  for (const member of HOSTILE_NAMES.map((name) => Buffer.from(`lib.libs/${name}.so`)))
    if (refusalOf(zipOf([...fine, member])) === null) fine.push(member);
  const projects = ["one", "two"].map((name) =>
    project(name, [memoryFile(`${name}-1.0-cp312-cp312-win_amd64.whl`, zipOf(fine))]),
  );
  const index = await indexFor(t, memorySource(projects));
  const request = requestTo(index, scratch, { top: 2 });
  assert.equal(await survey(request), 0);
  const hostile = openForReading(request.database);
  const out = join(scratch, "site");
  await write(hostile, out);
  const names = hostile.prepare("SELECT library FROM library_rank").pluck().all() as string[];
  hostile.close();
  assert.ok(names.length > 200);
  const headings = new Set<string>();
  const faults = faultsOf(out, (path, page) => {
    if (path.startsWith("libraries/")) headings.add(page.querySelector("h1")!.textContent!);
    assert.doesNotMatch(page.toString(), /[\u202a-\u202e\u2066-\u2069\u200b]/, path);
  });
  assert.deepEqual(faults, []);
  assert.deepEqual(headings, new Set(names.map(escapeName)));
});

test("every page of an edition that is incomplete says so at its top, and what was not read is not said to be empty", async (t) => {
  const scratch = scratchFolder(t);
  const wheels = ["win_amd64", "win32"].map((platform) =>
    wheel(`one-1.0-cp312-cp312-${platform}.whl`, { "one/a.dll": platform }),
  );
  const index = await indexFor(t, memorySource([project("one", wheels)]), {
    fault: ({ path }) => (path.endsWith("win_amd64.whl") ? { kind: "status", status: 404 } : undefined),
  });
  const request = requestTo(index, scratch, { top: 1 });
  assert.equal(await survey(request), 3);
  const partial = openForReading(request.database);
  await write(partial, join(scratch, "out"));
  partial.close();
  const faults = faultsOf(join(scratch, "out"), (path, page) => {
    assert.match(page.querySelector("main > p")?.textContent ?? "", /^Edition 2026-11 is incomplete: /, path);
  });
  assert.deepEqual(faults, []);
  const cells = [...readPage(join(scratch, "out"), "projects/one.html").querySelectorAll(".matrix .wheel")];
  assert.deepEqual(cells.map((cell) => cell.textContent!.replace(/^.*MB/, "")).sort(), ["1 carried", "not read"]);
});

test("a folder with something of somebody else's is left alone, and one of ours is replaced whole", async (t) => {
  const out = join(scratchFolder(t), "out");
  mkdirSync(out);
  writeFileSync(join(out, "thesis.txt"), "");
  await assert.rejects(
    write(db, out),
    (error) => error instanceof RunError && error.exitCode === 7 && /thesis\.txt/.test(error.message),
  );
  rmSync(join(out, "thesis.txt"));
  await write(db, out);
  writeFileSync(join(out, "projects", "notes.txt"), "");
  await assert.rejects(write(db, out), /notes\.txt: not written by this program/);
  rmSync(join(out, "projects", "notes.txt"));
  rmSync(join(out, "about.html"));
  await write(db, out);
  assert.ok(existsSync(join(out, "about.html")));
});

test("the command says how much it has written, and what is wrong with its words", async (t) => {
  const scratch = scratchFolder(t);
  const database = join(scratch, "survey.sqlite");
  copyFileSync(join(folder, "survey.sqlite"), database);
  const done = await cli(["site", "--database", database, "--out", join(scratch, "out")]);
  assert.equal(done.stdout, `${join(scratch, "out")}/index.html\n`);
  assert.match(done.stderr, /^site: [\d,]+ pages, [\d,]+ files, [\d.]+ MB$/m);
  const wrong = await run(["site", "--database", database, "--datasets", "javascript:alert(1)"]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /expected an address that begins with https:/);
  assert.equal((await run(["site", "--database", join(scratch, "none.sqlite")])).code, 5);
});

test("an edition with next to nothing has a site all the same, and so has a database of imported data alone", async (t) => {
  const scratch = scratchFolder(t);
  const index = await indexFor(
    t,
    memorySource([project("one", [wheel("one-1.0-cp312-cp312-win_amd64.whl", { "one/a.dll": "x" })])]),
  );
  const request = requestTo(index, scratch, { top: 1 });
  await survey(request);
  const small = openForReading(request.database);
  await write(small, join(scratch, "out"));
  small.close();
  assert.deepEqual(faultsOf(join(scratch, "out")), []);
  assert.match(readFileSync(join(scratch, "out", "projects/one.html"), "utf8"), /No wheel that was read has an SBOM/);
  const places = { database: join(scratch, "2023.sqlite"), reports: join(scratch, "2023") };
  await runImport2023("reports/2023-07/files.csv", places, SILENT, new AbortController().signal);
  const imported = openForReading(places.database);
  await write(imported, join(scratch, "imported"));
  assert.deepEqual(faultsOf(join(scratch, "imported")), []);
  const [, library] = readTable(imported, "libraries", "2023-07").rows[0]!;
  assert.equal(column(readPage(join(scratch, "imported"), "index.html"), /^Libraries by/, "library")[0], library);
  imported.close();
});
