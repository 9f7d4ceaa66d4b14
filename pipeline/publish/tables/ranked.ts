// The ranked tables: how many projects carry each library and each upstream project.
import type { Column, PublishedTable } from "../table.ts";

const RANK: Column = { name: "rank", type: "integer", meaning: "by packages; ties in byte order of the name" };

const CARRIED: Column[] = [
  {
    name: "packages",
    type: "integer",
    unit: "projects",
    meaning: "distinct projects that carry it in a surveyed wheel",
  },
  { name: "files", type: "integer", unit: "files", meaning: "distinct pairs of project and file name" },
  { name: "wheels", type: "integer", unit: "wheels", meaning: "wheels that hold it" },
];

const FAMILIES: Column[] = [
  ["manylinux", "manylinux"],
  ["musllinux", "musllinux"],
  ["macos", "macOS"],
  ["windows", "Windows"],
  ["other", "any other platform's"],
  ["android", "Android"],
  ["ios", "iOS"],
  ["emscripten", "Emscripten (Pyodide)"],
].map(([name, family]) => ({
  name: name!,
  type: "integer",
  unit: "projects",
  meaning: `packages that carry it in a ${family} wheel`,
}));

/** libraries, components, unrecognized. */
export const RANKED_TABLES: PublishedTable[] = [
  {
    name: "libraries",
    title: "Libraries in wheels",
    meaning:
      "Shared libraries by the projects that carry them. Extension modules are not bundled libraries, and not counted.",
    query: `SELECT rank, library, packages, files, wheels, manylinux, musllinux, macos, windows, other, android, ios, emscripten
      FROM library_rank WHERE edition = :edition ORDER BY rank`,
    columns: [
      RANK,
      { name: "library", type: "text", meaning: "name without inserted hashes and version", stranger: true },
      ...CARRIED,
      ...FAMILIES,
    ],
  },
  {
    name: "components",
    title: "Upstream projects in wheels",
    meaning:
      "Upstream projects by the projects that carry a library of theirs. Libraries that no rule knows are in `libraries.csv` only.",
    query: `SELECT r.rank, r.component, r.packages, r.files, r.wheels, r.manylinux, r.musllinux, r.macos, r.windows, r.other, r.android, r.ios, r.emscripten, c.name, c.purl
      FROM component_rank r JOIN component c USING (component) WHERE r.edition = :edition ORDER BY r.rank`,
    columns: [
      RANK,
      { name: "component", type: "text", meaning: "the upstream project's short name", identifier: true },
      ...CARRIED,
      ...FAMILIES,
      { name: "name", type: "text", meaning: "its name for people" },
      { name: "purl", type: "text", meaning: "its package URL, without a version", identifier: true },
    ],
  },
  {
    name: "unrecognized",
    title: "Libraries that no rule knows",
    meaning: "Shared libraries that no rule in data/ gives to an upstream project: mostly the packages' own.",
    query: `SELECT row_number() OVER (ORDER BY count(DISTINCT project) DESC, library) AS rank, library, stem,
        count(DISTINCT project) AS packages, count(DISTINCT project || '/' || file_name) AS files,
        min(project) AS project, min(file_name) AS file_name
      FROM native_file WHERE edition = :edition AND kind = 'shared-library' AND component IS NULL
      GROUP BY library, stem ORDER BY rank`,
    columns: [
      RANK,
      { name: "library", type: "text", meaning: "name without inserted hashes and version", stranger: true },
      { name: "stem", type: "text", meaning: "the same across platforms, as rules see it", stranger: true },
      ...CARRIED.slice(0, 2),
      { name: "project", type: "text", meaning: "the first project that carries it", stranger: true },
      { name: "file_name", type: "text", meaning: "the first of its file names", stranger: true },
    ],
  },
];
