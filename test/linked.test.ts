// What texts in bytes tell, and do not: the release of a library, what is linked into a file, and what is only a header's constant or a mention.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathHashesOf } from "../pipeline/derive/sbom-matches.ts";
import { loadRules } from "../pipeline/naming/component-rules.ts";
import { releaseOf, SOURCE_PATHS, textsIn } from "../pipeline/naming/texts-in-bytes.ts";
import { QUESTIONS } from "../pipeline/publish/site/questions.ts";
import { lintComponents, lintSourcePaths } from "../scripts/lint/components.ts";
import { cli, EDITION, indexFor, project, requestTo, rows, scratchFolder, survey } from "./harness.ts";
import { buildElf } from "./loopback/binaries.ts";
import { madeUpSource, wheelOf } from "./loopback/made-up-source.ts";
import { memorySource } from "./loopback/source.ts";

const bytesOf = (texts: readonly string[]) => Buffer.from(`\0${texts.join("\0")}\0`, "latin1");

/** The release that a component's library says with these texts, null for none, and what is linked into a module of 4 MB with them. */
function told(component: string | null, texts: readonly string[], size = 4_000_000) {
  const found = textsIn({ component, size, pieces: [{ offset: 0, bytes: bytesOf(texts) }] });
  const linked = found.filter(({ kind }) => kind === "linked" || kind === "package");
  return {
    release: releaseOf(found),
    linked: linked.map((each) => `${each.component}${each.version === null ? "" : ` ${each.version}`}`),
  };
}

const releases: [about: string, component: string, texts: string[], release: string | null][] = [
  [
    "EL7's libcrypto names older releases beside its own",
    "openssl",
    ["OpenSSL 1.0.2k-fips  26 Jan 2017", "OpenSSL 1.0.0-fips", "OpenSSL 1.0.1e-fips"],
    "1.0.2k",
  ],
  ["libssl 3 holds no release", "openssl", ["OPENSSL_3.0.0", "SSLv3"], null],
  ["a symbol's version is no release", "libtiff", ["LIBTIFF_4.7.1", "Since libtiff 4.5.1"], null],
  ["zlib's header in libpng", "libpng", ["1.2.11", "1.3.1"], null],
  ["libgfortran does not know its own", "gcc", ["libgfortran runtime library version UNKNOWN"], null],
  ["two releases are none", "curl", ["CLIENT libcurl 8.11.1", "CLIENT libcurl 8.11.0"], null],
  ["GDAL's bare numbers are several", "gdal", ["3.14.1", "1.3.1", "9.8.1"], null],
];

for (const [about, component, texts, release] of releases)
  test(`release: ${about}`, () => assert.equal(told(component, texts).release, release));

const NOT_LINKED: [about: string, texts: string[], size?: number][] = [
  ["OpenSSL's header in what loads it", ["OpenSSL 3.3.1 4 Jun 2024", "libssh"]],
  ["SQLite's source id in an extension", ["2026-10-16 14:45:20 555e07ef33f69a0957d24d8e555b7000", "3.54.1"], 2560],
  [
    "SQLite's id and magic in an extension of 300 KB",
    ["2026-10-16 14:45:20 555e07ef33f69a0957d24d8e555b7000", "SQLite format 3"],
    300_000,
  ],
  ["GEOS's constant of its C API", ["3.13.1-CAPI-1.19.2"]],
  ["libtiff's constant in libgdal", ["LIBTIFF, Version 4.7.0"]],
  ["zlib's bare numbers", ["1.2.7", "1.2.11", "1.3.1"]],
  ["zlib-ng's header", ["1.3.1.zlib-ng"]],
  ["x264's placeholder in libavcodec", ["x264 - core 000"]],
  ["symbol versions", ["ZLIB_1.2.3.4", "OPENSSL_3.5.0", "LIBTIFF_4.7.1"]],
  ["a program that mentions BoringSSL", ["built without boringssl", "compatible; BoringSSL"]],
  ["libpng's header", ["libpng version 1.6.58\n\n"]],
  ["libcurl's release that a program wants", ["libcurl 7.65.0"]],
  ["FreeTDS's bare numbers, which libxml2's look like", ["21000"]],
  ["the standard library's own crates", ["/rust/deps/hashbrown-0.15.2/src/raw/mod.rs"]],
];

for (const [about, texts, size] of NOT_LINKED)
  test(`nothing is linked in: ${about}`, () => assert.deepEqual(told(null, texts, size).linked, []));

const LINKED: [about: string, texts: string[], linked: string[]][] = [
  ["OpenSSL, by its directory", ["OpenSSL 3.5.8 25 Aug 2026", 'OPENSSLDIR: "/usr/local/ssl"'], ["openssl 3.5.8"]],
  [
    "BoringSSL has no release, and no directory",
    ["OpenSSL 1.1.1 (compatible)", "OPENSSLDIR: n/a", "/deps/boringssl/crypto/asn1/a_bool.cc"],
    ["boringssl"],
  ],
  [
    "node has OpenSSL, and mentions BoringSSL's sources",
    ["OpenSSL 3.0.15 3 Sep 2024", 'OPENSSLDIR: "/x"', "deps/boringssl/crypto/x.c"],
    ["openssl 3.0.15"],
  ],
  ["zlib of any age", ["deflate 1.2.8 Copyright 1995-2013 Jean-loup Gailly"], ["zlib 1.2.8"]],
  ["zlib-ng, and not the zlib that it follows", ["zlib-ng 2.2.4", "inflate 1.3.1 Copyright"], ["zlib-ng 2.2.4"]],
  ["several bare numbers tell no release", ["Start tag expected, '<' not found", "21109", "20914"], ["libxml2"]],
  ["one tells it", ["Start tag expected, '<' not found", "21406"], ["libxml2 2.14.6"]],
  [
    "crates",
    [
      "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/aws-lc-sys-0.39.0/aws-lc/crypto/x.c",
      "C:\\u\\.cargo\\registry\\src\\index.crates.io-1949cf8c6b5b557f\\ring-0.17.14\\src\\aead.rs",
    ],
    ["aws-lc", "pkg:cargo/aws-lc-sys 0.39.0", "pkg:cargo/ring 0.17.14"],
  ],
  [
    "Go modules",
    ["mod\tx\t(devel)\t\ndep\tgolang.org/x/sys\tv0.30.0\th1:abc=\n"],
    ["pkg:golang/golang.org/x/sys v0.30.0"],
  ],
];

for (const [about, texts, linked] of LINKED)
  test(`linked in: ${about}`, () => assert.deepEqual(told(null, texts).linked, linked));

test("texts that only begin as a rule wants them, a million bytes of each, end", () => {
  const beginnings = [
    ...loadRules().flatMap(({ in_bytes = [], linked = [] }) => [...in_bytes, ...linked]),
    ...(JSON.parse(readFileSync(SOURCE_PATHS, "utf8")) as { examples: { text: string }[] }[]),
  ].flatMap(({ examples }) => examples.map(({ text }) => text.replaceAll("\0", "")));
  assert.ok(beginnings.length > 100);
  for (const text of new Set(beginnings))
    for (const length of [text.length, Math.ceil(text.length * 0.8), Math.ceil(text.length / 2)]) {
      const bytes = Buffer.alloc(1_000_000, text.slice(0, length), "latin1");
      assert.ok(textsIn({ component: null, size: bytes.length, pieces: [{ offset: 0, bytes }] }).length < 2000);
    }
});

test("a library is not linked into itself", () => {
  const texts = ["deflate 1.3.1 Copyright 1995-2024 Jean-loup Gailly"];
  assert.deepEqual(told("zlib", texts), { release: "1.3.1", linked: [] });
});

test("a version resource or LC_ID_DYLIB tells where no text does, and texts come first", () => {
  const file = { component: "msvc-runtime", size: 100, pieces: [] };
  assert.equal(releaseOf(textsIn({ ...file, resource: "14.51.36247.0" })), "14.51.36247");
  assert.equal(releaseOf(textsIn({ ...file, resource: null })), null);
  const both = [
    { kind: "own", version: "1.0" },
    { kind: "resource", version: "2.0" },
  ] as const;
  assert.equal(releaseOf(both), "1.0");
  assert.equal(releaseOf(both.slice(1)), "2.0");
});

const OPENSSL = ["OpenSSL 3.5.8 25 Aug 2026", 'OPENSSLDIR: "/x"'];
const ZLIB = "deflate 1.3.1 Copyright 1995-2024 Jean-loup Gailly";
const [GCC_PATH] = pathHashesOf({ fileName: "libstdc++-01234567.so.6.0.33", hashes: "01234567" });
const [ZLIB_PATH] = pathHashesOf({ fileName: "libz-01234567.so.1.2.7", hashes: "01234567" });
const elf = (texts: string[], more: object = {}) => buildElf({ soname: "lib.so.1", text: bytesOf(texts), ...more });

test("a survey tells what is linked in, of siblings and by SBOMs first, and where evidence disagrees", async (t) => {
  const sbom = {
    ...{ bomFormat: "CycloneDX", specVersion: "1.6" },
    components: [
      {
        ...{ type: "library", name: "zlib", version: "1.2.7-21.el7_9", purl: "pkg:rpm/centos/zlib@1.2.7-21.el7_9" },
        "bom-ref": `zlib#${ZLIB_PATH}`,
      },
      {
        ...{ type: "library", name: "libstdc++", version: "14.2.0-r4", purl: "pkg:apk/alpine/libstdc%2B%2B@14.2.0-r4" },
        "bom-ref": `gcc#${GCC_PATH}`,
      },
    ],
  };
  const index = await indexFor(
    t,
    memorySource([
      project("s", [
        wheelOf("s-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", {
          "s.libs/libcrypto-01234567.so.3": elf(OPENSSL),
          "s.libs/libssl-01234567.so.3": elf(["SSLv3"]),
          "s.libs/libkrb5-01234567.so.3.3": elf(["KRB5_BRAND: krb5-1.22.2-final"]),
          "s.libs/libk5crypto-01234567.so.3.1": elf([]),
          "s.libs/libz-01234567.so.1.2.7": elf([ZLIB]),
          "s.libs/libstdc++-01234567.so.6.0.33": elf([]),
          "s.libs/libloads-01234567.so.1": elf([ZLIB], { needed: ["libz.so.1"] }),
          "s.libs/libholds-01234567.so.1": elf([ZLIB], { needed: ["libc.so.6"] }),
          "s/_rust.abi3.so": elf([...OPENSSL, "PyInit__rust"]),
          "s/loaded.cpython-312-x86_64-linux-gnu.so": elf(["no module"]),
          "s/tool": Buffer.from("#!/bin/sh\n"),
          "s-1.0.dist-info/sboms/auditwheel.cdx.json": Buffer.from(JSON.stringify(sbom)),
        }),
      ]),
      project("two", [
        wheelOf("two-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", {
          "two.libs/libcrypto-01234567.so.3": elf(OPENSSL),
          "two.libs/libcrypto-89abcdef.so.3": elf(["OpenSSL 3.0.15 3 Sep 2024"]),
          "two.libs/libssl-01234567.so.3": elf(["SSLv3", "two"]),
        }),
      ]),
    ]),
  );
  const request = requestTo(index, scratchFolder(t), { top: 2, contents: "all" });
  assert.equal(await survey(request), 0);
  const { database } = request;
  const versions = rows(
    database,
    "SELECT path, component_version AS version, version_source AS source FROM native_file WHERE component IN ('openssl', 'krb5', 'zlib') ORDER BY path",
  );
  assert.deepEqual(versions, [
    {
      path: "s.libs/libcrypto-01234567.so.3",
      version: "3.5.8",
      source: "bytes: OpenSSL 3.5.8 25 Aug 2026",
    },
    {
      path: "s.libs/libk5crypto-01234567.so.3.1",
      version: "1.22.2",
      source: "sibling: s.libs/libkrb5-01234567.so.3.3",
    },
    { path: "s.libs/libkrb5-01234567.so.3.3", version: "1.22.2", source: "bytes: KRB5_BRAND: krb5-1.22.2-" },
    { path: "s.libs/libssl-01234567.so.3", version: "3.5.8", source: "sibling: s.libs/libcrypto-01234567.so.3" },
    { path: "s.libs/libz-01234567.so.1.2.7", version: "1.2.7", source: "SBOM: pkg:rpm/centos/zlib@1.2.7-21.el7_9" },
    { path: "two.libs/libcrypto-01234567.so.3", version: "3.5.8", source: "bytes: OpenSSL 3.5.8 25 Aug 2026" },
    { path: "two.libs/libcrypto-89abcdef.so.3", version: "3.0.15", source: "bytes: OpenSSL 3.0.15 3 Sep 2024" },
    { path: "two.libs/libssl-01234567.so.3", version: null, source: null },
  ]);
  assert.deepEqual(rows(database, "SELECT path, component, version FROM linked_component ORDER BY path"), [
    { path: "s.libs/libholds-01234567.so.1", component: "zlib", version: "1.3.1" },
    { path: "s/_rust.abi3.so", component: "openssl", version: "3.5.8" },
  ]);
  // The name tells 14.x: no conflict.
  assert.deepEqual(rows(database, "SELECT component_version AS version FROM native_file WHERE component = 'gcc'"), [
    { version: "14.2.0" },
  ]);
  const csv = (name: string) => readFileSync(join(request.reports, EDITION, `${name}.csv`), "utf8").split("\n");
  assert.deepEqual(csv("version-conflicts").slice(1, -1), [
    'zlib,libz.so,"SBOM 1.2.7,bytes 1.3.1,file name 1.2.7",1,1,s-1.0-cp312-cp312-manylinux_2_28_x86_64.whl,s.libs/libz-01234567.so.1.2.7',
  ]);
  assert.deepEqual(
    csv("linked")
      .slice(1, -1)
      .map((line) => line.split(",").slice(0, 5).join(",")),
    ["openssl,3.5.8,s,1,1", "zlib,1.3.1,s,1,1"],
  );
  assert.ok(csv("versions").some((line) => line.startsWith('openssl,3.5.8,"bytes, linked in"')));
  const kinds = rows(
    database,
    "SELECT path, kind_by_bytes AS kind FROM library_contents WHERE path LIKE '%rust%' OR path LIKE '%libssl-01234567.so.3' AND project = 's' ORDER BY path",
  );
  assert.deepEqual(kinds, [
    { path: "s.libs/libssl-01234567.so.3", kind: "shared-library" },
    { path: "s/_rust.abi3.so", kind: "extension-module" },
  ]);
  const answers = (number: number) => rows(database, QUESTIONS.find((each) => each.number === number)!.sql);
  assert.deepEqual(
    answers(26).map(({ path, component, version }) => [path, component, version]),
    [["s/_rust.abi3.so", "openssl", "3.5.8"]],
  );
  assert.deepEqual(
    answers(27).map(({ path, kind, kind_by_bytes }) => [path, kind, kind_by_bytes]),
    [["s/loaded.cpython-312-x86_64-linux-gnu.so", "extension-module", "shared-library"]],
  );
  const { stdout, stderr, code } = await cli(["who", "openssl", "--database", database, "--csv"]);
  assert.equal(code, 0);
  assert.match(stderr, /linked into files of s \(3\.5\.8\)/);
  assert.match(stdout, /libcrypto/);
  const site = join(scratchFolder(t), "site");
  assert.equal((await cli(["site", "--database", database, "--out", site])).code, 0);
  const page = readFileSync(join(site, "projects", "s.html"), "utf8");
  assert.match(page, /Linked into its files[\s\S]*openssl[\s\S]*3\.5\.8[\s\S]*zlib[\s\S]*1\.3\.1[\s\S]*SBOMs/);
  assert.doesNotMatch(readFileSync(join(site, "projects", "two.html"), "utf8"), /Linked into/);
  const shown = await cli(["show", "s", "--database", database]);
  assert.match(shown.stderr, /^linked into its files: openssl 3\.5\.8, zlib 1\.3\.1$/m);
  const bom = JSON.parse((await cli(["sbom", "s", "--database", database])).stdout);
  type Part = { "bom-ref": string; purl: string; version: string; evidence: { occurrences: { location: string }[] } };
  const linked = (bom.components as Part[]).filter((part) => part["bom-ref"].startsWith("linked:"));
  assert.deepEqual(
    linked.map(({ purl, evidence }) => [purl, evidence.occurrences.map(({ location }) => location)]),
    [
      ["pkg:generic/openssl@3.5.8", ["s/_rust.abi3.so"]],
      ["pkg:generic/zlib@1.3.1", ["s.libs/libholds-01234567.so.1"]],
    ],
  );
});

test("a wheel on disk is inspected with all that its bytes say; one at an address only if that is asked for", async (t) => {
  const name = "i-1.0-cp312-cp312-manylinux_2_28_x86_64.whl";
  const crate = "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/ring-0.17.14/src/aead.rs";
  const file = wheelOf(name, { "i/_rust.abi3.so": elf([...OPENSSL, crate]) });
  const folder = scratchFolder(t);
  const index = await indexFor(t, memorySource([project("i", [file])]));
  const path = join(folder, name);
  const [{ url }] = (await (await fetch(`${index.url}/pypi/i/json`)).json()).urls as [{ url: string }];
  writeFileSync(path, Buffer.from(await (await fetch(url)).arrayBuffer()));
  const lines = /^linked into its files: openssl 3\.5\.8\npackages in its files: cargo\/ring 0\.17\.14$/m;
  for (const [words, isRead] of [
    [[path], true],
    [[path, "--contents", "none"], false],
    [[url], false],
    [[url, "--contents", "all"], true],
    [["i", "--index", index.url, "--contents", "all"], true],
    [["i", "--index", index.url, "--contents", "libraries"], false],
  ] as const) {
    const { code, stdout, stderr } = await cli(["inspect", ...words, "--json"]);
    assert.equal(code, 0, stderr);
    const [{ linked }] = JSON.parse(stdout) as [{ linked: string | null }];
    assert.equal(linked, isRead ? "openssl 3.5.8" : null, words.join(" "));
    assert.equal(lines.test(stderr), isRead, words.join(" "));
  }
  const bom = JSON.parse((await cli(["sbom", path])).stdout);
  assert.deepEqual(
    (bom.components as { purl: string }[]).map(({ purl }) => purl),
    ["pkg:generic/openssl@3.5.8", "pkg:cargo/ring@0.17.14"],
  );
});

test("what the bytes of the demo's made-up wheels say", async (t) => {
  const index = await indexFor(t, madeUpSource());
  const request = requestTo(index, scratchFolder(t), { top: 1, contents: "all" });
  assert.equal(await survey(request), 0);
  const sql = "SELECT path, format, version, kind_by_bytes AS kind FROM library_contents ORDER BY path";
  assert.deepEqual(
    rows(request.database, sql).map((row) => Object.values(row)),
    [
      ["made_up.libs/libcrypto-01234567.so.3", "elf", "3.5.8", "shared-library"],
      ["made_up.libs/libssl-01234567.so.3", "elf", null, "shared-library"],
      ["made_up/.dylibs/libz.1.dylib", "macho", "1.3.1", "shared-library"],
      ["made_up/_rust.abi3.so", "elf", null, "extension-module"],
      ["made_up/zlib1.dll", "pe", null, "shared-library"],
    ],
  );
  const linked = "SELECT component, version FROM linked_component ORDER BY component";
  assert.deepEqual(rows(request.database, linked), [
    { component: "openssl", version: "3.5.8" },
    { component: "pkg:cargo/ring", version: "0.17.14" },
  ]);
});

test("the linter names what is wrong with evidence for what is linked in, and with sources' paths", () => {
  const zlib = JSON.parse(readFileSync(new URL("../data/components/zlib.json", import.meta.url), "utf8"));
  const faults = (rule: object) =>
    lintComponents(new Map([["zlib.json", { ...zlib, linked: [{ ...zlib.linked[0], ...rule }] }]])).join("\n");
  assert.equal(faults({}), "");
  assert.match(faults({ minimum_size: 20_000_000 }), /zlib, linked: .*: not found, release none, expected found/);
  assert.match(faults({ examples: [] }), /linked/);
  assert.match(faults({ pattern: "(\\d+\\.\\d+) Copyright" }), /begins with a repetition without bound/);
  assert.match(faults({ with: ["[a-z]+x"] }), /begins with a repetition without bound/);
  const paths = JSON.parse(readFileSync(new URL("../data/source-paths.json", import.meta.url), "utf8"));
  assert.deepEqual(lintSourcePaths(paths), []);
  assert.match(
    lintSourcePaths([{ ...paths[0], examples: [{ text: "/rust/deps/x-1.0.0/", name: "x", version: "1.0.0" }] }]).join(),
    /nothing, expected pkg:cargo\/x@1\.0\.0/,
  );
});
