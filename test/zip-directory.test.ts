import assert from "node:assert/strict";
import { test } from "node:test";
import { readDirectory } from "../pipeline/formats/zip/directory.ts";
import { type EndRecord, findEndRecord, MAX_ENTRIES } from "../pipeline/formats/zip/end-record.ts";
import { entryRange } from "../pipeline/formats/zip/layout.ts";
import { ZIP_REASONS, ZIP_TAGS, ZipError } from "../pipeline/formats/zip/reasons.ts";
import { contentOf, listZip, ODD, PLAIN, REFUSED, refusalOf } from "./zip-archives.ts";
import { buildZip, zip64Field } from "./zip-builder.ts";

for (const [title, archive] of PLAIN) {
  test(`nothing odd: ${title}`, () => {
    const { entries, tags } = listZip(archive);
    assert.deepEqual(tags, []);
    for (const entry of entries) assert.equal(contentOf(archive, entry).length, entry.size);
  });
}

for (const [reason, title, archive] of REFUSED) {
  test(`${reason}: ${title}`, () => {
    assert.throws(
      () => {
        for (const entry of listZip(archive).entries) contentOf(archive, entry);
      },
      (error) => {
        assert.ok(error instanceof ZipError);
        assert.equal(error.reason, reason);
        assert.equal(error.kind, "zip");
        assert.match(error.message, new RegExp(`^${reason}: [^\\p{C}]+, expected [^\\p{C}]+$`, "u"));
        return true;
      },
    );
  });
}

for (const [code, title, archive] of ODD) {
  test(`odd, ${code}: ${title}`, () => {
    const { tags } = listZip(archive);
    assert.deepEqual(
      tags.map((tag) => tag.code),
      [code],
    );
  });
}

test("each reason and each tag has its archive", () => {
  assert.deepEqual(new Set(REFUSED.map(([reason]) => reason)), new Set(Object.keys(ZIP_REASONS)));
  assert.deepEqual(new Set(ODD.map(([code]) => code)), new Set(Object.keys(ZIP_TAGS)));
});

test("the fields of an entry", () => {
  const archive = buildZip([
    { name: "pkg/ä.txt", data: "text", local: { version: 10 } },
    { name: "b", directory: { headerOffset: 0xffffffff, crc32: 0xfedcba98 }, extra: zip64Field(44) },
  ]);
  const [first, second] = listZip(archive).entries;
  assert.deepEqual(first, {
    path: "pkg/ä.txt",
    nameLength: 10,
    flags: 0x0800,
    method: 0,
    crc32: 0x3b8ba7c7,
    compressedSize: 4,
    size: 4,
    mode: 0o100644,
    extraLength: 0,
    headerOffset: 0,
    nextOffset: 44,
  });
  assert.equal(second?.crc32, 0xfedcba98);
  assert.equal(second?.headerOffset, 44);
  assert.equal(second?.extraLength, 12);
});

test("the mode is that of an entry which Unix made, 0 of any other", () => {
  const externalAttributes = 0o120777 * 0x10000 + 0x20;
  const modes = [0x0314, 0x0014, 0x0b14].map((madeBy) => {
    const [entry] = listZip(buildZip([{ name: "a", directory: { madeBy, externalAttributes } }])).entries;
    return entry?.mode;
  });
  assert.deepEqual(modes, [0o120777, 0, 0]);
});

test("a tag counts its entries and names the first", () => {
  const archive = buildZip([{ name: "a" }, { name: "b", descriptor: {} }, { name: "c", descriptor: {} }]);
  assert.deepEqual(listZip(archive).tags, [{ code: "data-descriptor", count: 2, path: "b" }]);
});

test("code page 437 is Python's", () => {
  const name = Buffer.from("é/ﬁ"); // Valid UTF-8 without its flag: c3 a9 2f ef ac 81
  assert.equal(listZip(buildZip([{ name }])).entries[0]?.path, "├⌐/∩¼ü");
});

test("an entry's range ends at the next entry, or where its local header can reach at most", () => {
  const near = listZip(buildZip([{ name: "a", data: "1234" }, { name: "b" }])).entries;
  assert.deepEqual(near.map(entryRange), [
    { start: 0, end: 35 },
    { start: 35, end: 66 },
  ]);
  const far = listZip(
    buildZip([
      { name: "a", data: "1234" },
      { name: "b", before: Buffer.alloc(100_000) },
    ]),
  ).entries;
  assert.deepEqual(entryRange(far[0]!), { start: 0, end: 35 + 0xffff });
});

test("the limit of entries holds before any of them is read", () => {
  const end: Partial<EndRecord> = { entries: MAX_ENTRIES + 1 };
  const archive = buildZip([], { zip64: true, zip64End: { entries: end.entries!, entriesHere: end.entries! } });
  assert.equal(refusalOf(archive), "too-many-entries");
});

test("only the bytes of the directory itself are taken for it", () => {
  const archive = buildZip([{ name: "a" }]);
  assert.throws(() => readDirectory(archive, findEndRecord(archive, archive.length) as EndRecord), RangeError);
});
