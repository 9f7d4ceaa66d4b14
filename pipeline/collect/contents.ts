// What the bytes of distinct native files say: the few ranges of a wheel in which that stands, each file once however many wheels hold it.
import { type Db, statement } from "../database/database.ts";
import { type ItemStage, itemStage } from "../stage/items.ts";
import type { ContentsLevel, Run, Stage, Tally } from "../stage/stage.ts";
import { count } from "../words.ts";
import { countPending, makeQueue, pendingBatches, READER, type Target } from "./contents-queue.ts";
import { type Contents, planFor, plannedBytes, type ReadRange, readContents } from "./file-bytes.ts";
import { NAMED } from "./ranking-source.ts";
import { openWheelBytes } from "./wheel-bytes.ts";

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
  collector: itemsOf(Number.POSITIVE_INFINITY),
  async run(run) {
    const level = levelOf(run);
    if (level === "none") return "not asked for (--contents)";
    const { db, edition } = run;
    const budget = run.request.contentsBudget ?? Number.POSITIVE_INFINITY;
    makeQueue(db, edition, level, budget === Number.POSITIVE_INFINITY); // A budget is for what most projects carry, file by file.
    const said = await itemStage(itemsOf(budget)).run(run);
    const unread = countPending(db, run);
    return unread === 0 ? said : `${said}; ${count(unread, "file")} left, as the budget is spent`;
  },
  // What is not read was not asked for, or not yet: only a run knows.
  tally: (db, edition) => ({ ...tallyOf(db, edition), pending: 0 }),
};

/** Reads the native files of one wheel, whose names are judged, as far as a level says. ItemError if they cannot be had. */
export async function readContentsOf(db: Db, edition: string, level: ContentsLevel, read: ReadRange): Promise<void> {
  if (level === "none") return;
  makeQueue(db, edition, level, true);
  for (const files of pendingBatches(db, { edition, run: 0 }, -1))
    storeBatch(db, edition, files, await readBatch(files, read));
}

/** Reads the files of a batch, several by one range. */
async function readBatch(files: Target[], read: ReadRange): Promise<Contents[]> {
  const [start, end] = [files[0]!.headerOffset, files.at(-1)!.nextOffset];
  const range = files.length > 1 ? await read(start, end) : null;
  const readIn: ReadRange = range ? async (from, to) => range.subarray(from - start, to - start) : read;
  return Promise.all(files.map((file) => readContents(file, planFor(file.plan, file.component), readIn)));
}

function storeBatch(db: Db, edition: string, files: Target[], found: Contents[]): void {
  for (const [nth, contents] of found.entries()) storeContents(db, edition, files[nth]!, contents);
}

function tallyOf(db: Db, edition: string): Tally {
  const { files, read } = statement(db, LIBRARIES).get(edition) as { files: number; read: number };
  return { done: read, pending: files - read, failed: 0 };
}

/** How much a run reads: what it asks for, else the libraries of a list of projects, and nothing of a ranking. */
function levelOf({ db, edition, request }: Run): ContentsLevel {
  if (request.contents) return request.contents;
  const source = db.prepare<[string], string>("SELECT ranking_source FROM edition WHERE edition = ?").pluck();
  return source.get(edition) === NAMED ? "libraries" : "none";
}

function itemsOf(budget: number): ItemStage<Target[], Contents[]> {
  return {
    name: "contents",
    item: { thing: "range", deed: "read" },
    about: "",
    pending(db, scope, limit) {
      const left = budget - (statement(db, SPENT).pluck().get(scope.edition) as number);
      let planned = 0;
      // What is under way is among them, and not spent yet.
      return pendingBatches(db, scope, limit).filter((files) => {
        for (const file of files) planned += plannedBytes(planFor(file.plan, file.component), file);
        return planned <= left;
      });
    },
    // Which files are read by one range depends on what else is to be read.
    key: (files) => files.map(({ sha256, path, plan }) => [sha256, path, plan]),
    identify: ([first]) => ({ item: `${first!.filename}/${first!.path}`, project: first!.project }),
    async collect(files, client, spool) {
      const { url, wheelSize, sha256 } = files[0]!;
      const bytes = openWheelBytes({ url, size: wheelSize, sha256 }, client, spool);
      try {
        return await readBatch(files, bytes.read);
      } finally {
        bytes.close();
      }
    },
    save: (db, { edition }, files, found) => storeBatch(db, edition, files, found),
    tally: tallyOf,
  };
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
