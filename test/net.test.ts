// The wide net: what is kept of a wheel as a member.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isInNet } from "../pipeline/naming/net.ts";

const EXECUTABLE = 0o100755;
const PLAIN = 0o100644;

const CASES: [path: string, mode: number, size: number, kept: boolean][] = [
  ["a/b.so", PLAIN, 0, true],
  ["a.libs/libz-0123abcd.so.1.2", PLAIN, 1, true],
  ["a/b.exe", PLAIN, 1, true],
  ["a/b.node", PLAIN, 1, true],
  ["a/.dylibs/libz.dylib.1", PLAIN, 1, true],
  ["PyQt6/Qt6/lib/QtCore.framework/Versions/A/QtCore", PLAIN, 5_000_000, true],
  ["x/Foo.1.framework/Foo.1", PLAIN, 100, true],
  ["a-1.0.data/scripts/ruff", EXECUTABLE, 20_000_000, true],
  ["a/bin/tool.bin", EXECUTABLE, 100_000, true],
  ["a/bin/tool.bin", PLAIN, 100_000, false],
  ["a/bin/tool.sh", EXECUTABLE, 100_000, false],
  ["a/bin/tool", EXECUTABLE, 100, false],
  ["a/LICENSE", PLAIN, 50_000, false],
  ["a-1.0.dist-info/RECORD", PLAIN, 50_000, false],
  ["a/b.py", EXECUTABLE, 100_000, false],
  ["a.so/", PLAIN, 0, false],
];

for (const [path, mode, size, kept] of CASES) {
  test(`${path}, mode ${mode.toString(8)}, ${size} bytes is ${kept ? "" : "not "}kept`, () =>
    assert.equal(isInNet({ path, mode, size }), kept));
}
