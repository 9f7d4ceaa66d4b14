// What the site tells of: its editions, what has a page and where, and the rows that several pages are made of.
import type { Db } from "../../database/database.ts";
import { editionBefore } from "../../editions/comparison.ts";
import { type Coverage, readCoverage } from "../../editions/coverage.ts";
import { askedEdition } from "../../editions/edition.ts";
import { onceEach, readTable, rowsOf, tableNamed, tablesOf } from "../catalogue.ts";
import { drawCharts, drawTrend, type Point, takePen } from "../charts.ts";
import type { Chart, FilledTable, ReadTable, Row } from "../table.ts";
import { BUILDS } from "../tables/carried.ts";
import { VERSIONS_OF_ALL } from "../tables/versions.ts";
import { addressOf, anchorOf, type Subject } from "./addresses.ts";

/** An edition, and what changed since the one before it of its kind: rows of the table `changes`. */
export interface SiteEdition {
  edition: string;
  coverage: Coverage;
  before: string | null;
  changes: FilledTable;
}

/** What changed in one edition for a library, a component or a project: its rows of the table `changes`. */
export interface ChangesOf {
  edition: SiteEdition;
  rows: Row[];
}

/** A distribution's package of which a library in a project is a copy, and by what evidence (the view library_origin). */
export interface Origin {
  library: string;
  project: string;
  purl: string;
  evidence: string;
}

/** Everything that pages are made of. */
export interface Site {
  db: Db;
  /** The edition that the pages of libraries and components tell of: the newest that is no import. */
  edition: string;
  isImported: boolean;
  /** Newest first. */
  editions: SiteEdition[];
  coverage: Coverage;
  charts: Chart[];
  /** The tables of that edition, and the names of those that have a page. */
  read: ReadTable;
  tables: ReadonlySet<string>;
  datasets: string | null;
  /** The address of a page, from the site's root; null if there is none. */
  find(subject: Subject, name: string): string | null;
  /** The libraries and components that have pages of their own, in the order of their characters. */
  libraries: string[];
  components: string[];
  /** The projects that have pages, and the newest edition that has them. */
  projects: Map<string, string>;
  /** How many projects carried a library or component in each edition. */
  trendOf(countedBy: "library" | "component", name: string): Point[];
  /** The line of these counts as a chart; nothing where one edition alone tells. */
  drawTrend(name: string, points: Point[]): Chart | null;
  /** The editions in which something changed for it, newest first: for a component also what changed for its libraries, those that nobody carries any more among them. */
  changesOf(subject: "library" | "component" | "project", name: string): ChangesOf[];
  /** Builds of a library (by its name) or component, and who carries which version of a component, in that edition. */
  builds: Row[];
  buildsOf(name: string): Row[];
  buildsOfComponent(component: string): Row[];
  versionsOf(component: string): Row[];
  originsOf(library: string): Origin[];
}

/** Reads what the site is made of; RunError 2 if there is no edition. */
export async function readSite(db: Db, { datasets }: { datasets: string | null }): Promise<Site> {
  const edition = askedEdition(db, undefined);
  const editions = readEditions(db);
  const { coverage } = editions.find((each) => each.edition === edition)!;
  const isImported = coverage.kind === "imported";
  const read = onceEach((name) => readTable(db, name, edition));
  const pen = await takePen();
  const changes = indexChanges(editions);
  const belonging = readBelonging(db);
  const trends = readTrends(db, edition);
  const months = editions.filter((each) => each.coverage.kind === coverage.kind && each.edition <= edition);
  const order = months.map((each) => each.edition).reverse();
  const builds = [...rowsOf(db, BUILDS, edition)];
  const byName = groupBy(builds, 1);
  const byComponent = groupBy(builds, 0);
  const versions = groupBy([...rowsOf(db, VERSIONS_OF_ALL, edition)], 0);
  const origins = readOrigins(db, edition);
  const projects = readProjects(db);
  const libraries = sharedLibraries(db);
  const components = [...new Set([...byComponent.keys(), ...versions.keys(), ...rankedComponents(db)])].sort();
  const pages = { library: new Set(libraries), component: new Set(components) };
  return {
    ...{ db, edition, isImported, editions, coverage, read, datasets, libraries, components, projects, builds },
    tables: new Set(
      tablesOf(isImported).flatMap(({ name }) => (!TOO_LONG.has(name) && read(name).rows.length > 0 ? [name] : [])),
    ),
    charts: drawCharts(pen, db, edition, isImported, read),
    drawTrend: (name, points) => drawTrend(pen, edition, name, points),
    changesOf(subject, name) {
      const libraries = subject === "component" ? (belonging.get(name) ?? []) : [];
      return collectChanges(changes, [`${subject} ${name}`, ...libraries.map((each) => `library ${each}`)]);
    },
    find(subject, name) {
      if (subject === "project") return projects.has(name) ? addressOf(subject, name) : null;
      if (subject === "edition")
        return editions.some((each) => each.edition === name) ? addressOf(subject, name) : null;
      if (pages[subject].has(name)) return addressOf(subject, name);
      const owner = subject === "library" ? byName.get(name)?.[0]?.[PROJECT] : undefined;
      return typeof owner === "string" && projects.has(owner)
        ? `${addressOf("project", owner)}#${anchorOf(name)}`
        : null;
    },
    trendOf(countedBy, name) {
      const counts = trends.get(`${countedBy} ${name}`);
      return counts ? order.map((month) => ({ edition: month, packages: counts.get(month) ?? 0 })) : [];
    },
    buildsOf: (name) => byName.get(name) ?? [],
    buildsOfComponent: (component) => byComponent.get(component) ?? [],
    versionsOf: (component) => versions.get(component) ?? [],
    originsOf: (library) => origins.get(library) ?? [],
  };
}

/** Tables with a row for each file or name and edition: datasets have them, and pages of libraries and projects their parts. */
const TOO_LONG = new Set(["carried", "files", "trends"]);

const PROJECT = BUILDS.columns.findIndex(({ name }) => name === "project");

function readEditions(db: Db): SiteEdition[] {
  const editions = db.prepare<[], string>("SELECT edition FROM edition ORDER BY edition DESC").pluck().all();
  const before = db.prepare<{ edition: string }, string | null>(`SELECT ${editionBefore(":edition")}`).pluck();
  return editions.map((edition) => ({
    edition,
    coverage: readCoverage(db, edition),
    before: before.get({ edition }) ?? null,
    changes: readTable(db, "changes", edition),
  }));
}

type ChangeIndex = Map<string, { edition: SiteEdition; row: Row }[]>;

/** Each change under what it is of: a bundle's under its project and its library. */
function indexChanges(editions: SiteEdition[]): ChangeIndex {
  const index: ChangeIndex = new Map();
  for (const edition of editions) {
    for (const row of edition.changes.rows) {
      const [subject, , project, name] = row;
      const keys = subject === "bundle" ? [`project ${project}`, `library ${name}`] : [`${subject} ${name}`];
      for (const key of keys) index.set(key, [...(index.get(key) ?? []), { edition, row }]);
    }
  }
  return index;
}

function collectChanges(index: ChangeIndex, keys: string[]): ChangesOf[] {
  const found = new Map<SiteEdition, Row[]>();
  for (const key of keys)
    for (const { edition, row } of index.get(key) ?? []) found.set(edition, [...(found.get(edition) ?? []), row]);
  return [...found]
    .map(([edition, rows]) => ({ edition, rows }))
    .sort((one, other) => (one.edition.edition < other.edition.edition ? 1 : -1));
}

/** The counts of the table `trends`, by edition; in one that it does not name nobody carries the library or component. */
function readTrends(db: Db, edition: string): Map<string, Map<string, number>> {
  const trends = new Map<string, Map<string, number>>();
  for (const row of rowsOf(db, tableNamed("trends"), edition)) {
    const [countedBy, name, month, , packages] = row as [string, string, string, number, number];
    const key = `${countedBy} ${name}`;
    const counts = trends.get(key);
    if (counts) counts.set(month, packages);
    else trends.set(key, new Map([[month, packages]]));
  }
  return trends;
}

/** Libraries that more than one project carries in some edition: the others are told of on their project's page. */
function sharedLibraries(db: Db): string[] {
  const sql = "SELECT name FROM rank WHERE counted_by = 'library' GROUP BY name HAVING max(packages) > 1 ORDER BY name";
  return db.prepare<[], string>(sql).pluck().all();
}

function rankedComponents(db: Db): string[] {
  return db.prepare<[], string>("SELECT DISTINCT name FROM rank WHERE counted_by = 'component'").pluck().all();
}

/** Each project that a survey took, with the newest edition that has it; those of the data of 2023 alone are in its tables. */
function readProjects(db: Db): Map<string, string> {
  const sql = `SELECT c.project, max(c.edition) FROM candidate c JOIN edition e USING (edition)
    WHERE c.outcome = 'taken' AND e.kind <> 'imported' GROUP BY c.project ORDER BY c.project`;
  return new Map(db.prepare<[], [string, string]>(sql).raw().all());
}

/** The libraries that the rules give to each component, in any edition. */
function readBelonging(db: Db): Map<string, string[]> {
  const sql = `SELECT DISTINCT c.component, n.library FROM name n JOIN name_component c USING (name_id)
    WHERE c.component IS NOT NULL AND n.library IS NOT NULL ORDER BY c.component, n.library`;
  const belonging = new Map<string, string[]>();
  for (const [component, library] of db.prepare<[], [string, string]>(sql).raw().iterate() as Iterable<
    [string, string]
  >) {
    const known = belonging.get(component);
    if (known) known.push(library);
    else belonging.set(component, [library]);
  }
  return belonging;
}

function readOrigins(db: Db, edition: string): Map<string, Origin[]> {
  const sql = `SELECT DISTINCT library, project, purl, evidence FROM library_origin WHERE edition = ? AND purl IS NOT NULL
    ORDER BY library, purl, evidence, project`;
  const origins = new Map<string, Origin[]>();
  for (const origin of db.prepare<[string], Origin>(sql).iterate(edition)) {
    const known = origins.get(origin.library);
    if (known) known.push(origin);
    else origins.set(origin.library, [origin]);
  }
  return origins;
}

function groupBy(rows: Row[], column: number): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = row[column];
    if (key === null) continue;
    const group = groups.get(String(key));
    if (group) group.push(row);
    else groups.set(String(key), [row]);
  }
  return groups;
}
