-- From version 7 to 8: an edition may be one shard of itself, and workers may collect for a run.
ALTER TABLE edition ADD COLUMN shard TEXT;
CREATE TABLE run_worker (
  run_id INTEGER NOT NULL REFERENCES run,
  worker TEXT NOT NULL,
  done INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  PRIMARY KEY (run_id, worker)
) STRICT, WITHOUT ROWID;
