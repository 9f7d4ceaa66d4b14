// `npm run survey -- name`: what is this file in my wheel?
import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { makeNamer } from "../pipeline/naming/describe.ts";
import { cli, start } from "./harness.ts";

test("each path given is one JSON object a line", async () => {
  const { code, stdout, stderr } = await cli([
    "name",
    "psycopg2_binary.libs/libcrypto-d3570994.so.1.0.2k",
    "a/b.cp313-win_amd64.pyd",
  ]);
  assert.equal(code, 0, stderr);
  const [library, module] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(library.kind, "shared-library");
  assert.equal(library.library, "libcrypto.so");
  assert.equal(library.stem, "libcrypto");
  assert.deepEqual(library.hashes, ["d3570994"]);
  assert.equal(library.file_version, "1.0.2k");
  assert.equal(library.repair_tool, "auditwheel");
  assert.equal(library.component.purl, "pkg:generic/openssl");
  assert.equal(module.kind, "extension-module");
  assert.equal(module.component, null);
});

for (const [what, words, stems] of [
  ["native files, when none is given", [], ["libz", "zlib1"]],
  ["native files, where - stands", ["libfirst.so", "-", "README.md"], ["libfirst", "libz", "zlib1", "README.md"]],
  ["every file, if all are wanted", ["--all"], ["libz", "README.md", "zlib1"]],
] as [string, string[], string[]][]) {
  test(`paths come from stdin: ${what}`, async () => {
    const child = start(["name", ...words], "pipe");
    child.stdin!.end("libz.so.1\nREADME.md\n\nzlib1.dll\n");
    const [lines] = await Promise.all([text(child.stdout!), once(child, "close")]);
    assert.equal(child.exitCode, 0);
    assert.deepEqual(
      lines
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).stem),
      stems,
    );
  });
}

test("a list without a native file is answered by nothing", async () => {
  const child = start(["name", "-"], "pipe");
  child.stdin!.end("README.md\nwheel/\n");
  const [lines] = await Promise.all([text(child.stdout!), once(child, "close")]);
  assert.deepEqual([lines, child.exitCode], ["", 0]);
});

test("a number in a name that is only the binary interface's is no version", () => {
  const name = makeNamer();
  assert.deepEqual([name("libcurl.so.4.8.0").file_version, name("libcurl.so.4.8.0").version], ["4.8.0", null]);
  assert.equal(name("libpng16.so.16.34.0").version, "1.6.34");
  assert.equal(name("x.libs/libssl-3-x64-0123456789abcdef0123456789abcdef.dll").file_version, null);
});

test("a reader that has seen enough is no failure", async () => {
  const child = start(["name"], "pipe");
  child.stdin!.on("error", () => {});
  child.stdin!.end("libz.so.1\n".repeat(50_000));
  child.stdout!.once("data", () => child.stdout!.destroy());
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
});
