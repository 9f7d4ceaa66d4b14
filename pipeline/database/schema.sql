-- The data dictionary of survey.sqlite. Facts first (filled by collecting stages, never edited), then judgements
-- (derived from facts and rules, made anew where those change), then the views that people query. A table is named after what
-- a row is. Integer keys end in _id; `wheel` is always a file name, `project` a normalized name (PEP 503), `edition` YYYY-MM.
-- Hashes are 32-byte BLOBs here and lower-case hex in the views, times are UTC in ISO 8601, sizes are bytes.

-- ── Facts ────────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE edition (              -- one survey: a month's ranking, or a list of projects, or data brought in
  edition TEXT PRIMARY KEY,         -- YYYY-MM
  kind TEXT NOT NULL CHECK (kind IN ('ranking', 'projects', 'imported')), -- ranking, projects (a list), imported
  top_n INTEGER NOT NULL,           -- how many projects with binary wheels it is to cover
  index_url TEXT NOT NULL,          -- root of the index that is asked; '' for imported data
  ranking_source TEXT NOT NULL,     -- URL, or name of the file, or 'projects'
  ranking_sha256 BLOB NOT NULL,     -- SHA-256 of the ranking's bytes (of the normalized names for a list of projects)
  ranked_at TEXT,                   -- when the ranking says it was made; NULL for a list of projects
  shard TEXT                        -- of which projects the wheels are read, such as 2/5; NULL: of all
) STRICT;

CREATE TABLE ranked_project (       -- a line of the ranking that an edition walks down
  edition TEXT NOT NULL REFERENCES edition, -- the month
  rank INTEGER NOT NULL,            -- 1 is the most downloaded
  project TEXT NOT NULL,            -- its name
  downloads INTEGER,                -- downloads in the month, as the ranking says; NULL for a list of projects
  PRIMARY KEY (edition, rank),
  UNIQUE (edition, project)
) STRICT, WITHOUT ROWID;

CREATE TABLE release (              -- what the index said of a project's latest release; the same answer in several months is one row
  release_id INTEGER PRIMARY KEY,   -- a number of its own
  project TEXT NOT NULL,            -- its name
  version TEXT,                     -- of the release; NULL: the index does not know the project, or the data are imported
  files INTEGER NOT NULL,           -- files of the release, of every kind
  wheels INTEGER,                   -- wheels among them; NULL: read by version 1, which did not count them
  sdists INTEGER,                   -- source distributions among them; NULL: likewise
  license_expression TEXT           -- SPDX expression (PEP 639); NULL: the index says none, or it was read before version 5, or the data are imported
) STRICT;
CREATE INDEX release_project ON release (project);

CREATE TABLE release_file (         -- a wheel of a release, pure or binary, as the index listed it
  release_id INTEGER NOT NULL REFERENCES release, -- which release
  filename TEXT NOT NULL,           -- the wheel's file name; in imported data any distribution's
  wheel_id INTEGER NOT NULL REFERENCES wheel, -- which content
  url TEXT,                         -- where the index says the file is; NULL in imported data
  uploaded_at TEXT,                 -- NULL: the index did not say
  yanked INTEGER NOT NULL,          -- 1: withdrawn by its maintainers (PEP 592)
  PRIMARY KEY (release_id, filename)
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (               -- which release an edition found for a project that it asked for
  edition TEXT NOT NULL REFERENCES edition, -- the month
  project TEXT NOT NULL,            -- its name
  release_id INTEGER NOT NULL REFERENCES release, -- what the index said
  etag TEXT,                        -- the document's ETag, with which a later edition asks again
  asked_on TEXT,                    -- the day of the answer, UTC; NULL: stored before version 3, or imported
  PRIMARY KEY (edition, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX answer_release ON answer (release_id);

CREATE TABLE wheel (                -- a wheel by its content; what its end says is filled in when it has been read
  wheel_id INTEGER PRIMARY KEY,     -- a number of its own
  sha256 BLOB UNIQUE CHECK (length(sha256) = 32), -- of the whole file, as the index announces it; NULL in imported data
  size INTEGER,                     -- of the whole file; NULL in imported data
  reader INTEGER,                   -- version of the reader that has read its end; NULL: not read
  read_for TEXT REFERENCES edition, -- edition for which its end was first read; NULL: not read
  reread_for TEXT REFERENCES edition, -- edition for which a newer reader has read it again; NULL: none has
  entries INTEGER,                  -- entries of its central directory, directories among them
  uncompressed_size INTEGER,        -- sum over all entries
  directory_size INTEGER,           -- of the central directory
  tail_needed INTEGER,              -- distance from the first byte that was needed to the file's end
  dist_info TEXT,                   -- its .dist-info directory, with the slash; NULL: it has none of its own, or was read by version 1
  read_whole INTEGER                -- 1: the server ignored ranges and the whole file was fetched
) STRICT;

CREATE TABLE listing (              -- all entries of a wheel's central directory
  wheel_id INTEGER PRIMARY KEY REFERENCES wheel, -- which wheel; those that version 1 read have none
  entries BLOB NOT NULL             -- path, size, CRC-32 and mode of each, compressed: pipeline/formats/wheel/listing.ts
) STRICT;

CREATE TABLE path (                 -- a path inside wheels
  path_id INTEGER PRIMARY KEY,      -- a number of its own
  path TEXT NOT NULL UNIQUE         -- as CPython's zipfile gives it; in imported data the file name alone
) STRICT;

CREATE TABLE file (                 -- a distinct file inside wheels; one without a hash in RECORD has a row of its own for each wheel
  file_id INTEGER PRIMARY KEY,      -- a number of its own
  sha256 BLOB,                      -- of the uncompressed bytes, as RECORD claims; NULL: RECORD has none
  size INTEGER,                     -- uncompressed; NULL in imported data
  crc32 INTEGER,                    -- of the uncompressed bytes; NULL in imported data
  hex TEXT GENERATED ALWAYS AS (CASE WHEN sha256 IS NOT NULL THEN lower(hex(sha256)) END) VIRTUAL -- the SHA-256 as people write it
) STRICT;
CREATE INDEX file_hex ON file (hex) WHERE hex IS NOT NULL;

CREATE TABLE member (               -- a file inside a wheel that is native code by its name, or may be by its mode and size
  wheel_id INTEGER NOT NULL REFERENCES wheel, -- which wheel
  path_id INTEGER NOT NULL REFERENCES path, -- where in it
  file_id INTEGER NOT NULL REFERENCES file, -- what it holds
  compressed_size INTEGER,          -- in the archive; NULL in imported data, like what follows
  mode INTEGER,                     -- Unix mode of the entry, 0 if it says none; NULL: read by version 1, like what follows
  method INTEGER,                   -- how it is compressed: 0 not at all, 8 deflate
  header_offset INTEGER,            -- where in the wheel its local header begins
  next_offset INTEGER,              -- where the next entry begins, or the directory
  PRIMARY KEY (wheel_id, path_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_file ON member (file_id);

CREATE TABLE file_contents (        -- what the bytes of a distinct file say, as far as they were read; what could not be read is NULL
  file_id INTEGER PRIMARY KEY REFERENCES file, -- which file
  plan INTEGER NOT NULL,            -- how much of it was asked for: 1 its beginning and a short end, 2 all of it or a longer end, 3 all of it up to 32 MiB
  reader INTEGER NOT NULL,          -- version of the reader of contents
  read_for TEXT NOT NULL REFERENCES edition, -- edition for which it was read
  read_bytes INTEGER NOT NULL,      -- bytes of it that are known, uncompressed
  format TEXT,                      -- elf, pe, macho; NULL: none of them, or its beginning is not known
  machine TEXT,                     -- x86_64, aarch64, i386, …
  identity TEXT,                    -- build-id (ELF), UUID (Mach-O), time stamp and size of the image (PE), in lower-case hex
  soname TEXT,                      -- SONAME, install name, or the name in its export table
  needed TEXT,                      -- libraries that it loads, a JSON array in its order; []: none
  glibc TEXT,                       -- newest version of the GNU C library's symbols that it needs
  compiler TEXT,                    -- what .comment names
  debuglink TEXT,                   -- name of its file with debug symbols (.gnu_debuglink, PDB)
  debug_id TEXT,                    -- GUID and age of its CodeView record (PE), in lower-case hex
  resource_version TEXT,            -- file version in its version resource
  parts TEXT NOT NULL,              -- parts that were read, a JSON array: header, notes, dynamic, imports, versions, sections, debug, resource
  problem TEXT,                     -- why no more of it is known; NULL: nothing odd
  dylib_version TEXT,               -- current version in LC_ID_DYLIB
  form TEXT,                        -- library, executable, object, as its header says; NULL: it does not, or read before version 7
  modules TEXT                      -- modules whose initialization functions it has, a JSON array of their names; NULL: read before version 7
) STRICT;

CREATE TABLE file_text (            -- a text in the bytes of a native file that a rule knows
  file_id INTEGER NOT NULL REFERENCES file, -- which file
  kind TEXT NOT NULL,               -- own (its release), resource, dylib (likewise, from there), linked (another component), package (by its sources' paths)
  component TEXT NOT NULL,          -- whose rule asked for it; of a package its purl without version
  at INTEGER NOT NULL,              -- where in it, uncompressed; 0: of resource and dylib
  text TEXT NOT NULL,               -- as it stands there, its first 200 characters
  version TEXT,                     -- the release that it says; NULL: none
  PRIMARY KEY (file_id, kind, component, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (             -- a distinct text of a wheel's .dist-info
  document_id INTEGER PRIMARY KEY,  -- a number of its own
  sha256 BLOB NOT NULL UNIQUE,      -- of its bytes
  content BLOB NOT NULL             -- its bytes; of WHEEL in wheels that version 1 read only the Generator lines
) STRICT;

CREATE TABLE wheel_document (       -- which documents a wheel has: WHEEL, DELVEWHEEL, sboms/… (PEP 770)
  wheel_id INTEGER NOT NULL REFERENCES wheel, -- which wheel
  name TEXT NOT NULL,               -- path below .dist-info
  document_id INTEGER NOT NULL REFERENCES document, -- what it says
  PRIMARY KEY (wheel_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE anomaly (              -- what is odd about a wheel that was nevertheless read
  wheel_id INTEGER NOT NULL REFERENCES wheel, -- which wheel
  tag TEXT NOT NULL,                -- a word of the list in docs/anomalies.md
  detail TEXT NOT NULL,             -- how many, or the first of them
  PRIMARY KEY (wheel_id, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE published_2023 (       -- a row of the ranked table that the survey of 2023 published
  library TEXT PRIMARY KEY,         -- as it was printed
  published INTEGER NOT NULL        -- under the heading "Unique Packages"
) STRICT, WITHOUT ROWID;

-- ── What happened: costs and failures, never part of the published numbers ───────────────────────────────────────────

CREATE TABLE run (                  -- each start of the program that could write
  run_id INTEGER PRIMARY KEY,       -- a number of its own
  edition TEXT NOT NULL,            -- the month
  pid INTEGER NOT NULL,             -- the process's id
  host TEXT NOT NULL,               -- the machine's name
  started_at TEXT NOT NULL,         -- when
  ended_at TEXT,                    -- NULL: still running, or killed
  exit_code INTEGER                 -- as documented in README.md; NULL: still running, or killed
) STRICT;

CREATE TABLE run_stage (            -- what a run spent on a stage
  run_id INTEGER NOT NULL REFERENCES run, -- which run
  stage TEXT NOT NULL,              -- ranking, releases, members, …
  completed INTEGER NOT NULL,       -- 1: it came to its end; 0: it was stopped
  seconds REAL NOT NULL,            -- wall time
  done INTEGER NOT NULL,            -- items that succeeded in this run
  failed INTEGER NOT NULL,          -- items of the edition that stood as failed when it ended
  concurrency INTEGER NOT NULL,     -- requests at a time; with a queue, items
  PRIMARY KEY (run_id, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_worker (           -- what a worker has collected for a run that had a queue
  run_id INTEGER NOT NULL REFERENCES run, -- which run
  worker TEXT NOT NULL,             -- as it calls itself: host, process, a number by chance
  done INTEGER NOT NULL,            -- items that succeeded
  failed INTEGER NOT NULL,          -- items that did not
  PRIMARY KEY (run_id, worker)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost (                 -- what a stage took from the network for an edition, over all tries of its items
  edition TEXT NOT NULL REFERENCES edition, -- the month
  stage TEXT NOT NULL,              -- ranking, releases, members, …
  requests INTEGER NOT NULL,        -- sent, failed ones too
  bytes INTEGER NOT NULL,           -- of the answers' bodies
  PRIMARY KEY (edition, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (              -- what is not in the numbers, and why; a row goes when its item succeeds
  stage TEXT NOT NULL,              -- ranking, releases, members, …
  item TEXT NOT NULL,               -- a project, or a wheel's file name
  kind TEXT NOT NULL,               -- a word of the list in README.md
  message TEXT NOT NULL,            -- what was found, what was expected
  edition TEXT NOT NULL REFERENCES edition, -- the month
  project TEXT NOT NULL,            -- the project that the item belongs to
  tries INTEGER NOT NULL,           -- runs that tried; after three it is left
  run_id INTEGER NOT NULL,          -- the last run that tried
  failed_at TEXT NOT NULL,          -- when it last failed
  PRIMARY KEY (edition, stage, item)
) STRICT;

-- ── Judgements: from facts and rules ─────────────────────────────────────────────────────────────────────────────────

CREATE TABLE release_outcome (      -- why a release was taken into the survey or passed by
  release_id INTEGER PRIMARY KEY REFERENCES release, -- which release
  outcome TEXT NOT NULL             -- taken, pure only, sdist only, other files, no files, not found
) STRICT;

CREATE TABLE binary_wheel (         -- a binary wheel of a release, by its file name; in imported data any distribution
  release_id INTEGER NOT NULL REFERENCES release, -- which release
  filename TEXT NOT NULL,           -- the wheel's file name
  wheel_id INTEGER NOT NULL REFERENCES wheel, -- which content
  version TEXT,                     -- in the file name; NULL: it is no wheel's
  build TEXT,                       -- build number in the file name
  platform_family TEXT NOT NULL,    -- manylinux, musllinux, macOS, Windows, Android, iOS, Emscripten, other
  variant TEXT,                     -- variant label in the file name (PEP 825); NULL: none
  PRIMARY KEY (release_id, filename)
) STRICT, WITHOUT ROWID;
CREATE INDEX binary_wheel_family ON binary_wheel (release_id, platform_family, filename);
CREATE INDEX binary_wheel_wheel ON binary_wheel (wheel_id);

CREATE TABLE wheel_tag (            -- a tag of a binary wheel's file name, compressed sets expanded
  filename TEXT NOT NULL,           -- the wheel's file name
  python TEXT NOT NULL,             -- cp312
  abi TEXT NOT NULL,                -- cp312, abi3, none
  platform TEXT NOT NULL,           -- manylinux_2_28_x86_64
  PRIMARY KEY (filename, python, abi, platform)
) STRICT, WITHOUT ROWID;

CREATE TABLE judged_wheel (         -- a wheel whose members have been judged
  wheel_id INTEGER PRIMARY KEY REFERENCES wheel, -- which wheel
  repair_tool TEXT,                 -- the repair tool that the wheel itself names; NULL: it names none
  native_files INTEGER NOT NULL,    -- how many of its members are native
  matched INTEGER NOT NULL DEFAULT 0 -- 1: its bundled files have been compared with what its SBOMs list
) STRICT;

CREATE TABLE name (                 -- what a native file's name tells; the same of many members is one row
  name_id INTEGER PRIMARY KEY,      -- a number of its own
  file_name TEXT NOT NULL,          -- the last part of the path
  kind TEXT NOT NULL,               -- extension-module, shared-library, static-library, import-library, executable, other
  member_group TEXT,                -- a recognized group kept out of the ranking (managed-assembly, qt-plugin, …); NULL: none
  library TEXT,                     -- name without inserted hashes and version: libcrypto.so; NULL for extension modules and programs
  stem TEXT NOT NULL,               -- the same across platforms, without suffix: libcrypto
  hashes TEXT NOT NULL,             -- the inserted hashes, joined with '-'; '' for none
  file_version TEXT,                -- what the file name says; not the upstream version unless name_component.version says so
  repair_tool TEXT,                 -- the tool that put it there; NULL: not repaired, or not known
  evidence TEXT NOT NULL            -- what decided
) STRICT;
CREATE INDEX name_file_name ON name (file_name);
CREATE INDEX name_library ON name (library);

CREATE TABLE member_name (          -- a native member and what its name tells; members that are not native have no row
  wheel_id INTEGER NOT NULL REFERENCES judged_wheel, -- which wheel
  path_id INTEGER NOT NULL REFERENCES path, -- where in it
  name_id INTEGER NOT NULL REFERENCES name, -- what its name tells
  PRIMARY KEY (wheel_id, path_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_name_name ON member_name (name_id);

CREATE TABLE sbom (                 -- a document under sboms/ that has been read (PEP 770)
  document_id INTEGER PRIMARY KEY REFERENCES document, -- which document
  format TEXT,                      -- CycloneDX or SPDX with its version; NULL: not recognized
  tool TEXT,                        -- the tools that it says made it, with their versions, joined with '; '; NULL: it names none
  problem TEXT                      -- why it could not be read; NULL: it was
) STRICT;

CREATE TABLE sbom_entry (           -- a component, package or file that an SBOM lists
  document_id INTEGER NOT NULL REFERENCES sbom, -- which document
  nth INTEGER NOT NULL,             -- its place in the document, from 1, a component before those nested under it
  parent INTEGER,                   -- the place of the component under which it is nested; NULL: none
  ref TEXT,                         -- bom-ref, SPDXID or spdxId; NULL: it has none
  type TEXT,                        -- library, application, file, …, as the document says
  name TEXT,                        -- its name
  version TEXT,                     -- its version
  purl TEXT,                        -- its package URL
  licence TEXT,                     -- SPDX expression or name, as the document says
  scope TEXT,                       -- required, optional, excluded; NULL: not said
  outside TEXT,                     -- why it is no component inside the wheel: subject, own module, excluded, file, nameless; NULL: it is one
  path_sha256 BLOB,                 -- SHA-256 of a path at build time that it refers to (auditwheel, maturin); NULL: none
  PRIMARY KEY (document_id, nth)
) STRICT, WITHOUT ROWID;

CREATE TABLE sbom_match (           -- a bundled file that its wheel's own documents name, by the strongest of what says so; packages of a language name none
  wheel_id INTEGER NOT NULL REFERENCES judged_wheel, -- which wheel
  path_id INTEGER NOT NULL REFERENCES path, -- where in it
  document_id INTEGER NOT NULL REFERENCES sbom, -- which document
  nth INTEGER NOT NULL,             -- which of its entries
  how TEXT NOT NULL,                -- path (its path at build time), library (its name), component (its upstream project)
  PRIMARY KEY (wheel_id, path_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sbom_rival (           -- another entry that is the same bundled file by its path, and names another package: none of them is believed
  wheel_id INTEGER NOT NULL REFERENCES judged_wheel, -- which wheel
  path_id INTEGER NOT NULL REFERENCES path, -- where in it
  document_id INTEGER NOT NULL REFERENCES sbom, -- which document
  nth INTEGER NOT NULL,             -- which of its entries
  PRIMARY KEY (wheel_id, path_id, document_id, nth)
) STRICT, WITHOUT ROWID;

CREATE TABLE name_fingerprint (     -- what a library's name tells of the file that auditwheel copied; a row for each library's name that has been looked at
  name_id INTEGER PRIMARY KEY REFERENCES name, -- which name
  original TEXT,                    -- the file's name before it was copied; NULL: auditwheel did not rename it
  digits TEXT                       -- first eight hex digits of its SHA-256 before it was patched; NULL: likewise
) STRICT;

CREATE TABLE fingerprint (          -- a file of a distribution's package, by its name and digits: what a copy with these is a copy of
  original TEXT NOT NULL,           -- the file's name in the distribution
  digits TEXT NOT NULL,             -- first eight hex digits of its SHA-256
  purl TEXT NOT NULL,               -- the package that ships it
  learned_from TEXT NOT NULL,       -- the first wheel whose SBOM proves it, or the row of data/fingerprints.csv
  PRIMARY KEY (original, digits, purl)
) STRICT, WITHOUT ROWID;

CREATE TABLE distribution_package ( -- a distribution's package as an SBOM or data/fingerprints.csv writes it
  stated TEXT PRIMARY KEY,          -- its package URL there
  purl TEXT NOT NULL                -- the same in the form of the purl specification, apk names put together again
) STRICT, WITHOUT ROWID;

CREATE TABLE name_origin (          -- a library's name whose fingerprint is that of a file of one known package
  name_id INTEGER PRIMARY KEY REFERENCES name, -- which name
  purl TEXT NOT NULL,               -- the package
  learned_from TEXT NOT NULL        -- what proves it, as in fingerprint
) STRICT;

CREATE TABLE known_build (          -- a build-id (ELF) of a file whose package is known: it stays the same when a file is patched or stripped
  identity TEXT NOT NULL, -- the build-id
  purl TEXT NOT NULL,               -- the package
  learned_from TEXT NOT NULL,       -- what proves it
  alone INTEGER NOT NULL,            -- 1: no other package is known for this build-id
  PRIMARY KEY (identity, purl)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_origin (          -- a file whose debug link has the version and release of its package, of which the name is known by another build of the file
  file_id INTEGER PRIMARY KEY REFERENCES file, -- which file
  purl TEXT NOT NULL,               -- the package
  learned_from TEXT NOT NULL        -- the debug link
) STRICT;

CREATE TABLE wheel_base (           -- a Linux wheel and what the image of its platform tag is made of: a guess, as tags say only how old a system may be (PEP 600)
  wheel_id INTEGER PRIMARY KEY REFERENCES judged_wheel, -- which wheel; those whose tags no image is known for have NULL below
  tag TEXT,                         -- the highest of its platform tags, without the architecture
  distribution TEXT,                -- the image's distribution
  release TEXT,                     -- and its release on the day of the wheel's upload
  documented INTEGER NOT NULL       -- 1: auditwheel's SBOM lists every file that belongs to a package, so that the others belong to none
) STRICT;

CREATE TABLE package_release (      -- a known package of a distribution, and the release of that which the package's version tells
  purl TEXT PRIMARY KEY,            -- the package
  distribution TEXT NOT NULL,       -- centos, almalinux, debian, alpine, …
  release TEXT                      -- 7, 8, 12, 22.04; NULL: the version tells none
) STRICT, WITHOUT ROWID;

CREATE TABLE distribution_release ( -- a release of a distribution, from data/distributions.json
  distribution TEXT NOT NULL,       -- centos
  release TEXT NOT NULL,            -- 7
  name TEXT NOT NULL,               -- CentOS Linux 7
  end_of_life TEXT,                 -- the last day of security updates for everybody; NULL: not known
  ecosystem TEXT,                   -- the OSV ecosystem whose advisories speak of its packages; NULL: none does
  PRIMARY KEY (distribution, release)
) STRICT, WITHOUT ROWID;

CREATE TABLE component (            -- an upstream project that the rules in data/ know
  component TEXT PRIMARY KEY,       -- openssl
  name TEXT NOT NULL,               -- OpenSSL
  purl TEXT NOT NULL,               -- pkg:generic/openssl
  licence TEXT,                     -- SPDX expression; NULL: the rules have no source for it
  cpe TEXT                          -- vendor:product; NULL: likewise
) STRICT, WITHOUT ROWID;

CREATE TABLE name_component (       -- a library's name and the upstream project to which the rules give it
  name_id INTEGER PRIMARY KEY REFERENCES name, -- which name
  component TEXT REFERENCES component, -- the upstream project; NULL: no rule knows it
  version TEXT,                     -- upstream version, where something says what the number means
  version_source TEXT               -- what says so
) STRICT;
CREATE INDEX name_component_component ON name_component (component);

CREATE TABLE file_version (         -- the upstream release that all known texts in a file's bytes say
  file_id INTEGER PRIMARY KEY REFERENCES file, -- which file
  component TEXT NOT NULL,          -- the upstream project
  version TEXT NOT NULL,            -- its release
  text TEXT NOT NULL                -- the first of the texts
) STRICT;

CREATE TABLE member_version (       -- the upstream release of a bundled library that its wheel tells: by its SBOM, or by a library of the same project beside it
  wheel_id INTEGER NOT NULL REFERENCES wheel, -- which wheel
  path_id INTEGER NOT NULL REFERENCES path, -- which file
  component TEXT NOT NULL,          -- the upstream project
  version TEXT NOT NULL,            -- its release
  known_by TEXT NOT NULL,           -- SBOM (by the file's path), SBOM by name, sibling
  source TEXT NOT NULL,             -- the SBOM's package URL, or the path of the sibling
  PRIMARY KEY (wheel_id, path_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_linked (          -- a component, or a package of a language, that is linked into a file
  file_id INTEGER NOT NULL REFERENCES file, -- which file
  component TEXT NOT NULL,          -- of data/components/, or a purl without version
  version TEXT NOT NULL,            -- its release; '': not known
  text TEXT NOT NULL,               -- the first of the texts that prove it
  PRIMARY KEY (file_id, component, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE name_2023 (            -- a file name of the data of 2023 and the name under which that survey counted it
  name_id INTEGER PRIMARY KEY REFERENCES name, -- which name
  library TEXT NOT NULL             -- an eight-digit hash and what follows .so taken off, nothing else
) STRICT;

CREATE TABLE rank (                 -- how many projects of an edition carry a library or component
  edition TEXT NOT NULL REFERENCES edition, -- the month
  counted_by TEXT NOT NULL,         -- library, component, or library-2023: libraries in files that the survey of 2023 could see
  rank INTEGER NOT NULL,            -- by packages; ties in byte order of the name
  name TEXT NOT NULL,               -- of the library or component
  packages INTEGER NOT NULL,        -- distinct projects that carry it in a surveyed wheel
  files INTEGER NOT NULL,           -- distinct pairs of project and file name
  wheels INTEGER NOT NULL,          -- wheels that hold it
  manylinux INTEGER NOT NULL,       -- packages that carry it in a wheel of this platform family
  musllinux INTEGER NOT NULL,       -- likewise
  macos INTEGER NOT NULL,           -- likewise
  windows INTEGER NOT NULL,         -- likewise
  other INTEGER NOT NULL,           -- likewise
  android INTEGER NOT NULL DEFAULT 0, -- likewise
  ios INTEGER NOT NULL DEFAULT 0,   -- likewise
  emscripten INTEGER NOT NULL DEFAULT 0, -- likewise
  PRIMARY KEY (edition, counted_by, rank)
) STRICT, WITHOUT ROWID;
CREATE INDEX rank_name ON rank (counted_by, name, edition);

CREATE TABLE derivation (           -- from what something was last derived: it is made anew when that has changed
  derived TEXT PRIMARY KEY,         -- names, components, sboms, or 'ranks ' and 'reports ' with the edition
  stamp TEXT NOT NULL               -- versions of the method and the deriver, SHA-256 of the rules; for reports of all that is in them
) STRICT, WITHOUT ROWID;

-- ── Views: stable names and columns, documented in README.md ─────────────────────────────────────────────────────────

CREATE VIEW native_file AS          -- native file in a surveyed wheel, and each of an imported edition
SELECT
  a.edition,                        -- the month
  a.project,                        -- its name
  coalesce(r.version, b.version) AS version, -- of the release; in imported data of the wheel's file name
  b.filename AS wheel,              -- the wheel's file name
  p.path,                           -- inside the wheel
  f.size,                           -- uncompressed; NULL in imported data
  f.crc32,                          -- of the uncompressed bytes; NULL in imported data
  f.hex AS sha256,                  -- lower-case hex, as RECORD claims; NULL: RECORD has none
  n.kind,                           -- extension-module, shared-library, static-library, import-library, executable, other
  n.library,                        -- name without inserted hashes and version
  n.file_version,                   -- what the file name says; not the upstream version
  b.platform_family,                -- manylinux, musllinux, macOS, Windows, Android, iOS, Emscripten, other
  n.file_name,                      -- the last part of the path
  n.stem,                           -- the library's name across platforms
  n.member_group,                   -- a recognized group kept out of the ranking; NULL: none
  n.hashes,                         -- the inserted hashes
  n.repair_tool,                    -- the tool that put it there; NULL: not repaired, or not known
  n.evidence,                       -- what decided
  c.component,                      -- the upstream project; NULL: no rule knows it
  CASE WHEN s.known_by = 'SBOM' THEN s.version ELSE coalesce(t.version, c.version, s.version) END AS component_version, -- upstream version, by the wheel's SBOM, else a text in its bytes, the number in its name where something says what that means, a sibling
  CASE WHEN s.known_by = 'SBOM' THEN 'SBOM: ' || s.source WHEN t.version IS NOT NULL THEN 'bytes: ' || t.text WHEN c.version IS NOT NULL THEN c.version_source ELSE s.known_by || ': ' || s.source END AS version_source, -- what says so
  b.variant                         -- variant label of the wheel's file name (PEP 825); NULL: none
FROM answer a
JOIN release r USING (release_id)
JOIN binary_wheel b USING (release_id)
JOIN member_name m ON m.wheel_id = b.wheel_id
JOIN name n USING (name_id)
JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
JOIN path p ON p.path_id = m.path_id
JOIN file f USING (file_id)
LEFT JOIN name_component c ON c.name_id = m.name_id
LEFT JOIN file_version t ON t.file_id = h.file_id AND t.component = c.component
LEFT JOIN member_version s ON s.wheel_id = m.wheel_id AND s.path_id = m.path_id AND s.component = c.component;

CREATE VIEW library_rank AS         -- library of an edition, ranked by the projects that carry it
SELECT
  edition,                          -- the month
  rank,                             -- ties are in byte order of the name
  name AS library,                  -- name without inserted hashes and version
  packages,                         -- distinct projects that carry it in a surveyed wheel
  files,                            -- distinct pairs of project and file name
  wheels,                           -- wheels that hold it
  manylinux,                        -- packages that carry it in a manylinux wheel
  musllinux,                        -- likewise
  macos,                            -- likewise
  windows,                          -- likewise
  other,                            -- likewise, on any other platform
  android,                          -- likewise, on Android
  ios,                              -- likewise, on iOS
  emscripten                        -- likewise, for Emscripten (Pyodide)
FROM rank WHERE counted_by = 'library';

CREATE VIEW component_rank AS       -- upstream project of an edition, ranked likewise
SELECT
  edition,                          -- the month
  rank,                             -- ties are in byte order of the name
  name AS component,                -- the upstream project
  packages,                         -- distinct projects that carry a library of it in a surveyed wheel
  files,                            -- distinct pairs of project and file name
  wheels,                           -- wheels that hold one
  manylinux,                        -- packages that carry one in a manylinux wheel
  musllinux,                        -- likewise
  macos,                            -- likewise
  windows,                          -- likewise
  other,                            -- likewise, on any other platform
  android,                          -- likewise, on Android
  ios,                              -- likewise, on iOS
  emscripten                        -- likewise, for Emscripten (Pyodide)
FROM rank WHERE counted_by = 'component';

CREATE VIEW surveyed_project AS     -- project of an edition, with what its wheels hold
SELECT
  a.edition,                        -- the month
  k.rank,                           -- in the download ranking
  a.project,                        -- its name
  k.downloads,                      -- as the ranking says; NULL for a list of projects
  r.version,                        -- of its latest release
  count(b.filename) AS wheels,      -- binary wheels of that release
  count(w.read_for) AS wheels_read, -- that have been read
  coalesce(sum(w.size), 0) AS wheel_bytes, -- their own size
  coalesce(sum(j.native_files), 0) AS native_files -- native files in all of them
FROM answer a
JOIN release r USING (release_id)
JOIN release_outcome o USING (release_id)
JOIN ranked_project k USING (edition, project)
LEFT JOIN binary_wheel b USING (release_id)
LEFT JOIN wheel w ON w.wheel_id = b.wheel_id
LEFT JOIN judged_wheel j ON j.wheel_id = b.wheel_id
WHERE o.outcome = 'taken'
GROUP BY a.edition, a.project;

CREATE VIEW surveyed_platform AS    -- platform family of an edition, with the projects and wheels that there are for it
SELECT
  a.edition,                        -- the month
  b.platform_family,                -- manylinux, musllinux, macOS, Windows, Android, iOS, Emscripten, other
  count(DISTINCT a.project) AS projects, -- projects with a wheel for it
  count(*) AS wheels                -- wheels for it
FROM answer a
JOIN binary_wheel b USING (release_id)
GROUP BY a.edition, b.platform_family;

CREATE VIEW surveyed_wheel AS       -- binary wheel of an edition, as the index listed it; of an imported one each distribution
SELECT
  a.edition,                        -- the month
  a.project,                        -- its name
  coalesce(r.version, b.version) AS version, -- of the release; in imported data of the wheel's file name, NULL of what is no wheel
  b.filename AS wheel,              -- the wheel's file name; in an imported edition any distribution's, source ones (.tar.gz, .zip) too
  b.platform_family,                -- manylinux, musllinux, macOS, Windows, Android, iOS, Emscripten, other
  w.size,                           -- of the whole file
  CASE WHEN w.sha256 IS NOT NULL THEN lower(hex(w.sha256)) END AS sha256, -- of the whole file, as the index announces it
  l.url,                            -- where the index says the file is; NULL in imported data, like size, sha256 and entries
  l.uploaded_at,                    -- NULL: the index did not say
  l.yanked,                         -- 1: withdrawn by its maintainers (PEP 592)
  w.entries,                        -- entries of its central directory; NULL: not read
  j.native_files,                   -- native files in it; NULL: not judged
  j.repair_tool,                    -- the repair tool that the wheel itself names; NULL: it names none
  b.variant                         -- variant label of its file name (PEP 825); NULL: none
FROM answer a
JOIN release r USING (release_id)
JOIN binary_wheel b USING (release_id)
JOIN release_file l ON l.release_id = b.release_id AND l.filename = b.filename
JOIN wheel w ON w.wheel_id = b.wheel_id
LEFT JOIN judged_wheel j ON j.wheel_id = b.wheel_id;

CREATE VIEW candidate AS            -- project that an edition asked for, and why it was taken or passed by
SELECT
  a.edition,                        -- the month
  a.project,                        -- its name
  o.outcome,                        -- taken, pure only, sdist only, other files, no files, not found
  r.version,                        -- its latest release as the index says; NULL when not found
  r.files,                          -- files of that release, of every kind
  a.etag                            -- the document's ETag
FROM answer a
JOIN release r USING (release_id)
JOIN release_outcome o USING (release_id);

CREATE VIEW sbom_component AS       -- component that a wheel's own SBOM says is inside (PEP 770), statically linked ones among them
SELECT
  a.edition,                        -- the month
  a.project,                        -- its name
  b.filename AS wheel,              -- the wheel's file name
  coalesce(w.dist_info, '') || d.name AS path, -- of the document inside the wheel
  e.name,                           -- the component's name
  e.version,                        -- the component's version; NULL: not said
  e.purl,                           -- the component's package URL; NULL: not said
  e.type,                           -- library, application, …, as the document says
  e.licence,                        -- SPDX expression or name, as the document says; NULL: not said
  e.scope,                          -- required or optional; NULL: not said
  p.name AS part_of,                -- the component that it is nested under; NULL: none
  s.format,                         -- CycloneDX or SPDX, with its version
  s.tool                            -- the tools that made the document; NULL: not said
FROM answer a
JOIN binary_wheel b USING (release_id)
JOIN wheel w ON w.wheel_id = b.wheel_id
JOIN wheel_document d ON d.wheel_id = b.wheel_id
JOIN sbom s USING (document_id)
JOIN sbom_entry e ON e.document_id = s.document_id AND e.outside IS NULL
LEFT JOIN sbom_entry p ON p.document_id = e.document_id AND p.nth = e.parent;

CREATE VIEW library_contents AS     -- native file in a surveyed wheel whose bytes were read, and what they say; a row for each path
SELECT
  a.edition,                        -- the month
  a.project,                        -- its name
  b.filename AS wheel,              -- the wheel's file name
  p.path,                           -- inside the wheel
  f.hex AS sha256,                  -- lower-case hex, as RECORD claims; NULL: RECORD has none
  c.format,                         -- elf, pe, macho; NULL: none of them, or its beginning is not known
  c.identity,                       -- build-id (ELF), UUID (Mach-O), time stamp and size of the image (PE), in lower-case hex; NULL: none, or not read
  c.soname,                         -- SONAME, install name, or name in the export table; NULL: none, or not read
  c.needed,                         -- libraries that it loads, a JSON array in its order; []: none, NULL: not read
  c.debuglink,                      -- name of its file with debug symbols; NULL: none, or not read
  c.read_bytes,                     -- bytes of it that are known, uncompressed
  f.size,                           -- all its bytes, uncompressed
  c.machine,                        -- x86_64, aarch64, i386, …
  c.glibc,                          -- newest version of the GNU C library's symbols that it needs; NULL: none, or not read
  c.compiler,                       -- what .comment names; NULL: nothing, or not read
  c.debug_id,                       -- GUID and age of its CodeView record (PE), in lower-case hex; NULL: none, or not read
  c.resource_version,               -- file version in its version resource (PE); NULL: none, or not read
  c.dylib_version,                  -- current version in LC_ID_DYLIB (Mach-O); NULL: none, or not read
  c.modules,                        -- Python modules whose initialization functions stand in the bytes that were read, a JSON array of their names
  CASE WHEN EXISTS (SELECT 1 FROM json_each(c.modules) j WHERE '/' || p.path GLOB '*/' || j.value || '.*' AND '/' || p.path NOT GLOB '*/' || j.value || '.*/*' OR '/' || p.path GLOB '*/' || j.value || '/__init__.*') THEN 'extension-module' WHEN c.form = 'library' THEN iif(c.read_bytes = f.size, 'shared-library', NULL) ELSE c.form END AS kind_by_bytes, -- extension-module (it initializes the module of its name), shared-library (all its bytes were read, and it does not), executable, object; NULL: not known; native_file.kind is by its name
  c.parts,                          -- parts that were read, a JSON array
  t.version,                        -- upstream release that texts in its bytes say; NULL: none, several, or not read
  c.problem                         -- why no more of it is known; NULL: nothing odd
FROM answer a
JOIN binary_wheel b USING (release_id)
JOIN member h ON h.wheel_id = b.wheel_id
JOIN file_contents c USING (file_id)
JOIN file f USING (file_id)
JOIN path p ON p.path_id = h.path_id
LEFT JOIN file_version t ON t.file_id = h.file_id;

CREATE VIEW linked_component AS     -- upstream project, or package of a language, of which a text in the bytes of a native file proves that it is linked in
SELECT
  a.edition,                        -- the month
  a.project,                        -- its name
  b.filename AS wheel,              -- the wheel's file name
  p.path,                           -- of the file inside the wheel
  k.component,                      -- openssl, zlib, …; of a package its purl without version: pkg:cargo/ring
  nullif(k.version, '') AS version, -- its release; NULL: not known
  k.text AS evidence                -- the text that proves it
FROM answer a
JOIN binary_wheel b USING (release_id)
JOIN member h ON h.wheel_id = b.wheel_id
JOIN file_linked k USING (file_id)
JOIN path p ON p.path_id = h.path_id;

CREATE VIEW library_origin AS       -- shared library in a surveyed wheel or an imported edition, and the distribution package of which it is a copy, by the strongest evidence
SELECT
  a.edition,                        -- the month
  a.project,                        -- its name
  b.filename AS wheel,              -- the wheel's file name; in imported data any distribution's
  p.path,                           -- inside the wheel; in imported data the file name alone
  n.library,                        -- name without inserted hashes and version
  CASE WHEN x.how = 'path' AND d.purl IS NOT NULL THEN d.purl ELSE coalesce(k.purl, q.purl, u.purl, d.purl) END AS purl, -- of the package; NULL: none is known, as of base-image, which guesses only the distribution
  CASE WHEN x.how = 'path' AND d.purl IS NOT NULL THEN 'sbom' WHEN k.purl IS NOT NULL THEN 'fingerprint' WHEN q.purl IS NOT NULL THEN 'build-id' WHEN u.purl IS NOT NULL THEN 'debuglink' WHEN d.purl IS NOT NULL THEN 'sbom-name' WHEN n.hashes = f.digits AND i.distribution IS NOT NULL AND NOT i.documented THEN 'base-image' END AS evidence, -- sbom (its path at build time), fingerprint (name and digits), build-id (that of a file of a known package), debuglink (its debug link has the package's version and release), sbom-name (the name of one package), base-image (inferred from the platform tag; of no copy out of another wheel, which has two hashes); NULL: none
  CASE WHEN x.how = 'path' AND d.purl IS NOT NULL THEN b.filename WHEN k.purl IS NOT NULL THEN k.learned_from WHEN q.purl IS NOT NULL THEN q.learned_from WHEN u.purl IS NOT NULL THEN u.learned_from WHEN d.purl IS NOT NULL THEN b.filename WHEN n.hashes = f.digits AND NOT i.documented THEN 'data/base-images.json: ' || i.tag END AS learned_from -- the wheel, or the row of data/, that proves it or from which it is inferred
FROM answer a
JOIN binary_wheel b USING (release_id)
JOIN member_name m ON m.wheel_id = b.wheel_id
JOIN name n USING (name_id)
JOIN path p ON p.path_id = m.path_id
LEFT JOIN sbom_match x ON x.wheel_id = m.wheel_id AND x.path_id = m.path_id AND x.how IN ('path', 'library')
  AND NOT EXISTS (SELECT 1 FROM sbom_rival v WHERE v.wheel_id = m.wheel_id AND v.path_id = m.path_id)
LEFT JOIN sbom_entry e ON e.document_id = x.document_id AND e.nth = x.nth
LEFT JOIN distribution_package d ON d.stated = e.purl
LEFT JOIN name_fingerprint f ON f.name_id = m.name_id
LEFT JOIN name_origin k ON k.name_id = m.name_id
LEFT JOIN wheel_base i ON i.wheel_id = m.wheel_id
LEFT JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
LEFT JOIN file_contents g ON g.file_id = h.file_id
LEFT JOIN known_build q ON q.identity = g.identity AND q.alone
LEFT JOIN file_origin u ON u.file_id = h.file_id
WHERE n.kind = 'shared-library';

CREATE VIEW library_distribution AS -- shared library whose distribution is known or inferred, with that distribution's release
SELECT
  o.edition,                        -- the month
  o.project,                        -- its name
  o.wheel,                          -- the wheel's file name
  o.path,                           -- inside the wheel
  o.library,                        -- name without inserted hashes and version
  o.purl,                           -- of the package; NULL: the distribution alone is inferred
  o.evidence,                       -- sbom, fingerprint, build-id, debuglink, sbom-name, or base-image (inferred)
  coalesce(p.distribution, i.distribution) AS distribution, -- centos, almalinux, debian, alpine, …
  coalesce(p.release, i.release) AS release, -- of the distribution: 7, 8, 12, 3.22; NULL: not known
  CASE WHEN p.release IS NOT NULL THEN 'version' WHEN i.release IS NOT NULL THEN 'base-image' END AS release_by, -- what tells it: the package's version, or the wheel's platform tag and date (inferred)
  r.end_of_life,                    -- the last day of the release's security updates for everybody; NULL: not known
  r.ecosystem,                      -- the OSV ecosystem whose advisories speak of its packages; NULL: none does
  o.learned_from                    -- the wheel, or the row of data/, that proves it or from which it is inferred
FROM library_origin o
JOIN binary_wheel b ON b.filename = o.wheel AND b.release_id = (SELECT a.release_id FROM answer a WHERE a.edition = o.edition AND a.project = o.project)
LEFT JOIN package_release p ON p.purl = o.purl
LEFT JOIN wheel_base i ON i.wheel_id = b.wheel_id AND (o.purl IS NULL OR i.distribution = p.distribution)
LEFT JOIN distribution_release r ON r.distribution = coalesce(p.distribution, i.distribution) AND r.release = coalesce(p.release, i.release)
WHERE o.evidence IS NOT NULL;

CREATE VIEW origin_evidence AS      -- piece of evidence for the origin of a shared library: all that is known, also what is weaker or disagrees
WITH library AS (
  SELECT a.edition, a.project, b.filename AS wheel, p.path, n.library, n.hashes, m.wheel_id, m.path_id, m.name_id
  FROM answer a
  JOIN binary_wheel b USING (release_id)
  JOIN member_name m ON m.wheel_id = b.wheel_id
  JOIN name n USING (name_id)
  JOIN path p ON p.path_id = m.path_id
  WHERE n.kind = 'shared-library'
), named AS (
  SELECT wheel_id, path_id, document_id, nth, iif(how = 'path', 'sbom', 'sbom-name') AS evidence FROM sbom_match WHERE how IN ('path', 'library')
  UNION ALL SELECT wheel_id, path_id, document_id, nth, 'sbom' FROM sbom_rival
)
SELECT
  l.edition,                        -- the month
  l.project,                        -- its name
  l.wheel,                          -- the wheel's file name; in imported data any distribution's
  l.path,                           -- inside the wheel
  l.library,                        -- name without inserted hashes and version
  s.evidence,                       -- sbom, fingerprint, build-id, debuglink, sbom-name, base-image
  d.purl,                           -- of the package; NULL of base-image, which guesses only the distribution
  l.wheel AS learned_from           -- the wheel, or the row of data/, that proves it or from which it is inferred
FROM library l JOIN named s USING (wheel_id, path_id) JOIN sbom_entry e USING (document_id, nth) JOIN distribution_package d ON d.stated = e.purl
UNION ALL
SELECT l.edition, l.project, l.wheel, l.path, l.library, 'fingerprint', k.purl, k.learned_from
FROM library l JOIN name_fingerprint f USING (name_id) JOIN fingerprint k USING (original, digits)
UNION ALL
SELECT l.edition, l.project, l.wheel, l.path, l.library, 'build-id', q.purl, q.learned_from
FROM library l JOIN member h USING (wheel_id, path_id) JOIN file_contents g USING (file_id) JOIN known_build q USING (identity)
UNION ALL
SELECT l.edition, l.project, l.wheel, l.path, l.library, 'debuglink', u.purl, u.learned_from
FROM library l JOIN member h USING (wheel_id, path_id) JOIN file_origin u USING (file_id)
UNION ALL
SELECT l.edition, l.project, l.wheel, l.path, l.library, 'base-image', NULL, 'data/base-images.json: ' || i.tag
FROM library l JOIN name_fingerprint f USING (name_id) JOIN wheel_base i USING (wheel_id)
WHERE l.hashes = f.digits AND i.distribution IS NOT NULL AND NOT i.documented;

CREATE VIEW survey_cost AS          -- edition: wheels read for it, requests and bytes that took, the wheels' own bytes
SELECT
  e.edition,                        -- the month
  (SELECT count(*) FROM wheel w WHERE e.edition IN (w.read_for, w.reread_for)) AS wheels, -- read for it
  coalesce((SELECT c.requests FROM cost c WHERE c.edition = e.edition AND c.stage = 'members'), 0) AS requests, -- for them
  coalesce((SELECT c.bytes FROM cost c WHERE c.edition = e.edition AND c.stage = 'members'), 0) AS bytes, -- of the answers' bodies
  (SELECT coalesce(sum(w.size), 0) FROM wheel w WHERE e.edition IN (w.read_for, w.reread_for)) AS wheel_bytes -- the wheels' own
FROM edition e;

CREATE VIEW baseline_2023 AS        -- library that the survey of 2023 published: its figure, what that counted, and distinct projects
WITH seen AS (
  SELECT a.project, y.library AS library_2023, n.library
  FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m ON m.wheel_id = b.wheel_id
  JOIN name n USING (name_id) JOIN name_2023 y USING (name_id)
  WHERE a.edition = '2023-07'
)
SELECT
  p.library,                        -- as it was printed
  p.published,                      -- under the heading "Unique Packages"
  (SELECT count(*) FROM seen s WHERE s.library_2023 = p.library) AS pairs, -- distinct pairs of project and file name, by the rule of 2023
  (SELECT count(DISTINCT s.project) FROM seen s WHERE s.library_2023 = p.library) AS packages, -- distinct projects, by the same rule
  (SELECT count(DISTINCT s.project) FROM seen s WHERE s.library = p.library) AS packages_now -- distinct projects, by our names
FROM published_2023 p;
