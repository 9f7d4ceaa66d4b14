import assert from "node:assert/strict";
import { test } from "node:test";
import { isProgram, LEAST_PROGRAM } from "../pipeline/naming/program.ts";

const PLAIN = 0o100644;
const EXECUTABLE = 0o100755;
const NONE = 0; // the archive says no mode, as those that were made on Windows

const CASES: [path: string, mode: number | null, size: number | null, program: boolean][] = [
  ["playwright/driver/node", EXECUTABLE, 126_595_440, true],
  ["playwright/driver/node", PLAIN, 126_595_440, false],
  ["playwright/driver/node", null, null, false],
  ["ruff-0.16.9.data/scripts/ruff", EXECUTABLE, 24_125_280, true],
  ["ruff-0.16.9.data/scripts/ruff", NONE, 24_125_280, true],
  ["ruff-0.16.9.data/scripts/ruff", null, null, true],
  ["cysignals-1.12.5.data/scripts/cysignals-CSI", EXECUTABLE, 6903, false],
  ["tensorboard_data_server/bin/server", 0o100700, 20_822_272, true],
  ["x/tool", EXECUTABLE, LEAST_PROGRAM, true],
  ["x/tool", EXECUTABLE, LEAST_PROGRAM - 1, false],
  ["pip/_vendor/distlib/t32.exe", PLAIN, 97_792, true],
  ["x/small.EXE", NONE, 6144, true],
  ["x/small.exe", null, null, true],
];

for (const [path, mode, size, program] of CASES) {
  test(`${path}, mode ${mode?.toString(8) ?? "unknown"}, ${size ?? "unknown"} bytes is ${program ? "a" : "no"} program`, () =>
    assert.equal(isProgram({ path, mode, size }), program));
}
