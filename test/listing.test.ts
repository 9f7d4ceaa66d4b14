// Listings: what goes in comes out, in little space.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { decodeListing, encodeListing, type ListedEntry } from "../pipeline/formats/wheel/listing.ts";
import { recordedListings } from "./loopback/recorded-source.ts";
import { SEEDED } from "./seed.ts";

const entry: fc.Arbitrary<ListedEntry> = fc.record(
  {
    path: fc
      .oneof(
        fc.string({ unit: "grapheme", maxLength: 300 }),
        fc.constantFrom("a/b.so", "a/b.py", "a/é.so", "a/\u{1f600}", "a/\u{1f601}", "é".repeat(300)),
      )
      .map((path) => path.replaceAll("\n", " ")),
    size: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.maxSafeNat()),
    crc32: fc.integer({ min: 0, max: 0xffff_ffff }),
    mode: fc.integer({ min: 0, max: 0xffff }),
  },
  { noNullPrototype: true },
);

test("any entries come out as they went in", () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      assert.deepEqual(decodeListing(encodeListing(entries)), entries);
    }),
    { numRuns: 500, ...SEEDED },
  );
});

test("recorded wheels take at most 13 bytes an entry", () => {
  let [bytes, count] = [0, 0];
  for (const { entries } of recordedListings()) {
    const listed = entries.map(({ path, size, crc32 }) => ({ path, size, crc32, mode: 0o100644 }));
    const listing = encodeListing(listed);
    assert.deepEqual(decodeListing(listing), listed);
    bytes += listing.length;
    count += entries.length;
  }
  assert.ok(bytes <= 13 * count, `${bytes / count}`);
});

test("what is no listing is a RangeError", () => {
  const whole = encodeListing([{ path: "a.so", size: 1, crc32: 2, mode: 3 }]);
  for (const bytes of [[2, 0], [], [1, 5, 0, 0]])
    assert.throws(() => decodeListing(deflateRawSync(Buffer.from(bytes))), RangeError);
  assert.equal(decodeListing(whole).length, 1);
});
