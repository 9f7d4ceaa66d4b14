// Where RECORD and the central directory disagree: odd enough to be told, not to lose the wheel over.
// https://packaging.python.org/en/latest/specifications/binary-distribution-format/#the-dist-info-directory
import { hasOddDigest, type RecordRow } from "../formats/wheel/record.ts";

/** Something odd about a wheel: a stable word, and how many or the first of them. */
export interface Anomaly {
  tag: string;
  detail: string;
}

/** Where a wheel departs from the binary distribution format, in one sentence for each stable word. */
export const RECORD_ANOMALIES = {
  "no-dist-info": "The wheel has no .dist-info directory of its own, so nothing but the directory is known of it.",
  "no-record": "The .dist-info has no RECORD, so no hashes are known.",
  "record-lacks-file": "Files of the archive are not in RECORD.",
  "record-names-absent-file": "RECORD names files that the archive does not have.",
  "record-size-differs": "RECORD gives files another size than the directory.",
  "record-odd-digest":
    "RECORD writes SHA-256 digests in hexadecimal or in plain base64, not in URL-safe base64; they are read.",
  "hash-mismatch": "The server sent the whole file, and its SHA-256 is not the one that the index announced.",
  "document-unread":
    "An optional document of .dist-info (DELVEWHEEL, an SBOM) could not be read; the rest of the wheel was.",
  "second-opinion-differs":
    "The server sent the whole file, and yauzl, a second ZIP reader, lists its entries otherwise.",
} as const;

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
  const oddlyHashed: string[] = [];
  let listed = 0;
  for (const { path, size } of entries) {
    if (path.endsWith("/")) continue;
    const row = record.get(path);
    if (row) listed += 1;
    if (row && hasOddDigest(row)) oddlyHashed.push(path);
    if (path.startsWith(distInfo) && UNLISTED.test(path.slice(distInfo.length))) continue;
    if (!row) unlisted.push(path);
    else if (row.size !== null && row.size !== size) resized.push(path);
  }
  const absent = listed === record.size ? [] : absentFrom(entries, record);
  const anomalies: [tag: keyof typeof RECORD_ANOMALIES, paths: string[]][] = [
    ["record-lacks-file", unlisted],
    ["record-size-differs", resized],
    ["record-names-absent-file", absent],
    ["record-odd-digest", oddlyHashed],
  ];
  return anomalies
    .filter(([, paths]) => paths.length > 0)
    .map(([tag, paths]) => ({ tag, detail: `${paths.length}: ${paths[0]}` }));
}

function absentFrom(entries: { path: string }[], record: Map<string, RecordRow>): string[] {
  const paths = new Set(entries.map(({ path }) => path));
  return [...record.keys()].filter((path) => path.endsWith("/") || !paths.has(path));
}
