// A page for each component and each library that several projects carry: the link for an advisory.
import type { ComponentChildren } from "preact";
import { count, grouped } from "../../../words.ts";
import { escapeName } from "../../escape.ts";
import { type Cells, type Chart, type FilledTable, type Row, recordsOf } from "../../table.ts";
import { BUILDS } from "../../tables/carried.ts";
import { VERSIONS_OF_ALL } from "../../tables/versions.ts";
import { addressOf, feedOf, rootOf } from "../addresses.ts";
import type { ChangesOf, Site } from "../contents.ts";
import type { SiteFile } from "../files.ts";
import { Changes } from "../parts/changes.tsx";
import { pageFile } from "../parts/page.tsx";
import { Sentence } from "../parts/prose.tsx";
import { Explanation, Table } from "../parts/table.tsx";
import { Trend } from "../parts/trend.tsx";

/** What the rules know of a component. */
interface Component {
  component: string;
  name: string;
  purl: string;
  licence: string | null;
  cpe: string | null;
}

/** components/<name>.html and libraries/<name>.html. */
export function* carrierPages(site: Site): Generator<SiteFile> {
  const known = new Map(
    (site.db.prepare("SELECT * FROM component").all() as Component[]).map((each) => [each.component, each]),
  );
  const components = countsBy(site, "components", "component");
  for (const name of site.components) {
    const component = known.get(name);
    if (component) yield* componentPage(site, component, components.get(name));
  }
  const libraries = countsBy(site, "libraries", "library");
  for (const name of site.libraries) yield libraryPage(site, name, libraries.get(name));
}

function countsBy(site: Site, table: string, column: string): Map<string, Cells> {
  return new Map(recordsOf(site.read(table)).map((row) => [String(row[column]), row]));
}

function* componentPage(site: Site, component: Component, counts: Cells | undefined): Generator<SiteFile> {
  const { component: key, name, purl, licence, cpe } = component;
  const at = addressOf("component", key);
  const builds = site.buildsOfComponent(key);
  const libraries = [...new Set(builds.map((row) => String(row[NAME])))].sort();
  const versions = { table: VERSIONS_OF_ALL, rows: site.versionsOf(key) };
  const upstream = upstreamOf(purl);
  const chart = site.drawTrend(name, site.trendOf("component", key));
  const drawn = chart && { chart, address: at.replace(/\.html$/, ".svg") };
  if (drawn) yield { path: drawn.address, parts: [drawn.chart.svg] };
  yield carrierPage({
    ...{ site, at, name, subject: "component", key, counts, builds, drawn },
    about: `Who carries ${name} in Python wheels, in which version and how that is known, with the files and their hashes.`,
    changes: site.changesOf("component", key),
    facts: (
      <dl class="facts">
        <Fact word="Package URL">
          <code>{purl}</code>
        </Fact>
        <Fact word="Upstream project">{upstream && <a href={upstream}>{upstream}</a>}</Fact>
        <Fact word="CPE">{cpe && <code>{cpe}</code>}</Fact>
        <Fact word="Licence">{licence}</Fact>
        <Fact word="Its files">{libraries.length > 0 && <Names site={site} at={at} names={libraries} />}</Fact>
      </dl>
    ),
    versions: versions.rows.length > 0 && (
      <>
        <h2 id="versions">Who carries which version</h2>
        <p>
          By the names of files and by the wheels' own SBOMs. A distribution mends old versions without a new number: a
          version is no proof of a vulnerability. Crates and packages of other languages that build it themselves are
          not counted.
        </p>
        <Explanation filled={versions} />
        <Table
          site={site}
          at={at}
          filled={versions}
          caption={`Who carries which version of ${name}`}
          without={["component"]}
          last={["version", "known_by", "file_version", "wheels", "platforms", "source"]}
        />
      </>
    ),
  });
}

function libraryPage(site: Site, name: string, counts: Cells | undefined): SiteFile {
  const at = addressOf("library", name);
  const shown = escapeName(name);
  const builds = site.buildsOf(name);
  const components = [...new Set(builds.flatMap((row) => (row[COMPONENT] === null ? [] : [String(row[COMPONENT])])))];
  return carrierPage({
    ...{ site, at, name: shown, subject: "library", key: name, counts, builds, drawn: null },
    about: `Who carries ${shown} in Python wheels, with the files and their hashes.`,
    changes: site.changesOf("library", name),
    facts: builds.length > 0 && (
      <dl class="facts">
        <Fact word="Upstream project">
          {components.length > 0 ? (
            <Names site={site} at={at} names={components} subject="component" />
          ) : (
            "no rule knows it"
          )}
        </Fact>
      </dl>
    ),
    versions: null,
  });
}

const place = (column: string) => BUILDS.columns.findIndex(({ name }) => name === column);
const [COMPONENT, NAME, TOOL, FILE_PROJECT, SHA256] = [
  ...[place("component"), place("library"), place("repair_tool"), place("project"), place("sha256")],
] as [number, number, number, number, number];

const VERSION_PROJECT = VERSIONS_OF_ALL.columns.findIndex(({ name }) => name === "project");

interface Carrier {
  site: Site;
  at: string;
  name: string;
  subject: "component" | "library";
  key: string;
  counts: Cells | undefined;
  builds: Row[];
  drawn: { chart: Chart; address: string } | null;
  about: string;
  changes: ChangesOf[];
  facts: ComponentChildren;
  versions: ComponentChildren;
}

function carrierPage(told: Carrier): SiteFile {
  const { site, at, name, subject, key, counts, builds, drawn, about, changes, facts, versions } = told;
  const filled: FilledTable = { table: BUILDS, rows: builds };
  const said = subject === "library" ? ["component", "library", "kind"] : ["component"];
  return pageFile({
    ...{ site, at, title: `${name} in Python wheels, ${site.edition}`, about, feed: feedOf(at) },
    children: (
      <>
        <h1>{name}</h1>
        <p class="lead">{summary(told)}</p>
        {facts}
        {versions}
        {builds.length > 0 && (
          <>
            <h2 id="files">Files</h2>
            <p>
              <Sentence text={BUILDS.meaning} />
            </p>
            <Explanation filled={filled} />
            <Table
              {...{
                site,
                at,
                filled,
                caption: `Files of ${name}`,
                last: [...(versions ? ["component_version", "known_by"] : []), "release", "repair_tool", "sbom_purl"],
              }}
              without={builds.every((row) => row[place("kind")] === "shared-library") ? [...said, "kind"] : said}
            />
          </>
        )}
        {counts && <Families site={site} at={at} counts={counts} name={name} />}
        <Trend {...{ points: site.trendOf(subject, key), name, drawn, at }} />
        <Origins site={site} builds={builds} name={name} />
        <SharedFiles site={site} at={at} builds={builds} />
        <Changes site={site} at={at} changes={changes} />
        <p>
          <a href={rootOf(at) + feedOf(at)}>Feed of what changes for {name}</a>
        </p>
      </>
    ),
  });
}

/** Who carries it, in a sentence or two: as the ranked table counts it, and as SBOMs say where no file shows it. */
function summary({ site, name, key, subject, counts, builds }: Carrier): string {
  const { edition } = site;
  const inFiles = new Set(builds.map((row) => row[FILE_PROJECT]));
  const stated = new Set(subject === "component" ? site.versionsOf(key).map((row) => row[VERSION_PROJECT]) : []);
  const alone = [...stated].filter((project) => !inFiles.has(project as string)).length;
  const inside =
    alone === 0 ? "" : ` SBOMs say that it is inside the wheels of ${count(alone, "project")} in no file of its own.`;
  if (counts) {
    const what = subject === "component" ? "a shared library of it" : "it";
    const surveyed = grouped(site.coverage.outcomes.taken ?? 0);
    return (
      `${grouped(Number(counts.packages))} of ${surveyed} projects carry ${what} (${counts.percent} %) in edition ${edition}: ` +
      `rank ${counts.rank}, ${count(Number(counts.files), "distinct file name")} by project, in ${count(Number(counts.wheels), "wheel")}.${inside}`
    );
  }
  if (inFiles.size > 0)
    return `No shared library, but programs of it are in wheels of ${count(inFiles.size, "project")} in edition ${edition}.${inside}`;
  return `No file of ${name} is in the wheels of edition ${edition}, as far as names tell.${inside}`;
}

/** Its counts for each platform family that has any. */
function Families({ site, at, counts, name }: { site: Site; at: string; counts: Cells; name: string }) {
  const platforms = site.read("platforms");
  const rows = recordsOf(platforms).flatMap(({ platform_family, projects }): Row[] => {
    const column = String(platform_family).toLowerCase();
    const carried = counts[column];
    return carried ? [[platform_family!, carried, counts[`${column}_percent`] ?? null, projects!]] : [];
  });
  const [family, count, percent] = platforms.table.columns;
  const table = {
    ...platforms.table,
    columns: [
      family!,
      { ...count!, name: "projects", meaning: "projects that carry it in a wheel for this platform" },
      { ...percent!, meaning: "these, of all projects with a wheel for it" },
      { ...count!, name: "of", meaning: "projects with a wheel for it" },
    ],
  };
  if (rows.length === 0) return null;
  return (
    <>
      <h2 id="platforms">Platforms</h2>
      <Table site={site} at={at} filled={{ table, rows }} caption={`Projects that carry ${name}, by platform`} />
    </>
  );
}

/** What evidence of an origin is called on a page. */
const EVIDENCE: Record<string, string> = {
  sbom: "by an SBOM, which has the file's path at build time",
  fingerprint: "by the file's name and the digits of its hash, which an SBOM elsewhere proves",
  "sbom-name": "by the name of a package in the wheel's SBOM",
};

/** The distributions' packages of which its files are copies, and the tools that put them there. */
function Origins({ site, builds, name }: { site: Site; builds: Row[]; name: string }) {
  const origins = [...new Set(builds.map((row) => String(row[NAME])))].flatMap(site.originsOf);
  const packages = new Map<string, { purl: string; evidence: string; projects: Set<string> }>();
  for (const { purl, evidence, project } of origins) {
    const key = `${purl} ${evidence}`;
    const known = packages.get(key) ?? { purl, evidence, projects: new Set() };
    known.projects.add(project);
    packages.set(key, known);
  }
  const tools = countProjects(builds, TOOL);
  if (packages.size + tools.length === 0) return null;
  return (
    <>
      <h2 id="origins">Where its builds come from</h2>
      {tools.length > 0 && (
        <p>
          Put into the wheels by {tools.map(([tool, projects]) => `${tool} (${count(projects, "project")})`).join(", ")}
          ; of other files no tool is known.
        </p>
      )}
      {packages.size > 0 && (
        <>
          <p>Packages of distributions of which files of {name} are copies, as far as that can be proved:</p>
          <ul>
            {[...packages].map(([key, { purl, evidence, projects }]) => (
              <li key={key}>
                <code>{escapeName(purl)}</code>: {count(projects.size, "project")}, {EVIDENCE[evidence]}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function countProjects(builds: Row[], column: number): [value: string, projects: number][] {
  const found = new Map<string, Set<unknown>>();
  for (const row of builds) {
    if (row[column] === null) continue;
    const value = String(row[column]);
    found.set(value, (found.get(value) ?? new Set()).add(row[FILE_PROJECT]));
  }
  return [...found]
    .map(([value, projects]): [string, number] => [value, projects.size])
    .sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
}

/** Contents that several projects carry. */
function SharedFiles({ site, at, builds }: { site: Site; at: string; builds: Row[] }) {
  const shared = site.read("shared");
  const hash = shared.table.columns.findIndex(({ name }) => name === "sha256");
  const ours = new Set(builds.map((row) => row[SHA256]));
  const rows = shared.rows.filter((row) => ours.has(row[hash]!));
  if (rows.length === 0) return null;
  return (
    <>
      <h2 id="shared">{shared.table.title}</h2>
      <Table
        {...{ site, at, filled: { table: shared.table, rows }, caption: shared.table.meaning }}
        without={["component"]}
      />
    </>
  );
}

function Fact({ word, children }: { word: string; children: ComponentChildren }) {
  if (!children) return null;
  return (
    <div>
      <dt>{word}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface NamesProps {
  site: Site;
  at: string;
  names: string[];
  subject?: "library" | "component";
}

function Names({ site, at, names, subject = "library" }: NamesProps) {
  return names.map((name, nth) => {
    const address = site.find(subject, name);
    const text = escapeName(name);
    return (
      <>
        {nth > 0 && ", "}
        {address === null ? text : <a href={rootOf(at) + address}>{text}</a>}
      </>
    );
  });
}

/** Where an upstream project is, if its package URL says so (purl type github). */
function upstreamOf(purl: string): string | null {
  const [, owner, repository] = /^pkg:github\/([\w.-]+)\/([\w.-]+)$/.exec(purl) ?? [];
  return owner === undefined ? null : `https://github.com/${owner}/${repository}`;
}
