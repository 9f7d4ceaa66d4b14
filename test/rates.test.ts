// How many requests a second a run allows itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { PYPI_FILES, PYPI_INDEX, parseHosts } from "../pipeline/network/hosts.ts";
import { ratesOf } from "../pipeline/network/rates.ts";

const pypi = parseHosts(null, []);
const OWN = "https://index.example";
const own = parseHosts(OWN, []);

test("PyPI is asked for 2 documents a second, its file host for 10 ranges; --rate sets both, and 0 lifts both", () => {
  const rates = (rate: number | null) => [PYPI_INDEX, PYPI_FILES].map(ratesOf(pypi, rate));
  assert.deepEqual(
    [rates(null), rates(5), rates(0)],
    [
      [2, 10],
      [5, 5],
      [0, 0],
    ],
  );
});

test("another index is asked as fast as it answers, unless --rate says how fast", () => {
  const rates = (rate: number | null) => [OWN, "https://files.example"].map(ratesOf(own, rate));
  assert.deepEqual(
    [rates(null), rates(3)],
    [
      [0, 0],
      [3, 3],
    ],
  );
});
