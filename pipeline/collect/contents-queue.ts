// Which distinct native files are to be read, and which of them by one range: what lies next to each other in a wheel costs one request.
import { type Db, statement } from "../database/database.ts";
import { SHARD } from "../editions/shard.ts";
import { type ContentsLevel, type Scope, TRIES } from "../stage/stage.ts";
import { isReadWhole, type PlanNumber, planFor, type StoredFile } from "./file-bytes.ts";

/** The version of what reads contents: it goes up when it would tell more, or otherwise, of the same bytes. */
export const READER = 2;

/** A distinct file to read, out of the first wheel of the edition that holds it. */
export interface Target extends StoredFile {
  fileId: number;
  project: string;
  filename: string;
  path: string;
  url: string;
  sha256: string;
  plan: PlanNumber;
  /** Files of one batch are read by one range. */
  batch: number;
}

// Each distinct file that has not been read as far as is asked, the most carried first, out of the wheel of the highest-ranked project that
// holds it. `all` takes modules and programs too, of one wheel for each project and platform family, and them further: what is linked in
// stands in their middle.
const MAKE_QUEUE = `
CREATE TEMP TABLE contents_queue AS
SELECT row_number() OVER (ORDER BY carried DESC, file_id) AS nth, 0 AS batch, q.* FROM (
  SELECT h.file_id, count(DISTINCT a.project) AS carried, min(printf('%09d ', k.rank) || b.filename || ' ' || p.path) AS first,
    a.project, b.filename, p.path, l.url, w.size AS wheel_size, lower(hex(w.sha256)) AS sha256,
    h.method, h.compressed_size, h.header_offset, h.next_offset, f.size, f.crc32, c.component,
    iif(max(n.kind <> 'shared-library'), 3, :plan) AS plan
  FROM answer a JOIN ranked_project k USING (edition, project) JOIN binary_wheel b USING (release_id)
  JOIN release_file l ON l.release_id = b.release_id AND l.filename = b.filename JOIN wheel w ON w.wheel_id = b.wheel_id
  JOIN member_name m ON m.wheel_id = b.wheel_id JOIN name n USING (name_id)
  JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id JOIN path p ON p.path_id = m.path_id JOIN file f USING (file_id)
  LEFT JOIN name_component c ON c.name_id = m.name_id
  WHERE a.edition = :edition AND h.next_offset IS NOT NULL AND f.size > 0
    AND (n.kind = 'shared-library' OR (:all AND n.kind IN ('extension-module', 'executable') AND b.filename = (
      SELECT min(o.filename) FROM binary_wheel o WHERE o.release_id = b.release_id AND o.platform_family = b.platform_family)))
  GROUP BY h.file_id) q
WHERE in_shard(${SHARD}, q.project) AND NOT EXISTS (SELECT 1 FROM file_contents c WHERE c.file_id = q.file_id AND c.reader >= ${READER} AND c.plan >= q.plan)`;

const UNREAD = `
NOT EXISTS (SELECT 1 FROM file_contents c WHERE c.file_id = q.file_id AND c.reader >= ${READER} AND c.plan >= q.plan)
  AND NOT EXISTS (SELECT 1 FROM failure f WHERE f.edition = :edition AND f.stage = 'contents' AND f.item = q.filename || '/' || q.path
    AND (f.run_id = :run OR f.tries >= ${TRIES}))`;

const PENDING = `
SELECT q.file_id AS fileId, q.project, q.filename, q.path, q.url, q.wheel_size AS wheelSize, q.sha256, q.method, q.compressed_size AS compressedSize,
  q.header_offset AS headerOffset, q.next_offset AS nextOffset, q.size, q.crc32, q.component, q.plan, q.batch
FROM contents_queue q
WHERE q.batch IN (SELECT DISTINCT q.batch FROM contents_queue q WHERE ${UNREAD} ORDER BY q.batch LIMIT :limit) AND ${UNREAD}
ORDER BY q.batch, q.header_offset`;

const GAP = 64 * 1024; // Bytes between two files for which no request of its own is worth while.
const LARGEST = 2 * 1024 * 1024; // Bytes of a range for several files.

interface Queued extends Pick<StoredFile, "headerOffset" | "nextOffset" | "size" | "component"> {
  nth: number;
  filename: string;
  plan: PlanNumber;
}

const PLACES = `
SELECT nth, filename, header_offset AS headerOffset, next_offset AS nextOffset, size, plan, component FROM contents_queue
ORDER BY url, header_offset`;

/** Makes the queue of an edition's files at a level; each file is a batch of its own unless `isJoined`. */
export function makeQueue(db: Db, edition: string, level: ContentsLevel, isJoined: boolean): void {
  db.exec("DROP TABLE IF EXISTS temp.contents_queue");
  db.prepare(MAKE_QUEUE).run({ edition, plan: level === "heads" ? 1 : 2, all: level === "all" ? 1 : 0 });
  db.exec("UPDATE contents_queue SET batch = nth");
  if (isJoined) {
    const batches = batchesOf(db.prepare<[], Queued>(PLACES).iterate());
    const store = db.prepare("UPDATE contents_queue SET batch = ? WHERE nth = ?");
    db.exec("CREATE UNIQUE INDEX temp.contents_queue_nth ON contents_queue (nth)");
    db.transaction(() => {
      for (const batch of batches) for (const nth of batch) store.run(Math.min(...batch), nth);
    })();
  }
  db.exec("CREATE INDEX temp.contents_queue_batch ON contents_queue (batch)");
}

/** The files that are neighbours and read whole, as lists of their places in the queue, two or more in each. */
function batchesOf(files: Iterable<Queued>): number[][] {
  const batches: number[][] = [];
  let batch: number[] = [];
  let [filename, start, end] = ["", 0, 0];
  const close = () => {
    if (batch.length > 1) batches.push(batch);
    batch = [];
  };
  for (const file of files) {
    const { headerOffset, nextOffset } = file;
    const isNear = file.filename === filename && headerOffset - end <= GAP && nextOffset - start <= LARGEST;
    const isWhole = isReadWhole(planFor(file.plan, file.component), file);
    if (!isNear || !isWhole) close();
    if (batch.length === 0) start = headerOffset;
    [filename, end] = [isWhole ? file.filename : "", nextOffset];
    if (isWhole) batch.push(file.nth);
  }
  close();
  return batches;
}

/** What the next batches are still to be read for, at most `limit` of them, in the order of the queue. */
export function pendingBatches(db: Db, { edition, run }: Pick<Scope, "edition" | "run">, limit: number): Target[][] {
  const batches = new Map<number, Target[]>();
  for (const file of statement<[object], Target>(db, PENDING).all({ edition, run, limit }))
    batches.set(file.batch, [...(batches.get(file.batch) ?? []), file]);
  return [...batches.values()];
}

/** How many files are still to be read. */
export function countPending(db: Db, { edition, run }: Pick<Scope, "edition" | "run">): number {
  const sql = `SELECT count(*) FROM contents_queue q WHERE ${UNREAD}`;
  return statement(db, sql).pluck().get({ edition, run }) as number;
}
