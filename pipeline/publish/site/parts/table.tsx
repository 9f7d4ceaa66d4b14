// A published table as HTML: what others wrote is text, names lead to their pages, and no column is empty.

import { grouped } from "../../../words.ts";
import { escapeName } from "../../escape.ts";
import type { Column, FilledTable, Row } from "../../table.ts";
import { rootOf } from "../addresses.ts";
import type { Site } from "../contents.ts";
import { Frame } from "./frame.tsx";
import { Sentence } from "./prose.tsx";

interface TableProps {
  site: Site;
  /** The address of the page that it stands on. */
  at: string;
  filled: FilledTable;
  /** What it shows, in a sentence, for those who come upon it. */
  caption: string;
  /** Columns that the page has said already, and those that come after the others, in their order. */
  without?: string[];
  last?: string[];
  /** The id by which others link to a row. */
  idOf?: (row: Row) => string | undefined;
  /** Whether a reader may want it in another order. */
  isSortable?: boolean;
}

/** The table within a frame that scrolls by itself where it is wider than the page. */
export function Table({ site, at, filled, caption, without = [], last = [], idOf, isSortable = true }: TableProps) {
  const { columns } = filled.table;
  const shown = columns.flatMap((column, index) => {
    const nothing = isOfFamily(column, columns) ? [null, "", 0] : [null, ""];
    const isSaid = filled.rows.some((row) => !nothing.includes(row[index]!));
    return isSaid && !column.csvOnly && !without.includes(column.name) ? [{ column, index }] : [];
  });
  shown.sort((one, other) => last.indexOf(one.column.name) - last.indexOf(other.column.name));
  const root = rootOf(at);
  const find = finderOf(site, columns);
  return (
    <Frame label={caption}>
      <table class={isSortable && filled.rows.length > 1 ? "sortable" : undefined}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {shown.map(({ column }) => (
              <th
                scope="col"
                class={column.type === "text" ? undefined : "n"}
                title={column.meaning.replaceAll("`", "")}
                key={column.name}
              >
                {column.name.replaceAll("_", " ")}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {filled.rows.map((row) => (
            <tr id={idOf?.(row)}>
              {shown.map(({ column, index }) => (
                <Cell column={column} value={row[index]!} address={find(column.name, row)} root={root} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Frame>
  );
}

/** Whether a column counts for one platform family, which many tables have none of: its share stands beside it. */
function isOfFamily({ name }: Column, columns: Column[]): boolean {
  return columns.some((other) => other.csvOnly && other.name === `${name}_percent`);
}

/** What the columns of a table mean, and what it leaves out. */
export function Explanation({ filled: { table } }: { filled: FilledTable }) {
  return (
    <details>
      <summary>What the columns mean, and what is left out</summary>
      <dl>
        {table.columns
          .filter(({ csvOnly }) => !csvOnly)
          .map(({ name, meaning }) => (
            <div key={name}>
              <dt>{name.replaceAll("_", " ")}</dt>
              <dd>
                <Sentence text={meaning} />
              </dd>
            </div>
          ))}
        <div>
          <dt>Left out</dt>
          <dd>
            <Sentence text={table.leavesOut} />
          </dd>
        </div>
      </dl>
    </details>
  );
}

interface CellProps {
  column: Column;
  value: string | number | null;
  address: string | null;
  root: string;
}

function Cell({ column, value, address, root }: CellProps) {
  const text = value === null ? "" : typeof value === "number" ? grouped(value) : textOf(column, value);
  const content = address === null || value === null ? text : <a href={root + address}>{text}</a>;
  return <td class={classOf(column)}>{content}</td>;
}

function textOf(column: Column, value: string): string {
  const text = column.stranger ? escapeName(value) : value;
  return LISTS.has(column.name) ? text.replaceAll(",", ", ") : text;
}

const LISTS = new Set(["platforms", "projects", "before", "after"]);

const CODE = new Set(["sbom_purl", "purl", "path", "file_name", "first_path", "last_path", "wheel"]);
const PROSE = new Set(["source", "why", "meaning", "message", "projects", "before", "after"]);

function classOf({ type, name }: Column): string | undefined {
  if (type !== "text") return "n";
  if (name === "sha256") return "hash";
  return CODE.has(name) ? "code" : PROSE.has(name) ? "text" : undefined;
}

/** Gives the page to which a cell leads. In tables of several subjects a column `name` leads to what `subject` or `counted_by` says. */
function finderOf(site: Site, columns: Column[]): (column: string, row: Row) => string | null {
  const place = new Map(columns.map(({ name }, index) => [name, index]));
  const cell = (row: Row, name: string) => row[place.get(name) ?? -1] ?? null;
  return (column, row) => {
    const value = cell(row, column);
    if (typeof value !== "string") return null;
    if (column === "library" || column === "component" || column === "project" || column === "edition")
      return site.find(column, value);
    if (column !== "name") return null;
    const subject = cell(row, "subject") ?? cell(row, "counted_by");
    if (subject === "component" || subject === "project") return site.find(subject, value);
    return subject === "library" || subject === "bundle" ? site.find("library", value) : null;
  };
}
