// Folders are made where they can be, and where they cannot the program says so instead of trying for ever.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder } from "../pipeline/folders.ts";
import { cli, commandLine, EDITION, indexFor, project, requestTo, scratchFolder, survey, wheel } from "./harness.ts";
import { memorySource } from "./loopback/source.ts";

test("a folder is made with those above it, and one that is there is left as it is", (t) => {
  const root = scratchFolder(t);
  makeFolder(join(root, "a", "b", "c"));
  makeFolder(join(root, "a", "b"));
  assert.ok(statSync(join(root, "a", "b", "c")).isDirectory());
});

test("a file or a broken link in the way is an error", (t) => {
  const root = scratchFolder(t);
  writeFileSync(join(root, "file"), "");
  mkdirSync(join(root, "folder"));
  symlinkSync(join(root, "nowhere"), join(root, "folder", "link"));
  for (const path of ["file", "file/below", "folder/link", "folder/link/below"])
    assert.throws(() => makeFolder(join(root, path)), /EEXIST|ENOTDIR/, path);
});

test("outputs below /proc, where nobody can make a folder, are refused with 7", {
  skip: existsSync("/proc/self") ? false : "no /proc here",
}, async (t) => {
  const source = memorySource([project("a", [wheel("a-1.0-cp312-cp312-win32.whl", { "a.libs/z.dll": "z" })])]);
  const request = requestTo(await indexFor(t, source), scratchFolder(t), { top: 1 });
  assert.equal(await survey(request), 0);
  const { database } = request;
  const nowhere = "/proc/nobody/folder";
  for (const words of [
    commandLine({ ...request, database: join(nowhere, "survey.sqlite") }),
    commandLine({ ...request, reports: nowhere }),
    ["dataset", "--edition", EDITION, "--database", database, "--dist", nowhere],
  ]) {
    const { code, stderr } = await cli(words);
    assert.equal(code, 7, stderr);
    assert.match(stderr.trim().split("\n").at(-1)!, /ENOENT.*mkdir '\/proc\/nobody', expected to be able to write it$/);
  }
});
