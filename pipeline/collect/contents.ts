// What the bytes of distinct native files say: the few ranges of a wheel in which that stands, each file once however many wheels hold it.
import { type Db, statement } from "../database/database.ts";
import { itemStage } from "../stage/items.ts";
import { type ContentsLevel, type Run, type Stage, type Tally, TRIES } from "../stage/stage.ts";
import { count } from "../words.ts";
import { type Contents, type PlanNumber, planFor, plannedBytes, readContents, type StoredFile } from "./file-bytes.ts";
import { openWheelBytes } from "./wheel-bytes.ts";

/** The version of what reads contents: it goes up when it would tell more, or otherwise, of the same bytes. */
const READER = 2;

/** A distinct file to read, out of the first wheel of the edition that holds it. */
interface Target extends StoredFile {
  fileId: number;
  project: string;
  filename: string;
  path: string;
  url: string;
  sha256: string;
  plan: PlanNumber;
}

// Each distinct file that has not been read as far as is asked, the most carried first, out of the wheel of the highest-ranked project that
// holds it. `all` takes modules and programs too, of one wheel for each project and platform family, and them further: what is linked in
// stands in their middle.
const MAKE_QUEUE = `
CREATE TEMP TABLE contents_queue AS
SELECT row_number() OVER (ORDER BY carried DESC, file_id) AS nth, q.* FROM (
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
WHERE NOT EXISTS (SELECT 1 FROM file_contents c WHERE c.file_id = q.file_id AND c.reader >= ${READER} AND c.plan >= q.plan)`;

const PENDING = `
SELECT q.file_id AS fileId, q.project, q.filename, q.path, q.url, q.wheel_size AS wheelSize, q.sha256, q.method, q.compressed_size AS compressedSize,
  q.header_offset AS headerOffset, q.next_offset AS nextOffset, q.size, q.crc32, q.component, q.plan
FROM contents_queue q
WHERE NOT EXISTS (SELECT 1 FROM file_contents c WHERE c.file_id = q.file_id AND c.reader >= ${READER} AND c.plan >= q.plan)
  AND NOT EXISTS (SELECT 1 FROM failure f WHERE f.edition = :edition AND f.stage = 'contents' AND f.item = q.filename || '/' || q.path
    AND (f.run_id = :run OR f.tries >= ${TRIES}))
ORDER BY q.nth LIMIT :limit`;

const SPENT = "SELECT coalesce(sum(bytes), 0) FROM cost WHERE edition = ? AND stage = 'contents'";
const LIBRARIES = `
SELECT count(DISTINCT f.file_id) AS files, count(DISTINCT c.file_id) AS read
FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m ON m.wheel_id = b.wheel_id JOIN name n USING (name_id)
JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id JOIN file f USING (file_id) LEFT JOIN file_contents c USING (file_id)
WHERE a.edition = ? AND n.kind = 'shared-library' AND h.next_offset IS NOT NULL`;

/** The stage: reads as much of each distinct file as the run asks for; nothing unless that is asked, or the edition is a list of projects. */
export const contents: Stage = {
  kind: "collect",
  name: "contents",
  unit: { thing: "library file", deed: "read" },
  about: "what the bytes of distinct libraries say, by ranges of the wheels, if --contents asks for it",
  async run(run) {
    const level = levelOf(run);
    if (level === "none") return "not asked for (--contents)";
    const { db, edition } = run;
    makeQueue(db, edition, level);
    const said = await stageOf(run.request.contentsBudget ?? Number.POSITIVE_INFINITY).run(run);
    const left = statement(db, `SELECT count(*) FROM (${PENDING})`).pluck();
    const unread = left.get({ edition, run: run.run, limit: -1 }) as number;
    return unread === 0 ? said : `${said}; ${count(unread, "file")} left, as the budget is spent`;
  },
  // What is not read was not asked for, or not yet: only a run knows.
  tally: (db, edition) => ({ ...tallyOf(db, edition), pending: 0 }),
};

function makeQueue(db: Db, edition: string, level: ContentsLevel): void {
  db.exec("DROP TABLE IF EXISTS temp.contents_queue");
  db.prepare(MAKE_QUEUE).run({ edition, plan: level === "heads" ? 1 : 2, all: level === "all" ? 1 : 0 });
}

/** Reads the native files of one wheel, whose names are judged, as far as a level says. ItemError if they cannot be had. */
export async function readContentsOf(
  db: Db,
  edition: string,
  level: ContentsLevel,
  read: (start: number, end: number) => Promise<Buffer>,
): Promise<void> {
  if (level === "none") return;
  makeQueue(db, edition, level);
  for (const file of db.prepare<[object], Target>(PENDING).all({ edition, run: null, limit: -1 }))
    storeContents(db, edition, file, await readContents(file, planFor(file.plan, file.component), read));
}

function tallyOf(db: Db, edition: string): Tally {
  const { files, read } = statement(db, LIBRARIES).get(edition) as { files: number; read: number };
  return { done: read, pending: files - read, failed: 0 };
}

/** How much a run reads: what it asks for, else the libraries of a list of projects, and nothing of a ranking. */
function levelOf({ db, edition, request }: Run): ContentsLevel {
  if (request.contents) return request.contents;
  const kind = db.prepare<[string], string>("SELECT kind FROM edition WHERE edition = ?").pluck().get(edition);
  return kind === "projects" ? "libraries" : "none";
}

function stageOf(budget: number) {
  return itemStage<Target, Contents>({
    name: "contents",
    item: { thing: "file", deed: "read" },
    about: "",
    pending(db, { edition, run }, limit) {
      const left = budget - (statement(db, SPENT).pluck().get(edition) as number);
      const found = statement<[object], Target>(db, PENDING).all({ edition, run, limit });
      let planned = 0;
      // What is under way is among them, and not spent yet.
      return found.filter((file) => {
        planned += plannedBytes(planFor(file.plan, file.component), file);
        return planned <= left;
      });
    },
    identify: ({ filename, path, project }) => ({ item: `${filename}/${path}`, project }),
    async collect(file, client, spool) {
      const bytes = openWheelBytes({ url: file.url, size: file.wheelSize, sha256: file.sha256 }, client, spool);
      try {
        return await readContents(file, planFor(file.plan, file.component), bytes.read);
      } finally {
        bytes.close();
      }
    },
    save: (db, { edition }, file, found) => storeContents(db, edition, file, found),
    tally: tallyOf,
  });
}

const STORE = `
INSERT OR REPLACE INTO file_contents (file_id, plan, reader, read_for, read_bytes, format, machine, identity, soname, needed, glibc, compiler, debuglink, debug_id, resource_version,
  dylib_version, form, modules, parts, problem)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Stores what was read of a file, within a transaction of the caller's. */
function storeContents(
  db: Db,
  edition: string,
  { fileId, plan }: Pick<Target, "fileId" | "plan">,
  { known, facts, texts, inits, problem }: Contents,
): void {
  statement(db, STORE).run(
    ...[fileId, plan, READER, edition, known, facts?.format ?? null, facts?.machine ?? null, facts?.identity ?? null],
    ...[facts?.soname ?? null, facts?.needed ? JSON.stringify(facts.needed) : null, facts?.glibc ?? null],
    ...[facts?.compiler ?? null, facts?.debuglink ?? null, facts?.debugId ?? null, facts?.resourceVersion ?? null],
    ...[
      facts?.dylibVersion ?? null,
      facts?.form ?? null,
      JSON.stringify(inits),
      JSON.stringify(facts?.parts ?? []),
      problem,
    ],
  );
  statement(db, "DELETE FROM file_text WHERE file_id = ?").run(fileId);
  const store = statement(
    db,
    "INSERT OR IGNORE INTO file_text (file_id, kind, component, at, text, version) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const { kind, component, at, text, version } of texts) store.run(fileId, kind, component, at, text, version);
}
