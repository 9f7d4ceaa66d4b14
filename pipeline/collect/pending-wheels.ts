// Which wheels are still to be read, in which order, and what teaches how much of their ends to ask for.
import { type Db, statement } from "../database/database.ts";
import { readingProject, SHARD } from "../editions/shard.ts";
import type { KnownTail } from "../formats/wheel/tail.ts";
import { type Scope, TRIES } from "../stage/stage.ts";
import { READER } from "./reader.ts";
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
// The query walks down the ranking and stops when it has enough: CROSS JOIN keeps SQLite to that order, here and in the subqueries, where it would else
// walk down the ranking for each wheel. So nothing has to be sorted, and binary_wheel_family finds a family's first wheel at once. A wheel that
// an older reader has read for an earlier edition is read again. A shard of the edition has the wheels of its own projects alone, and does not wait for another's. It begins where the
// last one of the run found the first wheel that was not done, or each would walk past all that have been read.
const FIRST = "SELECT min(first.filename) FROM binary_wheel first WHERE first.release_id = b.release_id";
const FIRST_OF_FAMILY = `${FIRST} AND first.platform_family = b.platform_family`;
const DUE = `
r.edition = :edition AND r.rank >= :from AND (${SHARD} IS NULL OR in_shard(${SHARD}, r.project))
  AND (w.reader IS NULL OR (w.reader < ${READER} AND coalesce(w.reread_for, w.read_for) < :edition))
  AND NOT EXISTS (
    SELECT 1 FROM failure f WHERE f.edition = :edition AND f.stage = 'members' AND f.item = b.filename
      AND (f.run_id = :run OR f.tries >= ${TRIES}))
  AND NOT EXISTS ( -- A wheel listed more than once is read under its first listing: in its project,
    SELECT 1 FROM binary_wheel other
    WHERE other.wheel_id = w.wheel_id AND other.release_id = b.release_id AND other.filename < b.filename)
  AND NOT EXISTS ( -- and in the highest-ranked one.
    SELECT 1 FROM binary_wheel other CROSS JOIN answer o USING (release_id) CROSS JOIN ranked_project k ON k.edition = o.edition AND k.project = o.project
    WHERE other.wheel_id = w.wheel_id AND o.edition = :edition AND k.rank < r.rank)`;
const LISTED = `
FROM ranked_project r
CROSS JOIN answer a USING (edition, project)
CROSS JOIN binary_wheel b USING (release_id)
CROSS JOIN wheel w ON w.wheel_id = b.wheel_id`;
const PENDING = `
SELECT w.wheel_id AS wheelId, lower(hex(w.sha256)) AS sha256, w.size, b.filename, l.url, r.project, b.platform_family AS family,
  taught.tail_needed AS needed, taught.directory_size AS directory, t.platform_family = b.platform_family AS sameFamily
${LISTED}
CROSS JOIN release_file l ON l.release_id = b.release_id AND l.filename = b.filename
LEFT JOIN binary_wheel t ON t.release_id = b.release_id
  AND t.filename = nullif(iif(b.filename = (${FIRST_OF_FAMILY}), (${FIRST}), (${FIRST_OF_FAMILY})), b.filename)
LEFT JOIN wheel taught ON taught.wheel_id = t.wheel_id
WHERE ${DUE}
  AND (t.wheel_id IS NULL OR taught.reader IS NOT NULL OR (${SHARD} IS NOT NULL AND NOT in_shard(${SHARD}, ${readingProject("t.wheel_id")}))
    OR EXISTS (SELECT 1 FROM failure WHERE edition = :edition AND stage = 'members') AND EXISTS (
      SELECT 1 FROM binary_wheel other CROSS JOIN answer o USING (release_id)
      CROSS JOIN failure f ON f.edition = o.edition AND f.stage = 'members' AND f.item = other.filename
      WHERE o.edition = :edition AND other.wheel_id = t.wheel_id))
ORDER BY r.rank, b.filename
LIMIT :limit`;
const FIRST_DUE = `SELECT r.rank ${LISTED} WHERE ${DUE} ORDER BY r.rank LIMIT 1`;

/** Above which rank a run of an edition has no wheel left to read: what it has read or failed to read stays so. */
const REACHED = new WeakMap<Db, Scope & { rank: number }>();

function firstDue(db: Db, { edition, run }: Scope): number | undefined {
  const known = REACHED.get(db);
  const from = known?.edition === edition && known.run === run ? known.rank : 0;
  const rank = statement<[object], number>(db, FIRST_DUE).pluck().get({ edition, run, from });
  if (rank !== undefined) REACHED.set(db, { edition, run, rank });
  return rank;
}

const EARLIER_TAIL = `
SELECT max(w.tail_needed) AS needed, max(w.directory_size) AS directory, b.platform_family = :family AS sameFamily
FROM answer a JOIN binary_wheel b USING (release_id) JOIN wheel w ON w.wheel_id = b.wheel_id
WHERE a.edition = (
    SELECT max(e.edition) FROM edition e
    WHERE e.edition < :edition AND EXISTS (
      SELECT 1 FROM answer o JOIN binary_wheel USING (release_id) WHERE o.edition = e.edition AND o.project = :project))
  AND a.project = :project AND w.read_for < :edition
GROUP BY b.platform_family
ORDER BY sameFamily DESC, needed DESC
LIMIT 1`;

/** The wheels of the edition that may be read now, each with what is known of the ends of its like. */
export function pendingWheels(db: Db, scope: Scope, limit: number): Target[] {
  const from = firstDue(db, scope);
  if (from === undefined) return [];
  const earlier = statement<[object], Tail>(db, EARLIER_TAIL);
  return statement<[object], Pending>(db, PENDING)
    .all({ edition: scope.edition, run: scope.run, from, limit })
    .map(({ family, needed, directory, sameFamily, ...file }) => {
      const before = earlier.get({ edition: scope.edition, project: file.project, family });
      return { ...file, known: [...known({ needed, directory, sameFamily }, true), ...known(before, false)] };
    });
}

function known(tail: Tail | undefined, sameRelease: boolean): KnownTail[] {
  if (!tail || tail.needed === null || tail.directory === null) return [];
  return [{ needed: tail.needed, directory: tail.directory, sameRelease, sameFamily: tail.sameFamily === 1 }];
}
