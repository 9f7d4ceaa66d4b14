// `npm run survey -- dataset`: what may be published, and what it is.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "csv-parse/sync";
import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { runImport2023 } from "../pipeline/commands/import-2023.ts";
import { openForReading } from "../pipeline/database/database.ts";
import { dictionary } from "../pipeline/database/dictionary.ts";
import { SILENT } from "../pipeline/progress.ts";
import { datasetTables } from "../pipeline/publish/dataset/tables.ts";
import { unescapeName } from "../pipeline/publish/escape.ts";
import type { FilledTable, Row } from "../pipeline/publish/table.ts";
import type { SurveyRequest } from "../pipeline/stage/stage.ts";
import {
  cli,
  EDITION,
  everything,
  indexFor,
  project,
  requestTo,
  rows,
  run,
  scratchFolder,
  survey,
  wheel,
} from "./harness.ts";
import { memorySource, type SourceProject } from "./loopback/source.ts";
import { surveyMonths } from "./recorded-months.ts";

const PROJECTS = Array.from({ length: 10 }, (_, n) =>
  project(`p${n}`, [wheel(`p${n}-1.0-cp312-cp312-win32.whl`, { [`p${n}.libs/z.dll`]: "z" })]),
);

const NAMES = [
  "=1+1",
  "+cmd|' /C calc'!A0",
  '"quoted", and more',
  "'; DROP TABLE member; --",
  "a|b",
  "\u202egnp",
  "\u2028",
  "\u009b2J",
  "\u{1f468}\u200d",
  "<b>",
  " x ",
];
const HOSTILE = {
  ...Object.fromEntries(NAMES.map((name) => [`p.libs/${name}.dll`, name])),
  "p-1.0.dist-info/sboms/x.cdx.json": JSON.stringify({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    components: [{ type: "library", name: 'a\n"b",\0\u001b[31m', version: "\r\n=1" }],
  }),
};
const DATA_2023 = `a,libssl-0123abcd.so.1.1,a-1.0-cp310-cp310-manylinux_2_17_x86_64.whl
b,app.js,b-2.0.tar.gz
`;

const DOCUMENTS = [
  "CITATION.cff",
  "LICENSE",
  "data-dictionary.md",
  "datapackage.json",
  "dataset.jsonld",
  "metadata.json",
];
const PARQUET_TYPES = { text: "UTF8", integer: "INT64", number: "DOUBLE" };

interface DescribedFile {
  path: string;
  hash: string;
  bytes: number;
}

interface Resource extends DescribedFile {
  name: string;
  type: string;
  schema: { fields: { name: string; description: string }[] };
  parquet: DescribedFile;
}

const sha256Of = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
const sumsIn = (folder: string) => new Map(readdirSync(folder).map((name) => [name, sha256Of(join(folder, name))]));
const wordsFor = ({ database, edition }: SurveyRequest, dist: string) => [
  "dataset",
  "--edition",
  edition,
  "--database",
  database,
  "--dist",
  dist,
];

/** Surveys these projects and publishes the edition. */
async function published(t: TestContext, projects: SourceProject[]) {
  const scratch = scratchFolder(t);
  const request = requestTo(await indexFor(t, memorySource(projects)), scratch, { top: projects.length });
  assert.equal(await survey(request), 0);
  const words = wordsFor(request, join(scratch, "dist"));
  const { code, stdout, stderr } = await cli(words);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim(), join(scratch, "dist", EDITION));
  return { request, words, folder: stdout.trim() };
}

/** The tables of a dataset with the rows that the database has for the edition. */
function readTables(database: string): FilledTable[] {
  const db = openForReading(database);
  try {
    return datasetTables(db, EDITION).map((table) => ({
      table,
      rows: db.prepare(table.query).raw().all({ edition: EDITION }) as Row[],
    }));
  } finally {
    db.close();
  }
}

/** The names and types of a Parquet file's columns. */
function parquetSchemaOf({ schema: [, ...columns] }: FileMetaData) {
  return { schema: columns.map(({ name, type, converted_type }) => [name, converted_type ?? type]) };
}

test("a complete edition is a folder whose files are all explained and summed, its database without who made it", async (t) => {
  const { request, folder } = await published(t, PROJECTS);
  const names = readdirSync(folder);
  const tables = names.filter((name) => name.endsWith(".csv")).map((name) => name.slice(0, -4));
  const forms = tables.flatMap((table) => [`${table}.csv`, `${table}.parquet`]);
  assert.deepEqual(names.sort(), [...forms, ...DOCUMENTS, "SHA256SUMS", "sboms.tar.gz", "survey.sqlite"].sort());
  assert.deepEqual(
    tables,
    readTables(request.database)
      .map(({ table }) => table.name)
      .sort(),
  );

  const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8").trimEnd().split("\n");
  const others = names.filter((name) => name !== "SHA256SUMS");
  assert.deepEqual(
    sums,
    others.map((name) => `${sha256Of(join(folder, name))}  ${name}`),
  );

  const file = join(folder, "survey.sqlite");
  for (const view of ["native_file", "library_rank", "component_rank", "survey_cost"])
    assert.deepEqual(everything(file)[view], everything(request.database)[view]);
  for (const table of ["run", "run_stage", "run_worker", "listing"])
    assert.deepEqual(rows(file, `SELECT * FROM ${table}`), []);
});

test("every table is the same in the database, in CSV and in Parquet, hostile names and none too", async (t) => {
  const { request, folder } = await published(t, [project("p", [wheel("p-1.0-cp312-cp312-win32.whl", HOSTILE)])]);
  assert.equal(rows(request.database, "SELECT * FROM native_file").length, Object.keys(HOSTILE).length - 1);
  assert.equal(rows(request.database, "SELECT * FROM sbom_component").length, 1);
  for (const { table, rows } of readTables(request.database)) {
    const columns = table.columns.map(({ name }) => name);
    const parquet = await asyncBufferFromFile(join(folder, `${table.name}.parquet`));
    const { schema } = parquetSchemaOf(await parquetMetadataAsync(parquet));
    assert.deepEqual(
      schema,
      table.columns.map(({ name, type }) => [name, PARQUET_TYPES[type]]),
      table.name,
    );
    const stored = await parquetReadObjects({ file: parquet });
    const inParquet = stored.map((row) =>
      columns.map((name) => (typeof row[name] === "bigint" ? Number(row[name]) : row[name])),
    );
    assert.deepEqual(inParquet, rows, table.name);
    const [head, ...cells] = parse(readFileSync(join(folder, `${table.name}.csv`)));
    assert.deepEqual(head, columns);
    const strangers = table.columns.map(({ stranger }) => stranger);
    const inCsv = cells.map((row) => row.map((cell, at) => (strangers[at] ? unescapeName(cell) : cell)));
    assert.deepEqual(
      inCsv,
      rows.map((row) => row.map((cell) => String(cell ?? ""))),
      table.name,
    );
  }
});

test("no two tables of a dataset have the same name, and each value has the type of its column", async (t) => {
  const scratch = scratchFolder(t);
  const database = await surveyMonths(scratch);
  const data = join(scratch, "data.csv");
  writeFileSync(data, DATA_2023);
  await runImport2023(data, { database, reports: join(scratch, "reports") }, SILENT, new AbortController().signal);
  const db = openForReading(database);
  const types = { text: ["string"], integer: ["bigint"], number: ["bigint", "number"] };
  for (const edition of [EDITION, "2023-07"]) {
    const tables = datasetTables(db, edition);
    assert.equal(new Set(tables.map(({ name }) => name.toLowerCase())).size, tables.length);
    for (const { name, query, columns } of tables) {
      for (const row of db.prepare(query).raw().safeIntegers().iterate({ edition }) as Iterable<unknown[]>)
        for (const [at, column] of columns.entries())
          assert.ok(
            row[at] === null || types[column.type].includes(typeof row[at]),
            `${name}.${column.name}: ${row[at]}`,
          );
    }
  }
  db.close();
});

test("its documents are valid and in step with its files, and hold no control character", async (t) => {
  const { folder } = await published(t, [project("p", [wheel("p-1.0-cp312-cp312-win32.whl", HOSTILE)])]);
  const [read, json] = [
    (name: string) => readFileSync(join(folder, name), "utf8"),
    (name: string) => JSON.parse(read(name)),
  ];
  const { resources } = json("datapackage.json") as { resources: Resource[] };
  const forms = readdirSync(folder).filter((name) => /\.(csv|parquet)$/.test(name));
  const described = resources.flatMap(({ parquet, ...csv }) => [csv, parquet]);
  assert.deepEqual(described.map(({ path }) => path).sort(), forms.sort());
  for (const { path, hash, bytes } of described) {
    assert.equal(hash, `sha256:${sha256Of(join(folder, path))}`);
    assert.equal(bytes, statSync(join(folder, path)).size);
  }
  for (const { name, type, path, schema } of resources) {
    assert.match(name, /^[-a-z0-9._]+$/);
    assert.equal(type, "table");
    assert.deepEqual(
      schema.fields.map((field) => field.name),
      parse(read(path))[0],
    );
    for (const { description } of schema.fields) assert.ok(description);
  }
  assert.deepEqual(
    json("dataset.jsonld")
      .distribution.map(({ contentUrl }: { contentUrl: string }) => contentUrl)
      .sort(),
    ["sboms.tar.gz", "survey.sqlite", ...forms].sort(),
  );
  const { tables } = json("metadata.json").databases.survey;
  assert.deepEqual(
    Object.keys(tables),
    dictionary().map(({ name }) => name),
  );
  for (const name of DOCUMENTS)
    assert.doesNotMatch(read(name), /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/, name);
  for (const name of forms.map((form) => form.split(".")[0]))
    assert.ok(read("data-dictionary.md").includes(`### ${name}`), name);
});

test("a second run gives the same bytes but for the database's, whose hash stands in SHA256SUMS alone", async (t) => {
  const { request, folder, words } = await published(t, PROJECTS);
  const first = sumsIn(folder);
  await survey(request);
  assert.equal((await cli(words)).code, 0);
  const second = sumsIn(folder);
  const changeable = new Set(["survey.sqlite", "SHA256SUMS"]);
  for (const [name, sum] of first) if (!changeable.has(name)) assert.equal(second.get(name), sum, name);
  assert.deepEqual([...second.keys()], [...first.keys()]);
  const holders = [...first.keys()].filter((name) =>
    readFileSync(join(folder, name)).includes(second.get("survey.sqlite")!),
  );
  assert.deepEqual(holders, ["SHA256SUMS"]);
});

test("an index on loopback, whose port is another in each run, is told without its address", async (t) => {
  const { folder } = await published(t, PROJECTS);
  const told = (name: string) => readFileSync(join(folder, name), "utf8");
  for (const name of DOCUMENTS) assert.doesNotMatch(told(name), /127\.0\.0\.1|localhost/, name);
  assert.deepEqual(JSON.parse(told("datapackage.json")).sources, [
    { title: "the index and the ends of the wheels that it lists: an index on loopback" },
    { title: "the download ranking: an index on loopback" },
  ]);
});

test("the recipe in the data dictionary gives the published hash of the database's rows", {
  skip: spawnSync("python3", ["-c", "import sqlite3"]).status === 0 ? false : "no python3 here",
}, async (t) => {
  const { folder } = await published(t, [project("p", [wheel("p-1.0-cp312-cp312-win32.whl", HOSTILE)])]);
  const [, recipe] = /```python\n([\s\S]*?)```/.exec(readFileSync(join(folder, "data-dictionary.md"), "utf8"))!;
  const { stdout, stderr } = spawnSync("python3", ["-c", recipe!], { cwd: folder, encoding: "utf8" });
  const { database } = JSON.parse(readFileSync(join(folder, "datapackage.json"), "utf8"));
  assert.equal(`sha256:${stdout.trim()}`, database.rows, stderr);
});

test("an incomplete edition says so in its title", async (t) => {
  const source = memorySource(PROJECTS);
  const folder = scratchFolder(t);
  const index = await indexFor(t, source, {
    fault: ({ path }) => (path.includes("p3-1.0") ? { kind: "status", status: 403 } : undefined),
  });
  const request = requestTo(index, folder, { top: 10 });
  assert.equal(await survey(request), 3);
  const words = wordsFor(request, join(folder, "dist"));
  assert.equal((await cli([...words, "--allow-incomplete"])).code, 0);
  const { title, description } = JSON.parse(readFileSync(join(folder, "dist", EDITION, "datapackage.json"), "utf8"));
  assert.match(title, / \(INCOMPLETE\)$/);
  assert.match(description, /^INCOMPLETE: 1 item failed\. /);
});

test("an incomplete edition is refused with 6, unless that is allowed", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, memorySource(PROJECTS), {
    fault: ({ path }) => (path.includes("p3-1.0") ? { kind: "status", status: 403 } : undefined),
  });
  const request = requestTo(index, folder, { top: 10 });
  assert.equal(await survey(request), 3);
  const words = ["dataset", "--edition", EDITION, "--database", request.database, "--dist", join(folder, "dist")];
  const { code, stderr } = await run(words);
  assert.equal(code, 6);
  assert.match(stderr, /^dataset 2026-11: 1 item failed, expected a complete edition/);
  assert.equal(existsSync(join(folder, "dist")), false);
  assert.equal((await cli([...words, "--allow-incomplete"])).code, 0);
});

test("a file that somebody has put beside a dataset is not deleted", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(await indexFor(t, memorySource(PROJECTS)), folder, { top: 10 });
  await survey(request);
  const dist = join(folder, "dist");
  const words = ["dataset", "--edition", EDITION, "--database", request.database, "--dist", dist];
  assert.equal((await cli(words)).code, 0);
  assert.equal((await cli(words)).code, 0);
  writeFileSync(join(dist, EDITION, "notes.txt"), "mine");
  const { code, stderr } = await run(words);
  assert.equal(code, 7);
  assert.match(stderr, /notes\.txt: not written by this program, expected no such file/);
  assert.equal(readFileSync(join(dist, EDITION, "notes.txt"), "utf8"), "mine");
  assert.ok(existsSync(join(dist, EDITION, "survey.sqlite")));
});

test("an edition for which no wheel was read is refused with 6", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(
    await indexFor(t, memorySource([project("pure", [wheel("pure-1.0-py3-none-any.whl", {})])])),
    folder,
    {
      projects: "pure",
      top: null,
    },
  );
  assert.equal(await survey({ ...request, ranking: null }), 0);
  const words = ["dataset", "--edition", EDITION, "--database", request.database, "--dist", join(folder, "dist")];
  const { code, stderr } = await run(words);
  assert.equal(code, 6);
  assert.match(stderr, /no wheel was read, expected a complete edition/);
});

test("an edition that lost more than a tenth of the projects of the last one is refused with 6", async (t) => {
  const folder = scratchFolder(t);
  const before = requestTo(await indexFor(t, memorySource(PROJECTS)), folder, { edition: "2026-10", top: 10 });
  await survey(before);
  for (const [edition, count, code] of [
    ["2026-11", 9, 0],
    ["2026-12", 7, 6],
  ] as const) {
    const request = requestTo(await indexFor(t, memorySource(PROJECTS.slice(0, count))), folder, { edition, top: 10 });
    assert.equal(await survey(request), 0);
    assert.equal(
      (await cli(["dataset", "--edition", edition, "--database", request.database, "--dist", join(folder, "dist")]))
        .code,
      code,
    );
  }
  assert.equal((await run(["dataset", "--edition", "2027-01", "--database", before.database])).code, 2);
});

test("an edition is held against the last one of its own kind", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, memorySource(PROJECTS));
  const list = (edition: string, projects: string) => ({ edition, ranking: null, projects, top: null });
  for (const [more, code] of [
    [list("2026-08", "p0,p1,p2"), 0],
    [{ edition: "2026-09", top: 10 }, 0],
    [list("2026-10", "p0,p1,p2,p3"), 0],
    [{ edition: "2026-11", top: 10 }, 0],
    [list("2026-12", "p0,p1"), 6],
  ] as const) {
    const request = requestTo(index, folder, more);
    assert.equal(await survey(request), 0);
    assert.equal((await run(wordsFor(request, join(folder, "dist")))).code, code, request.edition);
  }
});

test("the dataset of another database is not overwritten", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, memorySource(PROJECTS));
  const surveyed = async (name: string, more: object) => {
    mkdirSync(join(folder, name));
    const request = requestTo(index, join(folder, name), { top: 9, ...more });
    await survey(request);
    return request;
  };
  const request = await surveyed("ours", {});
  const fewer = await surveyed("fewer", { top: 3 });
  const list = await surveyed("list", { ranking: null, projects: "p0,p1", top: null });
  const dist = join(folder, "dist");
  const file = join(dist, EDITION, "survey.sqlite");
  const publish = ({ database }: { database: string }) =>
    cli(["dataset", "--edition", EDITION, "--database", database, "--dist", dist]);
  assert.equal((await publish(request)).code, 0);
  const published = readFileSync(file);
  for (const other of [fewer, list]) {
    const { code, stderr } = await publish(other);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /survey\.sqlite: 9 projects of .*, expected [23] projects of .*; choose another --dist\n$/);
    assert.deepEqual(readFileSync(file), published);
  }
  await survey({ ...request, top: 10 });
  assert.equal((await publish(request)).code, 0);
  for (const other of ["not a database", ""]) {
    writeFileSync(file, other);
    const { code, stderr } = await publish(request);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /survey\.sqlite: no dataset of edition 2026-11, expected/);
    assert.equal(readFileSync(file, "utf8"), other);
  }
});

/** Brings data of 2023 into the database of a survey and publishes both editions; gives a reader of each one's files. */
async function publishedBeside2023(t: TestContext) {
  const { request, words, folder } = await published(t, PROJECTS);
  const data = join(scratchFolder(t), "data.csv");
  writeFileSync(data, DATA_2023);
  await runImport2023(data, request, SILENT, new AbortController().signal);
  await survey(request);
  const folders = [folder, join(folder, "..", "2023-07")];
  for (const edition of [EDITION, "2023-07"]) {
    const { code, stderr } = await run(words.with(2, edition));
    assert.equal(code, 0, stderr);
  }
  const [surveyed, imported] = folders.map((at) => ({
    names: readdirSync(at),
    text: (name: string) => readFileSync(join(at, name), "utf8"),
    json: (name: string) => JSON.parse(readFileSync(join(at, name), "utf8")),
  }));
  return { surveyed: surveyed!, imported: imported! };
}

test("whatever holds the data of 2023 names them, their author and their licence", async (t) => {
  const { surveyed, imported } = await publishedBeside2023(t);
  const [url, apache] = ["https://github.com/sethmlarson/vendored-libraries-in-python-dists", "Apache-2.0"];
  const namesOf = (licences: { name: string }[]) => licences.map(({ name }) => name);
  for (const { text, json } of [surveyed, imported]) {
    assert.match(text("LICENSE"), /^SPDX-License-Identifier: CC0-1\.0 AND Apache-2\.0\n/);
    assert.match(text("LICENSE"), /TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION/);
    for (const name of [
      "LICENSE",
      "data-dictionary.md",
      "metadata.json",
      "CITATION.cff",
      "dataset.jsonld",
      "datapackage.json",
    ])
      for (const said of [url, "Larson", apache]) assert.ok(text(name).includes(said), `${name}: ${said}`);
    const { licenses, sources, database } = json("datapackage.json");
    assert.deepEqual([namesOf(licenses), namesOf(database.licenses)], Array(2).fill(["CC0-1.0", apache]));
    assert.equal(sources.filter(({ path }: { path?: string }) => path === url).length, 1);
    assert.match(text("CITATION.cff"), /^references: \[\{.*"license":"Apache-2\.0"/m);
  }
  const licencesIn = ({ json }: typeof surveyed) =>
    new Map<string, string[]>(
      json("datapackage.json").resources.map(({ name, licenses }: { name: string; licenses: { name: string }[] }) => [
        name,
        namesOf(licenses),
      ]),
    );
  assert.deepEqual(new Set([...licencesIn(surveyed).values()].flat()), new Set(["CC0-1.0"]));
  assert.deepEqual(licencesIn(imported).get("files"), [apache]);
  assert.deepEqual(licencesIn(imported).get("native_file"), ["CC0-1.0", apache]);
  assert.deepEqual(licencesIn(imported).get("libraries"), ["CC0-1.0"]);
  assert.match(surveyed.text("CITATION.cff"), /^license: "CC0-1\.0"$/m);
  assert.doesNotMatch(imported.text("CITATION.cff"), /^license:/m);
});

test("a dataset has the tables that make sense of its edition, as its reports have", async (t) => {
  const { surveyed, imported } = await publishedBeside2023(t);
  const tablesIn = ({ names }: typeof surveyed) =>
    names.filter((name) => name.endsWith(".csv")).map((name) => name.slice(0, -4));
  assert.deepEqual(tablesIn(imported).sort(), [
    ...[
      "all-of-pypi",
      "baseline",
      "baseline_2023",
      "component_rank",
      "components",
      "distributions",
      "files",
      "libraries",
    ],
    ...["library_distribution", "library_origin", "library_rank", "native_file"],
    ...["origin-conflicts", "origin_evidence", "origins", "past-end"],
    ...["surveyed_platform", "surveyed_project", "surveyed_wheel", "trends"],
  ]);
  const inSurveyed = new Set(tablesIn(surveyed));
  for (const name of ["files", "baseline", "baseline_2023"]) assert.ok(!inSurveyed.has(name), name);
  for (const name of ["then-and-now", "outcomes", "candidate", "survey_cost"]) assert.ok(inSurveyed.has(name), name);
});

test("where no data of others are, the licence is CC0-1.0 alone", async (t) => {
  const { folder } = await published(t, PROJECTS);
  for (const name of DOCUMENTS) assert.doesNotMatch(readFileSync(join(folder, name), "utf8"), /Apache|Larson/, name);
});
