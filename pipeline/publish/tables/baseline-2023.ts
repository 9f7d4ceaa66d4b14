// The survey of 2023 beside ours: its published figures and what they counted, and each later edition against its data.
import { EDITION_2023 } from "../../editions/baseline-2023/names.ts";
import { comparisonQuery } from "../../editions/comparison.ts";
import type { PublishedTable } from "../table.ts";

/** baseline, then-and-now. */
export const BASELINE_TABLES: PublishedTable[] = [
  {
    name: "baseline",
    title: "The survey of 2023, recounted",
    meaning: 'The ranked table of 2023 stood under the heading "Unique Packages". From its own data:',
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
shared libraries whose file name ends in \`.dll\` or goes on after \`.so\`, in wheels for Linux and Windows.

Not comparable, and left out: macOS (the data of 2023 have no \`.dylib\`), libraries that end in plain \`.so\`, source
distributions, extension modules, and counts by platform (the data keep one distribution for each file name). To be read with
care: the projects are those of each time's ranking.`,
    since: EDITION_2023,
    query: `SELECT name AS library, packages_before AS packages_2023, percent_before AS percent_2023,
        packages_after AS packages_now, percent_after AS percent_now
      FROM (${comparisonQuery(`'${EDITION_2023}'`, ":edition", "'library-2023'")})`,
    columns: [
      { name: "library", type: "text", meaning: "name without inserted hashes and version", stranger: true },
      { name: "packages_2023", type: "integer", unit: "projects", meaning: "in the data of 2023" },
      { name: "percent_2023", type: "number", unit: "percent", meaning: "of the projects in those data" },
      { name: "packages_now", type: "integer", unit: "projects", meaning: "in this edition" },
      { name: "percent_now", type: "number", unit: "percent", meaning: "of its projects with binary wheels" },
    ],
  },
];
