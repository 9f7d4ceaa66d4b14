// Shards of an edition put together: the same views as a survey that read all of it; what does not belong together is refused.
import assert from "node:assert/strict";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import Database from "better-sqlite3";
import fc from "fast-check";
import { isInShard, parseShard } from "../pipeline/editions/shard.ts";
import type { SurveyRequest } from "../pipeline/stage/stage.ts";
import { cli, EDITION, everything, indexFor, project, requestTo, rows, run, scratchFolder, survey } from "./harness.ts";
import { buildElf } from "./loopback/binaries.ts";
import { wheelOf } from "./loopback/made-up-source.ts";
import { recordedSource } from "./loopback/recorded-source.ts";
import { memorySource } from "./loopback/source.ts";
import { MONTHS } from "./recorded-months.ts";
import { SEEDED } from "./seed.ts";

/** All that a database says but what it cost. */
function views(database: string) {
  const { survey_cost: _, ...others } = everything(database);
  return others;
}

const SHARED = buildElf({ soname: "libshared.so.1", needed: ["libc.so.6"], buildId: "c0".repeat(20) });
const OWN = (name: string) => buildElf({ soname: `libown${name}.so.1`, needed: [], text: Buffer.from(`own ${name}`) });

/** Eight projects; a file in all of them, a wheel in two, and each a file of its own. RECORD has hashes if `isHashed`; that of `released` is newer. */
function eight({ released = "", isHashed = false } = {}) {
  const same = wheelOf("same-1.0-cp312-cp312-win_amd64.whl", { "same/core.pyd": Buffer.from("core") }, isHashed);
  const projects = [..."adfgjkoc"].map((name) => {
    const version = name === released ? "1.1" : "1.0";
    const members = {
      [`${name}.libs/libshared-0123abcd.so.1`]: SHARED,
      [`${name}.libs/libown${name}-0123abcd.so.1`]: OWN(name),
    };
    const own = wheelOf(`${name}-${version}-cp312-cp312-manylinux_2_28_x86_64.whl`, members, isHashed);
    return project(name, "gd".includes(name) ? [own, same] : [own], version);
  });
  return memorySource(projects);
}

type Index = Awaited<ReturnType<typeof indexFor>>;

/** A survey for each shard, each in a database of its own. */
async function shardsOf(t: TestContext, index: Index, of: number, more: Partial<SurveyRequest> = {}) {
  const databases: string[] = [];
  for (let nth = 1; nth <= of; nth += 1) {
    const request = requestTo(index, scratchFolder(t), { top: 8, shard: `${nth}/${of}`, ...more });
    assert.equal(await survey(request), 0);
    databases.push(request.database);
  }
  return databases;
}

async function merged(t: TestContext, databases: string[]): Promise<string> {
  const out = join(scratchFolder(t), "merged.sqlite");
  const { code, stderr } = await run(["merge", ...databases, "--database", out]);
  assert.equal(code, 0, stderr);
  return out;
}

async function refused(t: TestContext, databases: string[], message: RegExp) {
  const out = join(scratchFolder(t), "merged.sqlite");
  const { code, stderr } = await run(["merge", ...databases, "--database", out]);
  assert.match(stderr, message);
  assert.equal(code, 2);
  assert.equal(existsSync(out), false);
}

test("each project belongs to exactly one shard, whatever their number", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 2, max: 1000 }), (name, of) => {
      const shards = Array.from({ length: of }, (_, at) => ({ nth: at + 1, of }));
      assert.equal(shards.filter((shard) => isInShard(shard, name)).length, 1);
    }),
    { ...SEEDED, numRuns: 50 },
  );
  assert.deepEqual(parseShard("2/5"), { nth: 2, of: 5 });
  for (const text of ["", "0/2", "3/2", "1/1", "2", "1/1001", "1.5/2", "-1/2"]) assert.equal(parseShard(text), null);
});

test("two recorded months in three shards are, put together, what one survey finds", async (t) => {
  const whole = scratchFolder(t);
  const shards = Array.from({ length: 3 }, () => scratchFolder(t));
  for (const edition of MONTHS) {
    const index = await indexFor(t, recordedSource(edition));
    const request = (folder: string) => requestTo(index, folder, { edition, top: 160 });
    assert.equal(await survey(request(whole)), 0);
    for (const [at, folder] of shards.entries())
      assert.equal(await survey({ ...request(folder), shard: `${at + 1}/3` }), 0);
  }
  const databases = shards.map((folder) => join(folder, "survey.sqlite"));
  const read = (database: string) => rows(database, "SELECT count(*) AS n FROM wheel WHERE reader > 0")[0]!.n as number;
  const all = read(join(whole, "survey.sqlite"));
  assert.equal(
    databases.reduce((sum, database) => sum + read(database), 0),
    all,
  );
  for (const database of databases) assert.ok(read(database) > all / 5, `${read(database)} of ${all}`);
  assert.deepEqual(views(await merged(t, databases)), views(join(whole, "survey.sqlite")));
});

for (const isHashed of [false, true])
  test(`wheels and files that several shards share are theirs once, with what their bytes say, ${isHashed ? "known by hashes" : "each file its wheel's own"}`, async (t) => {
    const index = await indexFor(t, eight({ isHashed }));
    const whole = requestTo(index, scratchFolder(t), { top: 8, contents: "libraries" });
    assert.equal(await survey(whole), 0);
    const databases = await shardsOf(t, index, 3, { contents: "libraries" });
    for (const inputs of [databases, databases.toReversed()]) {
      const out = await merged(t, inputs);
      assert.deepEqual(views(out), views(whole.database));
      const files = isHashed ? 1 + 8 : 8 + 8; // The one that all share, and each one's own.
      assert.equal(rows(out, "SELECT count(*) AS n FROM file_contents")[0]!.n, files);
    }
  });

test("of a file that one shard read further than another, more is kept, in whichever order they come", async (t) => {
  const index = await indexFor(t, eight({ isHashed: true }));
  const levels = ["heads", "libraries", "heads"] as const;
  const databases: string[] = [];
  for (const [at, contents] of levels.entries()) {
    const request = requestTo(index, scratchFolder(t), { top: 8, shard: `${at + 1}/3`, contents });
    assert.equal(await survey(request), 0);
    databases.push(request.database);
  }
  const plans = "SELECT plan, count(*) AS n FROM file_contents JOIN file USING (file_id) GROUP BY plan ORDER BY plan";
  const [, second] = databases as [string, string, string];
  const further = rows(second, "SELECT hex FROM file_contents JOIN file USING (file_id) ORDER BY hex");
  for (const inputs of [databases, databases.toReversed()]) {
    const out = await merged(t, inputs);
    assert.deepEqual(rows(out, plans), [
      { plan: 1, n: 9 - further.length },
      { plan: 2, n: further.length },
    ]);
    const kept = rows(out, "SELECT hex FROM file_contents JOIN file USING (file_id) WHERE plan = 2 ORDER BY hex");
    assert.deepEqual(kept, further);
  }
});

test("a shard alone writes no reports, says so in status, is complete, and stays the shard that it is", async (t) => {
  const request = requestTo(await indexFor(t, eight()), scratchFolder(t), { top: 8, shard: "1/3" });
  assert.equal(await survey(request), 0);
  assert.equal(existsSync(join(request.reports, EDITION)), false);
  const status = await cli(["status", "--database", request.database]);
  assert.match(status.stdout, /^edition 2026-11, shard 1\/3\n/);
  assert.match(status.stdout, /\| members +\| +2 wheels read \| +0 \|/);
  const again = await run(["dataset", "--edition", EDITION, "--database", request.database]);
  assert.deepEqual([again.code, /shard 1\/3 alone/.test(again.stderr)], [6, true]);
  await assert.rejects(survey({ ...request, shard: "2/3" }), /--shard: 2\/3, expected 1\/3 as it was begun with/);
  assert.equal(await survey({ ...request, shard: null }), 0);
});

test("of copies of one database in which the projects were asked, each reads a shard, and what they share is counted once", async (t) => {
  const index = await indexFor(t, eight());
  const whole = requestTo(index, scratchFolder(t), { top: 8 });
  assert.equal(await survey(whole, ["ranking", "releases"]), 0);
  const copies = [1, 2].map((nth) => {
    const request = requestTo(index, scratchFolder(t), { top: 8, shard: `${nth}/2` });
    copyFileSync(whole.database, request.database);
    return request;
  });
  for (const request of copies) assert.equal(await survey(request), 0);
  assert.equal(await survey(whole), 0);
  const out = await merged(
    t,
    copies.map(({ database }) => database),
  );
  const cost = (database: string) => rows(database, "SELECT stage, requests FROM cost ORDER BY stage");
  assert.deepEqual(cost(out), cost(whole.database));
  assert.deepEqual(everything(out), everything(whole.database));
  // An edition later, from copies of what was merged: the edition before is the same in both.
  const next = [1, 2].map((nth) => {
    const request = requestTo(index, scratchFolder(t), { edition: "2026-12", top: 8, shard: `${nth}/2` });
    copyFileSync(out, request.database);
    return request;
  });
  for (const request of next) assert.equal(await survey(request), 0);
  assert.equal(await survey({ ...whole, edition: "2026-12" }), 0);
  const both = await merged(
    t,
    next.map(({ database }) => database),
  );
  assert.deepEqual(views(both), views(whole.database));
});

test("what a shard has not read is still to be read in what is made of them", async (t) => {
  const index = await indexFor(t, eight());
  const databases = await shardsOf(t, index, 2);
  const db = new Database(databases[0]!);
  db.exec(`PRAGMA foreign_keys = OFF; DELETE FROM member_name; DELETE FROM member; DELETE FROM listing; DELETE FROM wheel_document; DELETE FROM judged_wheel;
    UPDATE wheel SET reader = NULL, read_for = NULL`);
  db.close();
  const out = join(scratchFolder(t), "merged.sqlite");
  const { code, stderr } = await cli(["merge", ...databases, "--database", out]);
  assert.equal(code, 0);
  assert.match(stderr, /INCOMPLETE: 2 wheels not read yet/);
  const before = index.requests.length;
  assert.equal(await survey(requestTo(index, scratchFolder(t), { top: 8, database: out })), 0);
  assert.equal(index.requests.length - before, 2);
});

test("databases that do not belong together are refused, with what is wrong with them", async (t) => {
  const source = { ...eight() };
  const index = await indexFor(t, source);
  const [first, second] = (await shardsOf(t, index, 2)) as [string, string];
  const [other] = (await shardsOf(t, index, 3)) as [string];
  const [whole, twice] = [
    requestTo(index, scratchFolder(t), { top: 8 }),
    requestTo(index, scratchFolder(t), { top: 8 }),
  ];
  for (const request of [whole, twice]) assert.equal(await survey(request), 0);
  const fewer = requestTo(index, scratchFolder(t), { top: 7, shard: "2/2" });
  assert.equal(await survey(fewer), 0);
  await refused(t, [first], /edition 2026-11: no database with shard 2\/2, expected all 2 of them/);
  await refused(t, [first, first], /edition 2026-11, shard 1\/2, which .* has too, expected each shard once/);
  await refused(t, [first, other], /1\/2 and 1\/3, expected shards of one number that do not overlap/);
  await refused(t, [first, whole.database], /1\/2 and all projects, expected shards/);
  await refused(t, [twice.database, whole.database], /all projects and all projects, expected shards/);
  for (const { database } of [twice, whole]) {
    const db = new Database(database);
    db.exec("DELETE FROM run_stage"); // As in datasets, which do not tell who made them.
    db.close();
  }
  await refused(t, [twice.database, whole.database], /all projects and all projects, expected shards/);
  await refused(t, [first, fewer.database], /edition 2026-11, top_n 7, expected 8 as in /);
  const taken = await run(["merge", first, second, "--database", first]);
  assert.deepEqual([taken.code, /is there already/.test(taken.stderr)], [2, true]);
  const absent = await run([
    "merge",
    join(scratchFolder(t), "none.sqlite"),
    "--database",
    join(scratchFolder(t), "m.sqlite"),
  ]);
  assert.equal(absent.code, 5);

  source.project = eight({ released: "k" }).project; // Released between the shards' runs.
  const later = requestTo(index, scratchFolder(t), { top: 8, shard: "2/2" });
  assert.equal(await survey(later), 0);
  await refused(
    t,
    [first, later.database],
    /2026-11, k: 1\.1 here, 1\.0, differs .* expected the same facts; give each shard a copy/,
  );
});

test("editions that only one of several databases has come together", async (t) => {
  const index = await indexFor(t, eight());
  const months = ["2026-10", "2026-11"];
  const [apart, together] = [months.map(() => scratchFolder(t)), scratchFolder(t)];
  for (const [at, edition] of months.entries())
    for (const folder of [apart[at]!, together])
      assert.equal(await survey(requestTo(index, folder, { edition, top: 8 })), 0);
  const out = await merged(
    t,
    apart.map((folder) => join(folder, "survey.sqlite")),
  );
  assert.deepEqual(views(out), views(join(together, "survey.sqlite")));
  assert.equal(rows(out, "SELECT count(*) AS n FROM release")[0]!.n, 8);
});
