// `npm run survey -- dataset`: what may be published, and what it is.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  cli,
  EDITION,
  everything,
  indexFor,
  project,
  requestTo,
  rows,
  scratchFolder,
  survey,
  wheel,
} from "./harness.ts";
import { memorySource } from "./loopback/source.ts";

const PROJECTS = Array.from({ length: 10 }, (_, n) =>
  project(`p${n}`, [wheel(`p${n}-1.0-cp312-cp312-win32.whl`, { [`p${n}.libs/z.dll`]: "z" })]),
);

test("a complete edition is one file at rest with the facts and without who made it", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(await indexFor(t, memorySource(PROJECTS)), folder, { top: 10 });
  await survey(request);
  const out = join(folder, "dataset");
  const { code, stdout, stderr } = await cli([
    "dataset",
    "--edition",
    EDITION,
    "--database",
    request.database,
    "--out",
    out,
  ]);
  assert.equal(code, 0, stderr);
  const file = join(out, EDITION, "survey.sqlite");
  assert.equal(stdout.trim(), file);
  assert.deepEqual(readdirSync(join(out, EDITION)).sort(), ["SHA256SUMS", "survey.sqlite"]);
  const sum = createHash("sha256").update(readFileSync(file)).digest("hex");
  assert.equal(readFileSync(join(out, EDITION, "SHA256SUMS"), "utf8"), `${sum}  survey.sqlite\n`);
  for (const view of ["native_file", "library_rank", "component_rank", "survey_cost"])
    assert.deepEqual(everything(file)[view], everything(request.database)[view]);
  for (const table of ["run", "run_stage"]) assert.deepEqual(rows(file, `SELECT * FROM ${table}`), []);
});

test("an incomplete edition is refused with 6, unless that is allowed", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, memorySource(PROJECTS), {
    fault: ({ path }) => (path.includes("p3-1.0") ? { kind: "status", status: 403 } : undefined),
  });
  const request = requestTo(index, folder, { top: 10 });
  assert.equal(await survey(request), 3);
  const words = ["dataset", "--edition", EDITION, "--database", request.database, "--out", join(folder, "dataset")];
  const { code, stderr } = await cli(words);
  assert.equal(code, 6);
  assert.match(stderr, /^dataset 2026-11: 1 item failed, expected a complete edition/);
  assert.equal(existsSync(join(folder, "dataset")), false);
  assert.equal((await cli([...words, "--allow-incomplete"])).code, 0);
});

test("a file that somebody has put beside a dataset is not deleted", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(await indexFor(t, memorySource(PROJECTS)), folder, { top: 10 });
  await survey(request);
  const out = join(folder, "dataset");
  const words = ["dataset", "--edition", EDITION, "--database", request.database, "--out", out];
  assert.equal((await cli(words)).code, 0);
  assert.equal((await cli(words)).code, 0);
  writeFileSync(join(out, EDITION, "notes.txt"), "mine");
  const { code, stderr } = await cli(words);
  assert.equal(code, 7);
  assert.match(stderr, /notes\.txt: not written by this program, expected no such file/);
  assert.deepEqual(readdirSync(join(out, EDITION)).sort(), ["SHA256SUMS", "notes.txt", "survey.sqlite"]);
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
  const words = ["dataset", "--edition", EDITION, "--database", request.database, "--out", join(folder, "dataset")];
  const { code, stderr } = await cli(words);
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
      (await cli(["dataset", "--edition", edition, "--database", request.database, "--out", join(folder, "dataset")]))
        .code,
      code,
    );
  }
  assert.equal((await cli(["dataset", "--edition", "2027-01", "--database", before.database])).code, 2);
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
  const out = join(folder, "dataset");
  const file = join(out, EDITION, "survey.sqlite");
  const publish = ({ database }: { database: string }) =>
    cli(["dataset", "--edition", EDITION, "--database", database, "--out", out]);
  assert.equal((await publish(request)).code, 0);
  const published = readFileSync(file);
  for (const other of [fewer, list]) {
    const { code, stderr } = await publish(other);
    assert.equal(code, 7, stderr);
    assert.match(stderr, /survey\.sqlite: 9 projects of .*, expected [23] projects of .*; choose another --out\n$/);
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
