// The recorded text form of a wheel's ZIP directory and of the few documents in it. It is described in data/recorded/README.md.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

/** An entry of the directory: sizes in bytes, `packed` the room of its data, `sha256` as RECORD writes it, `offset` that of its local header. */
export interface ListedEntry {
  path: string;
  size: number;
  packed: number;
  stored: boolean;
  crc32: number;
  sha256: string;
  offset: number;
}

/** A document of the wheel whose text is recorded, `reduced` if that is less than the real wheel holds. */
export interface ListedText {
  path: string;
  text: string;
  reduced: boolean;
}

/** How RECORD is made of the entries: in which runs of them, counted from 1 without directories; no runs: as they stand. */
export interface RecordForm {
  path: string;
  newline: "\n" | "\r\n";
  runs: [first: number, last: number][];
}

/** What is recorded of the inside of a wheel. */
export interface Listing {
  filename: string;
  texts: ListedText[];
  record: RecordForm;
  entries: ListedEntry[];
}

/** The size of a local file header without its name (APPNOTE 4.3.7). */
export const LOCAL_HEADER_SIZE = 30;

// What an entry's line leaves out: size, packed size (none: stored), CRC-32 and hash of an empty one, as directories are.
const EMPTY = ["0", "", "00000000", ""];

/** The offset just behind an entry's data, where the next local header stands unless the listing says otherwise. */
export function endOf({ path, packed, offset }: ListedEntry): number {
  return offset + LOCAL_HEADER_SIZE + Buffer.byteLength(path) + packed;
}

/** The listings of a project's wheels as text. */
export function formatListings(listings: Listing[]): string {
  const known = new Map<string, string[]>();
  const lines: string[][] = [];
  for (const { filename, texts, record, entries } of listings) {
    lines.push(["wheel", filename]);
    for (const { path, text, reduced } of texts) lines.push([reduced ? "reduced" : "text", path, text]);
    const runs = record.runs.map(([first, last]) => `${first}-${last}`).join(" ");
    lines.push(["record", record.path, record.newline, runs]);
    let next = 0;
    for (const entry of entries) {
      const facts = [
        String(entry.size),
        entry.stored ? "" : String(entry.packed),
        entry.crc32.toString(16).padStart(8, "0"),
        entry.sha256,
        ...(entry.offset === next ? [] : [String(entry.offset)]),
      ];
      const isKnown = facts.join("\t") === (known.get(entry.path) ?? EMPTY).join("\t");
      lines.push(["", entry.path, ...(isKnown ? [] : facts)]);
      known.set(entry.path, facts);
      next = endOf(entry);
    }
  }
  return lines.map((cells) => `${cells.map(escapeCell).join("\t").replace(/\t+$/, "")}\n`).join("");
}

/** Reads what `formatListings` wrote; an Error that names the line if it is anything else. */
export function parseListings(text: string): Listing[] {
  const known = new Map<string, string[]>();
  const listings: Listing[] = [];
  let next = 0;
  for (const [index, line] of text.split("\n").slice(0, -1).entries()) {
    const [kind, ...cells] = line.split("\t").map(unescapeCell);
    const [path = "", second = "", third = ""] = cells;
    const listing = listings.at(-1);
    if (kind === "wheel") {
      const record: RecordForm = { path: "", newline: "\n", runs: [] };
      listings.push({ filename: path, texts: [], record, entries: [] });
      next = 0;
    } else if (!listing) {
      throw new Error(`recorded listing, line ${index + 1}: ${JSON.stringify(kind)}, expected "wheel"`);
    } else if (kind === "text" || kind === "reduced") {
      listing.texts.push({ path, text: second, reduced: kind === "reduced" });
    } else if (kind === "record") {
      listing.record = { path, newline: second === "\r\n" ? "\r\n" : "\n", runs: parseRuns(third) };
    } else if (kind === "") {
      const facts = cells.length > 1 ? cells.slice(1) : (known.get(path) ?? EMPTY);
      const [size, packed = "", crc32 = "", sha256 = "", offset] = facts;
      known.set(path, facts);
      const entry: ListedEntry = {
        path,
        size: Number(size),
        packed: Number(packed || size),
        stored: packed === "",
        crc32: Number.parseInt(crc32, 16),
        sha256,
        offset: offset === undefined ? next : Number(offset),
      };
      listing.entries.push(entry);
      next = endOf(entry);
    } else {
      throw new Error(`recorded listing, line ${index + 1}: ${JSON.stringify(kind)}, expected a kind of line`);
    }
  }
  return listings;
}

/** RECORD's text: a row for each file, its hash and size unless it has no hash, as RECORD itself. */
export function recordText({ record, entries }: Listing): string {
  const files = entries.filter(({ path }) => !path.endsWith("/"));
  const runs = record.runs.length > 0 ? record.runs : [[1, files.length] as const];
  const rows = runs.flatMap(([first, last]) => files.slice(first - 1, last));
  return rows.map((entry) => `${recordRow(entry)}${record.newline}`).join("");
}

function recordRow({ path, sha256, size }: ListedEntry): string {
  const field = /[",\r\n]/.test(path) ? `"${path.replaceAll('"', '""')}"` : path;
  return sha256 === "" ? `${field},,` : `${field},sha256=${sha256},${size}`;
}

function parseRuns(text: string): RecordForm["runs"] {
  return [...text.matchAll(/(\d+)-(\d+)/g)].map(([, first, last]) => [Number(first), Number(last)]);
}

const ESCAPES: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
const ESCAPED = Object.fromEntries(Object.entries(ESCAPES).map(([character, escaped]) => [escaped, character]));

function escapeCell(cell: string): string {
  return cell.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character]!);
}

function unescapeCell(cell: string): string {
  return cell.includes("\\") ? cell.replace(/\\./g, (escaped) => ESCAPED[escaped] ?? escaped) : cell;
}
