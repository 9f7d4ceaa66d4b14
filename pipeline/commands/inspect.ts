// `inspect`: one wheel that need not be in any edition, read as the survey reads it; nothing is stored.

import { statSync } from "node:fs";
import { Command, Option } from "@commander-js/extra-typings";
import { INSPECTED, readOneContents, readOneWheel } from "../collect/one-wheel.ts";
import { type Db, openInMemory } from "../database/database.ts";
import { deriveAll } from "../derive/derive.ts";
import type { Column, FilledTable } from "../publish/table.ts";
import { CONTENTS_LEVELS } from "../stage/stage.ts";
import { count } from "../words.ts";
import { linkedLines } from "./linked-lines.ts";
import { contactOption, fileHostOption, indexOption } from "./options.ts";
import { say, stopSignal } from "./output.ts";
import { csvOption, jsonOption, printRows } from "./rows.ts";

/** The command. */
export const inspectCommand = () =>
  new Command("inspect")
    .description("say what one wheel holds: a file, an address, or a wheel of a project's latest release")
    .argument("<FILE|URL|PROJECT>", "a wheel on disk or at an address (read by ranges), or a project's name")
    .option(
      "--wheel <NAME>",
      "which wheel of the project (default: for Linux on x86-64 and the newest Python, if there is one)",
    )
    .addOption(indexOption())
    .addOption(fileHostOption())
    .addOption(
      new Option(
        "--contents <LEVEL>",
        "bytes of its native files to read: their heads, the libraries, or all (default: all of a wheel on disk, else none)",
      ).choices(CONTENTS_LEVELS),
    )
    .addOption(contactOption())
    .addOption(csvOption())
    .addOption(jsonOption())
    .action(async (given, { wheel = null, index = null, fileHost, contact = null, contents, csv, json }) => {
      const db = openInMemory();
      const places = { index, fileHosts: fileHost ?? [], contact, signal: stopSignal() };
      const { filename, others } = await readOneWheel(db, given, wheel, places);
      deriveAll(db);
      const isOnDisk = statSync(given, { throwIfNoEntry: false })?.isFile();
      await readOneContents(db, given, contents ?? (isOnDisk ? "all" : "none"), places);
      deriveAll(db);
      for (const line of aboutWheel(db, filename, others)) say(line);
      await printRows(filesOf(db), { csv, json });
    });

const COLUMNS: [name: string, type: Column["type"]][] = [
  ["project", "text"],
  ["wheel", "text"],
  ["path", "text"],
  ["kind", "text"],
  ["library", "text"],
  ["component", "text"],
  ["file_version", "text"],
  ["component_version", "text"],
  ["version_source", "text"],
  ["linked", "text"],
  ["identity", "text"],
  ["purl", "text"],
  ["evidence", "text"],
  ["size", "integer"],
  ["sha256", "text"],
  ["repair_tool", "text"],
  ["platform_family", "text"],
];

/** Columns of other views than native_file. */
const OTHERS: Record<string, string> = {
  ...{ purl: "o.purl", evidence: "o.evidence", identity: "c.identity" },
  linked: `(SELECT group_concat(component || coalesce(' ' || version, ''), ', ' ORDER BY component) FROM linked_component k
    WHERE k.edition = n.edition AND k.wheel = n.wheel AND k.path = n.path AND component NOT LIKE 'pkg:%')`,
};

/** Columns of library_origin by their names in published tables. */
const NAMES: Record<string, string> = { purl: "origin_purl", evidence: "origin_evidence" };

function filesOf(db: Db): FilledTable {
  const fields = COLUMNS.map(([name]) => OTHERS[name] ?? `n.${name}`);
  const query = `SELECT ${fields.join(", ")} FROM native_file n LEFT JOIN library_origin o USING (edition, wheel, path)
    LEFT JOIN library_contents c USING (edition, wheel, path) ORDER BY n.path`;
  const columns = COLUMNS.map(
    ([name, type]): Column => ({ name: NAMES[name] ?? name, type, meaning: "", stranger: true }),
  );
  return {
    table: { name: "inspect", title: "", meaning: "", leavesOut: "", query, columns },
    rows: db.prepare(query).raw().all() as FilledTable["rows"],
  };
}

/** What else is to be said of the wheel, for people. */
function aboutWheel(db: Db, filename: string, others: string[]): string[] {
  const all = (sql: string) => db.prepare(sql).pluck().all() as string[];
  const {
    native_files: natives,
    entries,
    repair_tool: tool,
  } = db.prepare("SELECT native_files, entries, repair_tool FROM surveyed_wheel WHERE edition = ?").get(INSPECTED) as {
    native_files: number;
    entries: number;
    repair_tool: string | null;
  };
  const sboms = all(
    "SELECT name || coalesce(' (' || s.format || ')', '') FROM wheel_document d JOIN sbom s USING (document_id) ORDER BY name",
  );
  const inside = all("SELECT DISTINCT name || coalesce(' ' || version, '') FROM sbom_component ORDER BY 1");
  return [
    `${filename}: ${count(natives, "native file")} of ${entries} entries${tool === null ? "" : `, repaired by ${tool}`}`,
    ...(sboms.length > 0
      ? [
          `SBOMs: ${sboms.join(", ")}; they say ${inside.length} components are inside: ${inside.slice(0, 20).join(", ")}${inside.length > 20 ? ", …" : ""}`,
        ]
      : []),
    ...linkedLines(db, INSPECTED, "wheel", filename),
    ...all("SELECT 'odd: ' || tag || ': ' || detail FROM anomaly ORDER BY tag"),
    ...(others.length > 0
      ? [
          `${others.length} more binary wheels in the release; --wheel NAME reads another: ${others.slice(0, 3).join(", ")}${others.length > 3 ? ", …" : ""}`,
        ]
      : []),
  ];
}
