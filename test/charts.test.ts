// The charts: the figures of their tables, in words too; the same bytes each time; nothing that would say nothing; names inert.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openInMemory } from "../pipeline/database/database.ts";
import { tableNamed } from "../pipeline/publish/catalogue.ts";
import { drawCharts, takePen } from "../pipeline/publish/charts.ts";
import type { FilledTable, Row } from "../pipeline/publish/table.ts";

const EDITION = "2026-11";
const HOSTILE = '</text><script>alert(1)</script>&"\u202e.so';

/** Reads tables that have only these cells, in rows of otherwise empty ones. */
function tables(given: Record<string, Record<string, string | number>[]>) {
  return (name: string): FilledTable => {
    const table = tableNamed(name);
    const rows = (given[name] ?? []).map((cells): Row => table.columns.map((column) => cells[column.name] ?? null));
    return { table, rows };
  };
}

const draw = async (given: Parameters<typeof tables>[0], isImported = false) =>
  drawCharts(await takePen(), openInMemory(), EDITION, isImported, tables(given));

test("an edition without rows has no chart", async () => {
  assert.deepEqual(await draw({}), []);
});

test("a chart of ranked names says their figures, with a title, the unit and the source", async () => {
  const libraries = [
    { library: "libz.so", packages: 1200 },
    { library: "libssl.so", packages: 3 },
  ];
  const [chart, ...others] = await draw({ libraries }, true);
  assert.deepEqual(others, []);
  assert.equal(
    chart!.alt,
    "The 2 commonest libraries by the projects that carry them, in projects: libz.so 1,200, libssl.so 3.",
  );
  for (const text of [chart!.title, chart!.alt, "projects", "libz.so", "1,200", "edition 2026-11", "CC0-1.0"])
    assert.ok(chart!.svg.includes(`>${text}<`) || chart!.svg.includes(text), text);
  assert.equal((await draw({ libraries }, true))[0]!.svg, chart!.svg);
});

test("names that are cut to the same text keep bars of their own", async () => {
  const name = "x".repeat(40);
  const libraries = ["1", "2"].map((end, at) => ({ library: name + end, packages: 7 + at }));
  const [chart] = await draw({ libraries }, true);
  assert.equal(chart!.svg.match(/<rect fill="var\(--first\)" height/g)!.length, 2);
});

test("a project counts once for each component, by the best that tells its version", async () => {
  const versions = [
    { component: "openssl", project: "one", version: "3.0.7", known_by: "file name" },
    { component: "openssl", project: "one", known_by: "" },
    { component: "openssl", project: "two", version: "3.0.7-r1", known_by: "SBOM" },
    { component: "openssl", project: "three" },
  ];
  const [chart] = await draw({ versions });
  assert.match(chart!.alt, /: openssl 3\.$/);
  const widths = [...chart!.svg.matchAll(/<rect fill="[^"]+" height="[^"]+" y="[^"]+" width="([^"]+)"/g)].map(
    ([, width]) => Number(width).toFixed(1),
  );
  assert.equal(new Set(widths).size, 1);
  assert.equal(widths.length, 3);
});

test("names are text in a drawing, whatever they hold", async () => {
  const [chart] = await draw({ libraries: [{ library: HOSTILE, packages: 1 }] }, true);
  assert.doesNotMatch(chart!.svg, /<script|\u202e/);
  assert.equal(chart!.svg.match(/<\/svg>/g)!.length, 2);
});
