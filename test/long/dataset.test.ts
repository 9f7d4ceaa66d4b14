// A dataset loaded by those who will load it: DuckDB, pandas, Python's sqlite3, Datasette, frictionless. Each finds in the files what
// the database holds, and DuckDB gives the same answers to the questions of docs/queries.md.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runImport2023 } from "../../pipeline/commands/import-2023.ts";
import { openForReading } from "../../pipeline/database/database.ts";
import { dictionary } from "../../pipeline/database/dictionary.ts";
import { EDITION_2023 } from "../../pipeline/editions/baseline-2023/names.ts";
import { SILENT } from "../../pipeline/progress.ts";
import { writeDataset } from "../../pipeline/publish/dataset/dataset.ts";
import { datasetTables } from "../../pipeline/publish/dataset/tables.ts";
import { QUESTIONS } from "../../pipeline/publish/site/questions.ts";
import { MONTHS, surveyMonths } from "../recorded-months.ts";
import { pythonWith } from "./python.ts";

const EDITION = MONTHS.at(-1)!;
const DATA_2023 = fileURLToPath(new URL("../../reports/2023-07/files.csv", import.meta.url));
const found = pythonWith(["duckdb", "pandas", "pyarrow", "datasette", "frictionless"]);
const skip = "missing" in found ? found.missing : false;

let [database, dist, folder] = ["", "", ""];
before(async () => {
  if (skip) return;
  const scratch = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
  database = await surveyMonths(scratch);
  const places = { database, reports: join(scratch, "reports") };
  await runImport2023(DATA_2023, places, SILENT, new AbortController().signal);
  dist = join(scratch, "dist");
  const db = openForReading(database);
  for (const edition of [EDITION_2023, ...MONTHS]) folder = await writeDataset(db, edition, dist, false);
  db.close();
});

/** Runs Python in the newest edition's folder; gives what it prints as JSON. */
function python(program: string, input: unknown = null): unknown {
  const { python } = found as { python: string };
  const words = ["-c", `import json, sys\ngiven = json.load(sys.stdin)\n${program}`];
  const options = { cwd: folder, encoding: "utf8", input: JSON.stringify(input), maxBuffer: 2 ** 28 } as const;
  const { status, stdout, stderr } = spawnSync(python, words, options);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** How many rows each table of the dataset has in the database that it was made of. */
function countsInDatabase(): Record<string, number> {
  const db = openForReading(database);
  const counts = datasetTables(db, EDITION).map(({ name, query }) => [
    name,
    db.prepare(query).all({ edition: EDITION }).length,
  ]);
  db.close();
  return Object.fromEntries(counts);
}

const COUNTERS: [by: string, program: string][] = [
  ["DuckDB from Parquet", "import duckdb\ncount = lambda name: len(duckdb.sql(f\"FROM '{name}.parquet'\").fetchall())"],
  ["DuckDB from CSV", "import duckdb\ncount = lambda name: len(duckdb.sql(f\"FROM '{name}.csv'\").fetchall())"],
  ["pandas from Parquet", "import pandas\ncount = lambda name: len(pandas.read_parquet(f'{name}.parquet'))"],
  ["pandas from CSV", "import pandas\ncount = lambda name: len(pandas.read_csv(f'{name}.csv'))"],
];

for (const [by, program] of COUNTERS) {
  test(`every table has as many rows in ${by} as in the database`, { skip }, () => {
    const counts = countsInDatabase();
    assert.ok(Object.keys(counts).length > 15);
    const counted = python(`${program}\nprint(json.dumps({name: count(name) for name in given}))`, Object.keys(counts));
    assert.deepEqual(counted, counts);
  });
}

test("pandas finds the types of the columns in Parquet, and the same values as in CSV", { skip }, () => {
  const program = `import pandas
parquet, csv = pandas.read_parquet("native_file.parquet"), pandas.read_csv("native_file.csv")
print(json.dumps([str(parquet["size"].dtype), int(parquet["size"].sum()), int(csv["size"].sum())]))`;
  const db = openForReading(database);
  const size = db.prepare("SELECT sum(size) FROM native_file WHERE edition = ?").pluck().get(EDITION);
  db.close();
  assert.deepEqual(python(program), ["int64", size, size]);
});

test("Python's sqlite3 opens the database and finds it whole, with every view", { skip }, () => {
  const program = `import sqlite3
db = sqlite3.connect("survey.sqlite")
whole = db.execute("PRAGMA integrity_check").fetchone()[0]
print(json.dumps([whole, {name: db.execute(f"SELECT count(*) FROM {name} WHERE edition = ?", [given[1]]).fetchone()[0] for name in given[0]}]))`;
  const views = dictionary()
    .filter(({ kind, columns }) => kind === "view" && columns.some(({ name }) => name === "edition"))
    .map(({ name }) => name);
  const counts = countsInDatabase();
  assert.deepEqual(python(program, [views, EDITION]), [
    "ok",
    Object.fromEntries(views.map((name) => [name, counts[name]])),
  ]);
});

test("Datasette serves the database with the explanations in metadata.json", { skip }, () => {
  const program = `import subprocess
def get(path):
    words = [sys.executable, "-m", "datasette", "survey.sqlite", "--metadata", "metadata.json", "--get", path]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
count = json.loads(get(f"/survey.json?sql=SELECT+count(*)+AS+n+FROM+native_file+WHERE+edition='{given[0]}'&_shape=array"))
print(json.dumps([count[0]["n"], [text in get("/survey/native_file?_size=1") for text in given[1]], "CC0-1.0" in get("/survey")]))`;
  const { about, columns } = dictionary().find(({ name }) => name === "native_file")!;
  const texts = [about, columns.find(({ name }) => name === "platform_family")!.meaning];
  assert.deepEqual(python(program, [EDITION, texts]), [countsInDatabase().native_file, [true, true], true]);
});

test("frictionless finds the data package valid, and its tables with the rows that the database has", { skip }, () => {
  const program = `import frictionless
report = frictionless.validate("datapackage.json")
print(json.dumps([report.flatten(["type", "note"]), {task.name: task.stats.get("rows", 0) for task in report.tasks}]))`;
  assert.deepEqual(python(program), [[], countsInDatabase()]);
});

test("DuckDB gives the answers that SQLite gives to the questions of docs/queries.md", { skip }, () => {
  const program = `import duckdb
duckdb.sql("SET default_null_order = 'nulls_first'") # as SQLite has it
for name in given[0]:
    duckdb.sql(f"CREATE VIEW {name} AS FROM '../*/{name}.parquet'")
print(json.dumps([[list(row) for row in duckdb.sql(sql).fetchall()] for sql in given[1]], default=int))`;
  const views = dictionary().flatMap(({ kind, name }) => (kind === "view" ? [name] : []));
  const db = openForReading(database);
  const inSqlite = QUESTIONS.map(({ sql }) => db.prepare(sql).raw().all());
  db.close();
  const inDuckDb = python(program, [views, QUESTIONS.map(({ sql }) => sql)]) as unknown[][];
  for (const [at, { question }] of QUESTIONS.entries()) assert.deepEqual(inDuckDb[at], inSqlite[at], question);
});
