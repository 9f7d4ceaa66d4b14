// What a benchmark reports, and how figures become Markdown.
import { arch, cpus, loadavg, platform, release } from "node:os";
import { markdownTable } from "markdown-table";

/** What a benchmark has found: its text in parts, all its figures, and whether what must hold for them to count does. */
export interface Report {
  parts: string[];
  figures: object;
  isSound: boolean;
}

/** Where and when something is measured; the load is the mean number of runnable processes of the last minute. */
export function machineLine(): string {
  const date = new Date().toISOString().slice(0, 16).replace("T", " ");
  const cpu = `${cpus().length} × ${cpus()[0]?.model ?? arch()}, Node ${process.version}, ${platform()} ${release()}`;
  return `Measured ${date} UTC on ${cpu}; load before: ${loadavg()[0]!.toFixed(1)}.`;
}

/** A table with a line for each row, each column by its heading and what it says of a row. */
export function table<Row>(rows: Row[], columns: [heading: string, cell: (row: Row) => string | number][]): string {
  const lines = rows.map((row) => columns.map(([, cell]) => String(cell(row))));
  const align = columns.map((_, column) => (column === 0 ? "left" : "right"));
  return markdownTable([columns.map(([heading]) => heading), ...lines], { align, alignDelimiters: false });
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** The median of the values' ratios round by round, so that what disturbed a whole round disturbs no ratio. */
export function ratio(values: number[], others: number[]): number {
  return median(values.map((value, round) => value / others[round]!));
}
