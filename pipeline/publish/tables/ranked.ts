// The ranked tables: how many projects carry each library and each upstream project, and which share of those that could.
import type { Column, PublishedTable } from "../table.ts";
import { LIBRARY } from "./columns.ts";

const RANK: Column = { name: "rank", type: "integer", meaning: "by packages; ties in byte order of the name" };
const FILES: Column = {
  name: "files",
  type: "integer",
  unit: "files",
  meaning: "distinct pairs of project and file name",
};

const CARRIED: Column[] = [
  {
    name: "packages",
    type: "integer",
    unit: "projects",
    meaning: "distinct projects that carry it in a surveyed wheel",
  },
  { name: "percent", type: "number", unit: "percent", meaning: "these, of all surveyed projects" },
  FILES,
  { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels that hold it" },
];

/** Each platform family's column in `rank`, and its name in `binary_wheel`. */
const FAMILIES = [
  ["manylinux", "manylinux"],
  ["musllinux", "musllinux"],
  ["macos", "macOS"],
  ["windows", "Windows"],
  ["other", "other"],
  ["android", "Android"],
  ["ios", "iOS"],
  ["emscripten", "Emscripten"],
] as const;

const BY_FAMILY: Column[] = FAMILIES.flatMap(([name, family]): Column[] => {
  const wheel = family === "other" ? "wheel for any other platform" : `wheel for ${family}`;
  const share = `these, of the projects that have a ${wheel} (their number is in platforms.csv)`;
  return [
    { name, type: "integer", unit: "projects", meaning: `packages that carry it in a ${wheel}` },
    { name: `${name}_percent`, type: "number", unit: "percent", meaning: share, csvOnly: true },
  ];
});

/** The projects that an edition took, and those with wheels for each family: what the shares are of. */
const DENOMINATORS = `
  surveyed AS MATERIALIZED (
    SELECT (SELECT count(*) FROM candidate WHERE edition = :edition AND outcome = 'taken') AS packages,
      ${FAMILIES.map(([name, family]) => `max(projects) FILTER (WHERE platform_family = '${family}') AS ${name}`).join(", ")}
    FROM surveyed_platform WHERE edition = :edition
  )`;

const share = (name: string) => `round(100.0 * r.${name} / s.${name}, 1)`;
const COUNTS = ["r.packages", share("packages"), "r.files", "r.wheels"]
  .concat(FAMILIES.flatMap(([name]) => [`r.${name}`, share(name)]))
  .join(", ");

/** libraries, components, unrecognized. */
export const RANKED_TABLES: PublishedTable[] = [
  {
    name: "libraries",
    title: "Libraries in wheels",
    meaning: "Shared libraries by the projects that carry them.",
    leavesOut:
      "extension modules, which are not bundled libraries, static libraries, executables, plugins and the other groups that the README counts apart; code that is linked into another file.",
    query: `WITH ${DENOMINATORS}
      SELECT r.rank, r.library, ${COUNTS} FROM library_rank r, surveyed s WHERE r.edition = :edition ORDER BY r.rank`,
    columns: [RANK, LIBRARY, ...CARRIED, ...BY_FAMILY],
  },
  {
    name: "components",
    title: "Upstream projects in wheels",
    meaning: "Upstream projects by the projects that carry a shared library of theirs.",
    leavesOut:
      "libraries that no rule knows, which are in `libraries` and `unrecognized` only; code that is linked into another file, which `linked` has as far as bytes were read, and SBOMs tell (`versions`, `sboms`).",
    query: `WITH ${DENOMINATORS}
      SELECT r.rank, r.component, ${COUNTS}, c.name, c.purl
      FROM component_rank r JOIN component c USING (component), surveyed s WHERE r.edition = :edition ORDER BY r.rank`,
    columns: [
      RANK,
      { name: "component", type: "text", meaning: "the upstream project's short name", identifier: true },
      ...CARRIED,
      ...BY_FAMILY,
      { name: "name", type: "text", meaning: "its name for people" },
      { name: "purl", type: "text", meaning: "its package URL, without a version", identifier: true },
    ],
  },
  {
    name: "unrecognized",
    title: "Libraries that no rule knows",
    meaning: "Shared libraries that no rule in data/ gives to an upstream project: mostly the packages' own.",
    leavesOut: "what a rule knows, and everything that `libraries` leaves out.",
    query: `SELECT row_number() OVER (ORDER BY count(DISTINCT project) DESC, library) AS rank, library, stem,
        count(DISTINCT project) AS packages, count(DISTINCT project || '/' || file_name) AS files,
        min(project) AS project, min(file_name) AS file_name
      FROM native_file WHERE edition = :edition AND kind = 'shared-library' AND component IS NULL
      GROUP BY library, stem ORDER BY rank`,
    columns: [
      RANK,
      LIBRARY,
      { name: "stem", type: "text", meaning: "the same across platforms, as rules see it", stranger: true },
      CARRIED[0]!,
      FILES,
      { name: "project", type: "text", meaning: "the first project that carries it", stranger: true },
      { name: "file_name", type: "text", meaning: "the first of its file names", stranger: true },
    ],
  },
];
