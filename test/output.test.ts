// Reports are replaced whole, and nothing that is not ours is touched.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RunError } from "../pipeline/errors.ts";
import { checkOutput, replaceFile, replaceFolder } from "../pipeline/publish/output.ts";
import { scratchFolder } from "./harness.ts";

const FILES = new Map([
  ["README.md", "# One\n"],
  ["a.csv", "a\n"],
]);
const folderIn = (root: string) => ({ root, name: "2026-11", known: new Set(FILES.keys()) });
const fileIn = (root: string) => ({ root, name: "README.md", heading: "# Ours" });
const isRefused = (error: unknown) =>
  error instanceof RunError && error.exitCode === 7 && !error.message.includes("\n");

test("a folder is written, found unchanged, and replaced whole", (t) => {
  const root = scratchFolder(t);
  assert.equal(replaceFolder(folderIn(root), FILES), true);
  assert.equal(replaceFolder(folderIn(root), FILES), false);
  assert.equal(replaceFolder(folderIn(root), new Map([...FILES, ["a.csv", "b\n"]])), true);
  assert.deepEqual(readdirSync(root), ["2026-11"]);
  assert.equal(readFileSync(join(root, "2026-11", "a.csv"), "utf8"), "b\n");
});

test("what a killed run left is tidied, and the old folder is back if the new one never came", (t) => {
  const root = scratchFolder(t);
  mkdirSync(join(root, ".2026-11.new"));
  mkdirSync(join(root, ".2026-11.old"));
  for (const [name, text] of FILES) writeFileSync(join(root, ".2026-11.old", name), text);
  assert.equal(replaceFolder(folderIn(root), FILES), false);
  assert.deepEqual(readdirSync(root), ["2026-11"]);
});

test("a folder with somebody's file in it is left alone", (t) => {
  const root = scratchFolder(t);
  mkdirSync(join(root, "2026-11"));
  writeFileSync(join(root, "2026-11", "notes.txt"), "mine");
  assert.throws(() => replaceFolder(folderIn(root), FILES), isRefused);
  assert.deepEqual(readdirSync(join(root, "2026-11")), ["notes.txt"]);
});

test("a file that is not ours is left alone", (t) => {
  const root = scratchFolder(t);
  writeFileSync(join(root, "README.md"), "# Mine\n");
  assert.throws(() => replaceFile(fileIn(root), "# Ours\n\nnew\n"), isRefused);
  assert.equal(readFileSync(join(root, "README.md"), "utf8"), "# Mine\n");
});

test("links in the output folder are refused", (t) => {
  const root = scratchFolder(t);
  mkdirSync(join(root, "elsewhere"));
  symlinkSync(join(root, "elsewhere"), join(root, "2026-11"));
  symlinkSync(join(root, "elsewhere", "file"), join(root, "README.md"));
  assert.throws(() => replaceFolder(folderIn(root), FILES), isRefused);
  assert.throws(() => replaceFile(fileIn(root), "# Ours\n"), isRefused);
  assert.deepEqual(readdirSync(join(root, "elsewhere")), []);
});

test("whether outputs can be written is found out without leaving anything behind", (t) => {
  const root = scratchFolder(t);
  const check = (path: string) => checkOutput(folderIn(join(root, path)), fileIn(join(root, path)));
  check("not/there");
  assert.deepEqual(readdirSync(root), []);
  replaceFolder(folderIn(root), FILES);
  replaceFile(fileIn(root), "# Ours\n");
  check(".");
  assert.deepEqual(readdirSync(root), ["2026-11", "README.md"]);

  for (const path of ["of-another", "with-a-link", "with-a-file"]) mkdirSync(join(root, path));
  writeFileSync(join(root, "of-another", "README.md"), "# Mine\n");
  symlinkSync(join(root, "2026-11"), join(root, "with-a-link", "2026-11"));
  mkdirSync(join(root, "with-a-file", "2026-11"));
  writeFileSync(join(root, "with-a-file", "2026-11", "notes.txt"), "mine");
  symlinkSync(join(root, "nowhere"), join(root, "broken-link"));
  for (const path of ["of-another", "with-a-link", "with-a-file", "broken-link", "README.md", "README.md/below"])
    assert.throws(() => check(path), isRefused, path);
  assert.equal(existsSync(join(root, "nowhere")), false);
  assert.deepEqual(readdirSync(join(root, "of-another")), ["README.md"]);
});
