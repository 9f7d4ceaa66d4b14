// Whole surveys over real HTTP: which projects are taken, what is stored, what a second run asks for.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import { statusText } from "../pipeline/commands/status.ts";
import { openForReading } from "../pipeline/database/database.ts";
import { STAGES } from "../pipeline/stages.ts";
import {
  cli,
  commandLine,
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
import { recordedSource } from "./loopback/recorded-source.ts";
import { memorySource, type SourceFile } from "./loopback/source.ts";

const BINARY = (
  name: string,
  members: Record<string, string> = { [`${name}.libs/libz-${"0123abcd"}.so.1.2`]: "z" },
  version = "1.0",
) => wheel(`${name}-${version}-cp312-cp312-manylinux_2_28_x86_64.whl`, members);
const PURE = (name: string) => wheel(`${name}-1.0-py3-none-any.whl`, { [`${name}.py`]: "" });
const SDIST = (name: string): SourceFile => ({ ...PURE(name), filename: `${name}-1.0.tar.gz` });

function smallIndex() {
  return memorySource([
    project("alpha", [BINARY("alpha"), PURE("alpha")]),
    project("pure", [PURE("pure")]),
    project("source", [SDIST("source")]),
    project("empty", []),
    project("beta", [
      BINARY("beta"),
      wheel("beta-1.0-cp312-cp312-win_amd64.whl", { "beta/core.pyd": "p", "beta.libs/z.dll": "d" }),
    ]),
    project("gamma", [BINARY("gamma")]),
    project("delta", [BINARY("delta")]),
  ]);
}

function outcomes(database: string): string {
  return rows(
    database,
    "SELECT project || ': ' || outcome AS line FROM candidate JOIN ranked_project USING (edition, project) ORDER BY rank",
  )
    .map(({ line }) => line)
    .join(", ");
}

function reportBytes(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

test("the ranking is walked down until enough projects have a binary wheel, and no project is asked for in vain", async (t) => {
  for (const concurrency of [1, 32]) {
    const folder = scratchFolder(t);
    const index = await indexFor(t, smallIndex());
    const request = requestTo(index, folder, { top: 3, concurrency });
    assert.equal(await survey(request), 0);
    assert.equal(
      outcomes(request.database),
      "alpha: taken, pure: pure only, source: sdist only, empty: no files, beta: taken, gamma: taken",
    );
    assert.equal(
      index.requests.some(({ path }) => path.includes("delta")),
      false,
    );
  }
});

test("each native member is a row of native_file, named and counted", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(await indexFor(t, smallIndex()), folder, { top: 2 });
  await survey(request);
  assert.deepEqual(
    rows(
      request.database,
      "SELECT project, wheel, path, kind, library, file_version, platform_family FROM native_file ORDER BY wheel, path",
    ).map((row) => Object.values(row).join(" | ")),
    [
      "alpha | alpha-1.0-cp312-cp312-manylinux_2_28_x86_64.whl | alpha.libs/libz-0123abcd.so.1.2 | shared-library | libz.so | 1.2 | manylinux",
      "beta | beta-1.0-cp312-cp312-manylinux_2_28_x86_64.whl | beta.libs/libz-0123abcd.so.1.2 | shared-library | libz.so | 1.2 | manylinux",
      "beta | beta-1.0-cp312-cp312-win_amd64.whl | beta.libs/z.dll | shared-library | z.dll |  | Windows",
      "beta | beta-1.0-cp312-cp312-win_amd64.whl | beta/core.pyd | extension-module |  |  | Windows",
    ],
  );
  assert.deepEqual(rows(request.database, "SELECT edition, rank, library, packages, files, wheels FROM library_rank"), [
    { edition: EDITION, rank: 1, library: "libz.so", packages: 2, files: 2, wheels: 2 },
    { edition: EDITION, rank: 2, library: "z.dll", packages: 1, files: 1, wheels: 1 },
  ]);
  const [cost] = rows(request.database, "SELECT * FROM survey_cost");
  const wheels = rows(request.database, "SELECT size FROM wheel WHERE reader IS NOT NULL").map(
    ({ size }) => size as number,
  );
  assert.deepEqual(cost, {
    edition: EDITION,
    wheels: 3,
    requests: 3,
    bytes: wheels.reduce((a, b) => a + b),
    wheel_bytes: cost?.bytes,
  });
});

test("a second run over an edition asks for nothing and changes nothing", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, smallIndex());
  const request = requestTo(index, folder, { top: 3 });
  await survey(request);
  const first = {
    views: everything(request.database),
    reports: reportBytes(join(request.reports, EDITION)),
    requests: index.requests.length,
  };
  assert.equal(await survey(request), 0);
  assert.deepEqual(
    {
      views: everything(request.database),
      reports: reportBytes(join(request.reports, EDITION)),
      requests: index.requests.length,
    },
    first,
  );
});

test("a larger --top extends an edition, asking only for the new projects", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, smallIndex());
  await survey(requestTo(index, folder, { top: 2 }));
  const before = index.requests.length;
  await survey(requestTo(index, folder, { top: 3 }));
  const asked = index.requests.slice(before).map(({ path }) => path.split("/").at(path.endsWith("json") ? -2 : -1));
  assert.deepEqual(asked, ["gamma", "gamma-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"]);
});

test("a ranking that ends too early makes a complete edition, and the reports say how far it went", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(await indexFor(t, smallIndex()), folder, { top: 500 });
  assert.equal(await survey(request), 0);
  const page = readFileSync(join(request.reports, EDITION, "README.md"), "utf8");
  assert.match(page, /4 of 500 projects/);
  assert.doesNotMatch(page, /INCOMPLETE/);
});

test("a new edition asks every project again, conditionally, and reads only the wheels that are new", async (t) => {
  const folder = scratchFolder(t);
  const before = [
    project("alpha", [BINARY("alpha")]),
    project("pure", [PURE("pure")]),
    project("beta", [BINARY("beta")]),
  ];
  const october = await indexFor(t, memorySource(before));
  const port = Number(new URL(october.url).port);
  await survey(requestTo(october, folder, { edition: "2026-11", top: 2 }));
  await october.close();
  const after = [
    before[0]!,
    before[1]!,
    project("beta", [BINARY("beta", { "beta.libs/libq-0123abcd.so.2": "q" }, "2.0")], "2.0"),
  ];
  const november = await indexFor(t, memorySource(after), { port });
  const request = requestTo(november, folder, { edition: "2026-12", top: 2 });
  await survey(request);
  assert.deepEqual(
    november.requests.map(({ path, status }) => `${status} ${path.replace(/^.*\/(?=[^/]*\.whl)/, "")}`).sort(),
    [
      "200 /pypi/beta/json",
      "200 /top-pypi-packages.json",
      "206 beta-2.0-cp312-cp312-manylinux_2_28_x86_64.whl",
      "304 /pypi/alpha/json",
      "304 /pypi/pure/json",
    ],
  );
  assert.deepEqual(rows(request.database, "SELECT edition, wheels, requests FROM survey_cost ORDER BY edition"), [
    { edition: "2026-11", wheels: 2, requests: 2 },
    { edition: "2026-12", wheels: 1, requests: 1 },
  ]);
  assert.deepEqual(
    rows(
      request.database,
      "SELECT edition || ' ' || project || ' ' || library AS line FROM native_file ORDER BY 1",
    ).map(({ line }) => line),
    ["2026-11 alpha libz.so", "2026-11 beta libz.so", "2026-12 alpha libz.so", "2026-12 beta libq.so"],
  );
  const fresh = scratchFolder(t);
  await survey(requestTo(november, fresh, { edition: "2026-12", top: 2 }));
  const view = "SELECT * FROM native_file WHERE edition = '2026-12' ORDER BY wheel, path";
  assert.deepEqual(rows(request.database, view), rows(join(fresh, "survey.sqlite"), view));
});

test("files of unknown kinds, and names that are no wheels', are told, and cost no other file", async (t) => {
  const named = (file: SourceFile, filename: string): SourceFile => ({ ...file, filename });
  const source = memorySource([
    project("future", [named(BINARY("future"), "future-1.0-cp315-cp315-win32.whlx")]),
    project("source", [SDIST("source"), named(SDIST("source"), "source-1.0-cp315-cp315-win32.whlx")]),
    project("pure", [PURE("pure"), named(PURE("pure"), "pure-1.0-py3-none.whl")]),
    project("alpha", [BINARY("alpha"), named(BINARY("alpha"), "alpha-1.0-win32.whl")]),
  ]);
  const request = requestTo(await indexFor(t, source), scratchFolder(t), { top: 1 });
  const { stderr, code } = await cli(commandLine(request));
  assert.equal(code, 3, stderr);
  assert.equal(outcomes(request.database), "future: other files, source: sdist only, pure: pure only, alpha: taken");
  assert.deepEqual(rows(request.database, "SELECT item, kind FROM failure ORDER BY item"), [
    { item: "alpha-1.0-win32.whl", kind: "name" },
    { item: "pure-1.0-py3-none.whl", kind: "name" },
  ]);
  assert.match(
    stderr,
    /^warning: future: 1 file of an unknown kind, such as future-1.0-cp315-cp315-win32.whlx, expected/m,
  );
  const page = readFileSync(join(request.reports, EDITION, "README.md"), "utf8");
  assert.match(
    page,
    /^2 projects have 2 files that are neither wheels .* `\.whlx`\) and were not read; of 1 of these projects they are all there is\.$/m,
  );
});

test("a file of a release that an older program could not use is asked for again, although the project has not changed", async (t) => {
  const folder = scratchFolder(t);
  const odd = { ...BINARY("alpha"), filename: "alpha-1.0-cp312-cp312-manylinux_2_28_x86_64-v3.whl" };
  const index = await indexFor(t, memorySource([project("alpha", [BINARY("alpha"), odd])]));
  await survey(requestTo(index, folder, { edition: "2026-10" }));
  const db = new Database(join(folder, "survey.sqlite"));
  for (const table of ["release_file", "binary_wheel"]) db.exec(`DELETE FROM ${table} WHERE filename LIKE '%-v3.whl'`);
  db.exec(`INSERT INTO failure VALUES ('releases', '${odd.filename}', 'name', '', '2026-10', 'alpha', 1, 1, '')`);
  db.close();
  const request = requestTo(index, folder);
  assert.equal(await survey(request), 0);
  const surveyed = `SELECT wheel FROM surveyed_wheel WHERE edition = '${EDITION}' ORDER BY wheel`;
  assert.deepEqual(
    rows(request.database, surveyed).map((row) => row.wheel),
    [odd.filename, BINARY("alpha").filename],
  );
});

test("exactly the projects of a list are surveyed", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, smallIndex());
  const request = requestTo(index, folder, { ranking: null, projects: "Delta,pure,nosuch" });
  assert.equal(await survey(request), 0);
  assert.equal(outcomes(request.database), "delta: taken, pure: pure only, nosuch: not found");
});

test("an edition goes on only with the index, ranking and list it was begun with", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, smallIndex());
  const request = requestTo(index, folder, { top: 2 });
  await survey(request);
  const before = everything(request.database);
  for (const [other, message] of [
    [{ index: "http://127.0.0.1:9" }, /--index: .*expected http/],
    [{ ranking: `${index.url}/another.json` }, /--ranking: /],
    [{ ranking: null, projects: "alpha" }, /--projects: a list, expected http/],
    [{ top: 1 }, /--top: 1, expected at least 2/],
  ] as const) {
    await assert.rejects(
      survey({ ...request, ...other }),
      (error: { exitCode?: number } & Error) => error.exitCode === 2 && message.test(error.message),
    );
  }
  assert.deepEqual(everything(request.database), before);
});

test("the recorded slice gives the same views and reports at any concurrency", async (t) => {
  const results = [];
  for (const concurrency of [1, 32]) {
    const folder = scratchFolder(t);
    const index = await indexFor(t, recordedSource());
    const request = requestTo(index, folder, { top: 40, concurrency });
    assert.equal(await survey(request), 0);
    results.push({ views: everything(request.database), reports: reportBytes(join(request.reports, EDITION)) });
  }
  assert.deepEqual(results[0], results[1]);
});

test("a server that ignores ranges has its wheels read from a temporary file, which is gone afterwards", async (t) => {
  const plain = scratchFolder(t);
  const whole = scratchFolder(t);
  await survey(requestTo(await indexFor(t, smallIndex()), plain));
  const ignoring = await indexFor(t, smallIndex(), {
    fault: ({ range }) => (range === null ? undefined : { kind: "ignore-range" }),
  });
  const request = requestTo(ignoring, whole);
  assert.equal(await survey(request), 0);
  assert.deepEqual(everything(request.database).native_file, everything(join(plain, "survey.sqlite")).native_file);
  assert.deepEqual(rows(request.database, "SELECT DISTINCT read_whole FROM wheel WHERE reader IS NOT NULL"), [
    { read_whole: 1 },
  ]);
  assert.deepEqual(readdirSync(whole).sort(), ["reports", "survey.sqlite"]);
});

test("a wheel that failed in one edition, or under one name, and is read later is missing from neither", async (t) => {
  const folder = scratchFolder(t);
  const twice = [
    project("alpha", [BINARY("alpha")]),
    project("beta", [{ ...BINARY("alpha"), filename: "beta-1.0-cp312-cp312-win32.whl" }]),
  ];
  const failing = await indexFor(t, memorySource(twice), {
    fault: ({ path }) => (path.includes("alpha-1.0") ? { kind: "status", status: 403 } : undefined),
  });
  const request = requestTo(failing, folder, { top: 2 });
  const broken = { ...request, edition: "2026-10", projects: "alpha", ranking: null };
  assert.equal(await survey(broken), 3);
  assert.equal(await survey(request), 3);
  assert.equal(await survey(request), 3);
  const { port } = new URL(failing.url);
  await failing.close();
  await indexFor(t, memorySource(twice), { port: Number(port) });
  assert.equal(await survey(request), 0);
  assert.deepEqual(rows(request.database, "SELECT * FROM failure"), []);
  assert.equal(await survey(broken), 0);
});

test("reports of files that have not been named yet say INCOMPLETE", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(await indexFor(t, smallIndex()), folder, { top: 2 });
  await survey(request, ["ranking", "releases", "members", "reports"]);
  const page = join(request.reports, EDITION, "README.md");
  assert.match(readFileSync(page, "utf8"), /INCOMPLETE: 3 wheels not judged yet/);
  await survey(request, ["libraries", "reports"]);
  assert.match(readFileSync(page, "utf8"), /INCOMPLETE: upstream projects not given yet/);
  await survey(request, ["components", "reports"]);
  assert.match(readFileSync(page, "utf8"), /INCOMPLETE: 3 wheels not compared with their SBOMs yet/);
  await survey(request, ["sboms", "reports"]);
  assert.match(readFileSync(page, "utf8"), /INCOMPLETE: libraries not counted yet/);
  await survey(request);
  assert.doesNotMatch(readFileSync(page, "utf8"), /INCOMPLETE/);
});

test("each run tells what it has done of a stage, and status which reports are outdated", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(await indexFor(t, smallIndex()), folder, { top: 1 });
  const done = () =>
    rows(
      request.database,
      "SELECT stage, done FROM run_stage WHERE run_id = (SELECT max(run_id) FROM run) AND stage <> 'ranking'",
    ).map((row) => `${row.stage} ${row.done}`);
  const reportsRow = () => {
    const db = openForReading(request.database);
    const line = statusText(db, STAGES, EDITION)
      .split("\n")
      .find((text) => text.startsWith("| reports"));
    db.close();
    return line?.match(/\d+/g)?.slice(0, 2).join(" done, ");
  };
  await survey(request);
  assert.deepEqual(done(), [
    "components 1",
    "contents 0",
    "libraries 1",
    "linked 0",
    "members 1",
    "origins 1",
    "ranks 1",
    "releases 1",
    "reports 1",
    "sboms 1",
  ]);
  assert.equal(reportsRow(), "1 done, 0");
  await survey(request);
  assert.deepEqual(done(), [
    "components 0",
    "contents 0",
    "libraries 0",
    "linked 0",
    "members 0",
    "origins 0",
    "ranks 0",
    "releases 0",
    "reports 0",
    "sboms 0",
  ]);
  await survey({ ...request, top: 2 }, ["releases", "members", "libraries", "components"]);
  assert.deepEqual(done(), ["components 1", "libraries 2", "members 2", "releases 4"]);
  assert.equal(reportsRow(), "0 done, 1");
});

test("a file host that is down over several runs costs no wheel", async (t) => {
  const folder = scratchFolder(t);
  const projects = Array.from({ length: 25 }, (_, n) => project(`p${n}`, [BINARY(`p${n}`)]));
  const source = memorySource(projects);
  const down = await indexFor(t, source, {
    fault: ({ range }) => (range === null ? undefined : { kind: "status", status: 403 }),
  });
  const request = requestTo(down, folder, { top: 25 });
  await survey(request, ["ranking", "releases"]);
  const { port } = new URL(down.url);
  await down.close();
  const refusing = await indexFor(t, source, {
    port: Number(port),
    fault: ({ range }) => (range === null ? undefined : { kind: "reset" }),
  });
  for (let run = 0; run < 3; run += 1) {
    await assert.rejects(
      survey({ ...request, concurrency: 25 }, ["members"]),
      (error: { exitCode?: number }) => error.exitCode === 4,
    );
  }
  assert.deepEqual(rows(request.database, "SELECT * FROM failure"), []);
  await refusing.close();
  await indexFor(t, source, { port: Number(port) });
  assert.equal(await survey(request), 0);
});

test("reports of what other rules or another method have made say INCOMPLETE, and status that it is to be made", async (t) => {
  const folder = scratchFolder(t);
  const request = requestTo(await indexFor(t, smallIndex()), folder, { top: 2 });
  await survey(request);
  const page = join(request.reports, EDITION, "README.md");
  for (const [derived, stage] of [
    ["names", "libraries"],
    ["components", "components"],
    ["sboms", "sboms"],
    [`ranks ${EDITION}`, "ranks"],
  ] as const) {
    const db = new Database(request.database);
    db.prepare("UPDATE derivation SET stamp = 'older' WHERE derived = ?").run(derived);
    assert.equal(STAGES.find(({ name }) => name === stage)!.tally(db, EDITION).done, 0, stage);
    db.close();
    await survey(request, ["reports"]);
    assert.match(readFileSync(page, "utf8"), /INCOMPLETE: names or counts made by other rules/, stage);
    await survey(request);
    assert.doesNotMatch(readFileSync(page, "utf8"), /INCOMPLETE/, stage);
  }
});
