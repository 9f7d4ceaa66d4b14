// `npm run survey -- verdicts`: the strict reader on a folder of archives.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cli, scratchFolder } from "./harness.ts";
import { REFUSED } from "./zip-archives.ts";
import { buildZip } from "./zip-builder.ts";

test("each regular file has its verdict, links followed, whatever it is called", async (t) => {
  const folder = scratchFolder(t);
  const good = buildZip([{ name: "a.txt", data: "a" }]);
  writeFileSync(join(folder, "good.whl"), good);
  writeFileSync(join(folder, "good without suffix"), good);
  writeFileSync(join(folder, "odd\nname.zip"), Buffer.concat([good, good]));
  writeFileSync(join(folder, "text.txt"), "no archive\n".repeat(10));
  writeFileSync(join(folder, "empty.zip"), "");
  mkdirSync(join(folder, "folder.zip"));
  symlinkSync(join(folder, "good.whl"), join(folder, "link.zip"));
  symlinkSync(join(folder, "nothing"), join(folder, "dangling.zip"));
  const { code, stdout, stderr } = await cli(["verdicts", folder]);
  assert.equal(code, 3, stderr);
  assert.deepEqual(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.split("\t").map((cell) => cell.split(":")[0])),
    [
      ["empty.zip", "reject", "too-small"],
      ["good without suffix", "accept"],
      ["good.whl", "accept"],
      ["link.zip", "accept"],
      ["odd\\u{a}name.zip", "reject", "directory-not-bound"],
      ["text.txt", "reject", "no-end-record"],
    ],
  );
});

test("a folder of sound archives ends with 0, no folder at all with 2", async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(join(folder, "good.whl"), buildZip([{ name: "a.txt", data: "a" }]));
  assert.equal((await cli(["verdicts", folder])).code, 0);
  const { code, stderr } = await cli(["verdicts", join(folder, "nosuch")]);
  assert.equal(code, 2);
  assert.match(stderr, /^verdicts .*nosuch: ENOENT.*expected a folder\n$/);
});

test("what an archive is refused for is said in its stable code", async (t) => {
  const folder = scratchFolder(t);
  REFUSED.forEach(([, , archive], index) => {
    writeFileSync(join(folder, String(index).padStart(3, "0")), archive);
  });
  const { stdout } = await cli(["verdicts", folder]);
  const lines = stdout.trim().split("\n");
  assert.equal(lines.length, REFUSED.length);
  const refused = lines.filter((line) => line.includes("\treject\t"));
  for (const line of refused) {
    const [name, , refusal] = line.split("\t");
    assert.equal(refusal!.split(":")[0], REFUSED[Number(name)]![0]);
  }
  assert.ok(refused.length > 60);
});

test("a name in a refusal is one line that prints, and no command to a CI system", async (t) => {
  const folder = scratchFolder(t);
  const archives = ["\x1b[2J\n\u202e", "../##[error]x"].map((name) => buildZip([{ name }]));
  archives.forEach((archive, index) => {
    writeFileSync(join(folder, `${index}.whl`), archive);
  });
  const { stdout } = await cli(["verdicts", folder]);
  assert.deepEqual(stdout.split("\n"), [
    '0.whl\treject\tname-control: "\\u001b[2J\\n\\u202e", expected no control character',
    '1.whl\treject\tname-parent: "../#\ufffd[error]x", expected no component `..`',
    "",
  ]);
});
