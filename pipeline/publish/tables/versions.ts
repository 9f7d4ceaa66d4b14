// Which versions of the components that matter to security are carried, and how that is known.
import { readFileSync } from "node:fs";
import { isOfNoLanguage } from "../../database/purls.ts";
import type { PublishedTable } from "../table.ts";
import { IS_BUNDLED } from "./carried.ts";
import { LIBRARY } from "./columns.ts";
import { RELEASE, RELEASE_JOINS, RELEASE_KNOWN_BY, RELEASE_SOURCE, valuesOf } from "./sql.ts";

/** The components that matter to security, by their short names, each with a reason and its source. */
const SECURITY_COMPONENTS = new URL("../../../data/security-components.json", import.meta.url);

const WATCHED = (JSON.parse(readFileSync(SECURITY_COMPONENTS, "utf8")) as { component: string }[]).map(
  ({ component }) => [component] as const,
);

/** Who carries which version of the components that a query names. */
const versionsQuery = (watched: string) => `WITH watched (component) AS (${watched}),
      wheels AS (SELECT a.project, b.filename AS wheel, b.wheel_id, b.platform_family FROM answer a JOIN binary_wheel b USING (release_id) WHERE a.edition = :edition),
      bundled AS MATERIALIZED (
        SELECT w.project, w.wheel, w.wheel_id, w.platform_family, c.component, ${RELEASE} AS version, n.file_version,
          ${RELEASE_KNOWN_BY} AS known_by, ${RELEASE_SOURCE} AS source
        FROM wheels w
        JOIN member_name m USING (wheel_id)
        JOIN name n USING (name_id)
        JOIN name_component c USING (name_id)
        JOIN watched USING (component)
        JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
        ${RELEASE_JOINS}
        WHERE ${IS_BUNDLED}
      ),
      stated AS (
        SELECT w.project, w.wheel, w.platform_family, k.component, e.version, NULL AS file_version, 'SBOM, no file' AS known_by, e.purl AS source
        FROM component k JOIN watched USING (component)
        JOIN sbom_entry e ON lower(e.name) IN (k.component, lower(k.name)) AND e.outside IS NULL
        JOIN wheel_document d USING (document_id)
        JOIN wheels w USING (wheel_id)
        WHERE ${isOfNoLanguage("e.purl")}
      ),
      linked AS (
        SELECT w.project, w.wheel, w.platform_family, k.component, nullif(k.version, '') AS version, NULL AS file_version, 'bytes, linked in' AS known_by, k.text AS source
        FROM wheels w JOIN member h USING (wheel_id) JOIN file_linked k USING (file_id) JOIN watched USING (component)
      )
      SELECT component, version, known_by, source, file_version, project, count(DISTINCT wheel), group_concat(DISTINCT platform_family ORDER BY platform_family)
      FROM (
        SELECT project, wheel, platform_family, component, version, file_version, known_by, source FROM bundled
        UNION ALL SELECT * FROM linked
        UNION ALL SELECT * FROM stated s WHERE NOT EXISTS (SELECT 1 FROM bundled b WHERE b.wheel = s.wheel AND b.component = s.component)
      )
      GROUP BY component, version, known_by, source, file_version, project
      ORDER BY component, version IS NULL, version, file_version, known_by, source, project`;

const VERSIONS: PublishedTable = {
  name: "versions",
  title: "Versions of what matters to security",
  meaning:
    "Which projects carry which versions of the components in data/security-components.json, by the names of bundled files, by their bytes where they were read, and by the wheels' own SBOMs, statically linked ones among them.",
  leavesOut:
    "other components, which `carried` has; what is linked into another file without an SBOM saying so or a text in bytes that were read; crates and packages that build a C library themselves (`openssl-src`, `bzip2-sys 0.1.13+1.0.8`, `zstd-sys`, …), which do not count as carrying it: docs/queries.md shows how to ask for them. Where a version is empty, neither name nor SBOM, bytes or sibling tells it. A distribution mends old versions without a new number: a version is no proof of a vulnerability.",
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
        "what tells the version: `SBOM` (what the wheel says of the file by its path, without what a distribution adds), `bytes` (a text in them), `file name` (by a rule), `SBOM by name` (what the wheel says of the one file that its name fits), `sibling` (a library of the same project beside it), `bytes, linked in` (in a file that is another project's) or `SBOM, no file` (the wheel says that it is inside, in no file of its own)",
    },
    {
      name: "source",
      type: "text",
      meaning:
        "the SBOM's package URL, the text, who says that the file name's number means this version, or the sibling's path",
      stranger: true,
    },
    { name: "file_version", type: "text", meaning: "what the file's name says", stranger: true },
    { name: "project", type: "text", meaning: "a project that carries it", stranger: true },
    { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels of the project that hold it" },
    { name: "platforms", type: "text", meaning: "their platform families, joined with commas" },
  ],
};

const CONFLICTS: PublishedTable = {
  name: "version-conflicts",
  title: "Where evidence for a version disagrees",
  meaning:
    "Bundled files of which the wheel's SBOM (without what a distribution adds), texts in the bytes and the file's name tell different releases of their upstream project.",
  leavesOut:
    "numbers of which one is the other, or its branch, more exactly (`70` and `70.1`, `14.x` and `14.2.0`), and what is linked in: that is another project's.",
  query: `WITH bundled AS MATERIALIZED (
        SELECT a.project, b.filename AS wheel, m.wheel_id, m.path_id, h.file_id, n.library, c.component, c.version
        FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m USING (wheel_id) JOIN name n USING (name_id)
        JOIN name_component c USING (name_id) JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
        WHERE a.edition = :edition AND ${IS_BUNDLED}
      ), told AS MATERIALIZED (
        SELECT project, wheel, path_id, library, component, version, 'file name' AS known_by FROM bundled WHERE version IS NOT NULL
        UNION SELECT project, wheel, path_id, library, component, t.version, 'bytes' FROM bundled JOIN file_text t USING (file_id, component)
          WHERE t.kind IN ('own', 'resource', 'dylib')
        UNION SELECT project, wheel, path_id, library, component, s.version, known_by FROM bundled JOIN member_version s USING (wheel_id, path_id, component)
          WHERE known_by = 'SBOM'
      ), branches AS MATERIALIZED (
        SELECT wheel, path_id, version || '.' AS exact, iif(version LIKE '%.x', rtrim(version, 'x'), version || '.') AS branch FROM told
      ), unlike AS (
        SELECT DISTINCT one.wheel, one.path_id FROM branches one JOIN branches other USING (wheel, path_id)
        WHERE one.exact < other.exact AND substr(other.exact, 1, length(one.branch)) <> one.branch AND substr(one.exact, 1, length(other.branch)) <> other.branch
      )
      SELECT component, library, versions, count(DISTINCT project), count(*), min(wheel), min(path) FROM (
        SELECT component, library, project, wheel, p.path, group_concat(DISTINCT known_by || ' ' || version ORDER BY known_by || ' ' || version) AS versions
        FROM told JOIN unlike USING (wheel, path_id) JOIN path p USING (path_id) GROUP BY wheel, path_id
      ) GROUP BY component, library, versions ORDER BY component, library, versions`,
  columns: [
    { name: "component", type: "text", meaning: "the upstream project", identifier: true },
    LIBRARY,
    {
      name: "versions",
      type: "text",
      meaning: "what tells which release, joined with commas: `SBOM 1.1.1k,bytes 1.0.2k,file name 1.0.2k`",
      stranger: true,
    },
    { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects that carry such a file" },
    { name: "files", type: "integer", unit: "files in wheels", meaning: "such files" },
    { name: "wheel", type: "text", meaning: "the first of the wheels", stranger: true },
    { name: "path", type: "text", meaning: "the first of the paths", stranger: true },
  ],
};

/** versions, version-conflicts. */
export const VERSION_TABLES: PublishedTable[] = [VERSIONS, CONFLICTS];

/** The same of every component that the rules know, for pages of each. */
export const VERSIONS_OF_ALL: PublishedTable = { ...VERSIONS, query: versionsQuery("SELECT component FROM component") };
