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
