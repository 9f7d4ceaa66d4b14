// The command line as people and their supervisors meet it: one line for each wrong input, and the exit code that belongs to it.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import Database from "better-sqlite3";
import {
  cli,
  commandLine,
  EDITION,
  indexFor,
  project,
  requestTo,
  rows,
  run,
  scratchFolder,
  start,
  survey,
  wheel,
} from "./harness.ts";
import type { FaultPlan } from "./loopback/faults.ts";
import { memoryFile, memorySource } from "./loopback/source.ts";

const GOOD = project("good", [wheel("good-1.0-cp312-cp312-win32.whl", { "good.libs/z.dll": "z" })]);

/** A run that must fail before it does anything: its exit code, and the one line that says why. */
async function refused(words: string[], code: number, message: RegExp, how: typeof run = run): Promise<void> {
  const result = await how(words);
  assert.equal(result.code, code, result.stderr);
  assert.match(result.stderr, message);
  assert.equal(result.stderr.trim().split("\n").length, 1, result.stderr);
  assert.equal(result.stdout, "");
}

const WRONG_WORDS: [words: string[], message: RegExp][] = [
  [["wheels"], /stage: "wheels", expected ranking, releases/],
  [["--speed", "9"], /unknown option '--speed'/],
  [["--edition", "2026-13"], /--edition.*2026-13.*YYYY-MM/],
  [["--edition", "november"], /--edition.*november.*YYYY-MM/],
  [["--top", "0"], /--top.*whole number from 1/],
  [["--top", "many"], /--top.*whole number/],
  [["--rate", "-1"], /--rate/],
  [["--concurrency", "1.5"], /--concurrency.*whole number/],
  [["--concurrency", "257"], /--concurrency.*1 to 256/],
  [["--index", "pypi.org"], /--index: "pypi.org", expected an address/],
  [["--index", "http://pypi.example"], /--index: .*expected an address/],
  [["--contact", "a\nb"], /--contact.*printable/],
  [["--projects", "a", "--ranking", "b.json"], /--ranking.*cannot be used with.*--projects/],
  [["--projects", "a/../b,c"], /--projects: project name: "a\/..\/b"/],
  [["--projects", "./nosuch.txt"], /--projects .*nosuch.txt: ENOENT/],
  [["members", "--edition", "2026-11"], /edition 2026-11: not in .*expected one that was begun/],
];

test("what stops a command is all that its process says", async (t) => {
  const database = join(scratchFolder(t), "s.sqlite");
  await refused(["--top", "0"], 2, /--top/, cli);
  await refused(["--database", database, "--ranking", "nosuch.json"], 4, /nosuch.json/, cli);
  await refused(["status", "--database", `${database}-not`], 5, /no such file/, cli);
});

for (const [words, message] of WRONG_WORDS) {
  test(`${words.join(" ")} is wrong usage`, async (t) =>
    refused([...words, "--database", join(scratchFolder(t), "s.sqlite")], 2, message));
}

async function serving(t: TestContext, body: string, status = 200): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a ranking that is missing, not JSON, or of another shape is refused with 4", async (t) => {
  const folder = scratchFolder(t);
  const database = ["--database", join(folder, "s.sqlite")];
  writeFileSync(join(folder, "page.json"), "<html>");
  writeFileSync(join(folder, "other.json"), '{"projects": []}');
  await refused(
    [...database, "--ranking", join(folder, "nosuch.json")],
    4,
    /nosuch.json: ENOENT.*expected a file or a URL/,
  );
  await refused(
    [...database, "--ranking", join(folder, "page.json")],
    4,
    /page.json: not JSON: it begins with "<html>", expected a JSON object/,
  );
  await refused(
    [...database, "--ranking", join(folder, "other.json")],
    4,
    /other.json: last_update: .*expected \{last_update/,
  );
  await refused(
    [...database, "--ranking", `${await serving(t, "gone", 404)}/r.json`],
    4,
    /r.json: status 404, expected 200/,
  );
  await refused([...database, "--ranking", "http://127.0.0.1:9/r.json"], 4, /127.0.0.1:9\/r.json: .*ECONNREFUSED/);
});

test("an index that cannot be reached, or is none, ends the run with 4 and can be tried again", async (t) => {
  const folder = scratchFolder(t);
  const unreachable = requestTo(
    { url: "http://127.0.0.1:9", rankingUrl: (await indexFor(t, memorySource([GOOD]))).rankingUrl },
    folder,
    { top: 1 },
  );
  const { code, stderr } = await cli(commandLine(unreachable));
  assert.equal(code, 4);
  assert.match(
    stderr.trim().split("\n").at(-1)!,
    /^http:\/\/127.0.0.1:9\/pypi\/good\/json: .*ECONNREFUSED.*expected an answer$/,
  );
  assert.deepEqual(rows(unreachable.database, "SELECT * FROM failure"), []);
});

test("a server that knows none of the projects is not taken for an index without binary wheels", async (t) => {
  const ranking = {
    last_update: "2026-11-01 00:00:00",
    rows: Array.from({ length: 30 }, (_, n) => ({ project: `p${n}`, download_count: 99 - n })),
  };
  const folder = scratchFolder(t);
  writeFileSync(join(folder, "ranking.json"), JSON.stringify(ranking));
  for (const status of [404, 200]) {
    const url = await serving(t, "<html>", status);
    const { code, stderr } = await cli(
      commandLine(
        requestTo({ url, rankingUrl: join(folder, "ranking.json") }, join(folder, String(status)), { top: 30 }),
      ),
    );
    assert.equal(code, 4, stderr);
    assert.match(stderr.trim().split("\n").at(-1)!, /expected .*index/);
  }
});

test("items that fail are rows of failure, the rest is surveyed, and the reports say INCOMPLETE", async (t) => {
  const folder = scratchFolder(t);
  const noZip = memoryFile(
    "nozip-1.0-cp312-cp312-win32.whl",
    Buffer.from("this is no archive, but it is long enough to be read as one"),
  );
  const source = memorySource([
    project("odd", [wheel("odd-1.0-cp312-cp312-win32.whl", { "a.dll": "" })]),
    project("nozip", [noZip]),
    GOOD,
  ]);
  const index = await indexFor(t, source, {
    fault: ({ path }) => (path.includes("/odd/") ? { kind: "other-json" } : undefined),
  });
  const request = requestTo(index, folder, { top: 3 });
  const first = await cli(commandLine(request));
  assert.equal(first.code, 3, first.stderr);
  assert.equal(first.stderr.includes("    at "), false);
  for (const line of [
    /^ranking: 3 projects, made /m,
    /^releases: 2 projects asked, 1 failed; 2 projects taken in all$/m,
    /^members: 1 wheel read, 1 failed$/m,
    /^edition 2026-11: 2 of 3 projects taken, 1 of 2 wheels read, 2 items failed$/m,
  ])
    assert.match(first.stderr, line);
  assert.deepEqual(rows(request.database, "SELECT stage, item, kind, tries FROM failure ORDER BY stage"), [
    { stage: "members", item: "nozip-1.0-cp312-cp312-win32.whl", kind: "zip", tries: 1 },
    { stage: "releases", item: "odd", kind: "document", tries: 1 },
  ]);
  for (const { message } of rows(request.database, "SELECT message FROM failure"))
    assert.match(message as string, /^[^\n]*expected[^\n]*$/);
  assert.deepEqual(rows(request.database, "SELECT library FROM library_rank"), [{ library: "z.dll" }]);
  assert.match(readFileSync(join(request.reports, EDITION, "README.md"), "utf8"), /^# .*INCOMPLETE/);
  const { stdout: status } = await cli(["status", "--database", request.database]);
  assert.equal(status.match(/^failed: /gm)?.length, 2);
  for (const line of [
    /ranking +\| +1 ranking stored \| +0 \| +0 \| +1 \| +[1-9]/,
    /releases +\| +2 projects taken \| +0 \| +1 \| +4 \|/,
    /members +\| +1 wheel read \| +0 \| +1 \|/,
  ])
    assert.match(status, line);

  for (const tries of [2, 3, 3]) {
    assert.equal(await survey(request), 3);
    assert.deepEqual(rows(request.database, "SELECT DISTINCT tries FROM failure"), [{ tries }]);
  }
  assert.equal(await survey({ ...request, retry: true }), 3);
  assert.deepEqual(rows(request.database, "SELECT DISTINCT tries FROM failure"), [{ tries: 1 }]);
});

test("a list of which no project exists ends with 2 and claims no month; one of which some exist is surveyed", async (t) => {
  const index = await indexFor(t, memorySource([GOOD]));
  const request = { ...requestTo(index, scratchFolder(t)), ranking: null };
  const words = (projects: string) => [...commandLine(request), "--projects", projects];
  for (const list of ["god", "god,goood"]) {
    const { code, stderr } = await cli(words(list));
    assert.equal(code, 2, stderr);
    assert.match(
      stderr.trim().split("\n").at(-1)!,
      /^http:[^ ]+: no project of the list is there, expected one at least; nothing was begun$/,
    );
    for (const table of ["edition", "ranked_project", "answer", "failure", "cost"])
      assert.deepEqual(rows(request.database, `SELECT * FROM ${table}`), []);
    assert.equal(existsSync(request.reports), false);
  }
  const { code, stderr } = await cli(words("good,goood"));
  assert.equal(code, 0, stderr);
  assert.match(stderr, /warning: not known to the index: goood/);
});

test("a list of which no project exists, or could be asked, keeps what was surveyed for other months", async (t) => {
  const index = await indexFor(t, memorySource([GOOD]), {
    fault: ({ path }) => (path.includes("/bad/") ? { kind: "other-json" } : undefined),
  });
  const request = { ...requestTo(index, scratchFolder(t)), ranking: null };
  assert.equal(await survey({ ...request, projects: "good", edition: "2026-10" }), 0);
  await assert.rejects(survey({ ...request, projects: "god" }), (error: { exitCode?: number }) => error.exitCode === 2);
  assert.deepEqual(rows(request.database, "SELECT edition FROM edition"), [{ edition: "2026-10" }]);
  assert.equal(await survey({ ...request, projects: "god,bad" }), 3);
  assert.deepEqual(rows(request.database, "SELECT project FROM candidate WHERE edition = '2026-10'"), [
    { project: "good" },
  ]);
});

test("a file on a host that was not allowed is a failure, and never asked for", async (t) => {
  const elsewhere = await indexFor(t, memorySource([GOOD]));
  const folder = scratchFolder(t);
  const index = await indexFor(t, memorySource([GOOD]));
  const document = await (await fetch(`${index.url}/pypi/good/json`)).text();
  const url = await serving(t, document);
  const request = requestTo({ url, rankingUrl: index.rankingUrl }, folder, { top: 1 });
  const asked = index.requests.length + elsewhere.requests.length;
  assert.equal(await survey({ ...request, ranking: index.rankingUrl }), 3);
  assert.equal(index.requests.length + elsewhere.requests.length, asked + 1); // the ranking
  assert.deepEqual(rows(request.database, "SELECT kind FROM failure"), [{ kind: "origin" }]);
  assert.equal(await survey({ ...request, fileHosts: [index.url] }), 0);
});

test("a database that is foreign, newer or no database is refused with 5, and left as it was", async (t) => {
  const folder = scratchFolder(t);
  const foreign = join(folder, "foreign.sqlite");
  new Database(foreign).exec("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)").close();
  const newer = join(folder, "newer.sqlite");
  const db = new Database(newer);
  db.exec("CREATE TABLE x (y)");
  db.pragma(`application_id = ${0x57484c53}`);
  db.pragma("user_version = 999");
  db.close();
  const text = join(folder, "text.sqlite");
  writeFileSync(text, "not a database\n".repeat(100));
  for (const [file, message] of [
    [foreign, /foreign.sqlite: made by another program/],
    [newer, /newer.sqlite: schema version 999, expected at most/],
    [text, /text.sqlite: not a SQLite database/],
  ] as const) {
    const before = createHash("sha256").update(readFileSync(file)).digest("hex");
    await refused(["--database", file, "--projects", "x"], 5, message);
    await refused(["status", "--database", file], 5, message);
    assert.equal(createHash("sha256").update(readFileSync(file)).digest("hex"), before);
  }
  await refused(["status", "--database", join(folder, "nosuch.sqlite")], 5, /nosuch.sqlite: no such file/);
  assert.deepEqual(readdirSync(folder).sort(), ["foreign.sqlite", "newer.sqlite", "text.sqlite"]);
});

test("a second run on one database is refused, and status works beside the first", async (t) => {
  let tell = () => {};
  const asked = new Promise<void>((resolve) => (tell = resolve));
  const fault: FaultPlan = ({ range }) => {
    if (range === null) return undefined;
    tell();
    return { kind: "silence" };
  };
  const index = await indexFor(t, memorySource([GOOD]), { fault });
  const request = requestTo(index, scratchFolder(t));
  const first = start(commandLine(request));
  await asked;
  await refused(commandLine(request), 5, new RegExp(`in use by process ${first.pid} on this host since 20`));
  const status = await cli(["status", "--database", request.database]);
  assert.equal(status.code, 0);
  assert.match(status.stdout, /members +\| +0 wheels read \| +1 \| +0 /);
  first.kill("SIGKILL");
  await once(first, "exit");
  const next = await indexFor(t, memorySource([GOOD]));
  assert.equal(await survey({ ...request, index: next.url, ranking: null, edition: "2026-12", projects: "good" }), 0);
  assert.deepEqual(readdirSync(join(request.database, "..")).sort(), ["reports", "survey.sqlite"]);
});

test("reports that cannot be written end the run with 7, nothing asked and no edition begun", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, memorySource([GOOD]));
  writeFileSync(join(folder, "file"), "");
  const request = requestTo(index, folder, { reports: join(folder, "file", "reports") });
  await refused(commandLine(request), 7, /^output .*ENOTDIR/);
  assert.deepEqual(index.requests, []);
  for (const table of ["edition", "run"]) assert.deepEqual(rows(request.database, `SELECT * FROM ${table}`), []);
  mkdirSync(join(folder, "elsewhere"));
  assert.equal(await survey({ ...request, reports: join(folder, "elsewhere") }), 0);
});

test("--help is the tour of stages, options, examples and exit codes", async () => {
  const { code, stdout } = await cli(["--help"]);
  assert.equal(code, 0);
  for (const word of [
    "ranking",
    "releases",
    "members",
    "libraries",
    "components",
    "reports",
    "status",
    "--edition",
    "--rate",
    "Exit codes",
  ]) {
    assert.ok(stdout.includes(word), word);
  }
});

const PACKAGE = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const COMMANDS =
  "survey check status who show diff query inspect name sbom dataset site verdicts import-2023 learn merge upgrade worker help".split(
    " ",
  );

for (const command of COMMANDS) {
  test(`help ${command} says its defaults once, and nothing that only a programmer reads`, async () => {
    const { code, stdout } = await run(["help", command]);
    assert.equal(code, 0);
    assert.ok(stdout.startsWith(`Usage: npm run survey -- ${command} [`), stdout);
    assert.doesNotMatch(stdout, /default:\s+(\[|false|")|\(default:[^)]*\)\s+\(default:/);
  });
}

test("help of what is no command is refused, help alone is --help, and --version is the package's", async () => {
  await refused(["help", "members"], 2, new RegExp(`^command: "members", expected ${COMMANDS.join(", ")}\n$`));
  assert.equal((await run(["help"])).stdout, (await run(["--help"])).stdout);
  assert.deepEqual(await cli(["--version"]), {
    code: 0,
    signal: null,
    stdout: `${PACKAGE.version}\n`,
    stderr: "",
  });
});
