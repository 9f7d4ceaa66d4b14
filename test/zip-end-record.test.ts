import assert from "node:assert/strict";
import { test } from "node:test";
import { END_WINDOW, type EndRecord, findEndRecord } from "../pipeline/formats/zip/end-record.ts";
import { ZipError } from "../pipeline/formats/zip/reasons.ts";
import { ODD, PLAIN, REFUSED } from "./zip-archives.ts";
import { buildZip } from "./zip-builder.ts";

/** What the end records are found to say when `length` bytes are read first, and then whatever is asked for. */
function verdict(archive: Buffer, length: number): EndRecord | string {
  try {
    let from = Math.max(0, archive.length - length);
    for (;;) {
      const end = findEndRecord(archive.subarray(from), archive.length);
      if (!("needFrom" in end)) return end;
      assert.ok(end.needFrom < from, "more bytes are asked for than are there");
      from = end.needFrom;
    }
  } catch (error) {
    if (error instanceof ZipError) return error.message;
    throw error;
  }
}

test("the fields of an end record", () => {
  const archive = buildZip([{ name: "a", data: "12345" }, { name: "bc" }], { comment: "why not" });
  assert.deepEqual(findEndRecord(archive, archive.length), {
    entries: 2,
    directoryOffset: 30 + 1 + 5 + 30 + 2,
    directorySize: 46 + 1 + 46 + 2,
    zip64: false,
    commentLength: 7,
    fileSize: archive.length,
  });
});

test("98 bytes settle an archive without comment, whatever the file's size; fewer cannot exclude ZIP64", () => {
  const size = 200_000_000;
  const tail = Buffer.from(buildZip([{ name: "a" }]).subarray(-22));
  tail.writeUInt32LE(size - 22 - 47, 16);
  const wide = Buffer.concat([Buffer.alloc(76), tail]);
  assert.deepEqual(findEndRecord(tail, size), { needFrom: size - END_WINDOW });
  assert.deepEqual(findEndRecord(wide, size), {
    entries: 1,
    directoryOffset: size - 22 - 47,
    directorySize: 47,
    zip64: false,
    commentLength: 0,
    fileSize: size,
  });
});

test("the longest comment is found with one more range", () => {
  const archive = buildZip([{ name: "a", data: "x".repeat(100_000) }], { zip64: true, comment: "c".repeat(0xffff) });
  const tail = archive.subarray(-32 * 1024);
  assert.deepEqual(findEndRecord(tail, archive.length), { needFrom: archive.length - END_WINDOW });
  const whole = findEndRecord(archive.subarray(-END_WINDOW), archive.length) as EndRecord;
  assert.equal(whole.commentLength, 0xffff);
  assert.equal(whole.entries, 1);
});

test("the verdict does not depend on how long a tail was read first", () => {
  const archives = [...PLAIN.map(([, archive]) => archive), ...[...REFUSED, ...ODD].map(([, , archive]) => archive)];
  for (const archive of archives) {
    const long = Buffer.concat([Buffer.alloc(END_WINDOW), archive]); // Not bound, but for that.
    for (const [file, lengths] of [
      [archive, [0, 1, 21, 22, 23, 42, 97, 98, 99, 200, 1000]],
      [long, [0, 22, 98, 1000, END_WINDOW - 1, END_WINDOW]],
    ] as const) {
      const whole = verdict(file, file.length);
      for (const length of lengths) assert.deepEqual(verdict(file, length), whole);
    }
  }
});
