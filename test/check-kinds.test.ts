import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkKinds } from "../scripts/check-kinds.ts";
import { scratchFolder } from "./harness.ts";
import { buildZip } from "./zip-builder.ts";

test("a name that says library, and bytes that say extension module, disagree", async (t) => {
  const folder = scratchFolder(t);
  const exporting = (module: string) => `\0PyInit_${module}\0`;
  const archive = buildZip([
    { name: "a/core.abi3.so", data: exporting("core") },
    { name: "core.abi3.so", data: exporting("core") },
    { name: "a/__init__.cpython-312-darwin.so", data: exporting("a") },
    { name: "a/fast.cp312-win_amd64.pyd", data: `${"x".repeat(100_000)}_PyModExport_fast\0`, method: 8 },
    { name: "a.libs/libz.so.1", data: exporting("other") },
    { name: "a/libcore.so", data: exporting("libcore") },
    { name: "a/plain.so", data: "nothing" },
    { name: "a/readme.txt", data: exporting("readme") },
  ]);
  writeFileSync(join(folder, "a-1.0-cp312-cp312-linux_x86_64.whl"), archive);
  const { members, disagreements } = await checkKinds(folder);
  assert.equal(members, 7);
  assert.deepEqual(
    disagreements.map(({ path, kind, exportsModule }) => [path, kind, exportsModule]),
    [
      ["a/libcore.so", "shared-library", true],
      ["a/plain.so", "extension-module", false],
    ],
  );
});
