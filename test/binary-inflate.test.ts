// Deflate from either end: what is called known is right, whatever was compressed, and damaged or hostile streams end at once.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { inflateEnd, inflateStart, inflateWhole } from "../pipeline/formats/binary/inflate.ts";
import { type Piece, Pieces } from "../pipeline/formats/binary/pieces.ts";
import "./seed.ts";

const NODE = readFileSync(process.execPath).subarray(0x100000, 0x500000); // Code of a real program, 4 MiB of it.

function assertRight(pieces: Piece[], whole: Buffer): number {
  let count = 0;
  for (const { offset, bytes } of pieces) {
    assert.ok(bytes.equals(whole.subarray(offset, offset + bytes.length)), `${bytes.length} bytes at ${offset}`);
    count += bytes.length;
  }
  return count;
}

test("the end of a deflated program gives its last bytes, all of them right", () => {
  const compressed = deflateRawSync(NODE);
  for (const length of [64, 128, 256].map((kib) => kib * 1024)) {
    const pieces = inflateEnd(compressed.subarray(-length), NODE.length);
    const share = assertRight(pieces, NODE) / (NODE.length * (length / compressed.length));
    assert.ok(share > 0.02, `${length}: ${share}`);
    const last = pieces.at(-1)!;
    assert.ok(NODE.length - last.offset - last.bytes.length < 32 * 1024);
  }
  assert.ok(inflateWhole(compressed, NODE.length)!.equals(NODE));
  const start = inflateStart(compressed.subarray(0, 2048), 100_000);
  assert.ok(start.length > 2048 && start.equals(NODE.subarray(0, start.length)));
});

test("of any content, compressed at any level, known bytes are right; a whole one is had by its whole stream alone", () => {
  const word = fc.uint8Array({ minLength: 1, maxLength: 40 });
  const content = fc
    .tuple(fc.array(word, { minLength: 1, maxLength: 30 }), fc.array(fc.nat(), { maxLength: 4000 }))
    .map(([words, picks]) => Buffer.concat(picks.map((pick) => words[pick % words.length]!)));
  fc.assert(
    fc.property(content, fc.integer({ min: 1, max: 9 }), fc.nat(), (bytes, level, cut) => {
      const compressed = deflateRawSync(bytes, { level });
      assertRight(inflateEnd(compressed.subarray(cut % (compressed.length + 1)), bytes.length), bytes);
      assert.ok(inflateWhole(compressed, bytes.length)?.equals(bytes));
      assert.equal(inflateWhole(compressed.subarray(0, -1), bytes.length), null);
      assert.equal(inflateWhole(compressed, bytes.length + 1), null);
      const start = inflateStart(compressed.subarray(0, cut % (compressed.length + 1)), 5000);
      assert.ok(start.equals(bytes.subarray(0, start.length)));
    }),
  );
});

test("noise, bombs, streams that go on behind the member's end, and lying sizes give nothing, or nothing wrong", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat({ max: 1e6 }), (noise, size) => {
      for (const { offset, bytes } of inflateEnd(Buffer.from(noise), size))
        assert.ok(offset >= 0 && offset + bytes.length <= size);
      inflateStart(Buffer.from(noise), 1000);
    }),
  );
  const bomb = deflateRawSync(Buffer.alloc(50_000_000));
  assert.deepEqual(inflateEnd(bomb, 1000), []);
  assert.equal(inflateWhole(bomb, 1000), null);
  assert.ok(inflateStart(bomb, 1000).length <= 1000);
  const compressed = deflateRawSync(NODE.subarray(0, 500_000));
  assert.deepEqual(inflateEnd(Buffer.concat([compressed.subarray(-40_000), Buffer.from("more")]), 500_000), []);
  assert.deepEqual(inflateEnd(compressed.subarray(-40_000), 10), []);
});

test("pieces that touch or overlap are one; a hole is never read over, nor the file's end", () => {
  const whole = Buffer.from("0123456789\0abcdef");
  const at = (from: number, to: number): Piece => ({ offset: from, bytes: whole.subarray(from, to) });
  const pieces = new Pieces(17, [
    at(12, 15),
    at(3, 6),
    at(0, 4),
    at(6, 7),
    { offset: 16, bytes: Buffer.from("f and more") },
  ]);
  assert.deepEqual(
    pieces.pieces.map(({ offset, bytes }) => [offset, bytes.toString()]),
    [
      [0, "0123456"],
      [12, "bcd"],
      [16, "f"],
    ],
  );
  assert.equal(pieces.known, 11);
  assert.equal(pieces.read(2, 5)?.toString(), "23456");
  assert.equal(pieces.read(2, 6), null);
  assert.equal(pieces.read(16, 2), null);
  for (const offset of [-1, 1.5, Number.NaN, 2 ** 60, 17]) assert.equal(pieces.read(offset, 1), null);
  assert.equal(Pieces.whole(whole).readText(4), "456789");
  assert.equal(Pieces.whole(whole).readText(4, 3), null);
  assert.equal(Pieces.whole(whole).readText(12), null);
});
