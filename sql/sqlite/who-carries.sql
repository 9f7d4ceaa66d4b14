-- Who carries a library, in which releases and wheels, and whose file it is. Parameters: edition, library.
-- sqlite3 survey.sqlite; parameters: .parameter set :edition "'2026-11'".
SELECT project, version, wheel, path, component_version, sha256
FROM native_file
WHERE edition = :edition AND library = :library
ORDER BY project, wheel, path;
