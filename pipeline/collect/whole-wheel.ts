// What can be told of a wheel that the server sent whole: whether it is the announced file, and how a second reader lists it.
import type { Entry } from "../formats/zip/layout.ts";
import type { Anomaly } from "./compare-record.ts";
import { spooling } from "./wheel-bytes.ts";

/** What is odd about the whole file at `path`, of which our reader lists these entries; RunError 7 if the disk fails. */
export async function wholeAnomalies(
  { path, sameHash }: { path: string; sameHash: boolean },
  entries: Entry[],
): Promise<Anomaly[]> {
  const anomalies: Anomaly[] = [];
  if (!sameHash) anomalies.push({ tag: "hash-mismatch", detail: "the whole file's SHA-256 is not the index's" });
  const difference = await spooling(path, () => secondOpinion(path, entries));
  if (difference !== null) anomalies.push({ tag: "second-opinion-differs", detail: difference });
  return anomalies;
}

/** The first difference between what yauzl lists of the archive at `path` and these entries, null if there is none; throws errors of the disk. */
export async function secondOpinion(path: string, entries: Entry[]): Promise<string | null> {
  const { default: yauzl } = await import("yauzl"); // Seldom needed, so not loaded with the rest.
  let place = 0;
  try {
    const archive = await yauzl.openPromise(path);
    for await (const found of archive.eachEntry()) {
      const { fileName, uncompressedSize, compressedSize, crc32, relativeOffsetOfLocalHeader } = found;
      const theirs = JSON.stringify([fileName, uncompressedSize, compressedSize, crc32, relativeOffsetOfLocalHeader]);
      const ours = listed(entries[place]);
      if (theirs !== ours) return `entry ${place}: ${theirs}, expected ${ours}`;
      place += 1;
    }
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) throw error;
    return `entry ${place}: ${message}, expected ${listed(entries[place])}`;
  }
  return place === entries.length ? null : `${place} entries, expected ${entries.length}`;
}

function listed(entry: Entry | undefined): string {
  return entry
    ? JSON.stringify([entry.path, entry.size, entry.compressedSize, entry.crc32, entry.headerOffset])
    : "no more";
}
