-- From version 3 to 4: of which distribution packages libraries are copies.
CREATE TABLE name_fingerprint (
  name_id INTEGER PRIMARY KEY REFERENCES name,
  original TEXT,
  digits TEXT
) STRICT;
CREATE TABLE fingerprint (
  original TEXT NOT NULL,
  digits TEXT NOT NULL,
  purl TEXT NOT NULL,
  learned_from TEXT NOT NULL,
  PRIMARY KEY (original, digits, purl)
) STRICT, WITHOUT ROWID;
CREATE TABLE distribution_package (
  stated TEXT PRIMARY KEY,
  purl TEXT NOT NULL
) STRICT, WITHOUT ROWID;
