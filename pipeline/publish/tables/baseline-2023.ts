// The survey of 2023 beside ours: its published figures and what they counted, its data, and each later edition against both.
import { readFileSync } from "node:fs";
import { FILES_2023 } from "../../editions/baseline-2023/import.ts";
import { EDITION_2023 } from "../../editions/baseline-2023/names.ts";
import { comparisonQuery } from "../../editions/comparison.ts";
import type { PublishedTable } from "../table.ts";
import { LIBRARY, PROJECT } from "./columns.ts";
import { valuesOf } from "./sql.ts";

/** Figures that the author of the survey of 2023 published of all of PyPI in October 2023, with their source. */
const ALL_OF_PYPI = new URL("../../../data/all-of-pypi-2023-10.json", import.meta.url);

const { libraries, source } = JSON.parse(readFileSync(ALL_OF_PYPI, "utf8")) as {
  source: string;
  libraries: { library: string; stems: string[]; projects: number }[];
};

/** baseline, files, then-and-now, all-of-pypi. */
export const BASELINE_TABLES: PublishedTable[] = [
  {
    name: "baseline",
    title: "The survey of 2023, recounted",
    meaning:
      'The ranked table of 2023, which stood under the heading "Unique Packages", and what its own data give for the same libraries.',
    leavesOut: "the other libraries of those data, which are in `libraries`.",
    query: `SELECT library, published, pairs, packages, packages_now,
        'counts pairs of project and file name' ||
        iif(pairs <> published, ' (the data at hand give ' || pairs || ')', '') ||
        iif(packages_now > packages, '; ' || (packages_now - packages) || ' more projects have it by names that the rule left apart', '') AS why
      FROM baseline_2023 WHERE :edition = '${EDITION_2023}' ORDER BY published DESC, library`,
    columns: [
      { name: "library", type: "text", meaning: "as it was printed", stranger: true },
      { name: "published", type: "integer", unit: "pairs", meaning: "the figure of 2023" },
      {
        name: "pairs",
        type: "integer",
        unit: "pairs",
        meaning:
          "distinct pairs of project and file name, names folded by the rule of 2023: the hash of eight hex digits and what follows `.so` taken off, if that is digits and dots. This is what was published",
      },
      { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects, by the same rule" },
      {
        name: "packages_now",
        type: "integer",
        unit: "projects",
        meaning:
          "distinct projects, by our names. They also fold names with a letter in the version (`.so.1.0.2k`), with two hashes, with the hashes of other tools and in other cases",
      },
      { name: "why", type: "text", meaning: "why the figures differ" },
    ],
  },
  {
    name: "then-and-now",
    title: "Libraries in 2023 and now",
    meaning: `Distinct projects that carry a library, by our names, in the data of 2023 and in this edition. Only what both can see is counted:
shared libraries whose file name ends in \`.dll\` or goes on after \`.so\`, in wheels for Linux and Windows. To be read with care: the
projects are those of each time's ranking.`,
    leavesOut: `what is not comparable: macOS (the data of 2023 have no \`.dylib\`), libraries that end in plain \`.so\`, source
distributions, extension modules, and counts by platform (the data keep one distribution for each file name).`,
    since: EDITION_2023,
    // Without the data of 2023 there is no share of them, and the table is empty.
    query: `SELECT name AS library, packages_before AS packages_2023, percent_before AS percent_2023,
        packages_after AS packages_now, percent_after AS percent_now
      FROM (${comparisonQuery(`'${EDITION_2023}'`, ":edition", "'library-2023'")}) WHERE percent_before IS NOT NULL`,
    columns: [
      LIBRARY,
      { name: "packages_2023", type: "integer", unit: "projects", meaning: "in the data of 2023" },
      { name: "percent_2023", type: "number", unit: "percent", meaning: "of the projects in those data" },
      { name: "packages_now", type: "integer", unit: "projects", meaning: "in this edition" },
      { name: "percent_now", type: "number", unit: "percent", meaning: "of its projects with binary wheels" },
    ],
  },
  {
    name: "files",
    title: "The data of 2023",
    meaning:
      "Each file name that was seen in each project, native or not, with the distribution in which it was first seen.",
    leavesOut:
      "nothing of those data; names of projects are normalized. What they do not have is said on the edition's page.",
    query: `${FILES_2023} AND a.edition = :edition ORDER BY a.project, p.path, b.filename`,
    columns: [
      PROJECT,
      { name: "file_name", type: "text", meaning: "the last part of the path", stranger: true },
      { name: "distribution", type: "text", meaning: "file name of the wheel or source distribution", stranger: true },
    ],
  },
  {
    name: "all-of-pypi",
    title: "All of PyPI in October 2023",
    meaning: `Distinct projects over all of PyPI and all their releases, as the author of the survey of 2023 counted them in October 2023 (${source}), beside those of this edition.`,
    leavesOut:
      "other libraries: ten were published; files of other names, such as zlib1.dll or libcrypto-3-x64.dll, which `components` counts. Not the same measure: all projects there, the most downloaded ones here; static libraries are counted there, and each figure is called the least that it can be.",
    query: `WITH published (nth, library, projects, stem) AS (VALUES ${valuesOf(
      libraries.flatMap(({ library, stems, projects }, nth) =>
        stems.map((stem) => [nth, library, projects, stem] as const),
      ),
    )}), carried AS (
        SELECT DISTINCT a.project, n.stem
        FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m USING (wheel_id) JOIN name n USING (name_id)
        WHERE a.edition = :edition AND n.kind = 'shared-library' AND n.stem IN (SELECT stem FROM published)
      )
      SELECT library, group_concat(DISTINCT stem ORDER BY stem), projects, count(DISTINCT project), round(100.0 * count(DISTINCT project) / (SELECT count(*) FROM candidate c WHERE c.edition = :edition AND c.outcome = 'taken'), 1)
      FROM published LEFT JOIN carried USING (stem) GROUP BY nth ORDER BY nth`,
    columns: [
      { name: "library", type: "text", meaning: "as it was published", identifier: true },
      {
        name: "names",
        type: "text",
        meaning:
          "what files are called that are counted here, without suffix, inserted hash and version, on any platform",
        identifier: true,
      },
      { name: "all_of_pypi", type: "integer", unit: "projects", meaning: "in October 2023, at least" },
      { name: "packages", type: "integer", unit: "projects", meaning: "projects of this edition that carry it" },
      { name: "percent", type: "number", unit: "percent", meaning: "these, of all surveyed projects" },
    ],
  },
];
