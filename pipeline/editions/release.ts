// The latest release of a project as an edition found it: stored once, however many editions find it unchanged.
import { type Db, statement } from "../database/database.ts";
import { ItemError } from "../errors.ts";
import type { ListedWheel, Release } from "../formats/pypi/project-document.ts";
import { expandTags, isBinaryWheel, parseWheelFilename, platformFamily } from "../formats/wheel/filename.ts";

/** Why a project was taken into a survey or passed by. */
export const OUTCOMES = {
  taken: "its latest release has a binary wheel",
  "pure only": "its latest release has wheels, none of them binary",
  "sdist only": "its latest release has source distributions and no wheel",
  "other files":
    "its latest release has neither wheel nor source distribution, but other files (eggs, installers, or kinds that this program does not know, such as .whlx)",
  "no files": "its latest release has no file",
  "not found": "the index does not know the project (deleted, quarantined, or renamed)",
} as const;

/** A word of `candidate.outcome`. */
export type Outcome = keyof typeof OUTCOMES;

// Of one release, or of all (NULL). What version 1 read was not counted by kind, and keeps its outcome.
const JUDGE_OUTCOMES = `
INSERT OR REPLACE INTO release_outcome (release_id, outcome)
SELECT release_id, CASE
  WHEN EXISTS (SELECT 1 FROM binary_wheel b WHERE b.release_id = r.release_id) THEN 'taken'
  WHEN wheels > 0 THEN 'pure only'
  WHEN sdists > 0 THEN 'sdist only'
  WHEN files > 0 THEN 'other files'
  WHEN version IS NOT NULL THEN 'no files'
  ELSE 'not found' END
FROM release r WHERE wheels IS NOT NULL AND (:release IS NULL OR release_id = :release)`;

/** What an edition found for a project: the release, its document's ETag, and the day (UTC) of the answer; null for imported data. */
export interface Answer {
  project: string;
  releaseId: number;
  etag: string | null;
  askedOn: string | null;
}

/** Stores a project's answer for an edition, within a transaction of the caller's; ranks of the edition are to be derived anew. */
export function storeAnswer(db: Db, edition: string, answer: Answer): void {
  statement(
    db,
    `INSERT INTO answer (edition, project, release_id, etag, asked_on)
     VALUES (:edition, :project, :releaseId, :etag, :askedOn)`,
  ).run({ edition, ...answer });
  statement(db, "DELETE FROM derivation WHERE derived = 'ranks ' || ?").run(edition);
}

/** The number of a release with this content: that of the project's last one if it is the same, else of a new one. */
export function storeRelease(db: Db, project: string, release: Release): number {
  const wheels = release.wheels.map((wheel) => ({ ...wheel, id: storeWheel(db, wheel) }));
  const known = statement<[string], KnownRelease>(db, LAST_RELEASE).get(project);
  const { version, licence, files, counts } = release;
  if (known?.content === contentOf(release, wheels) && (known.licence ?? licence) === licence) {
    if (known.licence !== licence) statement(db, FILL_LICENCE).run(licence, known.id);
    return known.id;
  }
  const id = Number(
    statement(
      db,
      "INSERT INTO release (project, version, files, wheels, sdists, license_expression) VALUES (?, ?, ?, ?, ?, ?)",
    ).run(project, version, files, counts.wheels, counts.sdists, licence).lastInsertRowid,
  );
  const insert = statement(
    db,
    "INSERT INTO release_file (release_id, filename, wheel_id, url, uploaded_at, yanked) VALUES (?, ?, ?, ?, ?, ?)",
  );
  for (const wheel of wheels) {
    insert.run(id, wheel.filename, wheel.id, wheel.url, wheel.uploadedAt, wheel.yanked ? 1 : 0);
    judgeFile(db, id, wheel.filename, wheel.id);
  }
  statement(db, JUDGE_OUTCOMES).run({ release: id });
  return id;
}

const FILL_LICENCE = "UPDATE release SET license_expression = ? WHERE release_id = ?";

interface KnownRelease {
  id: number;
  licence: string | null;
  content: string;
}

// What storeRelease stores of a release without its licence, as text, of the release that it stored last for a project.
const LAST_RELEASE = `
SELECT release_id AS id, license_expression AS licence, json_array(version, files, wheels, sdists, (
    SELECT json_group_array(json_array(filename, wheel_id, url, uploaded_at, yanked))
    FROM (SELECT * FROM release_file f WHERE f.release_id = r.release_id ORDER BY filename))) AS content
FROM release r WHERE release_id = (SELECT max(release_id) FROM release WHERE project = ?)`;

function contentOf({ version, files, counts }: Release, wheels: (ListedWheel & { id: number })[]): string {
  const inOrder = [...wheels].sort((a, b) => Buffer.compare(Buffer.from(a.filename), Buffer.from(b.filename)));
  const listed = inOrder.map(({ filename, id, url, uploadedAt, yanked }) => [filename, id, url, uploadedAt, +yanked]);
  return JSON.stringify([version, files, counts.wheels, counts.sdists, listed]);
}

function storeWheel(db: Db, { sha256, size }: ListedWheel): number {
  const hash = Buffer.from(sha256, "hex");
  statement(db, "INSERT INTO wheel (sha256, size) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING").run(hash, size);
  return statement<[Buffer], number>(db, "SELECT wheel_id FROM wheel WHERE sha256 = ?").pluck().get(hash)!;
}

/** Judges a wheel of a release by its file name: a binary one is to be surveyed. A name that is no wheel's is judged in imported data only. */
export function judgeFile(db: Db, releaseId: number, filename: string, wheelId: number, imported = false): void {
  const name = parsedName(filename, imported);
  if (name && !imported && !isBinaryWheel(name)) return;
  statement(
    db,
    `INSERT INTO binary_wheel (release_id, filename, wheel_id, version, build, platform_family, variant) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    releaseId,
    filename,
    wheelId,
    name?.version ?? null,
    name?.build ?? null,
    platformFamily(name?.platforms ?? []),
    name?.variant ?? null,
  );
  const tag = statement(db, "INSERT OR IGNORE INTO wheel_tag (filename, python, abi, platform) VALUES (?, ?, ?, ?)");
  if (!imported && name)
    for (const { python, abi, platform } of expandTags(name)) tag.run(filename, python, abi, platform);
}

function parsedName(filename: string, imported: boolean) {
  try {
    return parseWheelFilename(filename);
  } catch (error) {
    if (imported && error instanceof ItemError) return null;
    throw error;
  }
}

/** Judges all releases and their files anew, within a transaction of the caller's; those that version 1 read keep their outcome. */
export function rejudgeReleases(db: Db): void {
  db.exec("DELETE FROM wheel_tag; DELETE FROM binary_wheel");
  const files = statement<[number], { filename: string; wheelId: number; imported: number }>(
    db,
    `SELECT f.filename, f.wheel_id AS wheelId,
       EXISTS (SELECT 1 FROM answer a JOIN edition e USING (edition) WHERE a.release_id = f.release_id AND e.kind = 'imported') AS imported
     FROM release_file f WHERE f.release_id = ? ORDER BY f.filename`,
  );
  const releases = db.prepare<[], number>("SELECT release_id FROM release ORDER BY release_id").pluck().all();
  for (const release of releases)
    for (const { filename, wheelId, imported } of files.all(release))
      judgeFile(db, release, filename, wheelId, imported === 1);
  statement(db, JUDGE_OUTCOMES).run({ release: null });
}
