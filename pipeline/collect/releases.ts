// The latest release of each project down the ranking, until N of them have a binary wheel.
import { type Db, statement } from "../database/database.ts";
import { storeAnswer, storeRelease } from "../editions/release.ts";
import { EXIT, ItemError, type ItemErrorKind, RunError } from "../errors.ts";
import { type Release, readProjectDocument } from "../formats/pypi/project-document.ts";
import type { DocumentAnswer } from "../network/answers.ts";
import { projectUrl } from "../network/hosts.ts";
import { itemStage } from "../stage/items.ts";
import { type Run, TRIES, today } from "../stage/stage.ts";
import { storeFailure } from "../stage/store.ts";
import { count } from "../words.ts";

/** A project to ask for; `etag` is that of its answer in the earlier edition `known`, if there was one. */
interface Candidate {
  project: string;
  etag: string | null;
  known: string | null;
}

/** A release as the index gave it, with the document's ETag, or `unchanged` since the earlier edition. */
/** What the index says of a project: its latest release and the document's ETag, or that nothing has changed. */
export type Answer = { release: Release; etag: string | null } | "unchanged";

/** Bytes of a project document at most. */
export const DOCUMENT_LIMIT = 256 * 1024 * 1024; // Bytes, once decompressed: a project of 47,000 files has a document of 40 million.
const MISREAD = new Set<ItemErrorKind>(["document", "name"]); // What an answer that has come may be found to be.
const NOT_FOUND: Release = {
  version: null,
  licence: null,
  files: 0,
  counts: { wheels: 0, sdists: 0 },
  wheels: [],
  unusable: [],
  unknown: [],
};

// A project that could not be asked keeps its place: no other is taken in its stead. So as many are pending as there are
// places neither taken nor kept, each of which they may all turn out to fill; then no project is ever asked in vain, and
// which ones are taken does not depend on how many are asked at once. An answer with files that could not be used is asked for
// anew: the program may have learned since to use them.
const PENDING = `
WITH kept AS (
  SELECT f.item AS project FROM failure f JOIN ranked_project r ON r.edition = f.edition AND r.project = f.item
  WHERE f.edition = :edition AND f.stage = 'releases' AND (f.run_id = :run OR f.tries >= ${TRIES})
), places AS (
  SELECT e.top_n
    - (SELECT count(*) FROM candidate WHERE edition = :edition AND outcome = 'taken')
    - (SELECT count(*) FROM kept) AS free
  FROM edition e WHERE e.edition = :edition
), earlier AS (
  SELECT c.project, c.etag, max(c.edition) AS known
  FROM answer c JOIN edition e USING (edition) JOIN edition this ON this.edition = :edition
  WHERE c.edition <> :edition AND e.index_url = this.index_url AND c.etag IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM failure f WHERE f.edition = c.edition AND f.stage = 'releases' AND f.project = c.project)
  GROUP BY c.project
)
SELECT r.project, earlier.etag, earlier.known
FROM ranked_project r LEFT JOIN earlier USING (project)
WHERE r.edition = :edition
  AND NOT EXISTS (SELECT 1 FROM answer c WHERE c.edition = r.edition AND c.project = r.project)
  AND r.project NOT IN (SELECT project FROM kept)
ORDER BY r.rank
LIMIT (SELECT max(0, min(free, :limit)) FROM places)`;

const DOUBTFUL = 20; // So many of the most downloaded projects, and none of them known: that is no package index.

const ANSWERS = `
SELECT e.kind, e.index_url AS "index",
  (SELECT count(*) FROM ranked_project r WHERE r.edition = e.edition) AS ranked,
  (SELECT count(*) FROM candidate c WHERE c.edition = e.edition AND c.outcome <> 'not found') AS found,
  (SELECT count(*) FROM answer c WHERE c.edition = e.edition) AS answered,
  (SELECT count(*) FROM failure f WHERE f.edition = e.edition AND f.kind = 'document') AS misread
FROM edition e WHERE e.edition = :edition`;

interface Answers {
  kind: "ranking" | "projects";
  index: string;
  ranked: number;
  found: number;
  answered: number;
  misread: number;
}

/** The stage: asks the index for each project, conditionally if an earlier edition has its answer. */
export const releases = itemStage<Candidate, Answer>({
  name: "releases",
  item: { thing: "project", deed: "asked" },
  unit: { thing: "project", deed: "taken" },
  about: "PyPI's JSON API, down the ranking until N projects have a binary wheel in their latest release",
  pending: (db, { edition, run }, limit) => statement<[object], Candidate>(db, PENDING).all({ edition, run, limit }),
  identify: ({ project }) => ({ item: project, project }),
  async collect({ project, etag }, client) {
    const url = projectUrl(client.hosts.index, project);
    const ask = async (etag: string | null, fresh: boolean) =>
      read(await client.getDocument(url, { etag, limit: DOCUMENT_LIMIT, fresh }, readProjectDocument), etag);
    try {
      return await ask(etag, false);
    } catch (error) {
      if (!(error instanceof ItemError) || !MISREAD.has(error.kind)) throw error;
      // A cache on the way may hold an error page: once more, past it.
      return ask(null, true);
    }
  },
  save(db, run, { project, known }, answer) {
    if (answer === "unchanged") return copyAnswer(db, run, project, known!);
    const { release, etag } = answer;
    const releaseId = storeRelease(db, project, release);
    storeAnswer(db, run.edition, { project, releaseId, etag, askedOn: today(run) });
    for (const { filename, kind, message } of release.unusable)
      storeFailure(db, run, "releases", { item: filename, project, kind, message });
    const [first] = release.unknown;
    if (first !== undefined) {
      const found = `${count(release.unknown.length, "file")} of an unknown kind, such as ${first}`;
      run.progress.say(`warning: ${project}: ${found}, expected wheels or source distributions; not read`);
    }
  },
  doubt(db, edition) {
    const { kind, index, ranked, found, answered, misread } = statement(db, ANSWERS).get({ edition }) as Answers;
    if (found > 0) return;
    if (kind === "projects" && answered === ranked) {
      forget(db, edition, ["answer", "cost", "ranked_project", "edition"]); // The list may be mistyped: it claims no month.
      throw new RunError(
        EXIT.usage,
        `${index}: no project of the list is there, expected one at least; nothing was begun`,
      );
    }
    const asked = answered + misread;
    if (kind === "projects" || asked < DOUBTFUL) return;
    forget(db, edition, ["answer", "failure"]); // None of this is an answer about the projects, so none of it may stay as one.
    throw new RunError(
      EXIT.source,
      `${index}: none of the first ${asked} projects of the ranking is there, expected a package index`,
    );
  },
  tally(db, edition) {
    const count = (sql: string) => (statement(db, sql).pluck().get({ edition }) as number | undefined) ?? 0;
    const done = count("SELECT count(*) FROM candidate WHERE edition = :edition AND outcome = 'taken'");
    const failed = count("SELECT count(*) FROM failure WHERE edition = :edition AND stage = 'releases'");
    const kept = count(
      "SELECT count(*) FROM failure f JOIN ranked_project r ON r.edition = f.edition AND r.project = f.item WHERE f.edition = :edition AND f.stage = 'releases'",
    );
    const unasked = count(
      `SELECT count(*) FROM ranked_project r WHERE edition = :edition
         AND NOT EXISTS (SELECT 1 FROM answer c WHERE c.edition = r.edition AND c.project = r.project)
         AND NOT EXISTS (SELECT 1 FROM failure f WHERE f.edition = r.edition AND f.stage = 'releases' AND f.item = r.project)`,
    );
    const wanted = count("SELECT top_n FROM edition WHERE edition = :edition");
    return { done, pending: Math.min(unasked, Math.max(0, wanted - done - kept)), failed };
  },
});

function forget(db: Db, edition: string, tables: string[]): void {
  db.exec("BEGIN IMMEDIATE");
  for (const table of tables) db.prepare(`DELETE FROM ${table} WHERE edition = ?`).run(edition);
  db.exec("COMMIT");
}

function read(answer: DocumentAnswer<Release>, asked: string | null): Answer {
  if (answer.status === 404) return { release: NOT_FOUND, etag: null };
  if (answer.status === 200) return { release: answer.content, etag: answer.etag };
  if (asked === null) throw new ItemError("document", "status 304 to an unconditional request, expected 200");
  return "unchanged";
}

// "Not modified" means that what the earlier edition found is what reading it again would give: one row says so.
function copyAnswer(db: Db, run: Run, project: string, known: string): void {
  const before = statement<[string, string], { releaseId: number; etag: string | null }>(
    db,
    "SELECT release_id AS releaseId, etag FROM answer WHERE edition = ? AND project = ?",
  ).get(known, project)!;
  storeAnswer(db, run.edition, { project, ...before, askedOn: today(run) });
}
