// Stage 2: the latest release of each project down the ranking, until N of them have a binary wheel.
import type { Db } from "../database.ts";
import { ItemError } from "../errors.ts";
import { type ListedWheel, parseProjectDocument, type Release } from "../formats/project-document.ts";
import { expandTags, parseWheelFilename, platformFamily } from "../formats/wheel-filename.ts";
import { projectUrl } from "../network/hosts.ts";
import { itemStage, type Scope, storeFailure, TRIES } from "../stage.ts";

/** A project to ask for; `etag` is that of its answer in the earlier edition `known`, if there was one. */
interface Candidate {
  project: string;
  etag: string | null;
  known: string | null;
}

/** A release as the index gave it, with the document's ETag, or `unchanged` since the earlier edition. */
type Answer = { release: Release; etag: string | null } | "unchanged";

const DOCUMENT_LIMIT = 32 * 1024 * 1024;
const NOT_FOUND: Release = { outcome: "not found", version: null, files: 0, wheels: [], unusable: [] };

// A project that could not be asked keeps its place: no other is taken in its stead. So as many are pending as there are
// places neither taken nor kept, each of which they may all turn out to fill; then no project is ever asked in vain, and
// which ones are taken does not depend on how many are asked at once.
const PENDING = `
WITH kept AS (
  SELECT f.item AS project FROM failure f JOIN ranking r ON r.edition = f.edition AND r.project = f.item
  WHERE f.edition = :edition AND f.stage = 'releases' AND (f.run = :run OR f.tries >= ${TRIES})
), places AS (
  SELECT e.top_n
    - (SELECT count(*) FROM candidate WHERE edition = :edition AND outcome = 'taken')
    - (SELECT count(*) FROM kept) AS free
  FROM edition e WHERE e.edition = :edition
), earlier AS (
  SELECT c.project, c.etag, max(c.edition) AS known
  FROM candidate c JOIN edition e USING (edition) JOIN edition this ON this.edition = :edition
  WHERE c.edition <> :edition AND e.index_url = this.index_url AND c.etag IS NOT NULL
  GROUP BY c.project
)
SELECT r.project, earlier.etag, earlier.known
FROM ranking r LEFT JOIN earlier USING (project)
WHERE r.edition = :edition
  AND NOT EXISTS (SELECT 1 FROM candidate c WHERE c.edition = r.edition AND c.project = r.project)
  AND r.project NOT IN (SELECT project FROM kept)
ORDER BY r.rank
LIMIT (SELECT max(0, min(free, :limit)) FROM places)`;

/** The stage: asks the index for each project, conditionally if an earlier edition has its answer. */
export const releases = itemStage<Candidate, Answer>({
  name: "releases",
  about: "PyPI's JSON API, down the ranking until N projects have a binary wheel in their latest release",
  pending: (db, scope, limit) => db.prepare<[object], Candidate>(PENDING).all({ ...scope, limit }),
  identify: ({ project }) => ({ item: project, project }),
  async collect({ project, etag }, client) {
    const url = projectUrl(client.hosts.index, project);
    const answer = await client.getDocument(url, { etag, limit: DOCUMENT_LIMIT });
    if (answer.status === 404) return { release: NOT_FOUND, etag: null };
    if (answer.status === 200)
      return { release: parseProjectDocument(answer.body.toString("utf8")), etag: answer.etag };
    if (etag === null)
      throw new ItemError("document", `${url.href}: status 304 to an unconditional request, expected 200`);
    return "unchanged";
  },
  save(db, scope, { project, known }, answer) {
    if (answer === "unchanged") copyAnswer(db, scope, project, known!);
    else storeAnswer(db, scope, project, answer.release, answer.etag);
  },
  tally(db, edition) {
    const count = (sql: string) => (db.prepare(sql).pluck().get({ edition }) as number | undefined) ?? 0;
    const done = count("SELECT count(*) FROM candidate WHERE edition = :edition AND outcome = 'taken'");
    const failed = count("SELECT count(*) FROM failure WHERE edition = :edition AND stage = 'releases'");
    const unasked = count(
      `SELECT count(*) FROM ranking r WHERE edition = :edition
         AND NOT EXISTS (SELECT 1 FROM candidate c WHERE c.edition = r.edition AND c.project = r.project)
         AND NOT EXISTS (SELECT 1 FROM failure f WHERE f.edition = r.edition AND f.stage = 'releases' AND f.item = r.project)`,
    );
    const wanted = count("SELECT top_n FROM edition WHERE edition = :edition");
    return { done, pending: Math.min(unasked, Math.max(0, wanted - done - failed)), failed };
  },
});

function storeAnswer(db: Db, scope: Scope, project: string, release: Release, etag: string | null): void {
  const { edition } = scope;
  db.prepare(`INSERT INTO candidate (edition, project, outcome, version, files, etag) VALUES (?, ?, ?, ?, ?, ?)`).run(
    edition,
    project,
    release.outcome,
    release.version,
    release.files,
    etag,
  );
  for (const wheel of release.wheels) storeWheel(db, edition, project, release.version!, wheel);
  for (const { filename, error } of release.unusable)
    storeFailure(db, scope, "releases", { item: filename, project, error });
}

function storeWheel(db: Db, edition: string, project: string, version: string, wheel: ListedWheel): void {
  const name = parseWheelFilename(wheel.filename);
  db.prepare("INSERT INTO wheel (sha256, size) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING").run(
    wheel.sha256,
    wheel.size,
  );
  db.prepare(
    `INSERT INTO survey (edition, project, filename, version, wheel, url, uploaded_at, yanked, build, platform_family)
     VALUES (?, ?, ?, ?, (SELECT wheel FROM wheel WHERE sha256 = ?), ?, ?, ?, ?, ?)`,
  ).run(
    edition,
    project,
    wheel.filename,
    version,
    wheel.sha256,
    wheel.url,
    wheel.uploadedAt,
    wheel.yanked ? 1 : 0,
    name.build,
    platformFamily(name.platforms),
  );
  const tag = db.prepare("INSERT OR IGNORE INTO wheel_tag (filename, python, abi, platform) VALUES (?, ?, ?, ?)");
  for (const { python, abi, platform } of expandTags(name)) tag.run(wheel.filename, python, abi, platform);
}

// "Not modified" means that what the earlier edition stored of the document is what reading it again would give.
function copyAnswer(db: Db, { edition, run }: Scope, project: string, known: string): void {
  const from = { edition, run, project, known };
  db.prepare(
    `INSERT INTO candidate SELECT :edition, project, outcome, version, files, etag
     FROM candidate WHERE edition = :known AND project = :project`,
  ).run(from);
  db.prepare(
    `INSERT INTO survey SELECT :edition, project, filename, version, wheel, url, uploaded_at, yanked, build, platform_family
     FROM survey WHERE edition = :known AND project = :project`,
  ).run(from);
  db.prepare(
    `INSERT INTO failure (stage, item, kind, message, edition, project, tries, run, failed_at)
     SELECT stage, item, kind, message, :edition, project, 1, :run, failed_at
     FROM failure WHERE edition = :known AND stage = 'releases' AND project = :project AND item <> :project`,
  ).run(from);
}
