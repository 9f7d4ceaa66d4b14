// The charts of an edition: published tables drawn as SVG by Observable Plot. The same rows give the same bytes.
import type { Db } from "../database/database.ts";
import { METHOD } from "../method.ts";
import { headOf, rowsOf, tableNamed } from "./catalogue.ts";
import { escapeName } from "./escape.ts";
import { type Chart, type ReadTable, type Row, recordsOf } from "./table.ts";

type Plot = typeof import("@observablehq/plot");

/** What draws: the library, and the document in which it makes elements. */
export interface Pen {
  plot: Plot;
  document: Document;
}

/** What is used of the element that the library gives back. */
interface Drawing {
  outerHTML: string;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
  querySelector(selector: string): { remove(): void } | null;
}

/** A part of a chart that has a colour of its own, and what the colour stands for. */
interface Series {
  label: string;
  colour: string;
}

/** A bar: whose it is, its parts in the order of the series, and what is written behind it. */
interface Bar {
  name: string;
  parts: number[];
  label: string;
}

const WIDTH = 720;
const PADDING = 16;
const LINE = 18;
const BAR = 22; // The height of a bar with the space around it.
const MOST_BARS = 20;
const MOST_LINES = 6;
const LONGEST_NAME = 32;

const FIRST: Series = { label: "", colour: "var(--first)" };
const STYLE = `svg{--ink:#1d2733;--paper:#fff;--first:#2563a8;--second:#c2570c;--third:#8b95a1;--fourth:#0f7a5c;--fifth:#8b3fa8;--sixth:#9a6a00;color:var(--ink);font:12px system-ui,sans-serif}
@media(prefers-color-scheme:dark){svg{--ink:#dfe6ee;--paper:#12181f;--first:#6aaef0;--second:#f0955a;--third:#8d98a5;--fourth:#4fc3a1;--fifth:#cf93e6;--sixth:#dcb45a}}
.paper{fill:var(--paper)}.title{font-size:15px;font-weight:600}.small{font-size:11px;opacity:.8}`;
const LINES = ["first", "second", "fourth", "fifth", "sixth", "third"].map((name) => `var(--${name})`);

/** Loads the library and gives what draws with it. */
export async function takePen(): Promise<Pen> {
  const plot = await import("@observablehq/plot");
  const { parseHTML } = await import("linkedom");
  return { plot, document: parseHTML("<!doctype html><html><body></body></html>").document };
}

/** The charts that an edition's tables can fill; none that would say nothing. */
export function drawCharts(pen: Pen, db: Db, edition: string, isImported: boolean, read: ReadTable): Chart[] {
  const ranked = [libraries, components];
  const drawn = (isImported ? ranked : [...ranked, versions, completeness, sizes]).map((draw) =>
    draw(pen, edition, read),
  );
  return [...drawn, isImported ? null : trends(pen, edition, db)].flatMap((chart) => chart ?? []);
}

/** How many projects carry one library or component through all editions; nothing where there is one edition alone. */
export function drawTrend(pen: Pen, edition: string, name: string, points: Point[]): Chart | null {
  const title = `Projects that carry ${escapeName(name)}, through all editions`;
  return lineChart(pen, { edition, name: "trend", title, lines: [{ name, points }] });
}

function libraries(pen: Pen, edition: string, read: ReadTable): Chart | null {
  return commonest(pen, edition, read, "libraries", "library", "libraries by the projects that carry them");
}

function components(pen: Pen, edition: string, read: ReadTable): Chart | null {
  return commonest(pen, edition, read, "components", "component", "upstream projects by the projects that carry them");
}

function commonest(
  pen: Pen,
  edition: string,
  read: ReadTable,
  name: string,
  column: string,
  what: string,
): Chart | null {
  const rows = recordsOf(headOf(read(name), MOST_BARS, Number.POSITIVE_INFINITY));
  const bars = rows.map((row) => barOf(String(row[column]), [Number(row.packages)]));
  return barChart(pen, { edition, name, title: `The ${bars.length} commonest ${what}`, unit: "projects", bars });
}

const KNOWN_BY: Series[] = [
  { label: "version by the file's name or bytes", colour: "var(--first)" },
  { label: "else by an SBOM or a sibling", colour: "var(--second)" },
  { label: "no version told", colour: "var(--third)" },
];

/** Of the projects that carry each component that matters to security, how many tell which version it is, and where. */
function versions(pen: Pen, edition: string, read: ReadTable): Chart | null {
  const told = new Map<string, Map<string, number>>();
  for (const { component, project, version, known_by } of recordsOf(read("versions"))) {
    const projects = told.get(String(component)) ?? new Map<string, number>();
    const how = version === null ? 2 : known_by === "sibling" || String(known_by).startsWith("SBOM") ? 1 : 0;
    projects.set(String(project), Math.min(how, projects.get(String(project)) ?? how));
    told.set(String(component), projects);
  }
  const bars = [...told]
    .map(([component, projects]) =>
      barOf(
        component,
        KNOWN_BY.map((_, how) => [...projects.values()].filter((other) => other === how).length),
      ),
    )
    .sort((one, other) => totalOf(other) - totalOf(one) || (one.name < other.name ? -1 : 1))
    .slice(0, MOST_BARS);
  const title = "Where projects tell the version of what matters to security";
  return barChart(pen, { edition, name: "versions", title, unit: "projects", bars, series: KNOWN_BY });
}

const NAMED: Series[] = [
  { label: "named by an SBOM of the same wheel", colour: "var(--first)" },
  { label: "named by none", colour: "var(--third)" },
];

function completeness(pen: Pen, edition: string, read: ReadTable): Chart | null {
  const bars = recordsOf(read("sbom-completeness"))
    .map(({ tool, platform, files, named }) =>
      barOf(
        tool === "none" ? `no repair tool, ${platform}` : `${tool}, ${platform}`,
        [Number(named), Number(files) - Number(named)],
        `${named} of ${files}`,
      ),
    )
    .sort((one, other) => totalOf(other) - totalOf(one) || (one.name < other.name ? -1 : 1))
    .slice(0, MOST_BARS);
  const title = "How many bundled libraries the wheels' own SBOMs name";
  return barChart(pen, {
    ...{ edition, name: "sbom-completeness", title, unit: "shared libraries in all wheels", bars, series: NAMED },
  });
}

function sizes(pen: Pen, edition: string, read: ReadTable): Chart | null {
  const bars = recordsOf(read("sizes"))
    .filter(({ subject }) => subject === "component")
    .sort((one, other) => Number(other.bytes_once) - Number(one.bytes_once))
    .slice(0, MOST_BARS)
    .map(({ name, bytes_once }) => barOf(String(name), [Number(bytes_once) / 1e6], inMegabytes(Number(bytes_once))));
  const title = "The largest upstream projects, each distinct file counted once";
  return barChart(pen, { edition, name: "sizes", title, unit: "megabytes (a million bytes), uncompressed", bars });
}

/** The commonest components through all editions; nothing where there is one edition alone. */
function trends(pen: Pen, edition: string, db: Db): Chart | null {
  const table = tableNamed("trends");
  const rows = componentsAlone(rowsOf(db, table, edition));
  const points = recordsOf({ table, rows });
  const named = points.filter((point) => point.edition === edition).sort((a, b) => Number(a.rank) - Number(b.rank));
  const names = named.slice(0, MOST_LINES).map(({ name }) => String(name));
  const editions = [...new Set(points.map((point) => String(point.edition)))].sort();
  const at = (month: string, name: string) =>
    Number(points.find((point) => point.edition === month && point.name === name)?.packages ?? 0);
  return lineChart(pen, {
    ...{ edition, name: "trends", title: "The commonest upstream projects through all editions" },
    lines: names.map((name) => ({
      name,
      points: editions.map((month) => ({ edition: month, packages: at(month, name) })),
    })),
  });
}

// One by one, because the rows of all libraries are many.
function componentsAlone(rows: Iterable<Row>): Row[] {
  const found: Row[] = [];
  for (const row of rows) if (row[0] === "component") found.push(row);
  return found;
}

/** A place on a line: how many projects in which edition. */
export interface Point {
  edition: string;
  packages: number;
}

interface BarChart {
  edition: string;
  name: string;
  title: string;
  unit: string;
  bars: Bar[];
  series?: Series[];
}

function barChart({ plot, document }: Pen, { edition, name, title, unit, bars, series = [FIRST] }: BarChart) {
  if (bars.length === 0) return null;
  const stacked = bars.flatMap((bar, place) =>
    bar.parts.map((value, at) => ({ place, value, colour: series[at]!.colour })),
  );
  const margin = 24 + 6.6 * Math.max(...bars.map((bar) => bar.name.length));
  const drawn = plot.plot({
    ...{ document, width: WIDTH - 2 * PADDING, height: bars.length * BAR + 40, marginTop: 8 },
    ...{ marginLeft: margin, marginRight: 20 + 6.6 * Math.max(...bars.map((bar) => bar.label.length)) },
    x: { label: null, grid: true, ticks: 5, tickFormat: formatted },
    y: {
      ...{ label: null, domain: bars.map((_, place) => place), tickSize: 0, padding: 0.25 },
      tickFormat: (place: number) => bars[place]!.name,
    },
    color: { type: "identity" },
    marks: [
      plot.barX(stacked, { x: "value", y: "place", fill: "colour", order: null }),
      plot.text(bars, { x: totalOf, y: (_, place) => place, text: "label", textAnchor: "start", dx: 5 }),
      plot.ruleX([0]),
    ],
  });
  const alt = `${title}, in ${unit}: ${bars.map((bar) => `${bar.name} ${bar.label}`).join(", ")}.`;
  return { name, title, alt, svg: framed(drawn, { title, unit, edition, alt, series }) };
}

interface LineChart {
  edition: string;
  name: string;
  title: string;
  lines: { name: string; points: Point[] }[];
}

function lineChart({ plot, document }: Pen, { edition, name, title, lines }: LineChart): Chart | null {
  const editions = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.edition)))].sort();
  if (editions.length < 2) return null;
  const label = (name: string) => (lines.length === 1 ? "" : escapeName(name));
  const series = lines.map((line, at) => ({ label: label(line.name), colour: LINES[at]! }));
  const rows = lines.flatMap(({ name, points }, at) =>
    points.map((point) => ({ ...point, name, colour: LINES[at], step: editions.indexOf(point.edition) })),
  );
  const every = Math.ceil(editions.length / 8);
  const drawn = plot.plot({
    ...{ document, width: WIDTH - 2 * PADDING, height: 250, marginTop: 10, marginLeft: 36, marginRight: 40 },
    x: {
      ...{ label: null, ticks: editions.map((_, step) => step).filter((step) => step % every === 0) },
      ...{ domain: [0, editions.length - 1], tickFormat: (step: number) => editions[step]! },
    },
    y: { label: null, grid: true, zero: true, ticks: 5 },
    color: { type: "identity" },
    marks: [
      plot.ruleY([0]),
      plot.lineY(rows, { x: "step", y: "packages", z: "name", stroke: "colour", strokeWidth: 2 }),
      plot.dot(rows, { x: "step", y: "packages", fill: "colour", r: 3 }),
    ],
  });
  const told = lines.map((line) => `${escapeName(line.name)} ${toldThrough(line.points)}`);
  const alt = `${title}, in projects: ${told.join("; ")}.`;
  return { name, title, alt, svg: framed(drawn, { title, unit: "projects", edition, alt, series }) };
}

function toldThrough(points: Point[]): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (first === last) return `${last.packages} in ${last.edition}`;
  return `${first.packages} in ${first.edition}, ${last.packages} in ${last.edition}`;
}

interface Frame {
  title: string;
  unit: string;
  edition: string;
  alt: string;
  series: Series[];
}

/** A drawing as an SVG file that stands alone: title, what the colours stand for, the drawing, where the figures are from. */
function framed(drawn: Drawing, { title, unit, edition, alt, series }: Frame): string {
  const legend = series.filter(({ label }) => label !== "");
  const top = PADDING + 2 * LINE + (legend.length > 0 ? LINE : 0);
  const height = Number(drawn.getAttribute("height"));
  const total = top + height + LINE + PADDING;
  drawn.querySelector("style")?.remove();
  drawn.removeAttribute("class");
  drawn.setAttribute("x", String(PADDING));
  drawn.setAttribute("y", String(top));
  let across = PADDING;
  const keys = legend.map(({ label, colour }) => {
    const key = `<rect x="${across}" y="${PADDING + 2 * LINE - 2}" width="11" height="11" rx="2" fill="${colour}"/><text x="${across + 16}" y="${PADDING + 2 * LINE + 8}">${escapeXml(label)}</text>`;
    across += 36 + 6.4 * label.length;
    return key;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${total}" width="${WIDTH}" height="${total}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml(alt)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${WIDTH}" height="${total}" rx="6"/>`,
    `<g fill="currentColor"><text class="title" x="${PADDING}" y="${PADDING + 8}">${escapeXml(title)}</text>`,
    `<text class="small" x="${PADDING}" y="${PADDING + 8 + LINE}">${escapeXml(unit)}</text>`,
    ...keys,
    drawn.outerHTML,
    `<text class="small" x="${PADDING}" y="${total - PADDING + 4}">Source: wheel-survey, edition ${edition}, method version ${METHOD}. CC0-1.0.</text></g>`,
    "</svg>\n",
  ].join("\n");
}

function barOf(name: string, parts: number[], label = formatted(parts.reduce((sum, part) => sum + part, 0))): Bar {
  const shown = escapeName(name);
  return { name: shown.length <= LONGEST_NAME ? shown : `${shown.slice(0, LONGEST_NAME - 1)}…`, parts, label };
}

function totalOf({ parts }: Bar): number {
  return parts.reduce((sum, part) => sum + part, 0);
}

function formatted(value: number): string {
  return value.toLocaleString("en-US");
}

function inMegabytes(bytes: number): string {
  return bytes < 1e7 ? (bytes / 1e6).toFixed(1) : formatted(Math.round(bytes / 1e6));
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
