// The data of 2023 as an edition: what is stored, what is refused, and a later edition beside it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runImport2023 } from "../pipeline/commands/import-2023.ts";
import { openForWriting } from "../pipeline/database/database.ts";
import { dictionary } from "../pipeline/database/dictionary.ts";
import { import2023, readData } from "../pipeline/editions/baseline-2023/import.ts";
import { libraryOf2023 } from "../pipeline/editions/baseline-2023/names.ts";
import { SILENT } from "../pipeline/progress.ts";
import { cli, EDITION, indexFor, project, requestTo, rows, run, scratchFolder, survey, wheel } from "./harness.ts";
import { memorySource } from "./loopback/source.ts";

const DATA = `a,libssl-0123abcd.so.1.1,a-1.0-cp310-cp310-manylinux_2_17_x86_64.whl
a,libssl-4567abcd.so.1.1,a-1.0-cp310-cp310-manylinux_2_17_aarch64.whl
b,libssl-0123abcd.so.1.0.2k,b-2.0-cp310-cp310-manylinux_2_17_x86_64.whl
b,core.cp310-win_amd64.pyd,b-2.0-cp310-cp310-win_amd64.whl
B.C,MSVCP140.dll,B.C-2.0-cp310-cp310-win_amd64.whl
b-c,app.js,B.C-2.0.tar.gz
`;

const NEVER = new AbortController().signal;

test("the rule of 2023 takes off a hash of eight digits, and nothing else", () => {
  for (const [name, library] of [
    ["libz-dd453c56.so.1.2.11", "libz.so"],
    ["libssl-cd1d6220.so.1.0.2k", "libssl-cd1d6220.so.1.0.2k"],
    ["libz-dd453c56-0123abcd.so.1", "libz-dd453c56.so"],
    ["libz.so.1", "libz.so.1"],
    ["z-0123abcd.dll", "z-0123abcd.dll"],
  ] as const) {
    assert.equal(libraryOf2023(name), library);
  }
});

test("the data of 2023 become an edition in the same views, and three figures for what was published", async (t) => {
  const folder = scratchFolder(t);
  const data = join(folder, "data.csv");
  writeFileSync(data, DATA);
  const places = { database: join(folder, "survey.sqlite"), reports: join(folder, "reports") };
  await runImport2023(data, places, SILENT, NEVER);
  await runImport2023(data, places, SILENT, NEVER);
  assert.deepEqual(
    rows(places.database, "SELECT rank, library, packages, files FROM library_rank WHERE edition = '2023-07'"),
    [
      { rank: 1, library: "libssl.so", packages: 2, files: 3 },
      { rank: 2, library: "msvcp140.dll", packages: 1, files: 1 },
    ],
  );
  assert.deepEqual(
    rows(
      places.database,
      "SELECT * FROM baseline_2023 WHERE library IN ('libssl.so', 'msvcp140.dll') ORDER BY library",
    ),
    [
      { library: "libssl.so", published: 34, pairs: 2, packages: 1, packages_now: 2 },
      { library: "msvcp140.dll", published: 19, pairs: 0, packages: 0, packages_now: 1 },
    ],
  );
  assert.equal(rows(places.database, "SELECT * FROM baseline_2023").length, 25);
  assert.deepEqual(rows(places.database, "SELECT wheel, version FROM surveyed_wheel WHERE wheel NOT LIKE '%.whl'"), [
    { wheel: "B.C-2.0.tar.gz", version: null },
  ]);
  const { columns } = dictionary().find(({ name }) => name === "surveyed_wheel")!;
  assert.match(columns.find(({ name }) => name === "wheel")!.meaning, /in an imported edition any distribution's/);
  const { stdout: status } = await cli(["status", "--database", places.database]);
  assert.match(status, /^edition 2023-07: imported, 6 files of 3 projects, from data\.csv$/m);
  assert.match(status, /libraries +\| +6 wheels named \| +0 \|\n/);
  assert.doesNotMatch(status, /ranking|members|requests/);
  const published = join(places.reports, "2023-07");
  assert.deepEqual(
    readFileSync(join(published, "libraries.csv"), "utf8")
      .split("\n")
      .slice(1, 3)
      .map((line) => line.split(",").slice(0, 6).join()),
    ["1,libssl.so,2,66.7,3,3", "2,msvcp140.dll,1,33.3,1,1"],
  );
  assert.match(readFileSync(join(published, "README.md"), "utf8"), /by Seth Larson, 2023, licence \[Apache-2\.0\]/);

  const ours = memorySource([
    project(
      "a",
      [
        wheel(
          "a-2.0-cp313-cp313-manylinux_2_28_x86_64.whl",
          { "a.libs/libssl-89abcdef.so.3": "s", "a/libplain.so": "p" },
          "g",
        ),
      ],
      "2.0",
    ),
  ]);
  assert.equal(await survey(requestTo(await indexFor(t, ours), folder, { top: 1 })), 0);
  const [, ...lines] = readFileSync(join(places.reports, EDITION, "then-and-now.csv"), "utf8")
    .trim()
    .split("\n");
  assert.deepEqual(lines, ["libssl.so,2,66.7,1,100", "msvcp140.dll,1,33.3,0,0"]);
  const page = readFileSync(join(places.reports, EDITION, "then-and-now.md"), "utf8");
  assert.match(page, /^Between the two .*\n\n(- Since [^\n]*\n)*- Since 2026-08-24 PyPI counts only whole files/m);
});

test("the data are read from the reports that were made of them, and are the same", async (t) => {
  const folder = scratchFolder(t);
  const data = join(folder, "data.csv");
  writeFileSync(data, `${DATA}a,-x\u202e.so.1,a-1.0-cp310-cp310-manylinux_2_17_x86_64.whl\n`);
  const placesIn = (name: string) => ({
    database: join(folder, name, "survey.sqlite"),
    reports: join(folder, name, "reports"),
  });
  const [first, second] = [placesIn("first"), placesIn("second")];
  await runImport2023(data, first, SILENT, NEVER);
  const files = join(first.reports, "2023-07", "files.csv");
  await runImport2023(files, first, SILENT, NEVER);
  await runImport2023(files, second, SILENT, NEVER);
  for (const name of readdirSync(join(first.reports, "2023-07")))
    assert.equal(
      readFileSync(join(second.reports, "2023-07", name), "utf8"),
      readFileSync(join(first.reports, "2023-07", name), "utf8"),
      name,
    );
  writeFileSync(data, DATA);
  await assert.rejects(runImport2023(data, first, SILENT, NEVER), /other data than .*expected the same as before/);
});

test("data that were imported but not named yet, by a run that was killed, stand beside no edition", async (t) => {
  const folder = scratchFolder(t);
  const data = join(folder, "data.csv");
  writeFileSync(data, DATA);
  const ours = memorySource([project("a", [wheel("a-2.0-cp313-cp313-win32.whl", { "a.libs/z.dll": "z" })], "2.0")]);
  const request = requestTo(await indexFor(t, ours), folder, { top: 1 });
  await survey(request);
  const { db, close } = openForWriting(request.database);
  import2023(db, readData(data, Buffer.from(DATA)));
  close();
  const thenAndNow = () => readdirSync(join(request.reports, EDITION)).includes("then-and-now.csv");
  await survey(request, ["reports"]);
  assert.equal(thenAndNow(), false);
  await survey(request);
  assert.equal(thenAndNow(), true);
});

test("what is not the data of 2023 is refused in one line, with 4, and leaves nothing behind", async (t) => {
  const folder = scratchFolder(t);
  const places = ["--database", join(folder, "new", "s.sqlite"), "--reports", join(folder, "reports")];
  for (const [text, message] of [
    ["", /no row, expected CSV rows of project, file name, distribution/],
    ["library,count\nlibz.so,3\n", /row 1 is "library,count"/],
    [`${DATA}a,b\n`, /Invalid Record Length/],
    ["a,../b.so.1,a-1.0.whl\n", /row 1 is/],
  ] as const) {
    const data = join(folder, "data.csv");
    writeFileSync(data, text);
    const { code, stderr } = await run(["import-2023", data, ...places]);
    assert.equal(code, 4, stderr);
    assert.match(stderr.trim(), message);
    assert.equal(stderr.trim().split("\n").length, 1);
  }
  assert.equal((await run(["import-2023", join(folder, "nosuch.csv"), ...places])).code, 4);
  assert.equal((await run(["import-2023"])).code, 2);
  assert.deepEqual(readdirSync(folder), ["data.csv"]);
});

test("reports that cannot be written end the import with 7 before anything is asked for or stored", async (t) => {
  const folder = scratchFolder(t);
  const index = await indexFor(t, memorySource([]));
  writeFileSync(join(folder, "file"), "");
  const places = ["--database", join(folder, "s.sqlite"), "--reports", join(folder, "file", "reports")];
  const { code, stderr } = await run(["import-2023", `${index.url}/data.csv`, ...places]);
  assert.equal(code, 7, stderr);
  assert.match(stderr, /^output .*ENOTDIR.*\n$/);
  assert.deepEqual(index.requests, []);
  assert.deepEqual(readdirSync(folder), ["file"]);
});
