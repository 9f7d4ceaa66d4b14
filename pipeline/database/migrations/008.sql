-- From version 7 to 8: an edition may be one shard of itself.
ALTER TABLE edition ADD COLUMN shard TEXT;
