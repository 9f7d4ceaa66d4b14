import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quoteName, ZIP_REASONS } from "../pipeline/formats/zip/reasons.ts";
import { SEEDED } from "./seed.ts";
import { refusalOf } from "./zip-archives.ts";
import { buildZip } from "./zip-builder.ts";
import { mutants } from "./zip-mutator.ts";

const SEED = 20_260_801;
const COUNT = 20_000;

test(`${COUNT} damaged archives are accepted or refused for one of the reasons, never anything else`, () => {
  const reasons = new Set<string>();
  let accepted = 0;
  for (const archive of mutants(SEED, COUNT)) {
    const reason = refusalOf(archive);
    if (reason) reasons.add(reason);
    else accepted++;
  }
  assert.ok(accepted > COUNT / 50, `${accepted} accepted`);
  assert.ok(reasons.size > 40, `${reasons.size} of ${Object.keys(ZIP_REASONS).length} reasons`);
});

test("the same seed gives the same archives", () => {
  assert.deepEqual([...mutants(7, 50)], [...mutants(7, 50)]);
  assert.notDeepEqual([...mutants(7, 50)], [...mutants(8, 50)]);
});

test("any bytes, and any bytes between the parts of an archive, are accepted or refused", () => {
  const bytes = fc.uint8Array({ maxLength: 120 }).map((array) => Buffer.from(array));
  const property = fc.property(bytes, bytes, bytes, fc.boolean(), (name, extra, rest, zip64) => {
    refusalOf(rest);
    refusalOf(Buffer.concat([name, buildZip([]), extra]));
    refusalOf(
      buildZip(
        [
          { name, extra, localExtra: rest },
          { name: rest, data: extra },
        ],
        { zip64 },
      ),
    );
    refusalOf(buildZip([{ name: "a" }], { zip64, beforeDirectory: name, directoryEnd: extra, comment: rest }));
    refusalOf(buildZip([{ name: "a", method: 8, compressed: rest }]));
  });
  fc.assert(property, { ...SEEDED, numRuns: 500 });
});

test("a name in a message is one line that prints, and can be had back", () => {
  const property = fc.property(fc.string({ unit: "binary", maxLength: 80 }), (name) => {
    const shown = quoteName(name);
    assert.match(shown, /^[^\p{C}\p{Zl}\p{Zp}]+$/u);
    assert.equal(JSON.parse(shown), name);
  });
  fc.assert(property, SEEDED);
  assert.equal(quoteName(`${"n".repeat(79)}😀`), `"${"n".repeat(79)}\\ud83d"…`);
});
