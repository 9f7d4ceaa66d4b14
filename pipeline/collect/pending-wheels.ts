// Which wheels are still to be read, in which order, and what teaches how much of their ends to ask for.
import type { Db } from "../database.ts";
import type { KnownTail } from "../formats/wheel-tail.ts";
import { type Scope, TRIES } from "../stage.ts";
import type { RemoteFile } from "./wheel-bytes.ts";

/** A wheel to read, under one of the names it is listed by, with what is known of the ends of its like. */
export interface Target extends RemoteFile {
  filename: string;
  project: string;
  known: KnownTail[];
}

interface Hinted {
  platform_family: string;
  teacher: string | null;
}

// The first wheel of a release, by name, is read before the first ones of its other platform families, and each of those before
// the others of its family: so all but the first are asked for with a tail that their teacher has shown to be enough. A wheel
// is pending once its teacher has been read or has failed, so what a wheel costs does not depend on who else is under way.
const PENDING = `
WITH listed AS (
  SELECT s.project, s.filename, s.url, s.platform_family, s.wheel, r.rank,
    row_number() OVER (PARTITION BY s.wheel ORDER BY r.rank, s.filename) AS listing,
    first_value(s.filename) OVER (PARTITION BY s.project ORDER BY s.filename) AS first_of_release,
    first_value(s.filename) OVER (PARTITION BY s.project, s.platform_family ORDER BY s.filename) AS first_of_family
  FROM survey s JOIN ranking r USING (edition, project)
  WHERE s.edition = :edition
), taught AS (
  SELECT *, CASE filename WHEN first_of_release THEN NULL WHEN first_of_family THEN first_of_release ELSE first_of_family END AS teacher
  FROM listed
)
SELECT w.wheel, w.sha256, w.size, t.filename, t.url, t.project, t.platform_family, t.teacher
FROM taught t JOIN wheel w USING (wheel)
WHERE w.read_for IS NULL AND t.listing = 1
  AND NOT EXISTS (
    SELECT 1 FROM failure f WHERE f.edition = :edition AND f.stage = 'members' AND f.item = t.filename
      AND (f.run = :run OR f.tries >= ${TRIES}))
  AND (t.teacher IS NULL
    OR EXISTS (
      SELECT 1 FROM survey s JOIN wheel read USING (wheel)
      WHERE s.edition = :edition AND s.project = t.project AND s.filename = t.teacher AND read.read_for IS NOT NULL)
    OR EXISTS (
      SELECT 1 FROM survey s JOIN survey other USING (edition, wheel)
        JOIN failure f ON f.edition = other.edition AND f.stage = 'members' AND f.item = other.filename
      WHERE s.edition = :edition AND s.project = t.project AND s.filename = t.teacher))
ORDER BY t.rank, t.filename
LIMIT :limit`;

const SIBLING_TAIL = `
SELECT tail_needed AS needed, directory_size AS directory, 1 AS sameRelease, platform_family = :platform_family AS sameFamily
FROM survey JOIN wheel USING (wheel)
WHERE edition = :edition AND project = :project AND filename = :teacher AND read_for IS NOT NULL`;

const EARLIER_TAIL = `
SELECT max(tail_needed) AS needed, max(directory_size) AS directory, 0 AS sameRelease, platform_family = :platform_family AS sameFamily
FROM survey JOIN wheel USING (wheel)
WHERE edition = (SELECT max(edition) FROM survey WHERE edition < :edition AND project = :project)
  AND project = :project AND read_for < :edition
GROUP BY platform_family
ORDER BY sameFamily DESC, needed DESC
LIMIT 1`;

/** The wheels of the edition that may be read now, each with what is known of the ends of its like. */
export function pendingWheels(db: Db, scope: Scope, limit: number): Target[] {
  const hints = [SIBLING_TAIL, EARLIER_TAIL].map((sql) => db.prepare<[object], Record<keyof KnownTail, number>>(sql));
  return db
    .prepare<[object], Omit<Target, "known"> & Hinted>(PENDING)
    .all({ ...scope, limit })
    .map((target) => {
      const { project, teacher, platform_family } = target;
      const rows = hints.map((hint) => hint.get({ edition: scope.edition, project, teacher, platform_family }));
      const known = rows
        .filter((row) => row !== undefined)
        .map((row) => ({ ...row, sameRelease: row.sameRelease === 1, sameFamily: row.sameFamily === 1 }));
      return { ...target, known };
    });
}
