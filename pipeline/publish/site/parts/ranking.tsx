// The ranked table of libraries: its head as HTML, all of it as data for the script that filters and orders it.

import { grouped } from "../../../words.ts";
import { escapeName } from "../../escape.ts";
import { recordsOf } from "../../table.ts";
import { rootOf } from "../addresses.ts";
import type { Site } from "../contents.ts";
import type { SiteFile } from "../files.ts";
import { dataScript } from "../scripts.ts";
import { Frame } from "./frame.tsx";
import { lineThrough, Sparkline, trendInWords } from "./sparkline.tsx";

const HEAD = 25;
const COLUMNS: [name: string, meaning: string][] = [
  ["rank", "by projects; ties in byte order of the name"],
  ["library", "name without inserted hashes and version"],
  ["projects", "distinct projects that carry it in a surveyed wheel"],
  ["percent", "these, of all surveyed projects, or of those with a wheel for the platform"],
  ["files", "distinct pairs of project and file name"],
  ["wheels", "wheels that hold it"],
  ["trend", "projects in each edition"],
];

/** Where the whole table is, as data. */
export const RANKING_DATA = "data/libraries.js";

/** The first rows, and what a script needs to show others. */
export function Ranking({ site, at }: { site: Site; at: string }) {
  const rows = recordsOf(site.read("libraries"));
  const root = rootOf(at);
  const shown = rows.slice(0, HEAD);
  const hasTrend = shown.some(({ library }) => site.trendOf("library", String(library)).length > 1);
  return (
    <>
      <p class="controls" hidden>
        <label for="family">Platform</label>
        <select id="family">
          <option value="">all platforms</option>
          {familiesOf(site).map(({ column, family, projects }) => (
            <option value={column} key={column}>
              {family} ({grouped(projects)} projects)
            </option>
          ))}
        </select>
      </p>
      <Frame label="The commonest libraries">
        <table id="ranking" data-source={root + RANKING_DATA}>
          <caption>
            Libraries by the projects that carry them:{" "}
            <span id="shown">
              the first {shown.length} of {grouped(rows.length)}
            </span>
          </caption>
          <thead>
            <tr>
              {COLUMNS.filter(([name]) => hasTrend || name !== "trend").map(([name, meaning]) => (
                <th
                  scope="col"
                  title={meaning}
                  class={name === "library" || name === "trend" ? undefined : "n"}
                  key={name}
                >
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr>
                <td class="n">{row.rank}</td>
                <td>
                  <Name site={site} name={String(row.library)} root={root} />
                </td>
                <td class="n">{grouped(Number(row.packages))}</td>
                <td class="n">{row.percent}</td>
                <td class="n">{grouped(Number(row.files))}</td>
                <td class="n">{grouped(Number(row.wheels))}</td>
                {hasTrend && (
                  <td>
                    <Sparkline points={site.trendOf("library", String(row.library))} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Frame>
      <p>
        <button type="button" id="more" hidden>
          Show more
        </button>{" "}
        {site.tables.has("libraries") && (
          <a href={`${root}tables/libraries.html`}>All {grouped(rows.length)} libraries</a>
        )}
      </p>
    </>
  );
}

function Name({ site, name, root }: { site: Site; name: string; root: string }) {
  const address = site.find("library", name);
  return address === null ? escapeName(name) : <a href={root + address}>{escapeName(name)}</a>;
}

/** The platform families that there are wheels for: their column in the ranked tables, and how many projects have such a wheel. */
function familiesOf(site: Site): { column: string; family: string; projects: number }[] {
  return recordsOf(site.read("platforms")).map(({ platform_family, projects }) => ({
    column: String(platform_family).toLowerCase(),
    family: String(platform_family),
    projects: Number(projects),
  }));
}

/** The whole table as a script hands it over: of each library its name, address, counts, those of each family, and the line of its trend. */
export function* rankingData(site: Site): Generator<SiteFile> {
  const families = familiesOf(site).map(({ column }) => column);
  const rows = recordsOf(site.read("libraries")).map((row) => {
    const name = String(row.library);
    const points = site.trendOf("library", name);
    const counts = families.flatMap((family) => [row[family] ?? 0, row[`${family}_percent`] ?? 0]);
    return [
      ...[
        row.rank,
        escapeName(name),
        site.find("library", name) ?? "",
        row.packages,
        row.percent,
        row.files,
        row.wheels,
      ],
      ...[counts, lineThrough(points), trendInWords(points)],
    ];
  });
  yield dataScript(RANKING_DATA, "libraries", { families, rows });
}
