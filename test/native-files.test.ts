// Which entries of wheels are native files, of what kind and whose: whole surveys of wheels with the listings of real ones.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { EDITION, indexFor, project, requestTo, rows, scratchFolder, survey } from "./harness.ts";
import { memoryFile, memorySource, type SourceFile } from "./loopback/source.ts";
import { buildZip } from "./zip-builder.ts";

const LARGE = 70_000; // bytes that stand for the megabytes of a program or a library

/** A wheel with these entries: path, Unix mode, size. */
function wheelOf(filename: string, entries: [path: string, mode: number, size: number][]): SourceFile {
  return memoryFile(
    filename,
    buildZip(
      entries.map(([name, mode, size], nth) => ({
        name,
        data: Buffer.alloc(size, nth),
        method: 8,
        directory: { madeBy: (3 << 8) | 20, externalAttributes: BigInt(mode) << 16n },
      })),
    ),
  );
}

test("libraries without a suffix, programs and what only looks native, from the index to the reports", async (t) => {
  const source = memorySource([
    project("pyqt6-qt6", [
      wheelOf("pyqt6_qt6-1.0-py3-none-macosx_11_0_arm64.whl", [
        ["PyQt6/Qt6/lib/QtCore.framework/Versions/A/QtCore", 0o100755, LARGE],
        ["PyQt6/Qt6/lib/QtCore.framework/Versions/A/Resources/Info.plist", 0o100644, 700],
        ["PyQt6/Qt6/plugins/platforms/libqcocoa.dylib", 0o100755, 900],
        [
          "PyQt6/Qt6/lib/QtWebEngineCore.framework/Versions/A/Helpers/QtWebEngineProcess.app/Contents/MacOS/QtWebEngineProcess",
          0o100755,
          LARGE,
        ],
      ]),
    ]),
    project("pysdl2-dll", [
      wheelOf("pysdl2_dll-1.0-py2.py3-none-macosx_10_11_universal2.whl", [
        ["sdl2dll/dll/SDL2.framework/Versions/A/SDL2", 0o100755, LARGE],
        ["sdl2dll/dll/SDL2.framework/Versions/A/Headers/SDL.h", 0o100644, 9000],
      ]),
    ]),
    project("netdem", [
      wheelOf("netdem-1.0-cp311-cp311-macosx_11_0_arm64.whl", [
        ["netdem/.dylibs/Python", 0o100755, LARGE],
        ["netdem/.dylibs/libz.1.dylib", 0o100755, 900],
        ["netdem/.dylibs/._libz.1.dylib", 0o100644, 163],
        ["__MACOSX/netdem/.dylibs/._libz.1.dylib", 0o100644, 163],
        ["netdem/._core.cpython-311-darwin.so", 0o100644, 163],
        ["netdem/core.cpython-311-darwin.so", 0o100755, 900],
        ["netdem/core.cpython-311-darwin.so.dSYM/Contents/Resources/DWARF/core.cpython-311-darwin.so", 0o100644, LARGE],
        ["netdem/libnetdem.so.license", 0o100644, 100],
      ]),
    ]),
    project("playwright", [
      wheelOf("playwright-1.0-py3-none-manylinux1_x86_64.whl", [
        ["playwright/driver/node", 0o100755, LARGE],
        ["playwright/driver/package/lib/webp_codec.wasm", 0o100755, LARGE],
        ["playwright/driver/package/lib/xdg-open", 0o100755, 32_416],
        ["playwright/driver/package/bin/better_sqlite3.node", 0o100644, 900],
        ["playwright/driver/LICENSE", 0o100644, LARGE],
      ]),
    ]),
    project("imageio-ffmpeg", [
      wheelOf("imageio_ffmpeg-1.0-py3-none-manylinux2014_x86_64.whl", [
        ["imageio_ffmpeg/binaries/ffmpeg-linux-x86_64-v7.0.2", 0o100755, LARGE],
        ["imageio_ffmpeg/binaries/README.md", 0o100644, 100],
      ]),
      wheelOf("imageio_ffmpeg-1.0-py3-none-win_amd64.whl", [
        ["imageio_ffmpeg/binaries/ffmpeg-win-x86_64-v7.1.exe", 0, 900],
      ]),
    ]),
    project("ruff", [
      wheelOf("ruff-1.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", [
        ["ruff-1.0.data/scripts/ruff", 0o100755, LARGE],
        ["ruff/__main__.py", 0o100755, LARGE],
      ]),
      wheelOf("ruff-1.0-py3-none-win_amd64.whl", [["ruff-1.0.data/scripts/ruff.exe", 0, LARGE]]),
    ]),
    project("cysignals", [
      wheelOf("cysignals-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", [
        ["cysignals-1.0.data/scripts/cysignals-CSI", 0o100755, 6903],
        ["cysignals/signals.cpython-312-x86_64-linux-gnu.so", 0o100755, 900],
      ]),
    ]),
  ]);
  const request = requestTo(await indexFor(t, source), scratchFolder(t), { top: 7, rate: 0 });
  assert.equal(await survey(request), 0);

  const files = rows(
    request.database,
    "SELECT project, file_name, kind, member_group, library, component, component_version FROM native_file ORDER BY project, wheel, path",
  );
  assert.deepEqual(
    files.map((row) =>
      Object.values(row)
        .map((cell) => cell ?? "-")
        .join(" | "),
    ),
    [
      "cysignals | signals.cpython-312-x86_64-linux-gnu.so | extension-module | - | - | - | -",
      "imageio-ffmpeg | ffmpeg-linux-x86_64-v7.0.2 | executable | - | - | ffmpeg | 7.0.2",
      "imageio-ffmpeg | ffmpeg-win-x86_64-v7.1.exe | executable | - | - | ffmpeg | 7.1",
      "netdem | Python | other | interpreter | Python | - | -",
      "netdem | libz.1.dylib | shared-library | - | libz.dylib | zlib | -",
      "netdem | core.cpython-311-darwin.so | extension-module | - | - | - | -",
      "playwright | node | executable | - | - | nodejs | -",
      "playwright | better_sqlite3.node | other | node-addon | better_sqlite3.node | - | -",
      "pyqt6-qt6 | QtCore | shared-library | - | QtCore | qt6 | -",
      "pyqt6-qt6 | QtWebEngineProcess | executable | - | - | qt | -",
      "pyqt6-qt6 | libqcocoa.dylib | other | qt-plugin | libqcocoa.dylib | - | -",
      "pysdl2-dll | SDL2 | shared-library | - | SDL2 | sdl2 | -",
      "ruff | ruff | executable | - | - | ruff | -",
      "ruff | ruff.exe | executable | - | - | ruff | -",
    ],
  );
  assert.deepEqual(
    rows(request.database, "SELECT library, macos FROM library_rank ORDER BY library").map((row) => Object.values(row)),
    [
      ["QtCore", 1],
      ["SDL2", 1],
      ["libz.dylib", 1],
    ],
  );
  assert.deepEqual(
    rows(request.database, "SELECT component, macos FROM component_rank ORDER BY component").map((row) =>
      Object.values(row),
    ),
    [
      ["qt6", 1],
      ["sdl2", 1],
      ["zlib", 1],
    ],
  );
  assert.deepEqual(rows(request.database, "SELECT project FROM surveyed_project WHERE native_files = 0"), []);
  const page = readFileSync(join(request.reports, EDITION, "README.md"), "utf8");
  assert.match(page, /\| executable +\| +\| +4 \| +6 \|/);
  assert.match(page, /\| other +\| node-addon +\| +1 \| +1 \|/);
});
