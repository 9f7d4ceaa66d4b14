// The tables of a dataset: every stable view and every published table of the catalogue that makes sense of its edition.
import type { Db } from "../../database/database.ts";
import { dictionary, type Relation, type RelationColumn } from "../../database/dictionary.ts";
import { existingEdition } from "../../editions/edition.ts";
import { tablesOf } from "../catalogue.ts";
import type { Column, PublishedTable } from "../table.ts";

/** The views that tell of what only surveyed editions have (an index that was asked, wheels that were read), and of imported data alone. */
const OF_SURVEYED_ALONE = ["candidate", "sbom_component", "library_contents", "linked_component", "survey_cost"];
const OF_IMPORTED_ALONE = ["baseline_2023"];

/** The tables that make sense of an edition, to be read with its rows; no published table is called like a view. */
export function datasetTables(db: Db, edition: string): PublishedTable[] {
  const isImported = existingEdition(db, edition).kind === "imported";
  const others = isImported ? OF_SURVEYED_ALONE : OF_IMPORTED_ALONE;
  const views = dictionary().filter(({ kind, name }) => kind === "view" && !others.includes(name));
  return [...views.map((view) => tableOf(db, view)), ...tablesOf(isImported)];
}

/** A view as a published table: the edition's rows, or all if it has no editions, ordered by their columns from the first on. */
function tableOf(db: Db, { name, about, columns }: Relation): PublishedTable {
  const declared = db.prepare(`SELECT * FROM ${name}`).columns();
  const where = columns.some((column) => column.name === "edition") ? " WHERE edition = :edition" : "";
  const order = columns.map((_, at) => at + 1).join(", ");
  return {
    name,
    title: inWords(name),
    meaning: `A row for each ${about}.`,
    leavesOut: "nothing of the database's view that belongs to the edition.",
    query: `SELECT * FROM ${name}${where} ORDER BY ${order}`,
    columns: columns.map((column, at) => columnOf(column, declared[at]!.type)),
  };
}

// SQLite says how the column of a table is declared that a view shows. What a view computes has no declaration: it is a number where
// it counts, adds up, or is 0 for nothing.
function columnOf({ name, sql, meaning }: RelationColumn, declared: string | null): Column {
  const isInteger = declared ? declared === "INTEGER" : /\b(count|sum)\(|, 0\)/.test(sql);
  return isInteger ? { name, type: "integer", meaning } : { name, type: "text", meaning, stranger: true };
}

function inWords(name: string): string {
  const words = name.replaceAll("_", " ");
  return words[0]!.toUpperCase() + words.slice(1);
}
