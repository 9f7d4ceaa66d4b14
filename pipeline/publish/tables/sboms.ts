// Which SBOMs wheels have, and how complete they are.
import type { PublishedTable } from "../table.ts";
import { PROJECT } from "./columns.ts";

/** sboms, sbom-completeness. */
export const SBOM_TABLES: PublishedTable[] = [
  {
    name: "sboms",
    title: "SBOMs in wheels",
    meaning:
      "Each document below sboms/ (PEP 770) of each project, and how many of the shared libraries in the same wheels it names.",
    leavesOut:
      "projects without one; SBOMs elsewhere in a wheel. The wheel itself, its own modules, files and excluded entries are not counted as components; crates and other packages of a language are, and name no file.",
    query: `WITH documents AS (
        SELECT a.project, d.name, d.document_id, b.wheel_id, b.filename, s.format, s.tool, s.problem,
          d.name > min(d.name) OVER (PARTITION BY a.project, b.filename, d.document_id) AS again
        FROM answer a JOIN binary_wheel b USING (release_id) JOIN wheel_document d USING (wheel_id) JOIN sbom s USING (document_id)
        WHERE a.edition = :edition AND d.name >= 'sboms/' AND d.name < 'sboms0'
      ), counted AS (
        SELECT project, name, format, tool, problem, filename,
          (SELECT count(*) FROM sbom_entry e WHERE e.document_id = d.document_id AND e.outside IS NULL) AS components,
          (SELECT count(*) FROM member_name m JOIN name n USING (name_id) WHERE m.wheel_id = d.wheel_id AND n.kind = 'shared-library') AS files,
          (SELECT count(*) FROM sbom_match x WHERE x.wheel_id = d.wheel_id AND x.document_id = d.document_id AND NOT d.again) AS named
        FROM documents d
      )
      SELECT project, name, format, tool, problem, count(*), max(components), sum(files), sum(named), round(100.0 * sum(named) / sum(files), 1)
      FROM counted GROUP BY project, name, format, tool, problem ORDER BY project, name, format, tool, problem`,
    columns: [
      PROJECT,
      { name: "document", type: "text", meaning: "path below .dist-info", stranger: true },
      {
        name: "format",
        type: "text",
        meaning: "CycloneDX or SPDX with its version; empty: not recognized",
        stranger: true,
      },
      { name: "tool", type: "text", meaning: "the tools that it says made it; empty: it names none", stranger: true },
      { name: "problem", type: "text", meaning: "why it could not be read; empty: it was", stranger: true },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels with such a document" },
      {
        name: "components",
        type: "integer",
        unit: "components",
        meaning: "components inside the wheel that it lists, at most",
      },
      { name: "files", type: "integer", unit: "files in wheels", meaning: "shared libraries in these wheels" },
      {
        name: "named",
        type: "integer",
        unit: "files in wheels",
        meaning:
          "of these, named by this document first; none by one that is the same as another before it in the wheel",
      },
      { name: "percent", type: "number", unit: "percent", meaning: "the share of them; empty: no shared library" },
    ],
  },
  {
    name: "sbom-completeness",
    title: "How complete SBOMs are",
    meaning:
      "Of the shared libraries that wheels bundle, how many their own SBOMs name, by the path that a file had at build time, by its name, or by its upstream project. " +
      "Components that an SBOM says are excluded, the wheel itself, its own modules and packages of a language (pkg:cargo, pypi, npm, golang) name none.",
    leavesOut: "wheels without a shared library; executables and code that is linked into another file.",
    query: `WITH bundled AS (
        SELECT b.platform_family, coalesce(j.repair_tool, min(n.repair_tool) OVER (PARTITION BY m.wheel_id), 'none') AS tool, a.project || '/' || b.filename AS wheel, x.how,
          EXISTS (SELECT 1 FROM wheel_document d JOIN sbom s USING (document_id) WHERE d.wheel_id = b.wheel_id AND s.problem IS NULL) AS documented
        FROM answer a
        JOIN binary_wheel b USING (release_id)
        JOIN judged_wheel j ON j.wheel_id = b.wheel_id
        JOIN member_name m ON m.wheel_id = b.wheel_id
        JOIN name n USING (name_id)
        LEFT JOIN sbom_match x ON x.wheel_id = m.wheel_id AND x.path_id = m.path_id
        WHERE a.edition = :edition AND n.kind = 'shared-library'
      )
      SELECT tool, platform_family AS platform, count(DISTINCT wheel) AS wheels, count(DISTINCT CASE WHEN documented THEN wheel END) AS wheels_with_sbom,
        count(*) AS files, count(how) AS named, round(100.0 * count(how) / count(*), 1) AS percent,
        sum(how IS 'path') AS by_path, sum(how IS 'library') AS by_library, sum(how IS 'component') AS by_component
      FROM bundled GROUP BY tool, platform_family ORDER BY tool, platform_family`,
    columns: [
      {
        name: "tool",
        type: "text",
        meaning:
          "the repair tool that the wheel itself names, else the one that the names of its shared libraries show (of several the first); none: neither tells of one. " +
          "auditwheel names itself only in the SBOM that it writes, so that only names show it where it wrote none",
      },
      { name: "platform", type: "text", meaning: "the wheel's platform family" },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels that bundle a shared library" },
      {
        name: "wheels_with_sbom",
        type: "integer",
        unit: "wheels",
        meaning: "of these, with an SBOM that could be read",
      },
      { name: "files", type: "integer", unit: "files in wheels", meaning: "shared libraries in all of these wheels" },
      {
        name: "named",
        type: "integer",
        unit: "files in wheels",
        meaning: "of these, named by an SBOM of their own wheel",
      },
      { name: "percent", type: "number", unit: "percent", meaning: "the share of them" },
      { name: "by_path", type: "integer", unit: "files in wheels", meaning: "named by their path at build time" },
      { name: "by_library", type: "integer", unit: "files in wheels", meaning: "else by their name" },
      { name: "by_component", type: "integer", unit: "files in wheels", meaning: "else by their upstream project" },
    ],
  },
];
