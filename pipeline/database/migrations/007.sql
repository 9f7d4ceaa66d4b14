-- From version 6 to 7: what is linked into native files, and releases that a wheel's SBOM or a sibling tells. What was read is read anew.
DROP TABLE file_text;
CREATE TABLE file_text (
  file_id INTEGER NOT NULL REFERENCES file,
  kind TEXT NOT NULL,
  component TEXT NOT NULL,
  at INTEGER NOT NULL,
  text TEXT NOT NULL,
  version TEXT,
  PRIMARY KEY (file_id, kind, component, at)
) STRICT, WITHOUT ROWID;
ALTER TABLE file_contents ADD COLUMN dylib_version TEXT;
ALTER TABLE file_contents ADD COLUMN form TEXT;
ALTER TABLE file_contents ADD COLUMN modules TEXT;
DELETE FROM file_version;
CREATE TABLE member_version (
  wheel_id INTEGER NOT NULL REFERENCES wheel,
  path_id INTEGER NOT NULL REFERENCES path,
  component TEXT NOT NULL,
  version TEXT NOT NULL,
  known_by TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (wheel_id, path_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE file_linked (
  file_id INTEGER NOT NULL REFERENCES file,
  component TEXT NOT NULL,
  version TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (file_id, component, version)
) STRICT, WITHOUT ROWID;
