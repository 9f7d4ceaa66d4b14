// The facts of several databases copied into one, as one survey would have stored them, each content once.
// What is derived from them is to be derived anew.
import { createHash } from "node:crypto";
import type { Db } from "../../database/database.ts";
import { type MergeInput, refusal } from "./plan.ts";

/** Copies the facts of the inputs into a database without editions. RunError 2 where two of them say different things of one content or project. */
export function merge(db: Db, inputs: MergeInput[], copied: (file: string) => void): void {
  db.function("sha256", { deterministic: true }, (text) => createHash("sha256").update(String(text)).digest());
  db.exec(MAPS);
  for (const { file, editions } of inputs) {
    db.prepare("ATTACH ? AS input").run(file);
    try {
      db.transaction(() => {
        db.exec("DELETE FROM temp.taken_edition");
        const take = db.prepare("INSERT INTO temp.taken_edition (edition, shard) VALUES (?, ?)");
        for (const { edition, shard } of editions) take.run(edition, shard);
        copyInput(db, file);
      })();
    } finally {
      db.exec("DETACH input");
    }
    copied(file);
  }
  db.exec(FORGET_FAILURES);
}

// Which number a row of the input has here. Of releases and files also what two that are the same have in common.
const MAPPED = ["wheel", "path", "file", "document", "release", "run"] as const;
const MAPS = `
${MAPPED.map((name) => `CREATE TEMP TABLE new_${name} (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);`).join("\n")}
CREATE TEMP TABLE taken_edition (edition TEXT PRIMARY KEY, shard TEXT);
CREATE TEMP TABLE taken_wheel (old INTEGER PRIMARY KEY);
CREATE TEMP TABLE taken_file (old INTEGER PRIMARY KEY);
CREATE TEMP TABLE known_release (signature BLOB PRIMARY KEY, release_id INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE contents_rank (file_id INTEGER PRIMARY KEY, rank INTEGER)`;

/** What makes two releases the same: everything but the licence, which older versions did not read. */
const SIGNATURE = `sha256(json_array(r.project, r.version, r.files, r.wheels, r.sdists, (
  SELECT json_group_array(json_array(filename, sha256, size, url, uploaded_at, yanked)) FROM (
    SELECT f.filename, lower(hex(w.sha256)) AS sha256, w.size, f.url, f.uploaded_at, f.yanked FROM input.release_file f JOIN input.wheel w USING (wheel_id)
    WHERE f.release_id = r.release_id ORDER BY f.filename))))`;

const ANSWERED = "r.release_id IN (SELECT release_id FROM input.answer JOIN temp.taken_edition USING (edition))";
const TOLD = ["entries", "uncompressed_size", "directory_size", "tail_needed", "dist_info"]; // By the end of a wheel, however it is read.
const OF_ENDS = ["reader", "read_whole", ...TOLD];

function copyInput(db: Db, file: string): void {
  for (const name of MAPPED) db.exec(`DELETE FROM temp.new_${name}`);
  db.exec(`
    INSERT OR IGNORE INTO main.edition SELECT ${columnsOf(db, "edition").map((name) => (name === "shard" ? "NULL" : name))}
      FROM input.edition WHERE edition IN (SELECT edition FROM temp.taken_edition);
    INSERT OR IGNORE INTO main.ranked_project SELECT * FROM input.ranked_project WHERE edition IN (SELECT edition FROM temp.taken_edition);
    INSERT OR IGNORE INTO main.published_2023 SELECT * FROM input.published_2023;
    INSERT OR IGNORE INTO main.path (path) SELECT path FROM input.path ORDER BY path_id;
    INSERT INTO temp.new_path SELECT i.path_id, p.path_id FROM input.path i JOIN main.path p USING (path);
    INSERT OR IGNORE INTO main.document (sha256, content) SELECT sha256, content FROM input.document ORDER BY document_id;
    INSERT INTO temp.new_document SELECT i.document_id, d.document_id FROM input.document i JOIN main.document d USING (sha256)`);
  copyWheels(db, file);
  copyReleases(db, file);
  copyRuns(db);
  copyContents(db);
}

function copyWheels(db: Db, file: string): void {
  db.exec(`
    INSERT OR IGNORE INTO main.wheel (sha256, size) SELECT sha256, size FROM input.wheel WHERE sha256 IS NOT NULL ORDER BY wheel_id;
    INSERT INTO temp.new_wheel SELECT i.wheel_id, w.wheel_id FROM input.wheel i JOIN main.wheel w USING (sha256);
    INSERT INTO temp.new_wheel SELECT i.wheel_id, i.wheel_id + (SELECT coalesce(max(wheel_id), 0) FROM main.wheel)
      FROM input.wheel i WHERE i.sha256 IS NULL AND EXISTS (
        SELECT 1 FROM input.release_file r JOIN input.answer a USING (release_id) JOIN temp.taken_edition USING (edition) WHERE r.wheel_id = i.wheel_id);
    INSERT INTO main.wheel (wheel_id) SELECT n.new FROM temp.new_wheel n JOIN input.wheel i ON i.wheel_id = n.old WHERE i.sha256 IS NULL;
    DELETE FROM temp.taken_wheel;
    INSERT INTO temp.taken_wheel SELECT n.old FROM temp.new_wheel n JOIN input.wheel i ON i.wheel_id = n.old JOIN main.wheel w ON w.wheel_id = n.new
      WHERE i.sha256 IS NULL OR i.reader > coalesce(w.reader, -1)`);
  refuseDifference(
    db,
    file,
    `SELECT lower(hex(i.sha256)) FROM temp.new_wheel n JOIN input.wheel i ON i.wheel_id = n.old JOIN main.wheel w ON w.wheel_id = n.new
     WHERE i.reader = w.reader AND (${TOLD.map((name) => `i.${name} IS NOT w.${name}`).join(" OR ")}
       OR (SELECT count(*) FROM input.member m WHERE m.wheel_id = n.old) <> (SELECT count(*) FROM main.member m WHERE m.wheel_id = n.new))`,
    (found) => `the end of wheel ${found}`,
  );
  const ofTaken = "t.wheel_id IN (SELECT old FROM temp.taken_wheel)";
  for (const table of ["listing", "member", "wheel_document", "anomaly"])
    db.exec(
      `DELETE FROM main.${table} WHERE wheel_id IN (SELECT n.new FROM temp.new_wheel n JOIN temp.taken_wheel USING (old))`,
    );
  db.exec(`
    UPDATE main.wheel SET read_for = coalesce(min(read_for, i.earlier), read_for, i.earlier), reread_for = coalesce(max(reread_for, i.later), reread_for, i.later)
      FROM (SELECT n.new, w.read_for AS earlier, w.reread_for AS later FROM temp.new_wheel n JOIN input.wheel w ON w.wheel_id = n.old) i
      WHERE i.new = wheel_id AND (i.earlier IS NOT NULL OR i.later IS NOT NULL);
    UPDATE main.wheel SET ${OF_ENDS.map((name) => `${name} = i.${name}`)}
      FROM (SELECT n.new, w.* FROM temp.taken_wheel JOIN temp.new_wheel n USING (old) JOIN input.wheel w ON w.wheel_id = n.old) i WHERE i.new = main.wheel.wheel_id;
    INSERT INTO main.file (sha256, size, crc32) SELECT i.sha256, i.size, i.crc32 FROM input.file i
      WHERE i.sha256 IS NOT NULL AND EXISTS (SELECT 1 FROM input.member t WHERE t.file_id = i.file_id AND ${ofTaken})
        AND NOT EXISTS (SELECT 1 FROM main.file f WHERE f.hex = i.hex AND f.size = i.size AND f.crc32 = i.crc32) ORDER BY i.file_id;
    INSERT OR IGNORE INTO temp.new_file SELECT i.file_id, f.file_id FROM input.file i JOIN main.file f ON f.hex = i.hex AND f.size = i.size AND f.crc32 = i.crc32;
    INSERT INTO temp.new_file SELECT i.file_id, i.file_id + (SELECT coalesce(max(file_id), 0) FROM main.file) FROM input.file i
      WHERE i.sha256 IS NULL AND EXISTS (SELECT 1 FROM input.member t WHERE t.file_id = i.file_id AND ${ofTaken});
    INSERT INTO main.file (file_id, size, crc32) SELECT n.new, i.size, i.crc32 FROM temp.new_file n JOIN input.file i ON i.file_id = n.old WHERE i.sha256 IS NULL;
    INSERT OR IGNORE INTO temp.new_file SELECT i.file_id, m.file_id FROM input.file i JOIN input.member t USING (file_id)
      JOIN temp.new_wheel w ON w.old = t.wheel_id JOIN temp.new_path p ON p.old = t.path_id JOIN main.member m ON m.wheel_id = w.new AND m.path_id = p.new
      WHERE i.sha256 IS NULL`);
  for (const table of ["listing", "member", "wheel_document", "anomaly"]) copy(db, table, ofTaken);
}

function copyReleases(db: Db, file: string): void {
  db.exec(`
    CREATE TEMP TABLE release_signature AS SELECT r.release_id AS old, ${SIGNATURE} AS signature FROM input.release r WHERE ${ANSWERED};
    CREATE TEMP TABLE added_release AS
      SELECT s.old, (SELECT coalesce(max(release_id), 0) FROM main.release) + row_number() OVER (ORDER BY (
          SELECT min(a.edition) FROM input.answer a WHERE a.release_id = s.old), s.old) AS new
      FROM release_signature s WHERE s.signature NOT IN (SELECT signature FROM temp.known_release)
        AND s.old = (SELECT min(o.old) FROM release_signature o WHERE o.signature = s.signature);
    INSERT INTO temp.known_release SELECT s.signature, a.new FROM added_release a JOIN release_signature s USING (old);
    INSERT INTO temp.new_release SELECT s.old, k.release_id FROM release_signature s JOIN temp.known_release k USING (signature)`);
  refuseDifference(
    db,
    file,
    `SELECT a.edition || ', ' || a.project || ': ' || coalesce(r.version, 'no release') || ' here, ' || coalesce(o.version, 'no release')
     FROM input.answer a JOIN temp.taken_edition USING (edition) JOIN temp.new_release n ON n.old = a.release_id JOIN input.release r USING (release_id)
     JOIN main.answer b ON b.edition = a.edition AND b.project = a.project JOIN main.release o ON o.release_id = b.release_id WHERE b.release_id <> n.new`,
    (found) => `edition ${found}`,
    "; give each shard a copy of one database in which the stages ranking and releases are done",
  );
  const ofAdded = "t.release_id IN (SELECT old FROM temp.added_release)";
  for (const table of ["release", "release_file", "binary_wheel", "release_outcome"]) copy(db, table, ofAdded);
  db.exec(`
    UPDATE main.release SET license_expression = i.license_expression FROM (
      SELECT n.new, r.license_expression FROM temp.new_release n JOIN input.release r ON r.release_id = n.old) i
      WHERE i.new = release_id AND main.release.license_expression IS NULL;
    INSERT OR IGNORE INTO main.wheel_tag SELECT * FROM input.wheel_tag;
    DROP TABLE temp.release_signature;
    DROP TABLE temp.added_release`);
  copy(db, "answer", "t.edition IN (SELECT edition FROM temp.taken_edition)");
  // What is remembered of the asking is that of the shard to which the project belongs.
  db.exec(`
    UPDATE main.answer SET etag = i.etag, asked_on = i.asked_on
      FROM (SELECT a.* FROM input.answer a JOIN temp.taken_edition t USING (edition) WHERE in_shard(t.shard, a.project)) i
      WHERE i.edition = main.answer.edition AND i.project = main.answer.project`);
}

// A copy of a database has the runs of the one that it was copied from: what those took is counted once.
function copyRuns(db: Db): void {
  db.exec(`
    INSERT INTO temp.new_run SELECT i.run_id, r.run_id FROM input.run i JOIN main.run r USING (edition, pid, host, started_at);
    CREATE TEMP TABLE shared_cost AS SELECT s.edition, s.stage FROM (
      SELECT DISTINCT r.edition, t.stage FROM temp.new_run n JOIN input.run r ON r.run_id = n.old JOIN input.run_stage t USING (run_id)) s
      WHERE NOT EXISTS (SELECT 1 FROM input.run r JOIN input.run_stage t USING (run_id) WHERE r.edition = s.edition AND t.stage = s.stage AND t.done > 0
        AND r.run_id NOT IN (SELECT old FROM temp.new_run));
    INSERT INTO temp.new_run SELECT i.run_id, i.run_id + (SELECT coalesce(max(run_id), 0) FROM main.run) FROM input.run i
      JOIN temp.taken_edition USING (edition) WHERE i.run_id NOT IN (SELECT old FROM temp.new_run);
    INSERT INTO main.cost SELECT i.* FROM input.cost i JOIN temp.taken_edition USING (edition) LEFT JOIN temp.shared_cost s USING (edition, stage)
      WHERE s.stage IS NULL ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, bytes = bytes + excluded.bytes;
    DROP TABLE temp.shared_cost`);
  for (const table of ["run", "run_stage", "run_worker"]) copy(db, table, "true");
  copy(db, "failure", "t.edition IN (SELECT edition FROM temp.taken_edition)");
}

// Of one file read in several shards, what the newest reader and the widest plan found, and of the same, in the highest-ranked project's wheel.
function copyContents(db: Db): void {
  const rank = `(SELECT min(k.rank) FROM input.member m JOIN input.binary_wheel b USING (wheel_id) JOIN input.answer a USING (release_id)
    JOIN input.ranked_project k USING (edition, project) JOIN input.wheel w USING (wheel_id) WHERE m.file_id = i.file_id AND a.edition = i.read_for AND w.reader IS NOT NULL)`;
  db.exec(`
    CREATE TEMP TABLE read_file AS SELECT i.file_id AS old, n.new, i.reader, i.plan, i.read_for, ${rank} AS rank
      FROM input.file_contents i JOIN temp.new_file n ON n.old = i.file_id;
    DELETE FROM temp.taken_file;
    INSERT INTO temp.taken_file SELECT i.old FROM read_file i LEFT JOIN main.file_contents c ON c.file_id = i.new LEFT JOIN temp.contents_rank k ON k.file_id = i.new
      WHERE c.file_id IS NULL OR (i.reader, i.plan, -i.rank) > (c.reader, c.plan, -k.rank);
    UPDATE main.file_contents SET read_for = i.read_for FROM read_file i
      WHERE i.new = main.file_contents.file_id AND i.reader = main.file_contents.reader AND i.plan = main.file_contents.plan AND i.read_for < main.file_contents.read_for;
    UPDATE read_file SET read_for = min(read_file.read_for, c.read_for) FROM main.file_contents c
      WHERE c.file_id = read_file.new AND c.reader = read_file.reader AND c.plan = read_file.plan;
    DELETE FROM main.file_text WHERE file_id IN (SELECT n.new FROM temp.new_file n JOIN temp.taken_file USING (old));
    DELETE FROM main.file_contents WHERE file_id IN (SELECT n.new FROM temp.new_file n JOIN temp.taken_file USING (old));
    INSERT OR REPLACE INTO temp.contents_rank SELECT new, rank FROM read_file JOIN temp.taken_file USING (old)`);
  for (const table of ["file_contents", "file_text"]) copy(db, table, "t.file_id IN (SELECT old FROM temp.taken_file)");
  db.exec(`
    UPDATE main.file_contents SET read_for = i.read_for FROM read_file i JOIN temp.taken_file USING (old) WHERE i.new = main.file_contents.file_id;
    DROP TABLE temp.read_file`);
}

// What one shard could not get, another may have: then it is missing no more.
const FORGET_FAILURES = `
DELETE FROM failure WHERE stage = 'releases' AND EXISTS (SELECT 1 FROM answer a WHERE a.edition = failure.edition AND a.project = failure.item);
DELETE FROM failure WHERE stage = 'members' AND (edition, item) IN (
  SELECT a.edition, b.filename FROM binary_wheel b JOIN answer a USING (release_id) JOIN wheel w ON w.wheel_id = b.wheel_id WHERE w.reader IS NOT NULL);
DELETE FROM failure WHERE stage = 'contents' AND EXISTS (
  SELECT 1 FROM binary_wheel b JOIN member m USING (wheel_id) JOIN path p USING (path_id) JOIN file_contents c USING (file_id)
  WHERE b.release_id IN (SELECT release_id FROM answer a WHERE a.edition = failure.edition AND a.project = failure.project)
    AND b.filename || '/' || p.path = failure.item)`;

/** Copies rows `t` of a table of the input, numbers of its rows replaced by those that they have here; of what has none nothing is copied. */
function copy(db: Db, table: string, where: string): void {
  const columns = columnsOf(db, table);
  const mapped = MAPPED.filter((name) => columns.includes(`${name}_id`));
  const values = columns.map((name) => (mapped.some((each) => `${each}_id` === name) ? `n_${name}.new` : `t.${name}`));
  const joins = mapped.map((name) => `JOIN temp.new_${name} n_${name}_id ON n_${name}_id.old = t.${name}_id`);
  db.exec(
    `INSERT OR IGNORE INTO main.${table} (${columns}) SELECT ${values} FROM input.${table} t ${joins.join(" ")} WHERE ${where}`,
  );
}

function columnsOf(db: Db, table: string): string[] {
  return db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table) as string[];
}

function refuseDifference(db: Db, file: string, query: string, about: (found: string) => string, advice = ""): void {
  const found = db.prepare(query).pluck().all() as string[];
  if (found.length === 0) return;
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : "";
  throw refusal(`${file}: ${about(found[0]!)}${more}, differs from another database`, `the same facts${advice}`);
}
