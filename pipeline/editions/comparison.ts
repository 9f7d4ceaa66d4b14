// Two editions compared by what they carry: packages of each name then and now, and everything that changed between them.

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

/** The edition before that one of the same kind, as an SQL expression; NULL if there is none. */
export function editionBefore(edition: string): string {
  return `(SELECT max(b.edition) FROM edition b JOIN edition a USING (kind) WHERE a.edition = ${edition} AND b.edition < a.edition)`;
}

/**
 * What changed between two editions as a query: rows of `subject` (project, library, component, bundle), `change`, `project`,
 * `name`, `before`, `after`. The editions are SQL literals or parameters or expressions; of one that is NULL nothing changed.
 *
 * - project: entered, left, released (another version of its own, before and after)
 * - library, component: entered, left (packages before or after), as the ranks say
 * - bundle, of a library in a project that both have: entered, left, changed (versions of its files before and after)
 */
export function changesQuery(before: string, after: string): string {
  const taken = (edition: string) =>
    `SELECT a.project, a.release_id, r.version FROM editions, answer a JOIN release r USING (release_id) JOIN release_outcome o USING (release_id)
     WHERE a.edition = editions.${edition} AND o.outcome = 'taken'`;
  const ranks = (edition: string) =>
    `SELECT counted_by, name, packages FROM editions, rank WHERE rank.edition = editions.${edition} AND counted_by IN ('library', 'component')`;
  const bundles = (release: string) =>
    `SELECT p.project, n.library, group_concat(DISTINCT coalesce(c.version, n.file_version) ORDER BY coalesce(c.version, n.file_version)) AS versions
     FROM (SELECT DISTINCT p.project, m.name_id FROM moved p CROSS JOIN binary_wheel b ON b.release_id = p.${release} CROSS JOIN member_name m ON m.wheel_id = b.wheel_id) p
     CROSS JOIN name n USING (name_id) LEFT JOIN name_component c USING (name_id)
     WHERE n.kind = 'shared-library' GROUP BY p.project, n.library`;
  const changeOf =
    "CASE WHEN was = 0 THEN 'entered' WHEN is_now = 0 THEN 'left' WHEN subject = 'project' THEN 'released' ELSE 'changed' END";
  return `
WITH editions AS MATERIALIZED (SELECT ${before} AS before, ${after} AS after),
projects_before AS MATERIALIZED (${taken("before")}),
projects_after AS MATERIALIZED (${taken("after")}),
moved AS MATERIALIZED (
  SELECT project, b.release_id AS release_before, a.release_id AS release_after
  FROM projects_before b JOIN projects_after a USING (project)
  WHERE b.release_id <> a.release_id AND NOT EXISTS (
    SELECT 1 FROM binary_wheel w LEFT JOIN judged_wheel j USING (wheel_id)
    WHERE w.release_id IN (b.release_id, a.release_id) AND j.wheel_id IS NULL)
),
names_before AS (SELECT counted_by AS subject, '' AS project, name, CAST(packages AS TEXT) AS said FROM (${ranks("before")})
  UNION ALL SELECT 'bundle', project, library, versions FROM (${bundles("release_before")})
  UNION ALL SELECT 'project', project, project, version FROM projects_before),
names_after AS (SELECT counted_by AS subject, '' AS project, name, CAST(packages AS TEXT) AS said FROM (${ranks("after")})
  UNION ALL SELECT 'bundle', project, library, versions FROM (${bundles("release_after")})
  UNION ALL SELECT 'project', project, project, version FROM projects_after)
SELECT subject, ${changeOf} AS change, nullif(project, '') AS project, name, before, after
FROM (
  SELECT subject, project, name, max(before) AS before, max(after) AS after, max(was) AS was, max(is_now) AS is_now FROM (
    SELECT subject, project, name, said AS before, NULL AS after, 1 AS was, 0 AS is_now FROM names_before
    UNION ALL SELECT subject, project, name, NULL, said, 0, 1 FROM names_after
  ) GROUP BY subject, project, name
)
WHERE (SELECT before IS NOT NULL AND after IS NOT NULL FROM editions)
  AND (was <> is_now OR (subject IN ('project', 'bundle') AND before IS NOT after))
ORDER BY CASE subject WHEN 'project' THEN 1 WHEN 'component' THEN 2 WHEN 'library' THEN 3 ELSE 4 END, change, project, name`;
}
