-- From version 5 to 6: what the bytes of distinct files say.
CREATE TABLE file_contents (
  file_id INTEGER PRIMARY KEY REFERENCES file,
  plan INTEGER NOT NULL,
  reader INTEGER NOT NULL,
  read_for TEXT NOT NULL REFERENCES edition,
  read_bytes INTEGER NOT NULL,
  format TEXT,
  machine TEXT,
  identity TEXT,
  soname TEXT,
  needed TEXT,
  glibc TEXT,
  compiler TEXT,
  debuglink TEXT,
  debug_id TEXT,
  resource_version TEXT,
  parts TEXT NOT NULL,
  problem TEXT
) STRICT;
CREATE TABLE file_text (
  file_id INTEGER NOT NULL REFERENCES file,
  at INTEGER NOT NULL,
  component TEXT NOT NULL,
  text TEXT NOT NULL,
  version TEXT NOT NULL,
  PRIMARY KEY (file_id, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE file_version (
  file_id INTEGER PRIMARY KEY REFERENCES file,
  component TEXT NOT NULL,
  version TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE TABLE known_build (
  identity TEXT NOT NULL,
  purl TEXT NOT NULL,
  learned_from TEXT NOT NULL,
  alone INTEGER NOT NULL,
  PRIMARY KEY (identity, purl)
) STRICT, WITHOUT ROWID;
CREATE TABLE file_origin (
  file_id INTEGER PRIMARY KEY REFERENCES file,
  purl TEXT NOT NULL,
  learned_from TEXT NOT NULL
) STRICT;
