-- From version 4 to 5: licences of releases, releases of distributions, and what the images of platform tags are made of.
ALTER TABLE release ADD COLUMN license_expression TEXT;
CREATE TABLE sbom_rival (
  wheel_id INTEGER NOT NULL REFERENCES judged_wheel,
  path_id INTEGER NOT NULL REFERENCES path,
  document_id INTEGER NOT NULL REFERENCES sbom,
  nth INTEGER NOT NULL,
  PRIMARY KEY (wheel_id, path_id, document_id, nth)
) STRICT, WITHOUT ROWID;
CREATE TABLE name_origin (
  name_id INTEGER PRIMARY KEY REFERENCES name,
  purl TEXT NOT NULL,
  learned_from TEXT NOT NULL
) STRICT;
CREATE TABLE wheel_base (
  wheel_id INTEGER PRIMARY KEY REFERENCES judged_wheel,
  tag TEXT,
  distribution TEXT,
  release TEXT,
  documented INTEGER NOT NULL
) STRICT;
CREATE TABLE package_release (
  purl TEXT PRIMARY KEY,
  distribution TEXT NOT NULL,
  release TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE distribution_release (
  distribution TEXT NOT NULL,
  release TEXT NOT NULL,
  name TEXT NOT NULL,
  end_of_life TEXT,
  ecosystem TEXT,
  PRIMARY KEY (distribution, release)
) STRICT, WITHOUT ROWID;
