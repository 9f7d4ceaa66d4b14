// Which wheels may be read, and when: the query against the same rules in plain words, on editions of every shape.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pendingWheels } from "../pipeline/collect/pending-wheels.ts";
import { READER } from "../pipeline/collect/reader.ts";
import { type Db, openInMemory } from "../pipeline/database/database.ts";
import { isInShard, parseShard } from "../pipeline/editions/shard.ts";
import { TRIES } from "../pipeline/stage/stage.ts";
import { SEEDED } from "./seed.ts";

const EDITION = "2026-11";
const EARLIER = "2026-10";
const RUN = 2;
const FAMILIES = ["manylinux", "Windows"] as const;

/** A listed wheel: of which project, by which name, for which family, and which wheel that is. */
interface Listed {
  project: string;
  filename: string;
  family: (typeof FAMILIES)[number];
  wheel: number;
}

/** The projects from the highest-ranked down, their wheels, which of these have been read, and how files have failed. */
interface Shape {
  ranking: string[];
  listed: Listed[];
  read: Set<number>;
  failures: { filename: string; tries: number; run: number }[];
  shard: string | null;
}

const filenames = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const listing = fc.record({
  project: fc.constantFrom("x", "y", "z"),
  filename: filenames,
  family: fc.constantFrom(...FAMILIES),
  wheel: fc.integer({ min: 1, max: 12 }),
});
const failure = fc.record({
  filename: fc.tuple(fc.constantFrom("x", "y", "z"), filenames).map((parts) => parts.join("-")),
  tries: fc.integer({ min: 1, max: TRIES }),
  run: fc.constantFrom(1, RUN),
});
const shape: fc.Arbitrary<Shape> = fc.record({
  ranking: fc.shuffledSubarray(["x", "y", "z"], { minLength: 3 }),
  listed: fc
    .uniqueArray(listing, { selector: ({ project, filename }) => `${project}-${filename}`, maxLength: 20 })
    .map((all) => all.map((each) => ({ ...each, filename: `${each.project}-${each.filename}` }))),
  read: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 }).map((wheels) => new Set(wheels)),
  failures: fc.uniqueArray(failure, { selector: ({ filename }) => filename, maxLength: 4 }),
  shard: fc.constantFrom(null, "1/3", "3/3"), // x and z belong to the first of three, y to the third.
});

function store({ ranking, listed, read, failures, shard }: Shape): Db {
  const db = openInMemory();
  storeEdition(db, EARLIER);
  storeEdition(db, EDITION, shard);
  ranking.forEach((project, at) => {
    db.prepare("INSERT INTO ranked_project VALUES (?, ?, ?, NULL)").run(EDITION, at + 1, project);
  });
  const wheel = db.prepare(
    "INSERT INTO wheel (wheel_id, sha256, size, reader, read_for, tail_needed, directory_size) VALUES (?, ?, 1, ?, ?, ?, ?)",
  );
  for (let nth = 1; nth <= 12; nth += 1) {
    const known = read.has(nth) ? [READER, EARLIER, 100 * nth, 10 * nth] : [null, null, null, null];
    wheel.run(nth, Buffer.alloc(32, nth), ...known);
  }
  for (const project of ranking)
    storeListing(
      db,
      EDITION,
      project,
      listed.filter((each) => each.project === project),
    );
  const failed = db.prepare("INSERT INTO failure VALUES ('members', ?, 'zip', '', ?, '', ?, ?, '')");
  for (const { filename, tries, run } of failures) failed.run(filename, EDITION, tries, run);
  return db;
}

function storeEdition(db: Db, name: string, shard: string | null = null): void {
  db.prepare("INSERT INTO edition VALUES (?, 'ranking', 3, '', '', x'', NULL, ?)").run(name, shard);
}

function storeListing(db: Db, edition: string, project: string, files: Omit<Listed, "project">[]): void {
  const release = db.prepare("INSERT INTO release (project, version, files) VALUES (?, '1.0', ?)").run(project, 1);
  const id = release.lastInsertRowid;
  db.prepare("INSERT INTO answer (edition, project, release_id) VALUES (?, ?, ?)").run(edition, project, id);
  for (const { filename, wheel, family } of files) {
    db.prepare("INSERT INTO release_file VALUES (?, ?, ?, 'https://', NULL, 0)").run(id, filename, wheel);
    db.prepare(
      "INSERT INTO binary_wheel (release_id, filename, wheel_id, version, platform_family) VALUES (?, ?, ?, '1.0', ?)",
    ).run(id, filename, wheel, family);
  }
}

/** The same in plain words: what is pending, and the end of which wheel has taught how much of it to ask for. */
function expected({ ranking, listed, read, failures, shard }: Shape): { filename: string; taughtBy: number | null }[] {
  const inOrder = listed.toSorted(
    (a, b) => ranking.indexOf(a.project) - ranking.indexOf(b.project) || (a.filename < b.filename ? -1 : 1),
  );
  const hasFailed = (filename: string) => failures.some((each) => each.filename === filename);
  const isOurs = (project: string) => shard === null || isInShard(parseShard(shard)!, project);
  return inOrder.flatMap((file) => {
    const release = inOrder.filter(({ project }) => project === file.project);
    const first = release[0]!;
    const firstOfFamily = release.find(({ family }) => family === file.family)!;
    const teacher = file === first ? null : file === firstOfFamily ? first : firstOfFamily;
    const isFirstListing = inOrder.find(({ wheel }) => wheel === file.wheel) === file;
    const isLeft = failures.some(
      ({ filename, tries, run }) => filename === file.filename && (run === RUN || tries >= TRIES),
    );
    const hasTaught = teacher !== null && read.has(teacher.wheel);
    const cannotTeach =
      teacher !== null && inOrder.some(({ wheel, filename }) => wheel === teacher.wheel && hasFailed(filename));
    const isPending = isFirstListing && !read.has(file.wheel) && !isLeft && isOurs(file.project);
    const isTaughtElsewhere =
      teacher !== null && !isOurs(inOrder.find(({ wheel }) => wheel === teacher.wheel)!.project);
    return isPending && (teacher === null || hasTaught || cannotTeach || isTaughtElsewhere)
      ? [{ filename: file.filename, taughtBy: hasTaught ? teacher.wheel : null }]
      : [];
  });
}

test("the query gives what its rules say, in their order", () => {
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 12 }), (given, limit) => {
      const db = store(given);
      const found = pendingWheels(db, { edition: EDITION, run: RUN }, limit).map(({ filename, known }) => ({
        filename,
        taughtBy: known[0] ? known[0].needed / 100 : null,
      }));
      db.close();
      assert.deepEqual(found, expected(given).slice(0, limit));
    }),
    { ...SEEDED, numRuns: 300 },
  );
});

test("a release is also taught by the last edition that has the project, its own family before others", () => {
  const db = store({
    ranking: ["x"],
    listed: [{ project: "x", filename: "x-new", family: "Windows", wheel: 12 }],
    read: new Set([1, 2, 3]),
    failures: [],
    shard: null,
  });
  for (const name of ["2026-08", "2026-09"]) storeEdition(db, name);
  storeListing(db, "2026-08", "x", [{ filename: "x-old", wheel: 3, family: "Windows" }]);
  storeListing(db, "2026-09", "x", [
    { filename: "x-linux", wheel: 2, family: "manylinux" },
    { filename: "x-windows", wheel: 1, family: "Windows" },
  ]);
  db.exec("UPDATE wheel SET read_for = '2026-08' WHERE read_for IS NOT NULL");
  assert.deepEqual(
    pendingWheels(db, { edition: EDITION, run: RUN }, 9).map(({ known }) => known),
    [[{ needed: 100, directory: 10, sameRelease: false, sameFamily: true }]],
  );
  db.close();
});

test("a wheel that an older reader has read is read again for a later edition, once, and not for its own", () => {
  const db = store({
    ranking: ["x"],
    listed: [{ project: "x", filename: "x-1", family: "Windows", wheel: 1 }],
    read: new Set([1]),
    failures: [],
    shard: null,
  });
  const pending = (edition: string) => pendingWheels(db, { edition, run: RUN }, 9).map(({ filename }) => filename);
  const reread = (readFor: string, rereadFor: string | null) =>
    db.prepare("UPDATE wheel SET reader = ?, read_for = ?, reread_for = ?").run(READER - 1, readFor, rereadFor);
  assert.deepEqual(pending(EDITION), []);
  reread(EARLIER, null);
  assert.deepEqual(pending(EDITION), ["x-1"]);
  reread(EDITION, null);
  assert.deepEqual(pending(EDITION), []);
  reread(EARLIER, EDITION);
  assert.deepEqual(pending(EDITION), []);
  db.close();
});
