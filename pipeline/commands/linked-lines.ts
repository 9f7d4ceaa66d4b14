// What is linked into the files of a wheel or a project, in a line for people.
import type { Db } from "../database/database.ts";

const MOST = 20; // Of them in a line.

/** A line for upstream projects that are linked in and one for packages of languages, none if no text in bytes that were read proves any. */
export function linkedLines(db: Db, edition: string, by: "project" | "wheel", what: string): string[] {
  const sql = `SELECT DISTINCT component || coalesce(' ' || version, '') FROM linked_component
    WHERE edition = ? AND ${by} = ? AND (component LIKE 'pkg:%') = ? ORDER BY 1`;
  const found = (isPackage: number) => db.prepare(sql).pluck().all(edition, what, isPackage) as string[];
  return [
    ["linked into its files", found(0)] as const,
    ["packages in its files", found(1).map((each) => each.replace(/^pkg:/, ""))] as const,
  ].flatMap(([thing, names]) => (names.length === 0 ? [] : [`${thing}: ${shortened(names)}`]));
}

function shortened(names: string[]): string {
  const more = names.length > MOST ? `, … (${names.length})` : "";
  return `${names.slice(0, MOST).join(", ")}${more}`;
}
