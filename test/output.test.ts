// Reports are replaced whole, and nothing that is not ours is touched.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RunError } from "../pipeline/errors.ts";
import { replaceFile, replaceFolder } from "../pipeline/publish/output.ts";
import { scratchFolder } from "./harness.ts";

const FILES = new Map([
  ["README.md", "# One\n"],
  ["a.csv", "a\n"],
]);
const isRefused = (error: unknown) =>
  error instanceof RunError && error.exitCode === 7 && !error.message.includes("\n");

test("a folder is written, found unchanged, and replaced whole", (t) => {
  const root = scratchFolder(t);
  assert.equal(replaceFolder(root, "2026-11", FILES), true);
  assert.equal(replaceFolder(root, "2026-11", FILES), false);
  assert.equal(replaceFolder(root, "2026-11", new Map([...FILES, ["a.csv", "b\n"]])), true);
  assert.deepEqual(readdirSync(root), ["2026-11"]);
  assert.equal(readFileSync(join(root, "2026-11", "a.csv"), "utf8"), "b\n");
});

test("what a killed run left is tidied, and the old folder is back if the new one never came", (t) => {
  const root = scratchFolder(t);
  mkdirSync(join(root, ".2026-11.new"));
  mkdirSync(join(root, ".2026-11.old"));
  for (const [name, text] of FILES) writeFileSync(join(root, ".2026-11.old", name), text);
  assert.equal(replaceFolder(root, "2026-11", FILES), false);
  assert.deepEqual(readdirSync(root), ["2026-11"]);
});

test("a folder with somebody's file in it is left alone", (t) => {
  const root = scratchFolder(t);
  mkdirSync(join(root, "2026-11"));
  writeFileSync(join(root, "2026-11", "notes.txt"), "mine");
  assert.throws(() => replaceFolder(root, "2026-11", FILES), isRefused);
  assert.deepEqual(readdirSync(join(root, "2026-11")), ["notes.txt"]);
});

test("a file that is not ours is left alone", (t) => {
  const root = scratchFolder(t);
  writeFileSync(join(root, "README.md"), "# Mine\n");
  assert.throws(() => replaceFile(root, "README.md", "# Ours", "# Ours\n\nnew\n"), isRefused);
  assert.equal(readFileSync(join(root, "README.md"), "utf8"), "# Mine\n");
});

test("links in the output folder are refused", (t) => {
  const root = scratchFolder(t);
  mkdirSync(join(root, "elsewhere"));
  symlinkSync(join(root, "elsewhere"), join(root, "2026-11"));
  symlinkSync(join(root, "elsewhere", "file"), join(root, "README.md"));
  assert.throws(() => replaceFolder(root, "2026-11", FILES), isRefused);
  assert.throws(() => replaceFile(root, "README.md", "# One", "# One\n"), isRefused);
  assert.deepEqual(readdirSync(join(root, "elsewhere")), []);
});
