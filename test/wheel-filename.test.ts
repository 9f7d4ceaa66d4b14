import assert from "node:assert/strict";
import { test } from "node:test";
import { ItemError } from "../pipeline/errors.ts";
import { expandTags, isBinaryWheel, parseWheelFilename, platformFamily } from "../pipeline/formats/wheel/filename.ts";

const NAMES: [filename: string, version: string, build: string | null, binary: boolean, family: string][] = [
  ["numpy-2.5.5-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", "2.5.5", null, true, "manylinux"],
  ["numpy-2.5.5-cp313-cp313t-musllinux_1_2_aarch64.whl", "2.5.5", null, true, "musllinux"],
  ["cryptography-50.0.2-cp311-abi3-macosx_10_9_universal2.whl", "50.0.2", null, true, "macOS"],
  ["pyzmq-27.3.0-cp312-abi3-win_arm64.whl", "27.3.0", null, true, "Windows"],
  ["ruff-0.15.0-py3-none-linux_armv6l.whl", "0.15.0", null, true, "other"],
  ["Flask_RESTful-0.3.10-py2.py3-none-any.whl", "0.3.10", null, false, "other"],
  ["zope.interface-5.5.2-cp310-cp310-win32.whl", "5.5.2", null, true, "Windows"],
  ["efilter-1!1.2-py2-none-any.whl", "1!1.2", null, false, "other"],
  ["coremltools-0.3.0-py2.7-none-any.whl", "0.3.0", null, false, "other"],
  ["cvxopt-1.2.0-001-cp34-cp34m-macosx_10_6_intel.whl", "1.2.0", "001", true, "macOS"],
  ["PySide2-5.15.2.1-5.15.2-cp35.cp36-none-win32.whl", "5.15.2.1", "5.15.2", true, "Windows"],
  ["torch-2.5.0+cpu-cp312-cp312-linux_x86_64.whl", "2.5.0+cpu", null, true, "other"],
  ["tqdm-1.0-py3-none-manylinux1_x86_64.musllinux_1_1_x86_64.whl", "1.0", null, true, "manylinux"],
  ["aiohttp-3.14.0-cp314-cp314-ios_13_0_arm64_iphoneos.whl", "3.14.0", null, true, "iOS"],
  ["aiohttp-3.14.0-cp314-cp314-android_24_arm64_v8a.whl", "3.14.0", null, true, "Android"],
  ["pydantic_core-2.40.0-cp314-cp314-pyemscripten_2026_0_wasm32.whl", "2.40.0", null, true, "Emscripten"],
  ["numpy-2.2.0-cp313-cp313-pyodide_2025_0_wasm32.whl", "2.2.0", null, true, "Emscripten"],
  ["numpy-1.26.0-cp311-cp311-emscripten_3_1_45_wasm32.whl", "1.26.0", null, true, "Emscripten"],
  ["numpy-2.3.0-cp313-cp313-manylinux_2_28_x86_64-x86_64_v3.whl", "2.3.0", null, true, "manylinux"],
  ["torch-2.9.0-1-cp313-cp313-win_amd64-cu129.whl", "2.9.0", "1", true, "Windows"],
];

for (const [filename, version, build, binary, family] of NAMES) {
  test(`${filename} is taken apart`, () => {
    const name = parseWheelFilename(filename);
    assert.equal(name.version, version);
    assert.equal(name.build, build);
    assert.equal(isBinaryWheel(name), binary);
    assert.equal(platformFamily(name.platforms), family);
  });
}

test("a variant label stands behind the platform tags, with a build number or without", () => {
  const variants = ["a-1-cp313-cp313-win32-x86_64_v3", "a-1-2-py2.py3-none-any-null", "a-1-2-py3-none-any"];
  assert.deepEqual(
    variants.map((name) => parseWheelFilename(`${name}.whl`).variant),
    ["x86_64_v3", "null", null],
  );
});

test("compressed tag sets stand for each combination", () => {
  const tags = expandTags(parseWheelFilename("six-1.16.0-py2.py3-none-any.win32.whl"));
  assert.equal(tags.length, 4);
  assert.deepEqual(tags[0], { python: "py2", abi: "none", platform: "any" });
});

for (const filename of [
  "foo.whl",
  "foo-1.0.whl",
  "foo-1.0-py3-none.whl",
  "foo-1.0-x-py3-none-any.whl",
  "foo-1.0-py3-none-any-V3.whl",
  "foo-1.0-py3-none-any-a-b.whl",
  "foo__bar-1.0-py3-none-any.whl",
  "foo-1.0-py3-none-.whl",
  "foo-1.0-py3-none-a..b.whl",
  "../foo-1.0-py3-none-any.whl",
  "foo-1.0-py3-none-any.whl\n",
  "",
]) {
  test(`${JSON.stringify(filename)} is no wheel file name`, () => {
    assert.throws(
      () => parseWheelFilename(filename),
      (error) => error instanceof ItemError && error.kind === "name",
    );
  });
}
