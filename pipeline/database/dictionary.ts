// The data dictionary as data: what schema.sql says of each table and view, and of each of their columns.
import { schemaText } from "./migrate.ts";

/** A table or view of schema.sql: what a row of it is, and its columns in their order. */
export interface Relation {
  kind: "table" | "view";
  name: string;
  about: string;
  columns: RelationColumn[];
}

/** A column: its name, the SQL that declares or computes it, and what it means. */
export interface RelationColumn {
  name: string;
  sql: string;
  meaning: string;
}

/** Every table and view of schema.sql in its order. */
export function dictionary(): Relation[] {
  const [, ...statements] = schemaText().split(/^CREATE (?=TABLE|VIEW)/m);
  return statements.map((statement) => {
    const [, kind, name, about] = /^(TABLE|VIEW) (\w+) .*?-- (.+)/.exec(statement)!;
    const isTable = kind === "TABLE";
    return { kind: isTable ? "table" : "view", name: name!, about: about!, columns: columnsIn(statement, isTable) };
  });
}

function columnsIn(statement: string, isTable: boolean): RelationColumn[] {
  let explained = "";
  return [...statement.matchAll(/^ {2}(\S.*?),? +-- (.+)$/gm)].map(([, sql, comment]) => {
    const name = (isTable ? /^\w+/ : /\w+$/).exec(sql!)![0];
    const meaning = comment!.replace("likewise", `like ${explained}`);
    if (!comment!.startsWith("likewise")) explained = name;
    return { name, sql: sql!, meaning };
  });
}
