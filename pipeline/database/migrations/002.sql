-- From version 1 to 2: distinct releases, paths, files, documents and names get rows of their own, and ranks are stored.
-- Runs in a transaction, with foreign keys off and the function sha256(bytes); what the views say stays what it was.
CREATE TEMP TABLE ranked AS SELECT * FROM carried_rank;
DROP VIEW native_file; DROP VIEW carried; DROP VIEW carried_rank; DROP VIEW library_rank; DROP VIEW component_rank;
DROP VIEW survey_cost; DROP VIEW sbom_component; DROP VIEW surveyed_project; DROP VIEW baseline_2023;
ALTER TABLE ranking RENAME TO v1_ranking;
ALTER TABLE candidate RENAME TO v1_candidate;
ALTER TABLE wheel RENAME TO v1_wheel;
ALTER TABLE survey RENAME TO v1_survey;
ALTER TABLE wheel_tag RENAME TO v1_wheel_tag;
ALTER TABLE member RENAME TO v1_member;
ALTER TABLE sbom RENAME TO v1_sbom;
ALTER TABLE anomaly RENAME TO v1_anomaly;
ALTER TABLE imported_file RENAME TO v1_imported_file;
ALTER TABLE published_2023 RENAME TO v1_published_2023;
ALTER TABLE run RENAME TO v1_run;
ALTER TABLE run_stage RENAME TO v1_run_stage;
ALTER TABLE cost RENAME TO v1_cost;
ALTER TABLE failure RENAME TO v1_failure;
ALTER TABLE library RENAME TO v1_library;
ALTER TABLE component RENAME TO v1_component;
ALTER TABLE member_component RENAME TO v1_member_component;
ALTER TABLE imported_name RENAME TO v1_imported_name;
ALTER TABLE derivation RENAME TO v1_derivation;
DROP INDEX survey_wheel;
DROP INDEX survey_family;
DROP INDEX library_name;
DROP INDEX member_component_component;

CREATE TABLE ranked_project (
  edition TEXT NOT NULL REFERENCES edition,
  rank INTEGER NOT NULL,
  project TEXT NOT NULL,
  downloads INTEGER,
  PRIMARY KEY (edition, rank),
  UNIQUE (edition, project)
) STRICT, WITHOUT ROWID;
CREATE TABLE release (
  release_id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  version TEXT,
  files INTEGER NOT NULL,
  wheels INTEGER,
  sdists INTEGER
) STRICT;
CREATE INDEX release_project ON release (project);
CREATE TABLE release_file (
  release_id INTEGER NOT NULL REFERENCES release,
  filename TEXT NOT NULL,
  wheel_id INTEGER NOT NULL REFERENCES wheel,
  url TEXT,
  uploaded_at TEXT,
  yanked INTEGER NOT NULL,
  PRIMARY KEY (release_id, filename)
) STRICT, WITHOUT ROWID;
CREATE TABLE answer (
  edition TEXT NOT NULL REFERENCES edition,
  project TEXT NOT NULL,
  release_id INTEGER NOT NULL REFERENCES release,
  etag TEXT,
  PRIMARY KEY (edition, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_release ON answer (release_id);
CREATE TABLE wheel (
  wheel_id INTEGER PRIMARY KEY,
  sha256 BLOB UNIQUE CHECK (length(sha256) = 32),
  size INTEGER,
  reader INTEGER,
  read_for TEXT REFERENCES edition,
  reread_for TEXT REFERENCES edition,
  entries INTEGER,
  uncompressed_size INTEGER,
  directory_size INTEGER,
  tail_needed INTEGER,
  dist_info TEXT,
  read_whole INTEGER
) STRICT;
CREATE TABLE listing (
  wheel_id INTEGER PRIMARY KEY REFERENCES wheel,
  entries BLOB NOT NULL
) STRICT;
CREATE TABLE path (
  path_id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE file (
  file_id INTEGER PRIMARY KEY,
  sha256 BLOB,
  size INTEGER,
  crc32 INTEGER,
  hex TEXT GENERATED ALWAYS AS (CASE WHEN sha256 IS NOT NULL THEN lower(hex(sha256)) END) VIRTUAL
) STRICT;
CREATE INDEX file_hex ON file (hex) WHERE hex IS NOT NULL;
CREATE TABLE member (
  wheel_id INTEGER NOT NULL REFERENCES wheel,
  path_id INTEGER NOT NULL REFERENCES path,
  file_id INTEGER NOT NULL REFERENCES file,
  compressed_size INTEGER,
  mode INTEGER,
  method INTEGER,
  header_offset INTEGER,
  next_offset INTEGER,
  PRIMARY KEY (wheel_id, path_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_file ON member (file_id);
CREATE TABLE document (
  document_id INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  content BLOB NOT NULL
) STRICT;
CREATE TABLE wheel_document (
  wheel_id INTEGER NOT NULL REFERENCES wheel,
  name TEXT NOT NULL,
  document_id INTEGER NOT NULL REFERENCES document,
  PRIMARY KEY (wheel_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE anomaly (
  wheel_id INTEGER NOT NULL REFERENCES wheel,
  tag TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (wheel_id, tag)
) STRICT, WITHOUT ROWID;
CREATE TABLE published_2023 (
  library TEXT PRIMARY KEY,
  published INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE run (
  run_id INTEGER PRIMARY KEY,
  edition TEXT NOT NULL,
  pid INTEGER NOT NULL,
  host TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  exit_code INTEGER
) STRICT;
CREATE TABLE run_stage (
  run_id INTEGER NOT NULL REFERENCES run,
  stage TEXT NOT NULL,
  completed INTEGER NOT NULL,
  seconds REAL NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  concurrency INTEGER NOT NULL,
  PRIMARY KEY (run_id, stage)
) STRICT, WITHOUT ROWID;
CREATE TABLE cost (
  edition TEXT NOT NULL REFERENCES edition,
  stage TEXT NOT NULL,
  requests INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (edition, stage)
) STRICT, WITHOUT ROWID;
CREATE TABLE failure (
  stage TEXT NOT NULL,
  item TEXT NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  edition TEXT NOT NULL REFERENCES edition,
  project TEXT NOT NULL,
  tries INTEGER NOT NULL,
  run_id INTEGER NOT NULL,
  failed_at TEXT NOT NULL,
  PRIMARY KEY (edition, stage, item)
) STRICT;
CREATE TABLE release_outcome (
  release_id INTEGER PRIMARY KEY REFERENCES release,
  outcome TEXT NOT NULL
) STRICT;
CREATE TABLE binary_wheel (
  release_id INTEGER NOT NULL REFERENCES release,
  filename TEXT NOT NULL,
  wheel_id INTEGER NOT NULL REFERENCES wheel,
  version TEXT,
  build TEXT,
  platform_family TEXT NOT NULL,
  PRIMARY KEY (release_id, filename)
) STRICT, WITHOUT ROWID;
CREATE INDEX binary_wheel_family ON binary_wheel (release_id, platform_family, filename);
CREATE INDEX binary_wheel_wheel ON binary_wheel (wheel_id);
CREATE TABLE wheel_tag (
  filename TEXT NOT NULL,
  python TEXT NOT NULL,
  abi TEXT NOT NULL,
  platform TEXT NOT NULL,
  PRIMARY KEY (filename, python, abi, platform)
) STRICT, WITHOUT ROWID;
CREATE TABLE judged_wheel (
  wheel_id INTEGER PRIMARY KEY REFERENCES wheel,
  repair_tool TEXT,
  native_files INTEGER NOT NULL
) STRICT;
CREATE TABLE name (
  name_id INTEGER PRIMARY KEY,
  file_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  member_group TEXT,
  library TEXT,
  stem TEXT NOT NULL,
  hashes TEXT NOT NULL,
  file_version TEXT,
  repair_tool TEXT,
  evidence TEXT NOT NULL
) STRICT;
CREATE INDEX name_file_name ON name (file_name);
CREATE INDEX name_library ON name (library);
CREATE TABLE member_name (
  wheel_id INTEGER NOT NULL REFERENCES judged_wheel,
  path_id INTEGER NOT NULL REFERENCES path,
  name_id INTEGER NOT NULL REFERENCES name,
  PRIMARY KEY (wheel_id, path_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_name_name ON member_name (name_id);
CREATE TABLE component (
  component TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  purl TEXT NOT NULL,
  licence TEXT,
  cpe TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE name_component (
  name_id INTEGER PRIMARY KEY REFERENCES name,
  component TEXT REFERENCES component,
  version TEXT,
  version_source TEXT
) STRICT;
CREATE INDEX name_component_component ON name_component (component);
CREATE TABLE name_2023 (
  name_id INTEGER PRIMARY KEY REFERENCES name,
  library TEXT NOT NULL
) STRICT;
CREATE TABLE rank (
  edition TEXT NOT NULL REFERENCES edition,
  counted_by TEXT NOT NULL,
  rank INTEGER NOT NULL,
  name TEXT NOT NULL,
  packages INTEGER NOT NULL,
  files INTEGER NOT NULL,
  wheels INTEGER NOT NULL,
  manylinux INTEGER NOT NULL,
  musllinux INTEGER NOT NULL,
  macos INTEGER NOT NULL,
  windows INTEGER NOT NULL,
  other INTEGER NOT NULL,
  PRIMARY KEY (edition, counted_by, rank)
) STRICT, WITHOUT ROWID;
CREATE INDEX rank_name ON rank (counted_by, name, edition);
CREATE TABLE derivation (
  derived TEXT PRIMARY KEY,
  stamp TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Releases: answers that say the same in several editions become one.
CREATE TEMP TABLE said AS
SELECT c.edition, c.project, c.version, c.files, c.outcome, c.etag, json_array(c.version, c.files, c.outcome, (
    SELECT json_group_array(json_array(s.filename, s.wheel, s.url, s.uploaded_at, s.yanked))
    FROM (SELECT * FROM v1_survey w WHERE w.edition = c.edition AND w.project = c.project ORDER BY filename) s)) AS content
FROM v1_candidate c;
CREATE TEMP TABLE released AS
SELECT *, dense_rank() OVER (ORDER BY project, content) AS release_id FROM said;
INSERT INTO release (release_id, project, version, files)
SELECT release_id, project, min(version), min(files) FROM temp.released GROUP BY release_id;
INSERT INTO release_outcome SELECT release_id, min(outcome) FROM temp.released GROUP BY release_id;
INSERT INTO answer (edition, project, release_id, etag) SELECT edition, project, release_id, etag FROM temp.released;

INSERT INTO wheel (wheel_id, sha256, size, reader, read_for, entries, uncompressed_size, directory_size, tail_needed, read_whole)
SELECT wheel, sha256, size, CASE WHEN read_for IS NOT NULL THEN 1 END, read_for, members, uncompressed_size, directory_size,
  tail_needed, read_whole FROM v1_wheel;
INSERT OR IGNORE INTO release_file (release_id, filename, wheel_id, url, uploaded_at, yanked)
SELECT r.release_id, s.filename, s.wheel, s.url, s.uploaded_at, s.yanked
FROM v1_survey s JOIN temp.released r USING (edition, project);
INSERT OR IGNORE INTO binary_wheel (release_id, filename, wheel_id, version, build, platform_family)
SELECT r.release_id, s.filename, s.wheel, s.version, s.build, s.platform_family
FROM v1_survey s JOIN temp.released r USING (edition, project);
INSERT INTO wheel_tag SELECT * FROM v1_wheel_tag;

-- Imported data: a release for each project, a wheel without a hash for each distribution, a file without one for each member.
CREATE TEMP TABLE imported_release AS
SELECT edition, project, count(DISTINCT distribution) AS files,
  row_number() OVER (ORDER BY edition, project) + (SELECT coalesce(max(release_id), 0) FROM release) AS release_id
FROM v1_imported_file GROUP BY edition, project;
INSERT INTO release (release_id, project, files) SELECT release_id, project, files FROM temp.imported_release;
INSERT INTO release_outcome SELECT release_id, 'taken' FROM temp.imported_release;
INSERT INTO answer (edition, project, release_id) SELECT edition, project, release_id FROM temp.imported_release;
CREATE TEMP TABLE imported_wheel AS
SELECT f.edition, f.project, f.distribution, r.release_id, max(n.version) AS version, coalesce(max(n.platform_family), 'other') AS platform_family,
  row_number() OVER (ORDER BY f.edition, f.project, f.distribution) + (SELECT coalesce(max(wheel_id), 0) FROM wheel) AS wheel_id
FROM v1_imported_file f JOIN temp.imported_release r USING (edition, project) LEFT JOIN v1_imported_name n USING (file)
GROUP BY f.edition, f.project, f.distribution;
CREATE INDEX temp.imported_wheel_of ON imported_wheel (edition, project, distribution);
INSERT INTO wheel (wheel_id) SELECT wheel_id FROM temp.imported_wheel;
INSERT INTO release_file (release_id, filename, wheel_id, yanked) SELECT release_id, distribution, wheel_id, 0 FROM temp.imported_wheel;
INSERT INTO binary_wheel (release_id, filename, wheel_id, version, platform_family)
SELECT release_id, distribution, wheel_id, version, platform_family FROM temp.imported_wheel;

-- Members: paths and distinct files get rows of their own.
CREATE TEMP TABLE held AS
SELECT wheel AS wheel_id, path, size, compressed_size, crc32, sha256, member AS v1_member, NULL AS v1_file FROM v1_member
UNION ALL
SELECT i.wheel_id, f.file_name, NULL, NULL, NULL, NULL, NULL, f.file
FROM v1_imported_file f JOIN temp.imported_wheel i USING (edition, project, distribution);
INSERT INTO path (path) SELECT DISTINCT path FROM temp.held ORDER BY path;
INSERT INTO file (sha256, size, crc32)
SELECT DISTINCT sha256, size, crc32 FROM temp.held WHERE sha256 IS NOT NULL ORDER BY sha256, size, crc32;
INSERT INTO member (wheel_id, path_id, file_id, compressed_size)
SELECT h.wheel_id, p.path_id, f.file_id, h.compressed_size
FROM temp.held h JOIN path p USING (path)
JOIN file f ON f.hex = lower(hex(h.sha256)) AND f.size = h.size AND f.crc32 = h.crc32 WHERE h.sha256 IS NOT NULL;
CREATE TEMP TABLE unhashed AS
SELECT h.*, row_number() OVER (ORDER BY wheel_id, path) + (SELECT coalesce(max(file_id), 0) FROM file) AS file_id
FROM temp.held h WHERE sha256 IS NULL;
INSERT INTO file (file_id, size, crc32) SELECT file_id, size, crc32 FROM temp.unhashed;
INSERT INTO member (wheel_id, path_id, file_id, compressed_size)
SELECT u.wheel_id, p.path_id, u.file_id, u.compressed_size FROM temp.unhashed u JOIN path p USING (path);

-- Documents. Of WHEEL version 1 kept the Generator lines, of DELVEWHEEL that it was there.
CREATE TEMP TABLE told AS
SELECT d.wheel AS wheel_id, substr(d.path, instr(d.path, '.dist-info/') + 11) AS name, d.document AS content FROM v1_sbom d
UNION ALL
SELECT wheel, 'WHEEL', CAST('Generator: ' || replace(generator, '; ', char(10) || 'Generator: ') || char(10) AS BLOB)
FROM v1_wheel WHERE generator IS NOT NULL
UNION ALL
SELECT wheel, 'DELVEWHEEL', x'' FROM v1_wheel WHERE repair_tool = 'delvewheel';
UPDATE wheel SET dist_info = (
  SELECT substr(d.path, 1, instr(d.path, '.dist-info/') + 10) FROM v1_sbom d WHERE d.wheel = wheel_id AND instr(d.path, '.dist-info/') > 0)
WHERE wheel_id IN (SELECT wheel FROM v1_sbom);
INSERT OR IGNORE INTO document (sha256, content) SELECT sha256(content), content FROM temp.told;
INSERT INTO wheel_document (wheel_id, name, document_id)
SELECT t.wheel_id, t.name, d.document_id FROM temp.told t JOIN document d ON d.sha256 = sha256(t.content);

INSERT INTO anomaly SELECT * FROM v1_anomaly;
INSERT INTO published_2023 SELECT * FROM v1_published_2023;
INSERT INTO ranked_project SELECT * FROM v1_ranking;
INSERT INTO run SELECT * FROM v1_run;
INSERT INTO run_stage SELECT * FROM v1_run_stage;
INSERT INTO cost SELECT edition, stage, sum(requests), sum(bytes) FROM v1_cost GROUP BY edition, stage;
INSERT INTO failure SELECT * FROM v1_failure;

-- Judgements: kept as they are, and made anew by the next run.
INSERT INTO component SELECT * FROM v1_component;
CREATE TEMP TABLE named AS
SELECT m.wheel AS wheel_id, m.path, l.file_name, l.kind, l.member_group, l.library, l.stem, l.hashes, l.file_version, l.repair_tool,
  l.evidence, c.component, c.version, c.version_source, NULL AS library_2023
FROM v1_member m JOIN v1_library l USING (member) LEFT JOIN v1_member_component c USING (member)
UNION ALL
SELECT i.wheel_id, f.file_name, f.file_name, n.kind, n.member_group, n.library, n.stem, n.hashes, n.file_version, n.repair_tool,
  n.evidence, n.component, n.component_version, n.version_source, n.library_2023
FROM v1_imported_file f JOIN v1_imported_name n USING (file) JOIN temp.imported_wheel i USING (edition, project, distribution);
INSERT INTO name (file_name, kind, member_group, library, stem, hashes, file_version, repair_tool, evidence)
SELECT DISTINCT file_name, kind, member_group, library, stem, hashes, file_version, repair_tool, evidence FROM temp.named
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
CREATE TEMP TABLE counted (wheel_id INTEGER PRIMARY KEY, files INTEGER);
INSERT INTO counted SELECT wheel_id, count(*) FROM temp.named GROUP BY wheel_id;
INSERT INTO judged_wheel (wheel_id, repair_tool, native_files)
SELECT w.wheel_id, v.repair_tool, v.native_members
FROM wheel w JOIN v1_wheel v ON v.wheel = w.wheel_id LEFT JOIN temp.counted c USING (wheel_id)
WHERE v.read_for IS NOT NULL AND v.native_members = coalesce(c.files, 0)
UNION ALL SELECT i.wheel_id, NULL, coalesce(c.files, 0) FROM temp.imported_wheel i LEFT JOIN temp.counted c USING (wheel_id);
CREATE TEMP TABLE found AS
SELECT t.*, n.name_id FROM temp.named t JOIN name n INDEXED BY name_file_name ON n.file_name = t.file_name AND n.kind = t.kind
  AND n.stem = t.stem AND n.hashes = t.hashes AND n.evidence = t.evidence AND n.member_group IS t.member_group
  AND n.library IS t.library AND n.file_version IS t.file_version AND n.repair_tool IS t.repair_tool;
INSERT INTO member_name (wheel_id, path_id, name_id)
SELECT wheel_id, p.path_id, name_id FROM temp.found JOIN path p USING (path) WHERE wheel_id IN (SELECT wheel_id FROM judged_wheel);
INSERT OR IGNORE INTO name_component (name_id, component, version, version_source)
SELECT DISTINCT name_id, component, version, version_source FROM temp.found WHERE kind IN ('shared-library', 'static-library');
INSERT OR IGNORE INTO name_2023 (name_id, library) SELECT DISTINCT name_id, library_2023 FROM temp.found WHERE library_2023 IS NOT NULL;

INSERT INTO rank (edition, counted_by, rank, name, packages, files, wheels, manylinux, musllinux, macos, windows, other)
SELECT edition, counted_by, rank, name, packages, files, wheels, manylinux, musllinux, macos, windows, other FROM temp.ranked;

DROP TABLE temp.said;
DROP TABLE temp.released;
DROP TABLE temp.imported_release;
DROP TABLE temp.imported_wheel;
DROP TABLE temp.held;
DROP TABLE temp.unhashed;
DROP TABLE temp.told;
DROP TABLE temp.named;
DROP TABLE temp.found;
DROP TABLE temp.counted;
DROP TABLE temp.ranked;
DROP TABLE v1_ranking;
DROP TABLE v1_candidate;
DROP TABLE v1_wheel;
DROP TABLE v1_survey;
DROP TABLE v1_wheel_tag;
DROP TABLE v1_member;
DROP TABLE v1_sbom;
DROP TABLE v1_anomaly;
DROP TABLE v1_imported_file;
DROP TABLE v1_published_2023;
DROP TABLE v1_run;
DROP TABLE v1_run_stage;
DROP TABLE v1_cost;
DROP TABLE v1_failure;
DROP TABLE v1_library;
DROP TABLE v1_component;
DROP TABLE v1_member_component;
DROP TABLE v1_imported_name;
DROP TABLE v1_derivation;
