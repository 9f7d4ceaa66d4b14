// A file of each schema version that ever was: refused by what only reads, brought up to date by what writes, its views unchanged.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gunzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { openInMemory } from "../pipeline/database/database.ts";
import { SCHEMA_VERSION } from "../pipeline/database/migrate.ts";
import { cli, everything, run, scratchFolder } from "./harness.ts";

const FIXTURES = new URL("fixtures/", import.meta.url);
const VERSIONS = readdirSync(FIXTURES)
  .map((name) => Number(/^schema-(\d+)\.sqlite\.gz$/.exec(name)?.[1]))
  .filter((version) => version > 0);

function fixture(t: TestContext, version: number): string {
  const file = join(scratchFolder(t), "survey.sqlite");
  writeFileSync(file, gunzipSync(readFileSync(new URL(`schema-${version}.sqlite.gz`, FIXTURES))));
  return file;
}

function recordedViews(version: number): Record<string, string[]> {
  return JSON.parse(readFileSync(new URL(`schema-${version}.views.json`, FIXTURES), "utf8"));
}

/** The rows of a view in the columns that its recorded rows have. */
function inColumnsOf(recorded: string[], now: string[]): string[] {
  const columns = Object.keys(JSON.parse(recorded[0] ?? "{}"));
  return now
    .map((row) => JSON.parse(row))
    .map((row) => JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column]]))))
    .sort();
}

const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

test("there is a fixture of every version before this one", () => {
  assert.deepEqual(
    VERSIONS.sort(),
    Array.from({ length: SCHEMA_VERSION - 1 }, (_, version) => version + 1),
  );
});

for (const version of VERSIONS) {
  test(`version ${version}: commands that read refuse it with 5, name the one that upgrades it, and change no byte`, async (t) => {
    const file = fixture(t, version);
    const before = hashOf(file);
    for (const words of [["status"], ["dataset", "--edition", "2026-01", "--dist", join(file, "..", "out")]]) {
      const { code, stderr } = await run([...words, "--database", file]);
      assert.equal(code, 5, stderr);
      assert.match(
        stderr,
        new RegExp(
          `schema version ${version}, expected ${SCHEMA_VERSION}; bring it up to date with: npm run survey -- upgrade --database `,
        ),
      );
    }
    assert.equal(hashOf(file), before);
    assert.deepEqual(readdirSync(join(file, "..")), ["survey.sqlite"]);
  });

  test(`version ${version}: upgraded, its views say what they said, also when everything is judged anew`, async (t) => {
    const file = fixture(t, version);
    const { code, stdout } = await cli(["upgrade", "--database", file]);
    assert.equal(code, 0);
    assert.equal(stdout.trim(), `${file}: brought up to date, from schema version ${version} to ${SCHEMA_VERSION}`);
    const now = everything(file);
    for (const [view, recorded] of Object.entries(recordedViews(version)))
      assert.deepEqual(inColumnsOf(recorded, now[view]!), recorded, view);
    const again = await cli(["upgrade", "--database", file]);
    assert.deepEqual([again.code, again.stdout.trim()], [0, `${file}: up to date`]);
    assert.deepEqual(everything(file), now);
    assert.deepEqual(readdirSync(join(file, "..")), ["survey.sqlite"]);
  });

  test(`version ${version}: upgraded, it has the tables, columns, keys and indexes of a new one, and nothing is broken`, async (t) => {
    const file = fixture(t, version);
    await cli(["upgrade", "--database", file]);
    const db = new Database(file);
    const fresh = openInMemory();
    assert.deepEqual(structureOf(db), structureOf(fresh));
    assert.deepEqual([db.pragma("integrity_check"), db.pragma("foreign_key_check")], [[{ integrity_check: "ok" }], []]);
    db.close();
  });

  test(`version ${version}: a migration that fails leaves the file as it was`, async (t) => {
    const file = fixture(t, version);
    const db = new Database(file);
    const isLast = version === SCHEMA_VERSION - 1;
    db.exec(isLast ? "ALTER TABLE edition ADD COLUMN shard TEXT" : "CREATE TABLE file_linked (mine)");
    db.close();
    const before = hashOf(file);
    const { code, stderr } = await cli(["upgrade", "--database", file]);
    assert.deepEqual([code, stderr.trim().split("\n").length], [5, 1]);
    const problem = isLast ? "8: duplicate column name: shard" : "7: table file_linked already exists";
    assert.ok(stderr.includes(`to schema version ${problem}, expected a database of this program; left as it was`));
    assert.equal(hashOf(file), before);
  });
}

/** Tables with their columns, foreign keys and options, indexes with theirs, and the views' text. */
function structureOf(db: Database.Database): object {
  const read = (sql: string, ...values: unknown[]) => db.prepare(sql).all(...values);
  const tables = read(
    "SELECT name, type, ncol, wr, strict FROM pragma_table_list WHERE schema = 'main' ORDER BY name",
  ) as {
    name: string;
  }[];
  return tables.map((table) => ({
    ...table,
    columns: read("SELECT * FROM pragma_table_xinfo(?)", table.name),
    references: read('SELECT "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY 1, 2', table.name),
    indexes: (
      read('SELECT name, "unique", partial FROM pragma_index_list(?) ORDER BY name', table.name) as { name: string }[]
    ).map((index) => [index, read("SELECT * FROM pragma_index_xinfo(?)", index.name)]),
    view: read("SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?", table.name),
  }));
}

test("a run says in one line that it has brought the database up to date", async (t) => {
  const file = fixture(t, 1);
  const words = ["libraries", "--edition", "2026-01", "--database", file, "--reports", join(file, "..", "reports")];
  const { stderr } = await cli(words);
  assert.equal(stderr.split("\n")[0], `${file}: brought up to date, from schema version 1 to ${SCHEMA_VERSION}`);
});
