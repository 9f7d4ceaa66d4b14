import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { readEntry } from "../pipeline/formats/zip/entry.ts";
import { entryRange } from "../pipeline/formats/zip/layout.ts";
import { contentOf, listZip, refusalOf } from "./zip-archives.ts";
import { buildZip, extraField } from "./zip-builder.ts";

const TEXT = "pkg/a.py,sha256=abc,12\n".repeat(100);

for (const method of [0, 8]) {
  for (const descriptor of [undefined, {}]) {
    test(`method ${method}${descriptor ? " with a data descriptor" : ""} gives the content`, () => {
      const odd = descriptor ? { descriptor } : {};
      const localExtra = extraField(9, Buffer.alloc(7));
      const archive = buildZip([
        { name: "a" },
        { name: "RECORD", data: TEXT, method, localExtra, ...odd },
        { name: "z" },
      ]);
      assert.equal(contentOf(archive, listZip(archive).entries[1]!).toString(), TEXT);
    });
  }
}

test("bytes of the next entry do no harm", () => {
  const archive = buildZip([
    { name: "a", data: TEXT, method: 8 },
    { name: "b", data: TEXT },
  ]);
  const [first] = listZip(archive).entries;
  assert.equal(readEntry(archive, first!, TEXT.length).toString(), TEXT);
});

test("the limit is that of the content", () => {
  const archive = buildZip([{ name: "a", data: TEXT, method: 8 }]);
  const [entry] = listZip(archive).entries;
  assert.equal(readEntry(archive, entry!, TEXT.length).length, TEXT.length);
  assert.throws(() => readEntry(archive, entry!, TEXT.length - 1), { reason: "entry-too-large" });
});

test("fewer bytes than the entry's range are refused", () => {
  const archive = buildZip([{ name: "a", data: TEXT }]);
  const [entry] = listZip(archive).entries;
  const { end } = entryRange(entry!);
  for (const length of [0, 29, 30, 31, end - 1]) {
    assert.throws(() => readEntry(archive.subarray(0, length), entry!, TEXT.length), { reason: "local-cut" });
  }
});

test("a false size allocates nothing: 64 MiB of zeros that claim 1 byte, 100 bytes that claim 4 GiB", () => {
  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));
  const claim = (size: number, compressed: Buffer) =>
    buildZip([{ name: "a", method: 8, compressed, local: { size }, directory: { size } }]);
  const archives = [claim(1, bomb), claim(0xfffffffe, deflateRawSync(Buffer.alloc(100)))];
  const before = process.memoryUsage().arrayBuffers;
  assert.equal(refusalOf(archives[0]!), "data-size");
  const [entry] = listZip(archives[1]!).entries;
  assert.throws(() => readEntry(archives[1]!, entry!, 2 ** 33), { reason: "data-size" });
  assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
});
