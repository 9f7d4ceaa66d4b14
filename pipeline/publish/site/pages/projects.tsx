// A page for each project: its wheels as a matrix, what each carries, its SBOMs, what changed; and the same as JSON.

import { METHOD } from "../../../method.ts";
import { count, grouped } from "../../../words.ts";
import { readTable } from "../../catalogue.ts";
import { escapeName } from "../../escape.ts";
import { type Cells, type FilledTable, type Row, recordsOf } from "../../table.ts";
import { carriedAs } from "../../tables/carried.ts";
import { addressOf, anchorOf, feedOf, rootOf } from "../addresses.ts";
import type { Site } from "../contents.ts";
import type { SiteFile } from "../files.ts";
import { Changes } from "../parts/changes.tsx";
import { Frame } from "../parts/frame.tsx";
import { pageFile } from "../parts/page.tsx";
import { Explanation, Table } from "../parts/table.tsx";
import { type Bundle, bundlesOf, readWheels, type Wheel } from "../project-wheels.ts";

/** projects/<name>.html and .json, as the newest edition that has the project found it. */
export function* projectPages(site: Site): Generator<SiteFile> {
  const surveyed = new Map<string, { projects: Map<string, Cells>; sboms: FilledTable; linked: FilledTable }>();
  for (const [project, edition] of site.projects) {
    const known = surveyed.get(edition) ?? {
      projects: new Map(recordsOf(readTable(site.db, "projects", edition)).map((row) => [String(row.project), row])),
      sboms: readTable(site.db, "sboms", edition),
      linked: readTable(site.db, "linked", edition),
    };
    surveyed.set(edition, known);
    const { wheels, bundles } = bundlesOf(
      readWheels(site.db, edition, project),
      carriedAs(site.db, edition, project, "project"),
    );
    const about = known.projects.get(project)!;
    const [sboms, linked] = [ofProject(known.sboms, project), ofProject(known.linked, project)] as const;
    yield* projectFiles(site, { project, edition, about, wheels, bundles, sboms, linked });
  }
}

function ofProject({ table, rows }: FilledTable, project: string): FilledTable {
  const at = table.columns.findIndex(({ name }) => name === "project");
  return { table, rows: rows.filter((row) => row[at] === project) };
}

interface Project {
  project: string;
  edition: string;
  about: Cells;
  wheels: Wheel[];
  bundles: Bundle[];
  sboms: FilledTable;
  linked: FilledTable;
}

function* projectFiles(site: Site, told: Project): Generator<SiteFile> {
  const { project, edition, about, wheels, bundles, sboms, linked } = told;
  const at = addressOf("project", project);
  const json = at.replace(/\.html$/, ".json");
  const anchors = anchorsOf(bundles);
  const files = bundles.reduce((sum, { filled }) => sum + filled.rows.length, 0);
  yield pageFile({
    ...{ site, at, title: `${project} ${about.version}: what its wheels carry`, feed: feedOf(at) },
    about: `The native libraries in the wheels of ${project} ${about.version}, with sizes, hashes and SBOMs, in edition ${edition}.`,
    children: (
      <>
        <h1>{project}</h1>
        <p class="lead">
          Release {escapeName(String(about.version))} in edition{" "}
          <a href={rootOf(at) + addressOf("edition", edition)}>{edition}</a>
          {edition !== site.edition && ", the newest that has it"}: {count(Number(about.wheels), "binary wheel")},{" "}
          {grouped(Number(about.wheels_read))} of them read, {inMegabytes(Number(about.wheel_bytes))} in all;{" "}
          {count(Number(about.native_files), "native file")} in them.
          {about.downloads !== null && ` Rank ${about.rank} in the download ranking.`}
        </p>
        <p>
          <a href={rootOf(at) + json}>All of this as JSON</a>, tables as their columns and rows.{" "}
          <a href={rootOf(at) + feedOf(at)}>Feed of what changes for {project}</a>.
        </p>
        <h2 id="wheels">Wheels</h2>
        <Matrix wheels={wheels} />
        <h2 id="carried">What they carry</h2>
        {files === 0 && <p>No shared library and no program, in the wheels that were read.</p>}
        {bundles.map((bundle) => (
          <BundleSection site={site} at={at} bundle={bundle} anchors={anchors} key={bundle.id} />
        ))}
        {linked.rows.length > 0 && (
          <>
            <h2 id="linked">Linked into its files</h2>
            <Explanation filled={linked} />
            <Table {...{ site, at, filled: linked, caption: "Upstream projects in its files", without: ["project"] }} />
          </>
        )}
        <Sboms site={site} at={at} sboms={sboms} wheels={wheels} />
        <Changes site={site} at={at} changes={site.changesOf("project", project)} without={["project"]} />
      </>
    ),
  });
  yield { path: json, parts: [`${JSON.stringify(asData(told))}\n`] };
}

/** Platforms down, Pythons across; a cell has the wheels for both, each with its size and what it carries. */
function Matrix({ wheels }: { wheels: Wheel[] }) {
  const pythons = [...new Set(wheels.flatMap(({ pythons }) => pythons))].sort(byNumber);
  const platforms = [...new Set(wheels.map(({ platform }) => platform))];
  const byPlace = new Map<string, Wheel[]>();
  for (const wheel of wheels)
    for (const python of wheel.pythons) {
      const key = `${wheel.platform} ${python}`;
      byPlace.set(key, [...(byPlace.get(key) ?? []), wheel]);
    }
  return (
    <Frame label="Wheels by platform and Python">
      <table class="matrix">
        <caption>Size of each wheel, and the shared libraries and programs that it carries</caption>
        <thead>
          <tr>
            <th scope="col">platform</th>
            {pythons.map((python) => (
              <th scope="col" key={python}>
                {python}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {platforms.map((platform) => (
            <tr key={platform}>
              <th scope="row">{platform.replaceAll(".", ", ")}</th>
              {pythons.map((python) => (
                <td key={python}>
                  {(byPlace.get(`${platform} ${python}`) ?? []).map((wheel) => (
                    <WheelCell wheel={wheel} key={wheel.wheel} />
                  ))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

function WheelCell({ wheel: { size, bundled, bundle, nativeFiles, yanked } }: { wheel: Wheel }) {
  const carried = nativeFiles === null ? "not read" : bundled === 0 ? "none" : `${bundled} carried`;
  return (
    <span class="wheel">
      {size === null ? "" : inMegabytes(size)}
      <br />
      {bundle === null ? <small>{carried}</small> : <a href={`#${bundle}`}>{carried}</a>}
      {yanked && <small> (yanked)</small>}
    </span>
  );
}

/** The first row of each library, or program, on the page, with the id by which others link to it. */
function anchorsOf(bundles: Bundle[]): Map<Row, string> {
  const first = new Map<string, Row>();
  for (const { filled } of bundles) {
    const [library, path] = ["library", "path"].map((column) =>
      filled.table.columns.findIndex(({ name }) => name === column),
    ) as [number, number];
    for (const row of filled.rows) {
      const name = String(row[library] ?? String(row[path]).split("/").at(-1));
      if (!first.has(name)) first.set(name, row);
    }
  }
  return new Map([...first].map(([name, row]) => [row, anchorOf(name)]));
}

interface BundleProps {
  site: Site;
  at: string;
  bundle: Bundle;
  anchors: Map<Row, string>;
}

/** Wheels that carry the same files, and those. */
function BundleSection({ site, at, bundle: { id, title, wheels, filled }, anchors }: BundleProps) {
  const natives = wheels.map(({ kinds }) => kinds.filter(({ kind }) => kind === "extension-module"));
  const modules = natives.map((kinds) => kinds.reduce((sum, { files }) => sum + files, 0));
  const tools = [...new Set(wheels.map(({ repairTool }) => repairTool).filter((tool) => tool !== null))];
  return (
    <section>
      <h3 id={id}>{title}</h3>
      <details>
        <summary>
          {count(wheels.length, "wheel")}
          {tools.length > 0 && `, repaired by ${tools.join(", ")}`}; {wheels.length > 1 && "each "}also with{" "}
          {range(modules)}
        </summary>
        <ul class="files">
          {wheels.map(({ wheel }) => (
            <li key={wheel}>{escapeName(wheel)}</li>
          ))}
        </ul>
      </details>
      <Table
        {...{
          site,
          at,
          filled,
          caption: `Files in ${title}`,
          last: ["path", "sbom_purl"],
          idOf: (row: Row) => anchors.get(row),
          without: [...SAID, ...sameIn(filled, ["kind", "repair_tool"])],
        }}
      />
    </section>
  );
}

/** Columns of these that say the same of every file. */
function sameIn({ table, rows }: FilledTable, names: string[]): string[] {
  return names.filter((name) => {
    const at = table.columns.findIndex((column) => column.name === name);
    return rows.length > 1 && rows.every((row) => row[at] === rows[0]![at]);
  });
}

const SAID = ["project", "version", "wheel", "platform_family"];

function range(counts: number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const modules = count(most, "extension module");
  return least === most ? modules : `${least} to ${modules}`;
}

/** Its SBOMs, and how many of its shared libraries they name. */
function Sboms({ site, at, sboms, wheels }: { site: Site; at: string; sboms: FilledTable; wheels: Wheel[] }) {
  const files = wheels.reduce((sum, { libraries }) => sum + libraries, 0);
  const named = wheels.reduce((sum, wheel) => sum + wheel.named, 0);
  return (
    <>
      <h2 id="sboms">SBOMs</h2>
      {files > 0 && (
        <p>
          {grouped(named)} of {grouped(files)} shared libraries in all wheels are named by an SBOM of the same wheel.
        </p>
      )}
      {sboms.rows.length === 0 ? (
        <p>No wheel that was read has an SBOM in its .dist-info (PEP 770).</p>
      ) : (
        <>
          <Explanation filled={sboms} />
          <Table {...{ site, at, filled: sboms, caption: "Documents below sboms/", without: ["project"] }} />
        </>
      )}
    </>
  );
}

const WHEEL_COLUMNS = [
  ...[
    "wheel",
    "platform_family",
    "platform",
    "pythons",
    "size",
    "sha256",
    "url",
    "uploaded_at",
    "yanked",
    "native_files",
  ],
  ...["repair_tool", "shared_libraries", "named_by_sbom", "kinds", "carries"],
];

/** The page as data, tables as their columns and rows: the wheels, and under the name in `carries` the files that a wheel carries. */
function asData({ project, edition, about, wheels, bundles, sboms, linked }: Project) {
  const columns = (bundles[0]?.filled.table.columns ?? []).map(({ name }) => name);
  const kept = columns.flatMap((name, at) => (SAID.includes(name) ? [] : [at]));
  return {
    ...{ edition, method: METHOD, project, version: about.version, rank: about.rank, downloads: about.downloads },
    wheels: {
      columns: WHEEL_COLUMNS,
      rows: wheels.map((wheel) => [
        ...[wheel.wheel, wheel.platformFamily, wheel.platform, wheel.pythons, wheel.size, wheel.sha256, wheel.url],
        ...[wheel.uploadedAt, wheel.yanked, wheel.nativeFiles, wheel.repairTool, wheel.libraries, wheel.named],
        ...[wheel.kinds.map(({ kind, group, files, bytes }) => [kind, group, files, bytes]), wheel.bundle],
      ]),
    },
    carried: {
      columns: kept.map((at) => columns[at]),
      rows: Object.fromEntries(
        bundles.map(({ id, filled }) => [id, filled.rows.map((row) => kept.map((at) => row[at]))]),
      ),
    },
    sboms: asColumns(sboms),
    linked: asColumns(linked),
  };
}

const asColumns = ({ table, rows }: FilledTable) => ({ columns: table.columns.map(({ name }) => name), rows });

/** Bytes in MB (a million bytes), to one decimal below a hundred. */
function inMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  return `${megabytes < 0.1 ? "< 0.1" : megabytes < 100 ? megabytes.toFixed(1) : grouped(Math.round(megabytes))} MB`;
}

/** Tags in the order of the numbers in them: cp39 before cp310. */
function byNumber(one: string, other: string): number {
  const pad = (tag: string) =>
    tag.replace(/^(\D+\d)(\d*)/, (_, major: string, minor: string) => major + minor.padStart(3, "0"));
  return pad(one) < pad(other) ? -1 : 1;
}
