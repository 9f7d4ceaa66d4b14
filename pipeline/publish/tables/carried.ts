// The bundled files themselves, and what follows from them: each file, copies within a wheel and between projects, sizes.
import { type Db, statement } from "../../database/database.ts";
import type { Column, FilledTable, PublishedTable } from "../table.ts";
import { LIBRARY, PROJECT } from "./columns.ts";
import { RELEASE, RELEASE_JOINS, RELEASE_KNOWN_BY } from "./sql.ts";

/** The files that a wheel bundles, as a condition on `name n`: what runs, and is no module of Python's and no plugin. */
export const IS_BUNDLED = "n.kind IN ('shared-library', 'executable') AND n.member_group IS NULL";

/** Each native file of an edition for which a condition holds, as a FROM clause and that condition. */
const files = (condition: string, joins = "") => `
  FROM answer a
  JOIN binary_wheel b USING (release_id)
  JOIN member_name m ON m.wheel_id = b.wheel_id
  JOIN name n USING (name_id)
  JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
  JOIN path p ON p.path_id = m.path_id
  JOIN file f USING (file_id)
  LEFT JOIN name_component c ON c.name_id = m.name_id
  LEFT JOIN component k USING (component)
  ${RELEASE_JOINS}
  ${joins}
  WHERE a.edition = :edition AND ${condition}`;
const BUNDLED = files(IS_BUNDLED);

const NOT_BUNDLED =
  "extension modules, static and import libraries, plugins and other recognized groups (all in the database's `native_file`); code that is linked into another file";

/** What a bundled file is called: the library, and of a program, which is none, the name of its file. */
const NAME = "coalesce(n.library, n.file_name)";
const NAMED = `${LIBRARY.meaning}; of a program its file name`;
const COMPONENT: Column = {
  name: "component",
  type: "text",
  meaning: "the upstream project; empty: no rule knows it",
  identifier: true,
};
const SHA256: Column = {
  name: "sha256",
  type: "text",
  meaning: "of the file's bytes, in hex, as RECORD claims; empty: RECORD has none",
  identifier: true,
};
const SIZE: Column = { name: "size", type: "integer", unit: "bytes", meaning: "of the file, uncompressed" };

const WITH_SBOMS = `JOIN release r ON r.release_id = a.release_id
      LEFT JOIN sbom_match x ON x.wheel_id = m.wheel_id AND x.path_id = m.path_id
      LEFT JOIN sbom_entry e ON e.document_id = x.document_id AND e.nth = x.nth
      LEFT JOIN distribution_package d ON d.stated = e.purl AND x.how IN ('path', 'library')
        AND NOT EXISTS (SELECT 1 FROM sbom_rival v WHERE v.wheel_id = m.wheel_id AND v.path_id = m.path_id)
      LEFT JOIN name_fingerprint fp ON fp.name_id = m.name_id
      LEFT JOIN name_origin o ON o.name_id = m.name_id
      LEFT JOIN wheel_base i ON i.wheel_id = m.wheel_id
      LEFT JOIN file_contents g ON g.file_id = h.file_id
      LEFT JOIN known_build q ON q.identity = g.identity AND q.alone
      LEFT JOIN file_origin u ON u.file_id = h.file_id`;

// As the view library_origin has them.
const ORIGIN_PURL =
  "CASE WHEN x.how = 'path' AND d.purl IS NOT NULL THEN d.purl ELSE coalesce(o.purl, q.purl, u.purl, d.purl) END";
const ORIGIN_EVIDENCE = `CASE WHEN x.how = 'path' AND d.purl IS NOT NULL THEN 'sbom' WHEN o.purl IS NOT NULL THEN 'fingerprint' WHEN q.purl IS NOT NULL THEN 'build-id' WHEN u.purl IS NOT NULL THEN 'debuglink'
        WHEN d.purl IS NOT NULL THEN 'sbom-name' WHEN n.hashes = fp.digits AND i.distribution IS NOT NULL AND NOT i.documented THEN 'base-image' END`;
const BUNDLED_WITH_SBOMS = files(IS_BUNDLED, WITH_SBOMS);

/** Rows of `carried` for which one of these conditions on `name n`, `name_component c`, `file f`, … holds: each uses its own index. */
function carriedQuery(conditions: string[]): string {
  const arms = conditions.map(
    (condition) => `
      SELECT a.project, coalesce(r.version, b.version), b.filename, b.platform_family, p.path, n.kind, n.library, c.component,
        n.file_version, ${RELEASE}, ${RELEASE_KNOWN_BY},
        e.purl, ${ORIGIN_PURL}, ${ORIGIN_EVIDENCE}, f.size, f.hex, n.repair_tool
      ${files(condition, WITH_SBOMS)}`,
  );
  return `${arms.join(" UNION ")} ORDER BY 1, 3, 5`;
}

const MOST_SIZES = 200; // Rows of each subject: what comes after has a small share of the bytes.

const CARRIED: PublishedTable = {
  name: "carried",
  title: "Bundled files",
  meaning: "Each shared library and executable in each wheel: the flat table to load.",
  leavesOut: `${NOT_BUNDLED}.`,
  query: carriedQuery([IS_BUNDLED]),
  columns: [
    PROJECT,
    { name: "version", type: "text", meaning: "of its latest release", stranger: true },
    { name: "wheel", type: "text", meaning: "the wheel's file name", stranger: true },
    { name: "platform_family", type: "text", meaning: "manylinux, musllinux, macOS, Windows, …" },
    { name: "path", type: "text", meaning: "inside the wheel", stranger: true },
    { name: "kind", type: "text", meaning: "shared-library or executable" },
    { ...LIBRARY, meaning: `${LIBRARY.meaning}; empty for programs` },
    COMPONENT,
    {
      name: "file_version",
      type: "text",
      meaning: "what the file's name says, often the number of an interface",
      stranger: true,
    },
    {
      name: "component_version",
      type: "text",
      meaning:
        "upstream version: the upstream part of what the wheel's own SBOM says of this file by its path, else as its bytes say it (--contents), else as a rule reads it from the name, else what the SBOM says of it by its name, else that of the project's other libraries beside it",
      stranger: true,
    },
    {
      name: "known_by",
      type: "text",
      meaning:
        "what tells that version: SBOM, bytes, file name, SBOM by name, or sibling; whose word the rule goes by is in `versions` and the database",
    },
    {
      name: "sbom_purl",
      type: "text",
      meaning: "package URL that the wheel's own SBOM gives the file, with the distribution it comes from",
      stranger: true,
    },
    {
      name: "origin_purl",
      type: "text",
      meaning: "package of a Linux distribution of which it is a copy; empty: none is known",
      stranger: true,
    },
    {
      name: "origin_evidence",
      type: "text",
      meaning:
        "what tells that: sbom (its path at build time), fingerprint (its name and digits are those of a known file), build-id (likewise), debuglink (its debug link has the package's release), sbom-name, or base-image (inferred from the platform tag, of the distribution alone)",
    },
    SIZE,
    SHA256,
    { name: "repair_tool", type: "text", meaning: "the tool that put it there; empty: none, or not known" },
  ],
};

/** The native files of an edition in the form of `carried` that are what is asked for; `what` is compared as it is. */
export function carriedAs(db: Db, edition: string, what: string, by: keyof typeof ASKED): FilledTable {
  const table = { ...CARRIED, query: carriedQuery(ASKED[by]) };
  return { table, rows: statement(db, table.query).raw().all({ edition, what }) as FilledTable["rows"] };
}

/** Each build of each bundled library or program, by project: its content under one file name, with the wheels that hold it. */
export const BUILDS: PublishedTable = {
  name: "builds",
  title: "Files",
  meaning:
    "Each distinct content of a bundled library or program in each project that carries it, under each of its names.",
  leavesOut: `${NOT_BUNDLED}.`,
  query: `SELECT c.component, ${NAME} AS name, n.kind, a.project, coalesce(r.version, b.version), n.file_name, n.file_version,
      ${RELEASE} AS component_version,
      ${RELEASE_KNOWN_BY} AS known_by, e.purl,
      ${ORIGIN_PURL} AS origin_purl, ${ORIGIN_EVIDENCE} AS origin_evidence,
      group_concat(DISTINCT b.platform_family ORDER BY b.platform_family), count(DISTINCT b.filename), f.size, n.repair_tool, f.hex
    ${BUNDLED_WITH_SBOMS}
    GROUP BY a.project, m.name_id, f.file_id, component_version, known_by, e.purl, origin_purl, origin_evidence
    ORDER BY name, a.project, n.file_name, f.hex, component_version, e.purl, origin_purl, origin_evidence`,
  columns: [
    COMPONENT,
    { ...LIBRARY, meaning: NAMED },
    column("kind"),
    PROJECT,
    { ...column("version"), name: "release" },
    { name: "file_name", type: "text", meaning: "the last part of its path", stranger: true },
    column("file_version"),
    column("component_version"),
    column("known_by"),
    column("sbom_purl"),
    column("origin_purl"),
    column("origin_evidence"),
    { name: "platforms", type: "text", meaning: "the wheels' platform families, joined with commas" },
    { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels of the project that hold it" },
    SIZE,
    column("repair_tool"),
    SHA256,
  ],
};

/** A column of `carried`. */
function column(name: string): Column {
  return CARRIED.columns.find((each) => each.name === name)!;
}

/** The ways to ask for files: by what they are called or belong to, by their content, and by where they are. */
const ASKED = {
  name: ["n.library = :what", "n.stem = :what", "c.component = lower(:what)", "n.file_name = :what"],
  sha256: ["f.hex = :what"],
  project: ["a.project = :what AND n.kind IN ('shared-library', 'executable')"],
  wheel: ["b.filename = :what AND n.kind IN ('shared-library', 'executable')"],
};

/** carried, duplicates, shared, sizes. */
export const CARRIED_TABLES: PublishedTable[] = [
  CARRIED,
  {
    name: "duplicates",
    title: "The same library twice in a wheel",
    meaning: "Projects with a wheel that holds a library, or a program, of the same name in more than one build.",
    leavesOut:
      "copies with the same content, such as the names of one chain (`libz.so`, `libz.so.1`). A wheel for several architectures holds builds for each and is in the table.",
    query: `WITH wheels AS (
        SELECT a.project, b.filename AS wheel, ${NAME} AS name, max(c.component) AS component, min(p.path) AS first, max(p.path) AS last,
          count(DISTINCT coalesce(f.hex, f.crc32 || ' ' || f.size)) AS builds
        ${BUNDLED} GROUP BY a.project, b.filename, ${NAME} HAVING builds > 1
      )
      SELECT project, name, max(component), max(builds) AS builds, count(*) AS wheels, min(wheel), min(first), max(last)
      FROM wheels GROUP BY project, name ORDER BY project, name`,
    columns: [
      PROJECT,
      { ...LIBRARY, meaning: NAMED },
      COMPONENT,
      { name: "builds", type: "integer", unit: "files", meaning: "distinct contents in one wheel, at most" },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels of the project with more than one" },
      { name: "wheel", type: "text", meaning: "the first of them", stranger: true },
      { name: "first_path", type: "text", meaning: "the first path of the library in these wheels", stranger: true },
      { name: "last_path", type: "text", meaning: "the last one", stranger: true },
    ],
  },
  {
    name: "shared",
    title: "The very same file in several projects",
    meaning: "Files whose SHA-256 is the same in wheels of more than one project: one build, taken over by several.",
    leavesOut: `files without a hash in RECORD, and empty ones; ${NOT_BUNDLED}.`,
    query: `SELECT f.hex, f.size, min(${NAME}), max(c.component), max(n.file_version), count(DISTINCT a.project) AS packages,
        count(DISTINCT b.filename), group_concat(DISTINCT a.project ORDER BY a.project)
      ${BUNDLED} AND f.sha256 IS NOT NULL AND f.size > 0
      GROUP BY f.file_id HAVING packages > 1 ORDER BY packages DESC, f.hex`,
    columns: [
      SHA256,
      SIZE,
      { ...LIBRARY, meaning: `the first of its names: each ${NAMED}` },
      { ...COMPONENT, meaning: `${COMPONENT.meaning}; where its names tell several, the last` },
      {
        name: "file_version",
        type: "text",
        meaning: "what the file's name says; where its names tell several, the last in the order of characters",
        stranger: true,
      },
      { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects that carry the file" },
      { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels that hold it" },
      { name: "projects", type: "text", meaning: "their names, joined with commas", stranger: true },
    ],
  },
  {
    name: "sizes",
    title: "What is large",
    meaning:
      "The largest bundled files, and the upstream projects and projects with the most bytes of them, over all wheels of the edition.",
    leavesOut: `what comes after the first ${MOST_SIZES} of each subject; in bytes_once, contents that come again; ${NOT_BUNDLED}.`,
    query: `WITH files AS MATERIALIZED (
        SELECT a.project, b.filename AS wheel, ${NAME} AS name, c.component, f.file_id, f.size ${BUNDLED} AND f.size IS NOT NULL
      ), subjects AS (
        SELECT 'file' AS subject, file_id AS counted, * FROM files
        UNION ALL SELECT 'component', component, * FROM files WHERE component IS NOT NULL
        UNION ALL SELECT 'project', project, * FROM files
      ), contents AS (
        SELECT subject, counted, iif(subject = 'file', min(name), counted) AS name, min(project) AS project, size, count(*) AS copies
        FROM subjects GROUP BY subject, counted, file_id
      ), sums AS (
        SELECT subject, name, min(project) AS project, max(size) AS largest, sum(size) AS bytes_once, sum(size * copies) AS bytes, count(*) AS contents, sum(copies) AS files
        FROM contents GROUP BY subject, counted
      ), ranked AS (
        SELECT row_number() OVER (PARTITION BY subject ORDER BY iif(subject = 'file', largest, bytes) DESC, name, project, files, bytes) AS rank, * FROM sums
      )
      SELECT subject, rank, name, project, bytes, bytes_once, largest, contents, files
      FROM ranked WHERE rank <= ${MOST_SIZES} ORDER BY subject = 'project', subject = 'component', rank`,
    columns: [
      {
        name: "subject",
        type: "text",
        meaning: "file (a content, whatever its copies are called), component or project",
      },
      { name: "rank", type: "integer", meaning: "of files by their size, else by bytes" },
      {
        name: "name",
        type: "text",
        meaning: `the upstream project or the project; of a file the first of its names, each ${NAMED}`,
        stranger: true,
      },
      { name: "project", type: "text", meaning: "the first project that carries it", stranger: true },
      { name: "bytes", type: "integer", unit: "bytes", meaning: "in all wheels together, uncompressed" },
      { name: "bytes_once", type: "integer", unit: "bytes", meaning: "each distinct content counted once" },
      { name: "largest", type: "integer", unit: "bytes", meaning: "the largest file" },
      { name: "contents", type: "integer", unit: "files", meaning: "distinct contents" },
      { name: "files", type: "integer", unit: "files in wheels", meaning: "files in all wheels" },
    ],
  },
];
