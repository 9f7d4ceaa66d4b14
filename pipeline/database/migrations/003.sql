-- From version 2 to 3: variants, three more platform families, the day of an answer, and what SBOMs list.
ALTER TABLE answer ADD COLUMN asked_on TEXT;
ALTER TABLE binary_wheel ADD COLUMN variant TEXT;
ALTER TABLE judged_wheel ADD COLUMN matched INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rank ADD COLUMN android INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rank ADD COLUMN ios INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rank ADD COLUMN emscripten INTEGER NOT NULL DEFAULT 0;
CREATE TABLE sbom (
  document_id INTEGER PRIMARY KEY REFERENCES document,
  format TEXT,
  tool TEXT,
  problem TEXT
) STRICT;
CREATE TABLE sbom_entry (
  document_id INTEGER NOT NULL REFERENCES sbom,
  nth INTEGER NOT NULL,
  parent INTEGER,
  ref TEXT,
  type TEXT,
  name TEXT,
  version TEXT,
  purl TEXT,
  licence TEXT,
  scope TEXT,
  outside TEXT,
  path_sha256 BLOB,
  PRIMARY KEY (document_id, nth)
) STRICT, WITHOUT ROWID;
CREATE TABLE sbom_match (
  wheel_id INTEGER NOT NULL REFERENCES judged_wheel,
  path_id INTEGER NOT NULL REFERENCES path,
  document_id INTEGER NOT NULL REFERENCES sbom,
  nth INTEGER NOT NULL,
  how TEXT NOT NULL,
  PRIMARY KEY (wheel_id, path_id)
) STRICT, WITHOUT ROWID;
