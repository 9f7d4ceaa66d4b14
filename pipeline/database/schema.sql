-- The data dictionary of survey.sqlite. Facts first (filled by collecting stages, never edited), then judgements
-- (rebuilt from facts and rules), then the views that people query. Hashes are 32-byte BLOBs, times are UTC in ISO 8601,
-- sizes and counts of bytes are bytes.

-- ── Facts ────────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE edition (              -- one survey: a month's ranking, or a list of projects, or data brought in
  edition TEXT PRIMARY KEY,         -- YYYY-MM
  kind TEXT NOT NULL CHECK (kind IN ('ranking', 'projects', 'imported')), -- ranking, projects (a list), imported
  top_n INTEGER NOT NULL,           -- how many projects with binary wheels it is to cover
  index_url TEXT NOT NULL,          -- root of the index that is asked
  ranking_source TEXT NOT NULL,     -- URL, or name of the file, or 'projects'
  ranking_sha256 BLOB NOT NULL,     -- SHA-256 of the ranking's bytes (of the normalized names for a list of projects)
  ranked_at TEXT                    -- when the ranking says it was made; NULL for a list of projects
) STRICT;

CREATE TABLE ranking (              -- the ranking an edition walks down
  edition TEXT NOT NULL REFERENCES edition, -- the month
  rank INTEGER NOT NULL,            -- 1 is the most downloaded
  project TEXT NOT NULL,            -- name, normalized as PEP 503 says
  downloads INTEGER,                -- downloads in the month, as the ranking says; NULL for a list of projects
  PRIMARY KEY (edition, rank),
  UNIQUE (edition, project)
) STRICT, WITHOUT ROWID;

CREATE TABLE candidate (            -- every project that was asked for, and why it was taken or passed by
  edition TEXT NOT NULL REFERENCES edition, -- the month
  project TEXT NOT NULL,            -- name, normalized as PEP 503 says
  outcome TEXT NOT NULL,            -- taken, pure only, sdist only, other files, no files, not found
  version TEXT,                     -- its latest release as the index says; NULL when not found
  files INTEGER NOT NULL,           -- files of that release, of every kind
  etag TEXT,                        -- the document's ETag, with which a later edition asks again
  PRIMARY KEY (edition, project)
) STRICT, WITHOUT ROWID;

CREATE TABLE wheel (                -- a binary wheel by its content; what its end says is filled in when it has been read
  wheel INTEGER PRIMARY KEY,        -- a number of its own
  sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32), -- of the whole file, as the index announces it
  size INTEGER NOT NULL,            -- of the whole file
  read_for TEXT REFERENCES edition, -- edition for which its end was first read; NULL: not read yet
  members INTEGER,                  -- entries of its central directory, directories among them
  native_members INTEGER,           -- rows in member
  uncompressed_size INTEGER,        -- sum over all entries
  directory_size INTEGER,           -- of the central directory
  tail_needed INTEGER,              -- distance from the first byte that was needed to the file's end
  generator TEXT,                   -- the Generator lines of WHEEL, joined with '; '
  repair_tool TEXT,                 -- the repair tool that the wheel itself names; NULL: it names none
  read_whole INTEGER                -- 1: the server ignored ranges and the whole file was fetched
) STRICT;

CREATE TABLE survey (               -- the binary wheels of an edition, as the index listed them then
  edition TEXT NOT NULL REFERENCES edition, -- the month
  project TEXT NOT NULL,            -- name, normalized as PEP 503 says
  filename TEXT NOT NULL,           -- the wheel's file name
  version TEXT NOT NULL,            -- of the release
  wheel INTEGER NOT NULL REFERENCES wheel, -- which wheel
  url TEXT NOT NULL,                -- where the index says the file is
  uploaded_at TEXT,                 -- NULL: the index did not say
  yanked INTEGER NOT NULL,          -- 1: withdrawn by its maintainers (PEP 592)
  build TEXT,                       -- build number in the file name
  platform_family TEXT NOT NULL,    -- manylinux, musllinux, macOS, Windows, other
  PRIMARY KEY (edition, project, filename)
) STRICT, WITHOUT ROWID;
CREATE INDEX survey_wheel ON survey (wheel);
CREATE INDEX survey_family ON survey (edition, project, platform_family, filename);

CREATE TABLE wheel_tag (            -- the tags of a wheel's file name, compressed sets expanded
  filename TEXT NOT NULL,           -- the wheel's file name
  python TEXT NOT NULL,             -- cp312
  abi TEXT NOT NULL,                -- cp312, abi3, none
  platform TEXT NOT NULL,           -- manylinux_2_28_x86_64
  PRIMARY KEY (filename, python, abi, platform)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (               -- every native file inside a wheel, as its central directory lists it
  member INTEGER PRIMARY KEY,       -- a number of its own
  wheel INTEGER NOT NULL REFERENCES wheel, -- which wheel
  path TEXT NOT NULL,               -- as CPython's zipfile gives it
  size INTEGER NOT NULL,            -- uncompressed
  compressed_size INTEGER NOT NULL, -- in the archive
  crc32 INTEGER NOT NULL,           -- of the uncompressed bytes
  sha256 BLOB,                      -- of the uncompressed bytes, by RECORD; NULL: RECORD has none
  UNIQUE (wheel, path)
) STRICT;

CREATE TABLE sbom (                 -- the documents under .dist-info/sboms/ (PEP 770), as they are
  wheel INTEGER NOT NULL REFERENCES wheel, -- which wheel
  path TEXT NOT NULL,               -- of the document inside the wheel
  document BLOB NOT NULL,           -- its bytes
  PRIMARY KEY (wheel, path)
) STRICT;

CREATE TABLE anomaly (              -- what is odd about a wheel that was nevertheless read
  wheel INTEGER NOT NULL REFERENCES wheel, -- which wheel
  tag TEXT NOT NULL,                -- a word of the list in docs/anomalies.md
  detail TEXT NOT NULL,             -- how many, or the first of them
  PRIMARY KEY (wheel, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE imported_file (        -- data of a survey that was not ours: which file name was seen in which project
  file INTEGER PRIMARY KEY,         -- a number of its own
  edition TEXT NOT NULL REFERENCES edition, -- the month
  project TEXT NOT NULL,            -- name, normalized as PEP 503 says
  distribution TEXT NOT NULL,       -- file name of the distribution in which it was first seen
  file_name TEXT NOT NULL,          -- without its folders
  UNIQUE (edition, project, file_name)
) STRICT;

CREATE TABLE published_2023 (       -- the ranked table that the survey of 2023 published
  library TEXT PRIMARY KEY,         -- as it was printed
  published INTEGER NOT NULL        -- under the heading "Unique Packages"
) STRICT, WITHOUT ROWID;

-- ── What happened: costs and failures, never part of the published numbers ───────────────────────────────────────────

CREATE TABLE run (                  -- each start of the program that could write
  run INTEGER PRIMARY KEY,          -- a number of its own
  edition TEXT NOT NULL,            -- the month
  pid INTEGER NOT NULL,             -- the process's id
  host TEXT NOT NULL,               -- the machine's name
  started_at TEXT NOT NULL,         -- when
  ended_at TEXT,                    -- NULL: still running, or killed
  exit_code INTEGER                 -- as documented in README.md; NULL: still running, or killed
) STRICT;

CREATE TABLE run_stage (            -- what a run spent on a stage
  run INTEGER NOT NULL REFERENCES run, -- which run
  stage TEXT NOT NULL,              -- ranking, releases, members, …
  completed INTEGER NOT NULL,       -- 1: it came to its end; 0: it was stopped
  seconds REAL NOT NULL,            -- wall time
  done INTEGER NOT NULL,            -- items that succeeded in this run
  failed INTEGER NOT NULL,          -- items of the edition that stood as failed when it ended
  concurrency INTEGER NOT NULL,     -- requests at a time
  PRIMARY KEY (run, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost (                 -- what an item took from the network, over all its tries
  edition TEXT NOT NULL REFERENCES edition, -- the month
  stage TEXT NOT NULL,              -- ranking, releases, members, …
  item TEXT NOT NULL,               -- a project, or a wheel's file name
  requests INTEGER NOT NULL,        -- sent, failed ones too
  bytes INTEGER NOT NULL,           -- of the answers' bodies
  PRIMARY KEY (edition, stage, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (              -- what is not in the numbers, and why; a row goes when its item succeeds
  stage TEXT NOT NULL,              -- ranking, releases, members, …
  item TEXT NOT NULL,               -- a project, or a wheel's file name
  kind TEXT NOT NULL,               -- a word of the list in README.md
  message TEXT NOT NULL,            -- what was found, what was expected
  edition TEXT NOT NULL REFERENCES edition, -- the month
  project TEXT NOT NULL,            -- the project that the item belongs to
  tries INTEGER NOT NULL,           -- runs that tried; after three it is left
  run INTEGER NOT NULL,             -- the last run that tried
  failed_at TEXT NOT NULL,          -- when it last failed
  PRIMARY KEY (edition, stage, item)
) STRICT;

-- ── Judgements: rebuilt from facts and rules ─────────────────────────────────────────────────────────────────────────

CREATE TABLE library (              -- what each native member is, by its name
  member INTEGER PRIMARY KEY REFERENCES member, -- which native file
  file_name TEXT NOT NULL,          -- the last part of its path
  kind TEXT NOT NULL,               -- extension-module, shared-library, static-library, import-library, other
  member_group TEXT,                -- a recognized group kept out of the ranking (managed-assembly, qt-plugin, …); NULL: none
  library TEXT,                     -- name without inserted hashes and version: libcrypto.so; NULL for extension modules
  stem TEXT NOT NULL,               -- the same across platforms, without suffix: libcrypto
  hashes TEXT NOT NULL,             -- the inserted hashes, joined with '-'; '' for none
  file_version TEXT,                -- what the file name says; not the upstream version unless component.version says so
  repair_tool TEXT,                 -- the tool that put it there; NULL: not repaired, or not known
  evidence TEXT NOT NULL            -- what decided
) STRICT;
CREATE INDEX library_name ON library (library);

CREATE TABLE component (            -- the upstream projects that the rules in data/ know
  component TEXT PRIMARY KEY,       -- openssl
  name TEXT NOT NULL,               -- OpenSSL
  purl TEXT NOT NULL,               -- pkg:generic/openssl
  licence TEXT,                     -- SPDX expression; NULL: the rules have no source for it
  cpe TEXT                          -- vendor:product; NULL: likewise
) STRICT, WITHOUT ROWID;

CREATE TABLE member_component (     -- which upstream project a library belongs to
  member INTEGER PRIMARY KEY REFERENCES library, -- which native file
  component TEXT NOT NULL REFERENCES component, -- the upstream project
  version TEXT,                     -- upstream version, where something says what the number means
  version_source TEXT               -- what says so
) STRICT;
CREATE INDEX member_component_component ON member_component (component);

CREATE TABLE imported_name (        -- the same for imported files; files that are not native by their names are not in it
  file INTEGER PRIMARY KEY REFERENCES imported_file, -- the file named
  kind TEXT NOT NULL,               -- as in library, like all columns of the same name
  member_group TEXT,                -- likewise
  library TEXT,                     -- likewise
  stem TEXT NOT NULL,               -- likewise
  hashes TEXT NOT NULL,             -- likewise
  file_version TEXT,                -- likewise
  repair_tool TEXT,                 -- likewise
  evidence TEXT NOT NULL,           -- likewise
  version TEXT,                     -- of the distribution, by its file name; NULL if that is no wheel's
  platform_family TEXT NOT NULL,    -- of the distribution, by its file name; other if that is no wheel's
  library_2023 TEXT NOT NULL,       -- the name by the rule of 2023
  component TEXT REFERENCES component, -- the upstream project; NULL: no rule knows it
  component_version TEXT,           -- upstream version, where a rule says what the number means
  version_source TEXT               -- what says so
) STRICT;

CREATE TABLE derivation (           -- from which inputs tables were last built, or reports last written
  stage TEXT PRIMARY KEY,           -- libraries, components, or 'reports ' and the edition
  inputs TEXT NOT NULL              -- fingerprint of facts, rules and files
) STRICT, WITHOUT ROWID;

-- ── Views: stable names and columns, documented in README.md ─────────────────────────────────────────────────────────

-- One row for each native member of each surveyed wheel, and for each native file of an imported edition (what is not known of it is NULL).
CREATE VIEW native_file AS
SELECT s.edition, s.project, s.version, s.filename AS wheel, m.path, m.size, m.crc32, CASE WHEN m.sha256 IS NOT NULL THEN lower(hex(m.sha256)) END AS sha256,
  l.kind, l.library, l.file_version, s.platform_family,
  l.file_name, l.stem, l.member_group, l.hashes, l.repair_tool, l.evidence, c.component, c.version AS component_version, c.version_source
FROM survey s
JOIN member m ON m.wheel = s.wheel
LEFT JOIN library l ON l.member = m.member
LEFT JOIN member_component c ON c.member = m.member
UNION ALL
SELECT f.edition, f.project, n.version, f.distribution, f.file_name, NULL, NULL, NULL,
  n.kind, n.library, n.file_version, n.platform_family,
  f.file_name, n.stem, n.member_group, n.hashes, n.repair_tool, n.evidence, n.component, n.component_version, n.version_source
FROM imported_file f
JOIN imported_name n ON n.file = f.file;

-- Each shared library under the two names by which it is counted: its own and its upstream project's.
CREATE VIEW carried AS
SELECT edition, project, wheel, file_name, platform_family, 'library' AS counted_by, library AS name
FROM native_file WHERE kind = 'shared-library'
UNION ALL
SELECT edition, project, wheel, file_name, platform_family, 'component', component
FROM native_file WHERE kind = 'shared-library' AND component IS NOT NULL;

-- How many carry it: packages are distinct projects, files distinct (project, file name) pairs; then packages by platform family.
CREATE VIEW carried_rank AS
SELECT edition, counted_by, row_number() OVER (PARTITION BY edition, counted_by ORDER BY packages DESC, name) AS rank,
  name, packages, files, wheels, manylinux, musllinux, macos, windows, other
FROM (
  SELECT edition, counted_by, name, count(DISTINCT project) AS packages,
    count(DISTINCT project || '/' || file_name) AS files,
    count(DISTINCT project || '/' || wheel) AS wheels,
    count(DISTINCT CASE platform_family WHEN 'manylinux' THEN project END) AS manylinux,
    count(DISTINCT CASE platform_family WHEN 'musllinux' THEN project END) AS musllinux,
    count(DISTINCT CASE platform_family WHEN 'macOS' THEN project END) AS macos,
    count(DISTINCT CASE platform_family WHEN 'Windows' THEN project END) AS windows,
    count(DISTINCT CASE platform_family WHEN 'other' THEN project END) AS other
  FROM carried
  GROUP BY edition, counted_by, name
);

-- The ranked table of libraries. Ties are in byte order of the name.
CREATE VIEW library_rank AS
SELECT edition, rank, name AS library, packages, files, wheels, manylinux, musllinux, macos, windows, other
FROM carried_rank WHERE counted_by = 'library';

-- The same by upstream project.
CREATE VIEW component_rank AS
SELECT edition, rank, name AS component, packages, files, wheels, manylinux, musllinux, macos, windows, other
FROM carried_rank WHERE counted_by = 'component';

-- What reading the wheels took: those first read for the edition, the requests for them, the bytes of the answers' bodies.
CREATE VIEW survey_cost AS
SELECT e.edition,
  (SELECT count(*) FROM wheel w WHERE w.read_for = e.edition) AS wheels,
  (SELECT coalesce(sum(c.requests), 0) FROM cost c WHERE c.edition = e.edition AND c.stage = 'members') AS requests,
  (SELECT coalesce(sum(c.bytes), 0) FROM cost c WHERE c.edition = e.edition AND c.stage = 'members') AS bytes,
  (SELECT coalesce(sum(w.size), 0) FROM wheel w WHERE w.read_for = e.edition) AS wheel_bytes
FROM edition e;

-- What the wheels' own SBOMs say they hold (CycloneDX), statically linked code among it, which no file name shows.
CREATE VIEW sbom_component AS
SELECT s.edition, s.project, s.filename AS wheel, d.path,
  c.value ->> 'name' AS name, c.value ->> 'version' AS version, c.value ->> 'purl' AS purl
FROM survey s
JOIN sbom d ON d.wheel = s.wheel
JOIN json_each(CASE WHEN json_valid(CAST(d.document AS TEXT)) THEN CAST(d.document AS TEXT) ELSE '{}' END, '$.components') c;

-- The projects of an edition with what their wheels hold.
CREATE VIEW surveyed_project AS
SELECT c.edition, r.rank, c.project, r.downloads, c.version,
  count(s.filename) AS wheels,
  count(w.read_for) AS wheels_read,
  coalesce(sum(w.size), 0) AS wheel_bytes,
  coalesce(sum(w.native_members), 0) AS native_files
FROM candidate c
JOIN ranking r USING (edition, project)
LEFT JOIN survey s USING (edition, project)
LEFT JOIN wheel w ON w.wheel = s.wheel
WHERE c.outcome = 'taken'
GROUP BY c.edition, c.project;

-- The 25 rows that the survey of 2023 published: its figure, what that really counted (distinct pairs of project and file name),
-- and the distinct projects, by its rule and by our names.
CREATE VIEW baseline_2023 AS
SELECT p.library, p.published,
  (SELECT count(*) FROM imported_file f JOIN imported_name n USING (file) WHERE n.library_2023 = p.library) AS pairs,
  (SELECT count(DISTINCT f.project) FROM imported_file f JOIN imported_name n USING (file) WHERE n.library_2023 = p.library) AS packages,
  (SELECT count(DISTINCT f.project) FROM imported_file f JOIN imported_name n USING (file) WHERE n.library = p.library) AS packages_now
FROM published_2023 p;
