// The documentation says what is: generated parts are current, commands and queries run, every column is explained.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { openInMemory } from "../pipeline/database/database.ts";
import { dictionary } from "../pipeline/database/dictionary.ts";
import { EXIT, EXIT_MEANINGS } from "../pipeline/errors.ts";
import { SILENT } from "../pipeline/progress.ts";
import { runSurvey } from "../pipeline/stage/run.ts";
import { STAGES } from "../pipeline/stages.ts";
import { unstamped } from "../scripts/derivers.ts";
import { DERIVED, generatedDocs } from "../scripts/docs.ts";
import { requestTo, rows, run } from "./harness.ts";
import { startIndex } from "./loopback/index-server.ts";
import { recordedSource } from "./loopback/recorded-source.ts";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), "utf8");
const README = read("README.md");

let database = "";
before(async () => {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const index = await startIndex(recordedSource());
  const request = requestTo(index, folder, { top: 160 });
  database = request.database;
  await runSurvey(STAGES, request, SILENT, new AbortController().signal);
  await index.close();
});

test("what scripts/docs.ts generates is what stands in the documents", async () => {
  const docs = await generatedDocs();
  assert.deepEqual(
    unstamped(JSON.parse(read(DERIVED)), JSON.parse(docs.get(DERIVED)!)),
    [],
    "derivers with other outputs: raise their versions in pipeline/method.ts, METHOD too, and say so in CHANGELOG.md",
  );
  for (const [path, text] of docs) assert.equal(read(path), text, `${path}: run node --import tsx scripts/docs.ts`);
});

test("a deriver with other outputs under the same stamp is found", () => {
  const one = { names: { stamp: "1 1", outputs: "a" } };
  assert.deepEqual(unstamped(one, { names: { stamp: "1 1", outputs: "b" } }), ["names"]);
  assert.deepEqual(unstamped(one, { names: { stamp: "1 2", outputs: "b" } }), []);
  assert.deepEqual(unstamped(one, one), []);
});

test("the two commands stand near the top of README.md, and CI runs the second", () => {
  const top = README.split("\n").slice(0, 45).join("\n");
  assert.ok(top.includes("npm ci && npm run demo"));
  assert.ok(top.includes("npm ci && npm test"));
  assert.match(read(".ci/run"), /^npm ci && npm test$/m);
});

for (const [, query] of README.matchAll(/```sql\n([\s\S]*?)```/g)) {
  test(`README.md: ${query!.trim().split("\n")[0]} … finds something in the demo`, () =>
    assert.notEqual(rows(database, query!).length, 0));
}

test("every table, view and column in the schema is explained", () => {
  const statements = read("pipeline/database/schema.sql")
    .split(/\nCREATE (?=TABLE|VIEW)/)
    .slice(1);
  assert.ok(statements.length > 30);
  const unexplained = statements.flatMap((statement) => {
    const isTable = statement.startsWith("TABLE");
    const body = isTable
      ? statement.slice(0, statement.indexOf(") STRICT"))
      : statement.slice(0, statement.indexOf("\nFROM "));
    const [head, ...lines] = body.slice(0).split("\n");
    const from = isTable ? 0 : lines.indexOf("SELECT") + 1;
    const columns = lines.slice(from).filter((line) => /^ {2}[a-z(]/.test(line) && !line.includes("--"));
    return [...(head!.includes("--") ? [] : [head!]), ...columns];
  });
  assert.deepEqual(unexplained, []);
});

test("the data dictionary has each table and view of a database with its columns, and every meaning stands alone", () => {
  const db = openInMemory();
  const stored = db.prepare(
    "SELECT type AS kind, name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name",
  );
  const columnsOf = db.prepare("SELECT name FROM pragma_table_xinfo(?) ORDER BY cid").pluck();
  const relations = dictionary().sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(
    relations.map(({ kind, name }) => ({ kind, name })),
    stored.all(),
  );
  for (const { name, about, columns } of relations) {
    assert.ok(about, name);
    assert.deepEqual(
      columns.map((column) => column.name),
      columnsOf.all(name),
    );
    for (const column of columns) assert.doesNotMatch(column.meaning, /likewise|^$/, `${name}.${column.name}`);
  }
});

test("CITATION.cff has the version and the licence of package.json", () => {
  const { version, license } = JSON.parse(read("package.json"));
  assert.ok(read("CITATION.cff").includes(`\nversion: ${version}\nlicense: ${license}\n`));
});

test("README.md names every stable view, and schema.sql has no other", () => {
  const views = openInMemory().prepare("SELECT name FROM sqlite_master WHERE type = 'view'").pluck().all() as string[];
  for (const view of views) assert.ok(README.includes(`| \`${view}\` |`), view);
  assert.equal(README.match(/<!-- views -->([\s\S]*)<!-- \/views -->/)![1]!.match(/^\| `/gm)!.length, views.length);
});

test("the exit codes that the help says are the program's", async () => {
  const { stdout } = await run(["--help"]);
  for (const [name, meaning] of Object.entries(EXIT_MEANINGS))
    assert.ok(stdout.includes(`${EXIT[name as keyof typeof EXIT]}`) && stdout.includes(meaning), name);
});

test("links in the documents lead to files", () => {
  for (const path of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]) {
    for (const [, target] of read(path).matchAll(/\]\((?!https?:|#)([^)]+)\)/g))
      assert.ok(existsSync(new URL(target!, ROOT)), `${path}: ${target}`);
  }
});

test("files that ARCHITECTURE.md and CHANGELOG.md name exist", () => {
  const names = [...read("ARCHITECTURE.md").matchAll(/`((?:pipeline|scripts|test|data)\/[\w./-]+)`/g)].map(
    ([, name]) => name!,
  );
  assert.ok(names.length > 5);
  for (const name of names) assert.ok(existsSync(new URL(name, ROOT)), name);
});

test("no document, script or source names a machine's own paths", () => {
  const folders = ["pipeline", "scripts", "test", "docs", "data"];
  const texts = folders.flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|md|sql|json|py)$/.test(name))
      .map((name) => `${folder}/${name}`),
  );
  for (const path of [...texts, "README.md"]) assert.doesNotMatch(read(path), /\/(home|root|work|Users)\/\w/, path);
});
