// Which databases can be put together: the shards of an edition, and editions that only one of them has, or that all of them were copied with.
import { openForReading } from "../../database/database.ts";
import { EXIT, RunError } from "../../errors.ts";
import type { Edition } from "../edition.ts";
import { parseShard } from "../shard.ts";

/** A database to be merged: its file, and the editions that are taken from it. */
export interface MergeInput {
  file: string;
  editions: EditionInput[];
}

/** An edition of an input, with the runs that have got something for it, as JSON. */
interface EditionInput extends Edition {
  runs: string;
}

/**
 * Reads which editions databases have, and which of them are taken from which: each from one database, or from those of all of its
 * shards. RunError 2 where they overlap, do not belong together, or a shard is missing; 5 for what is no database of ours.
 */
export function planMerge(files: string[]): MergeInput[] {
  const inputs = files.map((file) => ({ file, editions: editionsOf(file) }));
  const names = [...new Set(inputs.flatMap(({ editions }) => editions.map(({ edition }) => edition)))].sort();
  for (const name of names) {
    const parts = inputs.flatMap(({ file, editions }) =>
      editions.filter(({ edition }) => edition === name).map((edition) => ({ file, ...edition })),
    );
    for (const part of parts) refuseOther(parts[0]!, part);
    if (!isOneSurvey(parts)) refuseShards(parts);
    else for (const { editions } of inputs.filter(({ file }) => file !== parts[0]!.file)) drop(editions, name);
  }
  return inputs;
}

const NONE = "[]"; // Of an edition as a dataset has it, which does not tell who made it.

// Imported data, and an edition that was there when a database was copied, are the same in all that have them.
function isOneSurvey(parts: Part[]): boolean {
  const [{ kind, runs }] = parts as [Part];
  return kind === "imported" || (runs !== NONE && parts.every((part) => part.shard === null && part.runs === runs));
}

const EDITIONS = `
SELECT e.*, (SELECT json_group_array(json_array(host, pid, started_at)) FROM (
  SELECT * FROM run r WHERE r.edition = e.edition AND EXISTS (SELECT 1 FROM run_stage s WHERE s.run_id = r.run_id AND s.done > 0)
  ORDER BY started_at, host, pid)) AS runs
FROM edition e ORDER BY edition`;

function editionsOf(file: string): EditionInput[] {
  const db = openForReading(file);
  try {
    return db.prepare<[], EditionInput>(EDITIONS).all();
  } finally {
    db.close();
  }
}

type Part = EditionInput & { file: string };

const SAME = ["kind", "top_n", "index_url", "ranking_sha256"] as const;

function refuseOther(first: Part, other: Part): void {
  for (const column of SAME) {
    const [found, expected] = [other, first].map((part) =>
      column === "ranking_sha256" ? part[column].toString("hex") : String(part[column]),
    );
    if (found !== expected)
      throw refusal(`${other.file}: edition ${other.edition}, ${column} ${found}`, `${expected} as in ${first.file}`);
  }
}

function refuseShards(parts: Part[]): void {
  const [first] = parts;
  const seen = new Map<string, string>();
  for (const { edition, file, shard } of parts) {
    const [part, of] = [shard ?? "all projects", shard?.split("/")[1]];
    const other = parts.find((each) => each.shard?.split("/")[1] !== of || (each.shard === null && each.file !== file));
    if (other && parts.length > 1)
      throw refusal(
        `${file} and ${other.file}: edition ${edition}, ${part} and ${other.shard ?? "all projects"}`,
        "shards of one number that do not overlap",
      );
    const twice = seen.get(part);
    if (twice !== undefined)
      throw refusal(`${file}: edition ${edition}, shard ${part}, which ${twice} has too`, "each shard once");
    seen.set(part, file);
  }
  const { of } = (first!.shard === null ? null : parseShard(first!.shard)) ?? { of: 1 };
  const missing = Array.from({ length: of }, (_, at) => `${at + 1}/${of}`).filter((shard) => !seen.has(shard));
  if (of > 1 && missing.length > 0)
    throw refusal(`edition ${first!.edition}: no database with shard ${missing.join(", ")}`, `all ${of} of them`);
}

function drop(editions: EditionInput[], name: string): void {
  editions.splice(0, editions.length, ...editions.filter(({ edition }) => edition !== name));
}

/** The error that refuses to merge. */
export function refusal(found: string, expected: string): RunError {
  return new RunError(EXIT.usage, `${found}, expected ${expected}`);
}
