// The scripts that record: what they record of sparse wheels is what those were made of.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { MOST_ENTRIES } from "../../scripts/list-wheel.ts";
import { reduceSbom } from "../../scripts/reduce-sbom.ts";
import { type Listing, parseListings } from "../loopback/listing.ts";
import { FILES, RECORDED, recordedSource } from "../loopback/recorded-source.ts";

const scratch = mkdtempSync(join(tmpdir(), "recording-"));
after(() => rmSync(scratch, { recursive: true }));

// One that delocate, auditwheel and delvewheel repaired, one whose RECORD has an order of its own, one with an earlier release.
const PROJECTS = ["psycopg-binary", "pyqt5", "pyzmq"];

function run(script: string, ...options: string[]): { status: number | null; stderr: string } {
  const path = fileURLToPath(new URL(`../../scripts/${script}`, import.meta.url));
  return spawnSync(process.execPath, ["--import", "tsx/esm", path, ...options], { encoding: "utf8" });
}

function writeEnds(path: string): void {
  const db = new Database(path);
  db.exec("CREATE TABLE wheel (filename, size, sha256); CREATE TABLE segment (filename, start, bytes)");
  const wheel = db.prepare("INSERT INTO wheel VALUES (?, ?, ?)");
  const segment = db.prepare("INSERT INTO segment VALUES (?, ?, ?)");
  const releases = (["2026-11", "2026-10"] as const).flatMap((month) => PROJECTS.map(recordedSource(month).project));
  const files = new Map(releases.flatMap((release) => release!.files.map((file) => [file.filename, file])));
  for (const { filename, size, sha256, content } of files.values()) {
    wheel.run(filename, size, sha256);
    if (typeof content !== "string") for (const { start, bytes } of content) segment.run(filename, start, bytes);
  }
  db.close();
}

// Documents are packed anew, so the room they take is the one thing that recording does not reproduce.
function withoutRoom({ entries, ...listing }: Listing): object {
  return { ...listing, entries: entries.map(({ packed: _, offset: __, ...facts }) => facts) };
}

test("a slice recorded from its own sparse wheels is the same slice", () => {
  const [ends, folder, out] = [join(scratch, "ends.sqlite"), join(scratch, "wheels"), join(scratch, "slice")];
  writeEnds(ends);
  assert.deepEqual(run("sparse-wheels.ts", ends, folder).status, 0);
  const { status, stderr } = run("record.ts", folder, "--ranking", join(RECORDED, FILES.ranking), "--out", out);
  assert.equal(status, 0, stderr);
  assert.match(
    stderr,
    /^3 projects, 3 with binary wheels, 1 with an earlier release: 13 wheels of \d+ entries\nRECORD: 13 byte for byte/,
  );
  for (const name of [FILES.releases, FILES.earlier]) {
    const releases = readFileSync(join(RECORDED, name), "utf8").split("\n");
    assert.deepEqual(
      readFileSync(join(out, name), "utf8").split("\n"),
      releases.filter((row, i) => i === 0 || row === "" || PROJECTS.includes(row.split("\t")[0]!)),
    );
  }
  for (const name of PROJECTS) {
    const [before, again] = [RECORDED, out].map((folder) =>
      parseListings(readFileSync(join(folder, FILES.listings, `${name}.tsv`), "utf8")).map(withoutRoom),
    );
    assert.deepEqual(again, before);
  }
});

test("a project that cannot be recorded is left out, with its reason", () => {
  const folder = mkdtempSync(join(scratch, "odd-"));
  writeFileSync(join(folder, "lxml-6.1.3-cp312-cp312-win32.whl"), "");
  truncateSync(join(folder, "lxml-6.1.3-cp312-cp312-win32.whl"), 100_000);
  const ranking = join(RECORDED, FILES.ranking);
  const { status, stderr } = run("record.ts", folder, "--ranking", ranking, "--out", join(scratch, "empty"));
  assert.deepEqual([status, stderr.split("\n")[0]?.slice(0, 33)], [0, "left out: lxml: no-end-record: no"]);
});

const USAGE_ERRORS: [script: string, options: string[], message: RegExp][] = [
  ["record.ts", [], /^record: 0 folders, expected record\.ts FOLDER --ranking FILE \[--out FOLDER\]\n$/],
  ["record.ts", ["wheels"], /^record: no --ranking, expected .+\n$/],
  ["record.ts", ["--colour"], /^record: Unknown option '--colour'.*, expected .+\n$/],
  ["record.ts", ["/nowhere", "--ranking", "/nowhere"], /^record: \/nowhere: ENOENT.+, expected .+\n$/],
  ["sparse-wheels.ts", ["a"], /^sparse-wheels: 1 arguments, expected sparse-wheels\.ts REAL_WHEELS_DB FOLDER\n$/],
  ["sparse-wheels.ts", ["/nowhere", "a"], /^sparse-wheels: \/nowhere: unable to open database file, expected .+\n$/],
];
for (const [script, options, message] of USAGE_ERRORS) {
  test(`${script} ${options.join(" ")} is refused in one line`, () => {
    const { status, stderr } = run(script, ...options);
    assert.equal(status, 2);
    assert.match(stderr, message);
  });
}

test("an SBOM of component facts is kept as it is, of any other its components", () => {
  const component = { type: "library", name: "openssl", version: "4.0.3", purl: "pkg:generic/openssl@4.0.3" };
  const bare = `${JSON.stringify({ components: [component], bomFormat: "CycloneDX" }, null, 1)}\n`;
  assert.deepEqual(reduceSbom(bare), { text: bare, reduced: false });
  const subject = { type: "application", "bom-ref": "a", name: "a", purl: "pkg:pypi/a", components: [component] };
  const tools = [{ name: "maker", version: "1.2" }];
  const facts = { metadata: { tools, component: subject }, components: [{ ...component, scope: "excluded" }] };
  const wordy = {
    ...component,
    scope: "excluded",
    description: "A toolkit",
    licenses: [{ license: { id: "Apache-2.0" } }],
  };
  const metadata = { tools: [{ vendor: "M", ...tools[0] }], authors: [{ name: "A" }], component: subject };
  const reduced = reduceSbom(JSON.stringify({ bomFormat: "CycloneDX", metadata, components: [wordy] }));
  assert.equal(reduced.reduced, true);
  assert.deepEqual(JSON.parse(reduced.text), { bomFormat: "CycloneDX", ...facts });
  assert.throws(() => reduceSbom('{"spdxVersion": "SPDX-2.3"}'), /expected CycloneDX JSON/);
});

test("the limit that the slice's README names is the recorder's", () => {
  const readme = readFileSync(join(RECORDED, "README.md"), "utf8");
  assert.ok(readme.includes(`more than ${MOST_ENTRIES.toLocaleString("en")} entries`));
});
