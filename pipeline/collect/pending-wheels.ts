// Which wheels are still to be read, in which order, and what teaches how much of their ends to ask for.
import { type Db, statement } from "../database/database.ts";
import type { KnownTail } from "../formats/wheel/tail.ts";
import { type Scope, TRIES } from "../stage/stage.ts";
import type { RemoteFile } from "./wheel-bytes.ts";

/** A wheel to read, under one of the names it is listed by, with what is known of the ends of its like. */
export interface Target extends RemoteFile {
  filename: string;
  project: string;
  known: KnownTail[];
}

interface Tail {
  needed: number | null;
  directory: number | null;
  sameFamily: number | null;
}

type Pending = Omit<Target, "known"> & Tail & { family: string };

// The first wheel of a release, by name, is read before the first ones of its other platform families, and each of those before
// the others of its family: so all but the first are asked for with a tail that their teacher has shown to be enough. A wheel
// is pending once its teacher has been read or has failed, so what a wheel costs does not depend on who else is under way.
//
// The query walks down the ranking and stops when it has enough: CROSS JOIN keeps SQLite to that order, in which nothing has to
// be sorted, and survey_family finds a family's first wheel at once.
const FIRST =
  "SELECT min(first.filename) FROM survey first WHERE first.edition = s.edition AND first.project = s.project";
const FIRST_OF_FAMILY = `${FIRST} AND first.platform_family = s.platform_family`;
const PENDING = `
SELECT w.wheel, w.sha256, w.size, s.filename, s.url, s.project, s.platform_family AS family,
  taught.tail_needed AS needed, taught.directory_size AS directory, t.platform_family = s.platform_family AS sameFamily
FROM ranking r
CROSS JOIN survey s USING (edition, project)
CROSS JOIN wheel w ON w.wheel = s.wheel
LEFT JOIN survey t ON t.edition = s.edition AND t.project = s.project
  AND t.filename = nullif(iif(s.filename = (${FIRST_OF_FAMILY}), (${FIRST}), (${FIRST_OF_FAMILY})), s.filename)
LEFT JOIN wheel taught ON taught.wheel = t.wheel
WHERE r.edition = :edition AND w.read_for IS NULL
  AND (t.wheel IS NULL OR taught.read_for IS NOT NULL
    OR EXISTS (
      SELECT 1 FROM survey other JOIN failure f ON f.edition = other.edition AND f.stage = 'members' AND f.item = other.filename
      WHERE other.edition = :edition AND other.wheel = t.wheel))
  AND NOT EXISTS (
    SELECT 1 FROM failure f WHERE f.edition = :edition AND f.stage = 'members' AND f.item = s.filename
      AND (f.run = :run OR f.tries >= ${TRIES}))
  AND NOT EXISTS ( -- A wheel listed more than once is read under its first listing: in its project,
    SELECT 1 FROM survey other
    WHERE other.edition = :edition AND other.wheel = w.wheel AND other.project = s.project AND other.filename < s.filename)
  AND NOT EXISTS ( -- and in the highest-ranked one.
    SELECT 1 FROM survey other JOIN ranking o USING (edition, project)
    WHERE other.edition = :edition AND other.wheel = w.wheel AND o.rank < r.rank)
ORDER BY r.rank, s.filename
LIMIT :limit`;

const EARLIER_TAIL = `
SELECT max(tail_needed) AS needed, max(directory_size) AS directory, platform_family = :family AS sameFamily
FROM survey JOIN wheel USING (wheel)
WHERE edition = (
    SELECT max(e.edition) FROM edition e
    WHERE e.edition < :edition AND EXISTS (SELECT 1 FROM survey s WHERE s.edition = e.edition AND s.project = :project))
  AND project = :project AND read_for < :edition
GROUP BY platform_family
ORDER BY sameFamily DESC, needed DESC
LIMIT 1`;

/** The wheels of the edition that may be read now, each with what is known of the ends of its like. */
export function pendingWheels(db: Db, scope: Scope, limit: number): Target[] {
  const earlier = statement<[object], Tail>(db, EARLIER_TAIL);
  return statement<[object], Pending>(db, PENDING)
    .all({ ...scope, limit })
    .map(({ family, needed, directory, sameFamily, ...file }) => {
      const before = earlier.get({ edition: scope.edition, project: file.project, family });
      return { ...file, known: [...known({ needed, directory, sameFamily }, true), ...known(before, false)] };
    });
}

function known(tail: Tail | undefined, sameRelease: boolean): KnownTail[] {
  if (!tail || tail.needed === null || tail.directory === null) return [];
  return [{ needed: tail.needed, directory: tail.directory, sameRelease, sameFamily: tail.sameFamily === 1 }];
}
