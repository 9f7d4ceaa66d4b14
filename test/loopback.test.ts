import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { readProjectDocument } from "../pipeline/formats/pypi/project-document.ts";
import { parseRanking } from "../pipeline/formats/pypi/ranking.ts";
import { ask } from "./loopback/client.ts";
import { filePath } from "./loopback/documents.ts";
import { folderSource, HASH_LIST } from "./loopback/folder-source.ts";
import { type LoopbackIndex, startIndex } from "./loopback/index-server.ts";
import { memoryFile, memorySource, type SourceFile } from "./loopback/source.ts";
import { compareVersions } from "./loopback/version-order.ts";

const WHEEL = memoryFile("demo_lib-1.0-cp312-cp312-win_amd64.whl", Buffer.from("0123456789".repeat(30)));
const SDIST = memoryFile("demo_lib-1.0.tar.gz", Buffer.from("source"));
const HUGE: SourceFile = {
  filename: "demo_lib-1.0-cp312-cp312-macosx_11_0_arm64.whl",
  size: 6e12,
  sha256: "ab".repeat(32),
  uploadTime: "2026-10-01T08:09:10.123456Z",
  yanked: false,
  content: [
    { start: 1e12, bytes: Buffer.from("middle") },
    { start: 6e12 - 3, bytes: Buffer.from("end") },
  ],
};
const SOURCE = memorySource([
  { name: "Demo.Lib", version: "1.0", files: [WHEEL, HUGE, SDIST] },
  { name: "empty", version: "2.0", files: [] },
]);

describe("the index over a source", () => {
  let index: LoopbackIndex;
  before(async () => {
    index = await startIndex(SOURCE);
  });
  after(() => index.close());

  test("a project's document has PyPI's shape, with the files' addresses on the index itself", async () => {
    const { status, headers, body } = await ask(`${index.url}/pypi/demo-lib/json`);
    assert.equal(status, 200);
    assert.equal(headers["content-type"], "application/json");
    const { info, urls, releases } = JSON.parse(body.toString());
    assert.deepEqual([info.name, info.version, releases["1.0"]], ["Demo.Lib", "1.0", urls]);
    assert.deepEqual(
      urls.map((file: { packagetype: string; python_version: string; upload_time: string | null }) => [
        file.packagetype,
        file.python_version,
        file.upload_time,
      ]),
      [
        ["bdist_wheel", "cp312", null],
        ["bdist_wheel", "cp312", "2026-10-01T08:09:10"],
        ["sdist", "source", null],
      ],
    );
    const { counts, wheels } = await readProjectDocument([body]);
    assert.deepEqual(counts, { wheels: 2, sdists: 1 });
    assert.deepEqual(
      wheels.map(({ url }) => url),
      [index.url + filePath(WHEEL), index.url + filePath(HUGE)],
    );
  });

  test("the ranking has top-pypi-packages' shape", async () => {
    const { rankedAt, rows } = parseRanking((await ask(index.rankingUrl)).body.toString());
    assert.equal(rankedAt, "2026-11-01T06:30:00Z");
    assert.deepEqual(rows, [
      { project: "demo-lib", downloads: 2000 },
      { project: "empty", downloads: 1000 },
    ]);
  });

  test("an unchanged document is 304, without a body", async () => {
    const url = `${index.url}/pypi/demo-lib/json`;
    const { etag } = (await ask(url)).headers;
    const again = await ask(url, { "if-none-match": String(etag) });
    assert.deepEqual([again.status, again.headers.etag, again.body.length], [304, etag, 0]);
    assert.equal((await ask(url, { "if-none-match": '"other"' })).status, 200);
  });

  test("an unknown project is 404, a name not normalized 301", async () => {
    const missing = await ask(`${index.url}/pypi/nothing/json`);
    assert.deepEqual([missing.status, JSON.parse(missing.body.toString())], [404, { message: "Not Found" }]);
    const moved = await ask(`${index.url}/pypi/Demo_Lib/json`);
    assert.deepEqual([moved.status, moved.headers.location], [301, "/pypi/demo-lib/json"]);
    assert.equal((await ask(`${index.url}/elsewhere`)).status, 404);
  });

  test("documents come compressed to who accepts that, files never", async () => {
    const url = `${index.url}/pypi/demo-lib/json`;
    const packed = await ask(url, { "accept-encoding": "gzip, deflate" });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.deepEqual(gunzipSync(packed.body), (await ask(url)).body);
    const file = await ask(index.url + filePath(WHEEL), { "accept-encoding": "gzip" });
    assert.equal(file.headers["content-encoding"], undefined);
  });

  const RANGES: [range: string, status: number, contentRange: string | undefined, body: string][] = [
    ["bytes=10-14", 206, "bytes 10-14/300", "01234"],
    ["bytes=295-", 206, "bytes 295-299/300", "56789"],
    ["bytes=298-1000", 206, "bytes 298-299/300", "89"],
    ["bytes=0-0", 206, "bytes 0-0/300", "0"],
    ["bytes=300-", 416, "bytes */300", ""],
    ["bytes=14-10", 416, "bytes */300", ""],
    ["bytes=-5", 501, undefined, ""],
    ["bytes=0-1,4-5", 501, undefined, ""],
    ["lines=1-2", 200, undefined, "0123456789".repeat(30)],
  ];
  for (const [range, status, contentRange, body] of RANGES) {
    test(`${range} of 300 bytes is ${status}`, async () => {
      const reply = await ask(index.url + filePath(WHEEL), { range });
      assert.deepEqual(
        [reply.status, reply.headers["content-range"], reply.body.toString()],
        [status, contentRange, body],
      );
    });
  }

  test("If-Range gives the range of the file it names, else the whole file", async () => {
    const url = index.url + filePath(WHEEL);
    const { etag } = (await ask(url, { range: "bytes=0-0" })).headers;
    assert.equal((await ask(url, { range: "bytes=0-0", "if-range": String(etag) })).status, 206);
    assert.equal((await ask(url, { range: "bytes=0-0", "if-range": '"other"' })).status, 200);
  });

  test("HEAD has the headers and no body, other methods are refused", async () => {
    const { status, headers, body } = await ask(index.url + filePath(HUGE), {}, "HEAD");
    assert.deepEqual([status, headers["content-length"], body.length], [200, "6000000000000", 0]);
    assert.equal((await ask(`${index.url}/pypi/empty/json`, {}, "POST")).status, 405);
  });

  test("a file of 6 TB is zeros but for what is known of it", async () => {
    const url = index.url + filePath(HUGE);
    const range = async (start: number, last: number) =>
      (await ask(url, { range: `bytes=${start}-${last}` })).body.toString();
    assert.equal(await range(1e12 - 2, 1e12 + 7), "\0\0middle\0\0");
    assert.equal(await range(1e12 + 1, 1e12 + 3), "idd");
    assert.equal(await range(6e12 - 5, 6e12 - 1), "\0\0end");
    assert.equal((await range(1e12 - (3 << 20), 1e12)).length, (3 << 20) + 1);
  });

  test("every request is logged, with its attempt and the bytes of its answer", async () => {
    const path = filePath(SDIST);
    const from = index.requests.length;
    await ask(index.url + path, { range: "bytes=1-3" });
    await ask(index.url + path, { range: "bytes=1-3", "user-agent": "test" });
    const logged = index.requests.slice(from);
    assert.deepEqual(
      logged.map(({ headers: _, ...line }) => line),
      [1, 2].map((attempt) => ({ method: "GET", path, range: "bytes=1-3", attempt, status: 206, bytes: 3 })),
    );
    assert.equal(logged[1]?.headers["user-agent"], "test");
  });
});

test("a file is served after its release is no longer the latest", async () => {
  const project = { name: "demo-lib", version: "1.0", files: [WHEEL] };
  const index = await startIndex(memorySource([project]));
  assert.equal((await ask(index.url + filePath(WHEEL), {}, "HEAD")).status, 200);
  project.files = [SDIST];
  assert.equal((await ask(index.url + filePath(WHEEL), {}, "HEAD")).status, 200);
  assert.equal((await ask(index.url + filePath(SDIST), {}, "HEAD")).status, 200);
  await index.close();
});

describe("a folder of wheels", () => {
  const folder = mkdtempSync(join(tmpdir(), "wheels-"));
  const names = [
    "a-1.9-py3-none-any.whl",
    "a-1.10-cp312-cp312-win32.whl",
    "a-1.10-py3-none-any.whl",
    "B.c-2.0rc1-py3-none-any.whl",
  ];
  for (const name of names) writeFileSync(join(folder, name), name);
  writeFileSync(join(folder, "notes.txt"), "");
  writeFileSync(join(folder, HASH_LIST), `${"cd".repeat(32)}  ${names[0]}\n`);
  after(() => rmSync(folder, { recursive: true }));

  test("lists the newest version of each project, and with `nth` the older ones", async () => {
    const state = async (nth: number) => {
      const source = await folderSource(folder, { nth });
      return source
        .ranking()
        .map(({ project }) => [project, ...(source.project(project)?.files ?? []).map((file) => file.filename)]);
    };
    assert.equal((await folderSource(folder)).states, 2);
    assert.deepEqual(await state(0), [
      ["a", names[1], names[2]],
      ["b-c", names[3]],
    ]);
    assert.deepEqual(await state(1), [
      ["a", names[0]],
      ["b-c", names[3]],
    ]);
  });

  test("takes hashes from SHA256SUMS where they are, and serves the files", async () => {
    const source = await folderSource(folder, { nth: 1 });
    const listed = source.project("a")?.files[0];
    const hashed = source.project("b-c")?.files[0];
    assert.equal(listed?.sha256, "cd".repeat(32));
    assert.equal(hashed?.sha256, memoryFile("", Buffer.from(names[3]!)).sha256);
    const index = await startIndex(source);
    const { body } = await ask(index.url + filePath(hashed!), { range: "bytes=2-5" });
    assert.equal(body.toString(), names[3]!.slice(2, 6));
    await index.close();
  });
});

test("versions are in the order of the specification", () => {
  const ordered = [
    "not a version",
    "1.dev1",
    "1a1.dev2",
    "1a1",
    "1b2",
    "1rc1",
    "1",
    "1+local.1",
    "1.post1",
    "1.0.1",
    "1.2",
    "1.10",
    "26.7.0",
    "26.10.0",
    "1!0.1",
  ];
  assert.deepEqual([...ordered].reverse().sort(compareVersions), ordered);
  assert.equal(compareVersions("1.0", "1"), 0);
  assert.equal(compareVersions("1.0-1", "1.post1"), 0);
});
