// Each published table of the newest edition as a page and as CSV, and the list of them.
import { grouped } from "../../../words.ts";
import { csvParts } from "../../csv.ts";
import { headingOf } from "../../pages.ts";
import type { FilledTable } from "../../table.ts";
import type { Site } from "../contents.ts";
import type { SiteFile } from "../files.ts";
import { pageFile } from "../parts/page.tsx";
import { Sentence } from "../parts/prose.tsx";
import { Explanation, Table } from "../parts/table.tsx";

const MOST_ROWS = 2_000; // Nobody reads more on a page; the CSV has them all.

/** tables.html, and tables/<name>.html and .csv for each table that has rows. */
export function* tablePages(site: Site): Generator<SiteFile> {
  const filled = [...site.tables].map((name) => site.read(name));
  yield listPage(site, filled);
  for (const each of filled) {
    yield tablePage(site, each);
    yield { path: `tables/${each.table.name}.csv`, parts: csvParts(each.table.columns, each.rows) };
  }
}

function listPage(site: Site, tables: FilledTable[]): SiteFile {
  return pageFile({
    ...{ site, at: "tables.html", title: `Tables of edition ${headingOf(site.edition, site.coverage)}` },
    about: "Every published table of the newest edition, as a page and as CSV.",
    children: (
      <>
        <h1>Tables of edition {headingOf(site.edition, site.coverage)}</h1>
        <ul class="list">
          {tables.map(({ table, rows }) => (
            <li key={table.name}>
              <a href={`tables/${table.name}.html`}>{table.title}</a> (<a href={`tables/${table.name}.csv`}>CSV</a>,{" "}
              {grouped(rows.length)} {rows.length === 1 ? "row" : "rows"}): <Sentence text={table.meaning} />
            </li>
          ))}
        </ul>
      </>
    ),
  });
}

function tablePage(site: Site, filled: FilledTable): SiteFile {
  const { table, rows } = filled;
  const at = `tables/${table.name}.html`;
  const shown = rows.slice(0, MOST_ROWS);
  const cut = shown.length < rows.length ? `The first ${grouped(shown.length)} of ` : "";
  return pageFile({
    ...{ site, at, title: `${table.title}, ${headingOf(site.edition, site.coverage)}` },
    about: `${table.title} in edition ${site.edition}.`,
    children: (
      <>
        <h1>{table.title}</h1>
        <p>
          Edition {headingOf(site.edition, site.coverage)}. <Sentence text={table.meaning} />
        </p>
        <p>
          {cut}
          {grouped(rows.length)} {rows.length === 1 ? "row" : "rows"}, <a href={`${table.name}.csv`}>all as CSV</a>.
        </p>
        <Explanation filled={filled} />
        <Table site={site} at={at} filled={{ table, rows: shown }} caption={table.title} />
      </>
    ),
  });
}
