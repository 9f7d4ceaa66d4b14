// Which versions of the components that matter to security are carried, and how that is known.
import { readFileSync } from "node:fs";
import { isOfNoLanguage } from "../../database/purls.ts";
import type { PublishedTable } from "../table.ts";
import { IS_BUNDLED } from "./carried.ts";
import { valuesOf } from "./sql.ts";

/** The components that matter to security, by their short names, each with a reason and its source. */
const SECURITY_COMPONENTS = new URL("../../../data/security-components.json", import.meta.url);

const WATCHED = (JSON.parse(readFileSync(SECURITY_COMPONENTS, "utf8")) as { component: string }[]).map(
  ({ component }) => [component] as const,
);

/** Who carries which version of the components that a query names. */
const versionsQuery = (watched: string) => `WITH watched (component) AS (${watched}),
      wheels AS (SELECT a.project, b.filename AS wheel, b.wheel_id, b.platform_family FROM answer a JOIN binary_wheel b USING (release_id) WHERE a.edition = :edition),
      bundled AS MATERIALIZED (
        SELECT w.project, w.wheel, w.wheel_id, w.platform_family, c.component, coalesce(t.version, c.version, e.version) AS version, n.file_version,
          CASE WHEN t.version IS NOT NULL THEN 'bytes' WHEN c.version IS NOT NULL THEN 'file name' WHEN e.version IS NOT NULL THEN 'SBOM' END AS known_by,
          CASE WHEN t.version IS NOT NULL THEN t.text WHEN c.version IS NOT NULL THEN c.version_source ELSE e.purl END AS source
        FROM wheels w
        JOIN member_name m USING (wheel_id)
        JOIN name n USING (name_id)
        JOIN name_component c USING (name_id)
        JOIN watched USING (component)
        JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
        LEFT JOIN file_version t ON t.file_id = h.file_id AND t.component = c.component
        LEFT JOIN sbom_match x ON x.wheel_id = m.wheel_id AND x.path_id = m.path_id
        LEFT JOIN sbom_entry e ON e.document_id = x.document_id AND e.nth = x.nth
        WHERE ${IS_BUNDLED}
      ),
      stated AS (
        SELECT w.project, w.wheel, w.platform_family, k.component, e.version, NULL AS file_version, 'SBOM, no file' AS known_by, e.purl AS source
        FROM component k JOIN watched USING (component)
        JOIN sbom_entry e ON lower(e.name) IN (k.component, lower(k.name)) AND e.outside IS NULL
        JOIN wheel_document d USING (document_id)
        JOIN wheels w USING (wheel_id)
        WHERE ${isOfNoLanguage("e.purl")}
      )
      SELECT component, version, known_by, source, file_version, project, count(DISTINCT wheel), group_concat(DISTINCT platform_family ORDER BY platform_family)
      FROM (
        SELECT project, wheel, platform_family, component, version, file_version, known_by, source FROM bundled
        UNION ALL SELECT * FROM stated s WHERE NOT EXISTS (SELECT 1 FROM bundled b WHERE b.wheel = s.wheel AND b.component = s.component)
      )
      GROUP BY component, version, known_by, source, file_version, project
      ORDER BY component, version IS NULL, version, file_version, known_by, source, project`;

const VERSIONS: PublishedTable = {
  name: "versions",
  title: "Versions of what matters to security",
  meaning:
    "Which projects carry which versions of the components in data/security-components.json, by the names of bundled files and by the wheels' own SBOMs, statically linked ones among them.",
  leavesOut:
    "other components, which `carried` has; what is linked into another file without an SBOM saying so; crates and packages that build a C library themselves (`openssl-src`, `bzip2-sys 0.1.13+1.0.8`, `zstd-sys`, …), which do not count as carrying it: docs/queries.md shows how to ask for them. Where a version is empty, neither the name nor an SBOM tells it. A distribution mends old versions without a new number: a version is no proof of a vulnerability.",
  query: versionsQuery(`VALUES ${valuesOf(WATCHED)}`),
  columns: [
    { name: "component", type: "text", meaning: "the upstream project", identifier: true },
    {
      name: "version",
      type: "text",
      meaning: "its version, in the order of characters; empty: not known",
      stranger: true,
    },
    {
      name: "known_by",
      type: "text",
      meaning:
        "what tells the version: `file name` (by a rule), `SBOM` (what the wheel says of the file; a distribution's version, if it comes from one) or `SBOM, no file` (the wheel says that it is inside, in no file of its own)",
    },
    {
      name: "source",
      type: "text",
      meaning: "who says that the file name's number means this version, or the SBOM's package URL",
      stranger: true,
    },
    { name: "file_version", type: "text", meaning: "what the file's name says", stranger: true },
    { name: "project", type: "text", meaning: "a project that carries it", stranger: true },
    { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels of the project that hold it" },
    { name: "platforms", type: "text", meaning: "their platform families, joined with commas" },
  ],
};

/** versions. */
export const VERSION_TABLES: PublishedTable[] = [VERSIONS];

/** The same of every component that the rules know, for pages of each. */
export const VERSIONS_OF_ALL: PublishedTable = { ...VERSIONS, query: versionsQuery("SELECT component FROM component") };
