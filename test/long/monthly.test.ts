// The month that runs by itself (scripts/monthly): what it publishes, and what it leaves alone when something is wrong.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { indexFor, inScratch, project, scratchFolder, wheel } from "../harness.ts";
import { memorySource } from "../loopback/source.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/monthly", import.meta.url));
const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
const PROJECTS = ["a", "b", "c"].map((name) =>
  project(name, [wheel(`${name}-1.0-cp312-cp312-win32.whl`, { [`${name}.libs/z.dll`]: "z" })]),
);
const SOURCE = memorySource(PROJECTS);

function begin(words: string[]): ChildProcess {
  return spawn(SCRIPT, words, { env: { ...process.env, PATH }, stdio: ["ignore", "pipe", "pipe"] });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]!.setEncoding("utf8").on("data", (text: string) => (output[name] += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...output };
}

function wordsFor(edition: string, folder: string, index: { url: string; rankingUrl: string }): string[] {
  const places = ["--database", join(folder, "data", "survey.sqlite"), "--reports", join(folder, "reports")];
  const survey = ["--index", index.url, "--ranking", index.rankingUrl, "--top", "3"];
  return ["--edition", edition, ...places, "--dist", join(folder, "dist"), "--", ...survey];
}

/** Every file below a folder with its hash. */
function hashes(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true }).filter((each) =>
    each.isFile(),
  );
  const hashOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
  return names.map(({ parentPath, name }) => `${hashOf(join(parentPath, name))} ${parentPath}/${name}`).sort();
}

test("a good month is published, the next one fails: nothing is, the last edition is untouched, and the code is told", async (t) => {
  const folder = scratchFolder(t);
  const dist = join(folder, "dist");
  const log = () => readFileSync(join(folder, "data", "monthly.log"), "utf8");
  const good = await ended(begin(wordsFor("2026-10", folder, await indexFor(t, SOURCE))));
  assert.equal(good.code, 0, good.stderr);
  assert.ok(existsSync(join(dist, "2026-10", "survey.sqlite")));
  assert.ok(existsSync(join(dist, "site", "index.html")));
  assert.match(log(), /^\S+Z edition 2026-10: begun\n/);
  assert.match(log(), /Z edition 2026-10: published in \S+2026-10\n$/);
  assert.equal(good.stderr, log());

  const published = hashes(dist);
  const moved = memorySource([
    ...PROJECTS.slice(1),
    project("a", [wheel("a-2.0-cp312-cp312-win32.whl", { "a.dll": "" })]),
  ]);
  const failing = await indexFor(t, moved, {
    fault: ({ path }) => (path.includes("a-2.0") ? { kind: "status", status: 404 } : undefined),
  });
  const bad = await ended(begin(wordsFor("2026-11", folder, failing)));
  assert.equal(bad.code, 6, bad.stderr);
  assert.match(bad.stderr, /run 3 of at most 3, for what has failed\n/);
  assert.match(bad.stderr, /Z dataset 2026-11: 1 item failed, expected a complete edition/);
  assert.match(bad.stderr, /Z edition 2026-11: not published, exit code 6: a gate refused to publish\n$/);
  assert.deepEqual(hashes(dist), published);

  const words = wordsFor("2026-11", folder, failing);
  const judged = await ended(begin(["--allow-incomplete", ...words]));
  assert.equal(judged.code, 0, judged.stderr);
  assert.deepEqual(readdirSync(dist).sort(), ["2026-10", "2026-11", "parquet", "site"]);
  const partitions = readdirSync(join(dist, "parquet", "native_file")).sort();
  assert.deepEqual(partitions, ["edition=2026-10", "edition=2026-11"]);
  assert.ok(existsSync(join(dist, "site", "editions", "2026-11.html")));
});

test("an index that cannot be reached ends the month with its own code, before the gate", async (t) => {
  const folder = scratchFolder(t);
  const { rankingUrl } = await indexFor(t, SOURCE);
  const { code, stderr } = await ended(begin(wordsFor("2026-11", folder, { url: "http://127.0.0.1:9", rankingUrl })));
  assert.equal(code, 4, stderr);
  assert.match(stderr, /Z edition 2026-11: not published, exit code 4: the ranking or the index cannot be read/);
  assert.equal(existsSync(join(folder, "dist")), false);
});

test("of two runs at a time the second says that it is locked out; the first, told to stop, stops and unlocks", async (t) => {
  const folder = scratchFolder(t);
  let ask = () => {};
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const index = await indexFor(t, SOURCE, {
    fault: () => {
      ask();
      return { kind: "silence" };
    },
  });
  const words = wordsFor("2026-11", folder, index);
  const first = begin(words);
  const firstEnded = ended(first);
  await asked;
  const second = await ended(begin(words));
  assert.equal(second.code, 5);
  assert.match(second.stderr, /locked: another run holds \S+survey\.sqlite\.monthly\.lock, expected it to be free\n$/);
  first.kill("SIGTERM");
  const stopped = await firstEnded;
  assert.equal(stopped.code, 143, stopped.stderr);
  assert.match(stopped.stderr, /not published, exit code 143: stopped by SIGTERM/);
  assert.deepEqual(readdirSync(join(folder, "data")).sort(), ["monthly.log", "survey.sqlite"]);
});

const THIS_MONTH = new Date().toISOString().slice(0, "YYYY-MM".length);
const FRESHNESS: [editions: string[], code: number, message: RegExp][] = [
  [[], 6, /: no edition, expected one of the last 40 days\n$/],
  [["2023-07", "2020-01"], 6, /: newest edition 2023-07, begun \d+ days ago, expected one of the last 40 days\n$/],
  [["2023-07", THIS_MONTH, "notes"], 0, /: newest edition \d{4}-\d\d, begun \d\d? days ago\n$/],
];
for (const [editions, code, message] of FRESHNESS) {
  test(`--check of ${editions.join(", ") || "no dataset"} ends with ${code}`, () =>
    inScratch(async (folder) => {
      for (const edition of editions) mkdirSync(join(folder, edition));
      const result = await ended(begin(["--check", "--dist", folder]));
      assert.equal(result.code, code);
      assert.match(code === 0 ? result.stdout : result.stderr, message);
    }));
}

for (const words of [["--speed"], ["2026-11"], ["2026-11", "--", "--top", "3"]]) {
  test(`scripts/monthly ${words.join(" ")} is wrong usage`, async () => {
    const { code, stderr } = await ended(begin(words));
    assert.equal(code, 2);
    assert.match(stderr, /^monthly: .+, expected scripts\/monthly .+ or scripts\/monthly --check .+\n$/);
  });
}
