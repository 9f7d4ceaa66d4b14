// What moves from edition to edition: changes since the one before, and counts through all of them.
import type { Db } from "../../database/database.ts";
import { EDITION_2023 } from "../../editions/baseline-2023/names.ts";
import { changesQuery, editionBefore } from "../../editions/comparison.ts";
import type { FilledTable, PublishedTable } from "../table.ts";

const CHANGES: PublishedTable = {
  name: "changes",
  title: "What changed",
  meaning:
    "What changed since the edition before of the same kind: projects, upstream projects and libraries that entered or left, and, in projects that both have, libraries that were newly bundled, dropped, or are there in another version.",
  leavesOut:
    "bundles of projects of which a wheel could not be read in one of the two editions, and those of projects that entered or left; changes of a file whose name tells no version, such as a new build. A bundle whose files have several names (`libz.so.1`, `libz.so.1.2.13`) counts as changed also where only one of the names goes. A wheel for a platform or Python that only one of the editions has counts as a change, and so do libraries of a wheel that could not be read in one of them, more projects being asked for, and what a newer version of the program reads.",
  query: changesQuery(editionBefore(":edition"), ":edition"),
  columns: [
    { name: "subject", type: "text", meaning: "project, component, library, or bundle: a library in a project" },
    {
      name: "change",
      type: "text",
      meaning: "entered, left, released (a project's new version), changed (a bundle's)",
    },
    { name: "project", type: "text", meaning: "of a project or bundle, its name", stranger: true },
    { name: "name", type: "text", meaning: "of the project, component or library", stranger: true },
    {
      name: "before",
      type: "text",
      meaning: "version or versions, as file names tell them; of libraries and components: packages",
      stranger: true,
    },
    { name: "after", type: "text", meaning: "likewise, now", stranger: true },
  ],
};

/** What changed between any two editions, in the form of the table `changes`. */
export function changesBetween(db: Db, before: string, after: string): FilledTable {
  const table = { ...CHANGES, query: changesQuery(":before", ":after") };
  return { table, rows: db.prepare(table.query).raw().all({ before, after }) as FilledTable["rows"] };
}

/** changes, trends. */
export const CHANGE_TABLES: PublishedTable[] = [
  CHANGES,
  {
    name: "trends",
    title: "Through all editions",
    meaning:
      "How many projects carry each library and each upstream project in each edition of the same kind up to this one. Beside the data of 2023, library-2023 counts only what both can see, as `then-and-now` says.",
    leavesOut:
      "names that never more than one project carries, mostly the projects' own; an edition in which nobody carries a name has no row for it. The editions' projects are those of each time's ranking.",
    query: `WITH editions AS MATERIALIZED (
        SELECT e.edition, e.kind = 'imported' AS imported, (SELECT count(*) FROM candidate c WHERE c.edition = e.edition AND c.outcome = 'taken') AS projects
        FROM edition e JOIN edition this ON this.edition = :edition
        WHERE e.edition <= this.edition AND (e.kind = this.kind OR e.edition = '${EDITION_2023}')
      ), named AS (
        SELECT counted_by, name, edition, rank, packages, round(100.0 * packages / projects, 1) AS percent, max(packages) OVER (PARTITION BY counted_by, name) AS most
        FROM rank JOIN editions USING (edition)
        WHERE iif(counted_by = 'library-2023', EXISTS (SELECT 1 FROM editions WHERE imported), NOT imported OR :edition = '${EDITION_2023}')
      )
      SELECT counted_by, name, edition, rank, packages, percent FROM named WHERE most > 1 ORDER BY counted_by, name, edition`,
    columns: [
      { name: "counted_by", type: "text", meaning: "library, component or library-2023" },
      { name: "name", type: "text", meaning: "of the library or upstream project", stranger: true },
      { name: "edition", type: "text", meaning: "the month" },
      { name: "rank", type: "integer", meaning: "by packages; ties in byte order of the name" },
      { name: "packages", type: "integer", unit: "projects", meaning: "distinct projects that carry it" },
      { name: "percent", type: "number", unit: "percent", meaning: "these, of all surveyed projects" },
    ],
  },
];
