// Two editions compared by what they carry: packages of each name then and now, and their share of the projects of each.

/**
 * The comparison as a query: names counted by `countedBy` (SQL literals or parameters, like the editions), the most carried
 * first; a name that one of the editions does not have counts 0 there.
 */
export function comparisonQuery(before: string, after: string, countedBy: string): string {
  const projects = (edition: string) =>
    `(SELECT count(*) FROM candidate WHERE edition = ${edition} AND outcome = 'taken')`;
  const ranks = (edition: string) =>
    `(SELECT name, packages FROM rank WHERE edition = ${edition} AND counted_by = ${countedBy})`;
  return `
SELECT name, coalesce(b.packages, 0) AS packages_before, round(100.0 * coalesce(b.packages, 0) / ${projects(before)}, 1) AS percent_before,
  coalesce(a.packages, 0) AS packages_after, round(100.0 * coalesce(a.packages, 0) / ${projects(after)}, 1) AS percent_after
FROM ${ranks(before)} b FULL JOIN ${ranks(after)} a USING (name)
ORDER BY max(packages_before, packages_after) DESC, name`;
}
