import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { RunError } from "../pipeline/errors.ts";
import { componentOf } from "../pipeline/naming/component-of.ts";
import {
  type ComponentRule,
  loadRules,
  makeMatcher,
  type StemPattern,
  versionFrom,
} from "../pipeline/naming/component-rules.ts";
import { nameLibrary } from "../pipeline/naming/library-name.ts";

const rules = loadRules();
const match = makeMatcher(rules);

function recognize(path: string, program = false): [component: string | null, version: string | null] {
  const found = componentOf(match, nameLibrary(path, { repairTool: null, program }));
  return [found?.rule.component ?? null, found?.version ?? null];
}

// What wheels of 2023 and 2026 carry, the component, and the version that may be published.
const FILES: [path: string, component: string | null, version: string | null][] = [
  ["psycopg2_binary.libs/libcrypto-d3570994.so.1.0.2k", "openssl", "1.0.2k"],
  ["psycopg2_binary.libs/libssl-cd1d6220.so.1.0.2k", "openssl", "1.0.2k"],
  ["x.libs/libssl-679d7dd2.so.1.0.2", "openssl", null], // a soname of Debian's
  ["x.libs/libcrypto-0d5cfbba.so.1.1", "openssl", null],
  ["x.libs/libcrypto-0f7a7a89.so.3", "openssl", null],
  ["x.libs/libcrypto-5409cd36.so.1.1.1k", "openssl", "1.1.1k"],
  ["x.libs/libssl-3-x64-1f376d5f9507bc3330a5f961bb54c621.dll", "openssl", null],
  ["numpy.libs/libstdc++-5d72f927.so.6.0.33", "gcc", "14.x"],
  ["x.libs/libstdc++-1b005a64.so.6.0.28", "gcc", null], // GCC 9.3 or 10
  ["x.libs/libgcc_s-0cd532bd-c8f934f9.so.1", "gcc", null],
  ["x.libs/libgfortran-040039e1-0352e75f.so.5.0.0", "gcc", null],
  ["pypdf.libs/libpng15-ce838cd1.so.15.13.0", "libpng", "1.5.13"],
  ["Pillow.libs/libpng16-748299c7.so.16.34.0", "libpng", "1.6.34"],
  ["PIL/.dylibs/libpng16.16.dylib", "libpng", null],
  ["Pillow.libs/libjpeg-da649728.so.62.2.0", "libjpeg-turbo", null],
  ["x.libs/libjpeg-82e9a1fb.so.9.3.0", "libjpeg", "9c"],
  ["torchvision.libs/libjpeg.ceea7512.so.62", "libjpeg-turbo", null],
  ["Pillow.libs/liblcms2-2a3d7c52.so.2.0.8", "lcms2", null], // was 2.9
  ["Pillow.libs/libfreetype-29a7443c.so.6.16.1", "freetype", "2.9.1"],
  ["Pillow.libs/libharfbuzz-672f7280.so.0.61430.0", "harfbuzz", "14.3.0"],
  ["Pillow.libs/libbz2-e34b29ae.so.1.0.6", "bzip2", "1.0.6"],
  ["x.libs/libbz2-936b5678.so.1.0.4", "bzip2", null], // Debian's name for all of them
  ["x.libs/libz-be105fb2.so.1.2.13", "zlib", "1.2.13"],
  ["PIL/.dylibs/libz.1.3.1.zlib-ng.dylib", "zlib-ng", null],
  ["x.libs/libcurl-fiona-7aa2a8ac.so.4.7.0", "curl", null],
  ["fiona.libs/libgdal-fiona-2535371a.so.32.3.6.4", "gdal", "3.6.4"],
  ["rasterio/.dylibs/libgdal.38.3.12.4.dylib", "gdal", "3.12.4"],
  ["pyproj.libs/libproj-6da46f2e.so.25.9.2.1", "proj", "9.2.1"],
  ["shapely.libs/libgeos_c-6942cb88.so.1.16.2", "geos", null], // GEOS 3.9.0 or 3.10.4
  ["shapely.libs/libgeos_c-abcdd5fa.so.1.19.2", "geos", "3.13.x"],
  ["x/libclang.so.13", "llvm", null], // the soname of libclang.so.14.0.6
  ["x/.dylibs/libOpenEXR-3_3.32.3.3.4.dylib", "openexr", "3.3.4"],
  ["x.libs/libopenblasp-r0-23e5df77.3.21.dev.so", "openblas", "0.3.21.dev"],
  ["numpy.libs/libscipy_openblas64_-327b2e0bcffce2882e0dc04cdeb4eaa6.dll", "openblas", null],
  ["x.libs/libldap_r-2-08547aa4.4.so.2.10.7", "openldap", "2.4.x"],
  ["pygame.libs/libSDL2-2-1db8a437.0.so.0.2600.4", "sdl2", "2.26.4"],
  ["pygame.libs/libSDL2_image-2-4f97feb7.0.so.0.2.3", "sdl2-image", null],
  ["x/libboost_python39.so.1.78.0", "boost", "1.78.0"],
  ["x/boost_python39-vc142-mt-x64-1_78.dll", "boost", "1.78.0"],
  ["x/libzmq-v141-mt-4_3_4-0a6f51ca.dll", "zeromq", "4.3.4"],
  ["pyzmq.libs/libzmq-1cf02d00.so.5.2.4", "zeromq", "4.3.4"],
  ["x.libs/icuuc78-1f376d5f9507bc3330a5f961bb54c621.dll", "icu", "78.x"],
  ["psycopg_binary.libs/libpq-227f62f1.so.5.15", "postgresql", "15.x"],
  ["x.libs/libcom_err-abcdef01.so.2.1", "e2fsprogs", null],
  ["x/vendor/private/libcom_err.so.3.0", "krb5", null],
  ["x.libs/liblz4-1b122829.so.1.7.1", "lz4", null], // the soname of r131
  ["x.libs/libprotobuf-0c2e7c65.so.26.0.1", "protobuf", null], // 3.15.1 or 26.0.1: the number does not tell
  ["numpy.libs/msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll", "msvc-runtime", null],
  ["x/opencv_videoio_ffmpeg480_64.dll", "ffmpeg", null],
  ["av.libs/libavcodec-402e4b05.so.59.37.100", "ffmpeg", "5.1.x"],
  ["x/libEGL.dll", "angle", null],
  ["PySide6/Qt/plugins/imageformats/libqpdf.so", null, null],
  ["pikepdf.libs/libqpdf-26901fff.so.29.2.0", "qpdf", "11.2.0"],
  ["bezier.libs/libbezier-4ed48691.so.2021.2.12", null, null],
  ["PyQt6/Qt6/lib/QtCore.framework/Versions/A/QtCore", "qt6", null],
  ["PyQt5/Qt5/lib/QtCore.framework/Versions/5/QtCore", "qt5", null],
  ["cv2/.dylibs/QtCore", "qt", null], // Qt 5 or 6: the name does not say
  ["sdl2dll/dll/SDL2.framework/Versions/A/SDL2", "sdl2", null],
  ["x/libQtCore.so.4.8.7", "qt4", "4.8.7"],
  ["PySide6/Qt/lib/libQt6FFmpegStub-ssl.so.3", "qt6", null],
  ["numpy/.libs/libopenblas.WCDJNK7YVMPZQ2ME2ZZHJJRJ3JIKNDB7.gfortran-win_amd64.dll", "openblas", null],
  ["x.libs/libopenblaso-r0-ab12cd34.3.15.so", "openblas", "0.3.15"],
  ["x/libopenblas_haswellp-r0.3.21.so", "openblas", "0.3.21"],
  ["x/libopenblas64_p-r0.3.20.so", "openblas", "0.3.20"],
  ["x/libopenblas_armv8p-r0.3.21.dylib", "openblas", "0.3.21"],
  ["x/libopenblasp.so.0", "openblas", null],
  ["GDAL.libs/libgeos--no-undefined-82dbfb1f.so", "geos", null],
  ["x.libs/libgeos-3-ab12cd34.8.0.so", "geos", "3.8.0"],
  ["shapely/.dylibs/libgeos-3.4.2.dylib", "geos", "3.4.2"],
  ["x.libs/libpoppler-ab12cd34.so.126.0.0", "poppler", null],
  ["x.libs/libtatlas-ab12cd34.so.3.10", "atlas", null],
  ["x.libs/libdsdp-5-ab12cd34.8gf.so", "dsdp", null],
  ["x/libfmt.so.9.1.0", "fmt", "9.1.0"],
  ["x/libyaml-cpp.so.0.7.0", "yaml-cpp", "0.7.0"],
  ["x.libs/libleveldb-1a2b3c4d.so.1.0.7", "leveldb", null], // libtool's number of 1.12.0
  ["x.libs/libleveldb-1a2b3c4d.so.1.23.0", "leveldb", "1.23.0"],
  ["torch/lib/libamdhip64.so", "rocm", null],
  ["torch/lib/libarm_compute_graph.so", "arm-compute-library", null],
];

// Copies that a packager renamed, which keep their names and count for their upstream.
const RENAMED: [path: string, library: string, component: string | null, version: string | null][] = [
  ["_rocm_sdk_core/lib/rocm_sysdeps/lib/librocm_sysdeps_z.so.1", "librocm_sysdeps_z.so", "zlib", null],
  ["_rocm_sdk_core/lib/rocm_sysdeps/lib/librocm_sysdeps_liblzma.so.5", "librocm_sysdeps_liblzma.so", "xz", null],
  ["_rocm_sdk_core/lib/rocm_sysdeps/lib/librocm_sysdeps_elf.so.1", "librocm_sysdeps_elf.so", "elfutils", null],
  ["_rocm_sdk_core/lib/host-math/lib/librocm-openblas.so.0", "librocm-openblas.so", "openblas", null],
  ["casadi/libcasadi-tp-openblas.so.0.3", "libcasadi-tp-openblas.so", "openblas", null],
  ["x.libs/libcrypto-fiona-ab12cd34.so.1.1.1k", "libcrypto-fiona.so", "openssl", "1.1.1k"],
  ["fiona.libs/libjpeg-fiona-ab12cd34.so.9.3.0", "libjpeg-fiona.so", "libjpeg", "9c"],
  ["x/Qt5Core_conda.dll", "qt5core_conda.dll", "qt5", null],
  ["vtkmodules/libvtkpng-9.3.so.9.3.1", "libvtkpng-9.3.so", "libpng", null],
  ["vtkmodules/libvtkpugixml-9.3.so.9.3.1", "libvtkpugixml-9.3.so", "pugixml", null], // the number is VTK's
  ["vtkmodules/libvtkCommonCore-9.3.so", "libvtkCommonCore-9.3.so", "vtk", "9.3.x"],
  ["x/libnobody-fiona.so.1", "libnobody-fiona.so", null, null],
];

for (const [path, library, component, version] of RENAMED) {
  test(`${path} is a renamed copy of ${component ?? "something unknown"}`, () => {
    assert.equal(nameLibrary(path).library, library);
    assert.deepEqual(recognize(path), [component, version]);
  });
}

const PROGRAMS: [path: string, component: string | null, version: string | null][] = [
  ["imageio_ffmpeg/binaries/ffmpeg-linux-x86_64-v7.0.2", "ffmpeg", "7.0.2"],
  ["imageio_ffmpeg/binaries/ffmpeg-win-x86_64-v7.1.exe", "ffmpeg", "7.1"],
  ["playwright/driver/node", "nodejs", null],
  ["ruff-0.16.9.data/scripts/ruff", "ruff", null],
  ["cmake/data/bin/ctest", "cmake", null],
  ["ninja/data/bin/ninja.exe", "ninja", null],
  ["nvidia/cu13/bin/ptxas", "nvidia-cuda", null],
  ["PySide6/Qt/libexec/rcc", "qt", null],
  ["x/libz", null, null], // no library's rule
];

for (const [path, component, version] of PROGRAMS) {
  test(`the program ${path} is ${component ?? "unknown"}${version === null ? "" : ` ${version}`}`, () => {
    assert.deepEqual(recognize(path, true), [component, version]);
  });
}

for (const [path, component, version] of FILES) {
  test(`${path} is ${component ?? "unknown"}${version === null ? "" : ` ${version}`}`, () => {
    assert.deepEqual(recognize(path), [component, version]);
  });
}

test("the examples' stems are those that names are reduced to", () => {
  for (const { patterns } of rules) {
    for (const { stem, file_version } of patterns.flatMap((pattern) => pattern.examples)) {
      const names = [`x.libs/${stem}.so${file_version === undefined ? "" : `.${file_version}`}`, `x/${stem}.dll`];
      const stems = names.map((name) => nameLibrary(name).stem.toLowerCase());
      assert.ok(stems.includes(stem.toLowerCase()), `${stem}, but names are reduced to ${stems.join(" or ")}`);
    }
  }
});

const PATTERN: StemPattern = { stem: "^liba$", file_version: "none", examples: [{ stem: "liba" }] };

function ruleWith(...patterns: StemPattern[]): ComponentRule {
  return { component: "a", name: "A", purl: "pkg:generic/a", patterns };
}

function read(pattern: Partial<StemPattern>, fileVersion: string | null, stem = "liba") {
  const rule = ruleWith({ ...PATTERN, examples: [{ stem }], ...pattern });
  return versionFrom({ rule, pattern: rule.patterns[0]! }, fileVersion, stem);
}

test("a stem matches in any case, a part of one does not", () => {
  const matchA = makeMatcher([ruleWith(PATTERN)]);
  assert.equal(matchA("LibA")?.rule.component, "a");
  assert.equal(matchA("libab"), null);
  assert.equal(matchA("xliba"), null);
});

test("a pattern made for a number goes before the others", () => {
  const nine: StemPattern = { ...PATTERN, if_file_version: "^9", file_version: "soname" };
  const matchA = makeMatcher([ruleWith(PATTERN, nine)]);
  assert.equal(matchA("liba", "9.3.0")?.pattern, nine);
  assert.equal(matchA("liba", "8.0.2")?.pattern, PATTERN);
  assert.equal(matchA("liba")?.pattern, PATTERN);
});

test("a release has three parts or more, and a source", () => {
  const release = { file_version: "release", source: "Makefile" } as const;
  assert.deepEqual(read(release, "1.2.13"), { version: "1.2.13", source: "Makefile" });
  assert.equal(read(release, "1"), null);
  assert.equal(read(release, "1.2"), null);
  assert.equal(read(release, null), null);
  assert.equal(read({ file_version: "release" }, "1.2.13"), null);
  assert.equal(read({ file_version: "soname", source: "Makefile" }, "1.2.13"), null);
});

test("decoding takes the first step that fits", () => {
  const decoded: Partial<StemPattern> = {
    file_version: "decoded",
    source: "Makefile",
    decode: [
      { match: "^0\\.(\\d\\d)(\\d\\d)$", version: "2.$1.$2" },
      { match: "^5\\.(\\d+)$", table: { "1": "9.6", constructor: "0" } },
      { from: "stem", match: "^liba-(\\d+)$", version: "$1.x" },
    ],
  };
  const version = (number: string | null, stem?: string) => read(decoded, number, stem)?.version ?? null;
  assert.equal(version("0.0810"), "2.8.10");
  assert.equal(version("5.1"), "9.6");
  assert.equal(version("5.2"), null);
  assert.equal(version("5.2", "LibA-14"), "14.x");
  assert.equal(version(null, "liba-14"), "14.x");
});

test("of 100,000 different stems those are matched that a rule has", () => {
  const stems = Array.from({ length: 100_000 }, (_, index) => `lib${index.toString(36)}crypto`);
  const known = stems.filter((stem) => match(stem, null) !== null);
  assert.deepEqual(known, ["libk5crypto", "libqt5crypto", "libqt6crypto", "libvtkcrypto"]);
});

test("rules are read in byte order of their components' names", () => {
  const components = rules.map(({ component }) => component);
  assert.deepEqual(components, [...components].sort());
});

test("a file that is no rule is refused in one line", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rules-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const refusal = (text: string): string => {
    writeFileSync(join(folder, "a.json"), text);
    try {
      loadRules(pathToFileURL(`${folder}/`));
    } catch (error) {
      assert.ok(error instanceof RunError);
      assert.doesNotMatch(error.message, /\n/);
      return error.message;
    }
    throw new Error("accepted");
  };
  assert.match(refusal("{"), /^a\.json: .*, expected JSON$/);
  assert.equal(refusal("[]"), "a.json: component: missing, expected as in data/README.md; add it");
  assert.equal(refusal(JSON.stringify({ ...ruleWith(PATTERN), purl: 1 })), "a.json: purl: 1, expected string");
});
