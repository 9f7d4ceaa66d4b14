// The monthly download ranking, as top-pypi-packages publishes it since 2018:
// {last_update: "YYYY-MM-DD HH:MM:SS" (UTC), rows: [{download_count, project}, …], …}, rows in descending order.
// https://hugovk.dev/top-pypi-packages/
import * as v from "valibot";
import { isProjectName, normalizeProjectName } from "./project-name.ts";

/** One line of a ranking; `downloads` is null in a list of projects that somebody named. */
export interface RankedProject {
  project: string;
  downloads: number | null;
}

/** A ranking: its rows from rank 1 down, and when its source says it was made (UTC, ISO 8601), if it says so. */
export interface Ranking {
  rankedAt: string | null;
  rows: RankedProject[];
}

const Document = v.object({
  last_update: v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/)),
  rows: v.array(v.object({ download_count: v.pipe(v.number(), v.integer(), v.minValue(0)), project: v.string() })),
});

/** Reads the ranking's JSON text; an Error with a one-line message if it is not JSON or of another shape. */
export function parseRanking(text: string): Ranking {
  const value = parseJson(text);
  if (Array.isArray(value))
    throw new Error('a list, expected {last_update: "YYYY-MM-DD HH:MM:SS", rows: [{download_count, project}]}');
  const parsed = v.safeParse(Document, value, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new Error(
      `${v.getDotPath(issue) ?? "the document"}: ${issue.message}, expected {last_update: "YYYY-MM-DD HH:MM:SS", rows: [{download_count, project}]}`,
    );
  }
  const rows = parsed.output.rows.map((row) => ({ project: projectName(row.project), downloads: row.download_count }));
  if (rows.length === 0) throw new Error("rows: empty, expected at least one project");
  return { rankedAt: `${parsed.output.last_update.replace(" ", "T")}Z`, rows: unique(rows) };
}

/** Reads a list of projects, divided by commas or line ends; `#` begins a comment. An Error if a name is not one. */
export function parseProjectList(text: string): Ranking {
  const names = text
    .replace(/#.*$/gm, "")
    .split(/[\r\n,]+/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw new Error("no project in the list, expected names divided by commas or lines");
  return { rankedAt: null, rows: unique(names.map((name) => ({ project: projectName(name), downloads: null }))) };
}

function projectName(name: string): string {
  if (!isProjectName(name)) {
    throw new Error(
      `project name: ${JSON.stringify(name.slice(0, 100))}, expected letters, digits, ".", "_" and "-" (PEP 508)`,
    );
  }
  return normalizeProjectName(name);
}

function unique(rows: RankedProject[]): RankedProject[] {
  const seen = new Set<string>();
  return rows.filter((row) => !seen.has(row.project) && seen.add(row.project));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = JSON.stringify(text.slice(0, 40));
    throw new Error(`not JSON: it begins with ${start}, expected a JSON object`);
  }
}
