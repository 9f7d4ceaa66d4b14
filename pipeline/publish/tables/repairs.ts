// The tools that built and repaired wheels, as the wheels' own documents name them.
import type { PublishedTable } from "../table.ts";

const MOST_READ = 4096; // Characters of a document: the lines meant stand at its beginning.

/** repairs. */
export const REPAIR_TABLES: PublishedTable[] = [
  {
    name: "repairs",
    title: "Tools that built and repaired wheels",
    meaning:
      "Tools with their versions: of WHEEL each Generator line, of DELVEWHEEL the Version line, of SBOMs the tools that made them.",
    leavesOut:
      "tools that leave no word, such as auditwheel where no SBOM is written; what their hashes in file names tell is in `carried` (repair_tool); what stands behind a document's first 4,096 characters.",
    query: `WITH RECURSIVE documents AS MATERIALIZED (
        SELECT a.project, b.filename, b.platform_family, d.name, d.document_id
        FROM answer a JOIN binary_wheel b USING (release_id) JOIN wheel_document d USING (wheel_id) WHERE a.edition = :edition
      ), texts (document_id, name, rest) AS (
        SELECT document_id, name, replace(substr(CAST(content AS TEXT), 1, ${MOST_READ}), char(13), '') || char(10)
        FROM (SELECT DISTINCT document_id, name FROM documents WHERE name IN ('WHEEL', 'DELVEWHEEL')) JOIN document USING (document_id)
        UNION ALL SELECT document_id, 'SBOM', replace(substr(tool, 1, ${MOST_READ}), '; ', char(10)) || char(10) FROM sbom WHERE tool IS NOT NULL
      ), lines (document_id, name, line, rest) AS (
        SELECT document_id, name, '', rest FROM texts
        UNION ALL SELECT document_id, name, substr(rest, 1, instr(rest, char(10)) - 1), substr(rest, instr(rest, char(10)) + 1) FROM lines WHERE rest <> ''
      ), said AS (
        SELECT document_id, name, trim(substr(line, 11)) AS tool FROM lines WHERE name = 'WHEEL' AND line LIKE 'Generator:%'
        UNION SELECT document_id, name, 'delvewheel ' || trim(substr(line, 9)) FROM lines WHERE name = 'DELVEWHEEL' AND line LIKE 'Version:%'
        UNION SELECT document_id, name, trim(line) FROM lines WHERE name = 'SBOM'
      ), parted AS (
        SELECT s.name, d.project, d.filename, d.platform_family, substr(tool || ' ', 1, instr(tool || ' ', ' ') - 1) AS tool,
          nullif(trim(substr(tool, instr(tool || ' ', ' ')), ' ()'), '') AS version
        FROM said s JOIN documents d USING (document_id)
      )
      SELECT name, tool, version, count(DISTINCT project) AS packages, count(DISTINCT filename), group_concat(DISTINCT platform_family ORDER BY platform_family)
      FROM parted WHERE tool <> '' GROUP BY name, tool, version ORDER BY name DESC, tool, packages DESC, version`,
    columns: [
      { name: "said_in", type: "text", meaning: "WHEEL, DELVEWHEEL or SBOM" },
      { name: "tool", type: "text", meaning: "the tool's name", stranger: true },
      { name: "version", type: "text", meaning: "its version, and whatever follows the name", stranger: true },
      { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects with such a wheel" },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "such wheels" },
      { name: "platforms", type: "text", meaning: "their platform families, joined with commas" },
    ],
  },
];
