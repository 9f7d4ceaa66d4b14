// Where RECORD and the central directory disagree: odd enough to be told, not to lose the wheel over.
// https://packaging.python.org/en/latest/specifications/binary-distribution-format/#the-dist-info-directory
import type { RecordRow } from "../formats/record.ts";

/** Something odd about a wheel: a stable word, and how many or the first of them. */
export interface Anomaly {
  tag: string;
  detail: string;
}

const UNLISTED = /^RECORD(\.jws|\.p7s)?$/; // RECORD and its signatures have no hash, and may be missing from it.

/** What RECORD (null: the wheel has none) and the directory's entries say differently, as anomalies. */
export function compareRecord(
  entries: { path: string; size: number }[],
  record: Map<string, RecordRow> | null,
  distInfo: string | null,
): Anomaly[] {
  if (distInfo === null) return [{ tag: "no-dist-info", detail: "no .dist-info directory of its own" }];
  if (record === null) return [{ tag: "no-record", detail: `no ${distInfo}RECORD` }];
  const unlisted: string[] = [];
  const resized: string[] = [];
  const files = new Set<string>();
  for (const { path, size } of entries) {
    if (path.endsWith("/")) continue;
    files.add(path);
    if (path.startsWith(distInfo) && UNLISTED.test(path.slice(distInfo.length))) continue;
    const row = record.get(path);
    if (!row) unlisted.push(path);
    else if (row.size !== null && row.size !== size) resized.push(path);
  }
  const absent = [...record.keys()].filter((path) => !files.has(path));
  const anomalies: [tag: string, paths: string[]][] = [
    ["record-lacks-file", unlisted],
    ["record-size-differs", resized],
    ["record-names-absent-file", absent],
  ];
  return anomalies
    .filter(([, paths]) => paths.length > 0)
    .map(([tag, paths]) => ({ tag, detail: `${paths.length}: ${paths[0]}` }));
}
