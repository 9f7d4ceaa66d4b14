// What the bytes of libraries say in a survey: each distinct file once, by few ranges, as far as is asked; hostile members cost themselves alone.
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import Database from "better-sqlite3";
import { pathHashesOf } from "../pipeline/derive/sbom-matches.ts";
import { makeSlim } from "../pipeline/publish/site/slim-database.ts";
import { lintComponents } from "../scripts/lint/components.ts";
import { cli, EDITION, indexFor, project, requestTo, rows, scratchFolder, survey } from "./harness.ts";
import { buildElf, buildMachO, buildPe } from "./loopback/binaries.ts";
import { wheelOf } from "./loopback/made-up-source.ts";
import { memorySource } from "./loopback/source.ts";

const BUILD_ID = "c0b9959017cf64b03131964573944fc72958bb2b";
/** Bytes that look like chance, always the same. */
const noise = (bytes: number) =>
  createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(bytes));

// Code that no compressor makes small, so that a file is read by its two ends.
const code = (bytes: number) => Buffer.concat([noise(bytes >> 1), Buffer.from("text ".repeat(bytes / 10))]);
const LARGE = buildElf({ soname: "liblarge.so.1", needed: ["libc.so.6"], buildId: BUILD_ID, text: code(3_000_000) });
const SMALL = buildElf({ soname: "libsmall.so.2", needed: [], glibc: "2.17", comment: "GCC: (GNU) 10.2.1" });

const CONTENTS = `SELECT project, path, format, identity, soname, needed, glibc, compiler, resource_version AS version, read_bytes = size AS whole, problem
  FROM library_contents ORDER BY project, path`;
const COST = "SELECT requests, bytes FROM cost WHERE stage = 'contents'";

async function surveyed(t: TestContext, more: object) {
  const index = await indexFor(
    t,
    memorySource([
      project("a", [
        wheelOf("a-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", {
          "a.libs/liblarge-0123abcd.so.1": LARGE,
          "a.libs/libsmall-0123abcd.so.2": SMALL,
          "a/_a.cpython-312-x86_64-linux-gnu.so": buildElf({ needed: ["libsmall.so.2"] }),
        }),
      ]),
      project("b", [
        wheelOf("b-1.0-cp312-cp312-win_amd64.whl", {
          "b/zlib1.dll": buildPe({ name: "zlib1.dll", version: [1, 3, 1, 0] }),
        }),
        wheelOf("b-1.0-cp312-cp312-macosx_11_0_arm64.whl", {
          "b/.dylibs/libz.1.dylib": buildMachO({
            installName: "/usr/local/lib/libz.1.dylib",
            needed: ["/usr/lib/libSystem.B.dylib"],
          }),
        }),
      ]),
    ]),
  );
  const request = requestTo(index, scratchFolder(t), { top: 2, ...more });
  assert.equal(await survey(request), 0);
  return { request, ...request };
}

test("a survey asks for no bytes of libraries unless it is told to", async (t) => {
  const { database } = await surveyed(t, {});
  assert.deepEqual(rows(database, CONTENTS), []);
  assert.deepEqual(rows(database, COST), []);
});

test("libraries are read whole if they are small, else by their ends; a second run asks for nothing", async (t) => {
  const { database, request } = await surveyed(t, { contents: "libraries" });
  const found = rows(database, CONTENTS).map((row) => Object.values(row));
  assert.deepEqual(found, [
    [
      "a",
      "a.libs/liblarge-0123abcd.so.1",
      "elf",
      BUILD_ID,
      "liblarge.so.1",
      '["libc.so.6"]',
      null,
      null,
      null,
      0,
      null,
    ],
    [
      "a",
      "a.libs/libsmall-0123abcd.so.2",
      "elf",
      null,
      "libsmall.so.2",
      "[]",
      "2.17",
      "GCC: (GNU) 10.2.1",
      null,
      1,
      null,
    ],
    [
      "b",
      "b/.dylibs/libz.1.dylib",
      "macho",
      null,
      "/usr/local/lib/libz.1.dylib",
      '["/usr/lib/libSystem.B.dylib"]',
      null,
      null,
      null,
      1,
      null,
    ],
    ["b", "b/zlib1.dll", "pe", "000000000", "zlib1.dll", "[]", null, null, "1.3.1.0", 1, null],
  ]);
  const [cost] = rows(database, COST) as [{ requests: number; bytes: number }];
  assert.equal(cost.requests, 5); // Two for the large one.
  assert.ok(cost.bytes < 300_000, `${cost.bytes}`);
  assert.equal(await survey(request), 0);
  assert.deepEqual(rows(database, COST), [cost]);
  const slim = join(scratchFolder(t), "slim.sqlite");
  makeSlim(database, slim, EDITION);
  const inBrowser = new Database(slim, { readonly: true });
  assert.deepEqual(inBrowser.prepare(CONTENTS).all(), rows(database, CONTENTS));
  inBrowser.close();
});

test("libraries that lie next to each other cost one request, and are told the same as each by itself", async (t) => {
  const small = (name: string) => buildElf({ soname: `${name}.so.1`, needed: [], text: noise(1000) });
  const wheel = wheelOf("n-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", {
    "n.libs/liba-0123abcd.so.1": small("liba"),
    "n.libs/notes.txt": Buffer.from("between them"),
    "n.libs/libb-0123abcd.so.1": small("libb"),
    "n.libs/liblarge-0123abcd.so.1": LARGE,
    "n.libs/libc-0123abcd.so.1": small("libc"),
    "n.libs/blob.bin": noise(100_000),
    "n.libs/libd-0123abcd.so.1": small("libd"),
  });
  const index = await indexFor(t, memorySource([project("n", [wheel])]));
  const joined = requestTo(index, scratchFolder(t), { top: 1, contents: "libraries" });
  const alone = requestTo(index, scratchFolder(t), { top: 1, contents: "libraries", contentsBudget: 1e9 });
  for (const request of [joined, alone]) assert.equal(await survey(request), 0);
  const requests = ({ database }: { database: string }) => rows(database, COST)[0]!.requests;
  assert.deepEqual([requests(joined), requests(alone)], [1 + 2 + 1 + 1, 4 + 2]);
  assert.equal(rows(joined.database, CONTENTS).length, 5);
  assert.deepEqual(rows(joined.database, CONTENTS), rows(alone.database, CONTENTS));
});

test("a month later only what is new is read", async (t) => {
  const one = (name: string, members: Record<string, Buffer>) =>
    project(name, [wheelOf(`${name}-1.0-cp312-cp312-manylinux_2_28_x86_64.whl`, members)]);
  const library = (name: string) => buildElf({ soname: `${name}.so.1`, needed: [] });
  const old = one("old", { "old.libs/liba-0123abcd.so.1": library("liba") });
  const fresh = one("fresh", {
    "fresh.libs/liba-0123abcd.so.1": library("liba"), // The same content.
    "fresh.libs/libb-0123abcd.so.1": library("libb"),
  });
  const before = requestTo(await indexFor(t, memorySource([old])), scratchFolder(t), { contents: "libraries", top: 1 });
  assert.equal(await survey(before), 0);
  const { url, rankingUrl } = await indexFor(t, memorySource([old, fresh]));
  const after = { ...before, edition: "2026-12", top: 2, index: url, ranking: rankingUrl };
  assert.equal(await survey(after), 0);
  assert.deepEqual(
    rows(before.database, "SELECT edition, requests FROM cost WHERE stage = 'contents' ORDER BY edition"),
    [
      { edition: "2026-11", requests: 1 },
      { edition: "2026-12", requests: 1 },
    ],
  );
  assert.equal(rows(before.database, "SELECT path FROM library_contents WHERE edition = '2026-12'").length, 3);
});

test("what is too large to be held is read by its ends, and not said to be no module", async (t) => {
  const text = Buffer.concat([noise(600_000), Buffer.alloc(70_000_000, "all the same ")]);
  const huge = buildElf({ soname: "libhuge.so.1", needed: [], text });
  const wheel = wheelOf("k-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", {
    "k/part.abi3.so": LARGE,
    "k.libs/libhuge-0123abcd.so.1": huge,
  });
  const index = await indexFor(t, memorySource([project("k", [wheel])]));
  const request = requestTo(index, scratchFolder(t), { top: 1, contents: "all" });
  assert.equal(await survey(request), 0);
  const told =
    "SELECT path, soname, kind_by_bytes AS kind, read_bytes < size AS part, problem FROM library_contents ORDER BY path";
  assert.deepEqual(rows(request.database, told), [
    { path: "k.libs/libhuge-0123abcd.so.1", soname: "libhuge.so.1", kind: null, part: 1, problem: null },
    { path: "k/part.abi3.so", soname: "liblarge.so.1", kind: "shared-library", part: 0, problem: null },
  ]);
});

test("what a library loads is looked for further in front where its end does not say it", async (t) => {
  const hidden = buildElf({
    soname: "libhidden.so.1",
    needed: ["libc.so.6"],
    before: noise(800_000),
    text: code(1_500_000),
  });
  const wheel = wheelOf("h-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", { "h.libs/libhidden-0123abcd.so.1": hidden });
  const index = await indexFor(t, memorySource([project("h", [wheel])]));
  const request = requestTo(index, scratchFolder(t), { top: 1, contents: "heads" });
  assert.equal(await survey(request), 0);
  const told = () => rows(request.database, "SELECT soname, needed, read_bytes < size AS part FROM library_contents");
  assert.deepEqual(told(), [{ soname: null, needed: null, part: 1 }]);
  assert.equal(await survey({ ...request, contents: "libraries" }), 0);
  assert.deepEqual(told(), [{ soname: "libhidden.so.1", needed: '["libc.so.6"]', part: 1 }]);
});

test("`heads` reads less, `all` modules too, and what was read of a file is kept until more is asked for", async (t) => {
  const { database, request } = await surveyed(t, { contents: "heads" });
  const bytes = () => (rows(database, COST) as [{ bytes: number }])[0].bytes;
  const heads = bytes();
  assert.ok(heads < 100_000, `${heads}`);
  assert.equal(await survey({ ...request, contents: "heads" }), 0);
  assert.equal(bytes(), heads);
  assert.equal(await survey({ ...request, contents: "all" }), 0);
  assert.ok(bytes() > heads + 250_000);
  const modules = rows(database, "SELECT needed FROM library_contents WHERE path LIKE '%cpython%'");
  assert.deepEqual(modules, [{ needed: '["libsmall.so.2"]' }]);
});

test("a budget stops it, what most projects carry first, and a larger one goes on", async (t) => {
  const { database, request } = await surveyed(t, { contents: "libraries", contentsBudget: 10_000 });
  const read = () => rows(database, "SELECT path FROM library_contents ORDER BY path").map(({ path }) => path);
  assert.ok(!read().includes("a.libs/liblarge-0123abcd.so.1"));
  assert.equal(await survey({ ...request, contentsBudget: 10_000_000 }), 0);
  assert.equal(read().length, 4);
  assert.equal(rows(database, `SELECT * FROM failure WHERE edition = '${EDITION}'`).length, 0);
});

test("a text in its bytes says which release a library is, everywhere; two that differ say nothing, and so does another project's", async (t) => {
  const text = (...lines: string[]) => buildElf({ soname: "lib.so.1", text: Buffer.from(`\0${lines.join("\0")}\0`) });
  const index = await indexFor(
    t,
    memorySource([
      project("v", [
        wheelOf("v-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", {
          "v.libs/libcrypto-0123abcd.so.1.0.2k": text("OpenSSL 1.0.2k-fips  26 Jan 2017", "OpenSSL 1.0.1e-fips"),
          "v.libs/libcurl-0123abcd.so.4.8.0": text(
            "CLIENT libcurl 8.11.1",
            "CLIENT libcurl 8.11.0",
            "OpenSSL 3.0.13 30 Jan 2024",
          ),
          "v.libs/libpng16-0123abcd.so.16.43.0": text("libpng version 1.6.44", "deflate 1.2.11 Copyright 1995-2017"),
          "v.libs/libz-0123abcd.so.1": text("deflate 1.3.1 Copyright 1995-2024", "zlib-ng 2.2.4"),
          "v.libs/libtiff-0123abcd.so.6": text("LIBTIFF, Version 4.7.0"),
        }),
      ]),
    ]),
  );
  const request = requestTo(index, scratchFolder(t), { top: 1, contents: "libraries" });
  assert.equal(await survey(request), 0);
  const sql = "SELECT component, component_version AS version, version_source AS source FROM native_file ORDER BY path";
  const found = rows(request.database, sql) as { component: string; version: string | null; source: string | null }[];
  assert.deepEqual(
    found.map(({ component, version, source }) => [component, version, source?.startsWith("bytes: ") ?? null]),
    [
      ["openssl", "1.0.2k", true],
      ["curl", null, null],
      ["libpng", "1.6.44", true],
      ["libtiff", "4.7.0", true],
      ["zlib", null, null],
    ],
  );
  assert.deepEqual(rows(request.database, "SELECT version FROM library_contents WHERE path LIKE '%libtiff%'"), [
    { version: "4.7.0" },
  ]);
  const csv = (name: string) => readFileSync(join(request.reports, EDITION, `${name}.csv`), "utf8");
  assert.match(
    csv("versions"),
    /^openssl,1\.0\.2k,bytes,OpenSSL 1\.0\.2k-fips {2}26 Jan 2017,1\.0\.2k,v,1,manylinux$/m,
  );
  assert.match(csv("carried"), /libtiff,6,4\.7\.0,bytes,/);
  const page = readFileSync(join(request.reports, EDITION, "README.md"), "utf8");
  assert.match(page, /^\| manylinux \| 5 \| 5 \| 5 \| 0 \| 5 \| 5 \| 3 \| 0 \|$/m);
  const bom = JSON.parse((await cli(["sbom", "v", "--database", request.database])).stdout);
  const tiff = bom.components.find(({ name }: { name: string }) => name === "libtiff");
  assert.equal(tiff.purl, "pkg:generic/libtiff@4.7.0");
  assert.deepEqual(tiff.evidence.identity[1], {
    ...{ field: "version", confidence: 0.95 },
    methods: [{ technique: "binary-analysis", confidence: 0.95, value: "LIBTIFF, Version 4.7.0" }],
  });
});

test("a build-id that is a known package's tells the origin of a copy that was patched otherwise; two packages tell nothing", async (t) => {
  const purl = "pkg:rpm/almalinux/openssl-libs@1.1.1k-15.el8_6";
  const hash = (file: string, digits: string) => pathHashesOf({ fileName: file, hashes: digits })[0];
  const sbom = (...components: [purl: string, file: string, digits: string][]) =>
    Buffer.from(
      JSON.stringify({
        ...{ bomFormat: "CycloneDX", specVersion: "1.4" },
        components: components.map(([each, file, digits]) => ({
          type: "library",
          "bom-ref": `${each}#${hash(file, digits)}`,
          name: "x",
          version: "1",
          purl: each,
        })),
      }),
    );
  const both = "ab".repeat(20);
  const build = (buildId: string, soname: string) => buildElf({ soname, buildId });
  const of = (name: string, members: Record<string, Buffer>) =>
    project(name, [wheelOf(`${name}-1.0-cp312-cp312-manylinux_2_28_x86_64.whl`, members)]);
  const index = await indexFor(
    t,
    memorySource([
      of("proof", {
        "proof.libs/libssl-aaaa1111.so.1.1.1k": build(BUILD_ID, "libssl-aaaa1111.so.1.1.1k"),
        "proof.libs/libone-cccc1111.so.1": build(both, "one"),
        "proof.libs/libtwo-dddd1111.so.1": build(both, "two"),
        "proof-1.0.dist-info/sboms/auditwheel.cdx.json": sbom(
          [purl, "libssl-aaaa1111.so.1.1.1k", "aaaa1111"],
          ["pkg:rpm/almalinux/one@1-1.el8", "libone-cccc1111.so.1", "cccc1111"],
          ["pkg:rpm/almalinux/two@1-1.el8", "libtwo-dddd1111.so.1", "dddd1111"],
        ),
      }),
      of("copy", {
        "copy.libs/libssl-bbbb2222.so.1.1.1k": build(BUILD_ID, "libssl-bbbb2222.so.1.1.1k"),
        "copy.libs/libthree-eeee2222.so.1": build(both, "three"),
        "copy.libs/libssl-ffff2222.so.1.1.1k": buildElf({
          soname: "arm",
          debuglink: "libssl.so.1.1.1k-1.1.1k-17.el8_6.aarch64.debug",
        }),
        "copy.libs/libother-ffff2222.so.1": buildElf({
          soname: "other",
          debuglink: "libother.so.1-1-1.el8.x86_64.debug",
        }),
      }),
    ]),
  );
  const request = requestTo(index, scratchFolder(t), { top: 2, contents: "libraries" });
  assert.equal(await survey(request), 0);
  const origins =
    "SELECT library, purl, evidence, learned_from FROM library_origin WHERE project = 'copy' ORDER BY library, evidence";
  const found = rows(request.database, origins).map((row) => Object.values(row));
  assert.deepEqual(found, [
    ["libother.so", null, "base-image", "data/base-images.json: manylinux_2_28"],
    ["libssl.so", purl, "build-id", "proof-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"],
    [
      ...["libssl.so", "pkg:rpm/almalinux/openssl-libs@1.1.1k-17.el8_6", "debuglink"],
      "debug link libssl.so.1.1.1k-1.1.1k-17.el8_6.aarch64.debug",
    ],
    ["libthree.so", null, "base-image", "data/base-images.json: manylinux_2_28"],
  ]);
  const csv = readFileSync(join(request.reports, EDITION, "carried.csv"), "utf8");
  assert.match(csv, new RegExp(`${purl.replaceAll(/[.+/]/g, "\\$&")},build-id,`));
  const bom = JSON.parse((await cli(["sbom", "copy", "--database", request.database])).stdout);
  const ofPackage = bom.components.find((each: { "bom-ref": string }) => each["bom-ref"] === `package:${purl}`);
  assert.equal(ofPackage.evidence.identity[0].methods[0].technique, "binary-analysis");
});

test("the linter names what is wrong with a text that a rule asks for", () => {
  const zlib = JSON.parse(readFileSync(new URL("../data/components/zlib.json", import.meta.url), "utf8"));
  const faults = (text: object) =>
    lintComponents(new Map([["zlib.json", { ...zlib, in_bytes: [{ ...zlib.in_bytes[0], ...text }] }]])).join("\n");
  assert.equal(faults({}), "");
  assert.match(faults({ pattern: "deflate" }), /deflate: no group, expected one for the release/);
  assert.match(
    faults({ examples: [{ text: "deflate 1.3.1 Copyright 1995-2024", version: "1.3" }] }),
    /release 1\.3\.1, expected found, release 1\.3$/m,
  );
  assert.match(faults({ source: "" }), /expected some text/);
});

test("hostile members cost themselves alone: each is told as not read, and why", async (t) => {
  const bomb = deflateRawSync(Buffer.alloc(100_000_000));
  const members = {
    "h.libs/libbomb.so.1": { data: Buffer.alloc(100_000_000), method: 8, compressed: bomb },
    "h.libs/libcrc.so.1": {
      data: SMALL,
      method: 8,
      compressed: deflateRawSync(Buffer.concat([SMALL.subarray(0, -1), Buffer.from("!")])),
    },
    "h.libs/libelf.so.1": Buffer.from(SMALL).fill(0xff, 56, 58),
    "h.libs/libgood.so.1": { data: SMALL, method: 8, descriptor: {} },
    "h.libs/libnoise.so.1": { data: LARGE, method: 8, compressed: noise(2_000_000) },
    "h.libs/libtext.so.1": Buffer.from("#!/bin/sh\n"),
  };
  const index = await indexFor(
    t,
    memorySource([project("h", [wheelOf("h-1.0-cp312-cp312-manylinux_2_28_x86_64.whl", members)])]),
  );
  const request = requestTo(index, scratchFolder(t), { top: 1, contents: "libraries" });
  assert.equal(await survey(request), 0);
  const found = rows(
    request.database,
    "SELECT path, soname, needed, read_bytes AS known, problem FROM library_contents ORDER BY path",
  ) as {
    path: string;
    soname: string | null;
    needed: string | null;
    known: number;
    problem: string | null;
  }[];
  assert.deepEqual(
    found.map(({ path, soname, problem }) => [
      /lib(\w+)\.so/.exec(path)![1],
      soname,
      problem?.replace(/ of \d+ bytes.*/, ""),
    ]),
    [
      ["bomb", null, "no deflate stream"],
      ["crc", null, "another CRC-32 than the directory says"],
      ["elf", null, "65535 program headers"],
      ["good", "libsmall.so.2", undefined],
      ["noise", null, undefined],
      ["text", null, undefined],
    ],
  );
  for (const { needed, soname } of found) assert.equal(needed === null, soname === null);
});
