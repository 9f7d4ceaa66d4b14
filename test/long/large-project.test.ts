// A project whose document is larger than any other's: ddtrace has 47,000 files, and the files of its older releases come first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { commandLine, indexFor, project, requestTo, rows, scratchFolder, wheel } from "../harness.ts";
import { projectDocument } from "../loopback/documents.ts";
import { memorySource, type SourceFile } from "../loopback/source.ts";
import { measured, NO_PROC } from "../torture/memory.ts";

const RELEASES = 600;
const FILES = 100; // Of each release.
const HEAP = 64; // Megabytes, into which neither the document fits nor what it says.
const MOST_MEMORY = 200; // Megabytes.
const PLATFORM = "manylinux_2_17_x86_64.manylinux2014_x86_64.manylinux_2_28_x86_64.manylinux_2_34_x86_64";

const LATEST = [
  wheel("large-600.0-cp312-cp312-win_amd64.whl", { "large.libs/z.dll": "z" }),
  wheel(`large-600.0-cp312-cp312-${PLATFORM}.whl`, { "large.libs/libz-0123abcd.so.1.2": "z" }),
];

function filesOf(version: string): SourceFile[] {
  return Array.from({ length: FILES }, (_, nth) => {
    const filename = `large-${version}-${nth}-cp312-cp312-${PLATFORM}.whl`;
    return { ...LATEST[1]!, filename, uploadTime: "2026-01-02T03:04:05.123456Z" };
  });
}

test("a project of 60,000 files, with a document of 45 MB, is surveyed in less than 200 MB of memory", {
  skip: NO_PROC,
}, async (t) => {
  const versions = Array.from({ length: RELEASES }, (_, nth) => `${nth}.0`);
  const earlier = Object.fromEntries(versions.map((version) => [version, filesOf(version)]));
  const large = { ...project("large", LATEST, "600.0"), earlier };
  const document = JSON.stringify(projectDocument(large, "http://127.0.0.1:8000"));
  assert.ok(document.length > 45_000_000);
  const request = requestTo(await indexFor(t, memorySource([large])), scratchFolder(t), { top: 1 });
  const { code, stderr, megabytes } = await measured(commandLine(request), HEAP);
  assert.equal(code, 0, stderr);
  assert.ok(megabytes < MOST_MEMORY, `${megabytes} MB`);
  t.diagnostic(`${megabytes} MB`);
  assert.deepEqual(rows(request.database, "SELECT library FROM library_rank ORDER BY 1"), [
    { library: "libz.so" },
    { library: "z.dll" },
  ]);
});
