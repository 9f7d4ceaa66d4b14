-- Libraries of an edition by how many projects carry them. Parameters: edition, least (packages).
-- sqlite3 survey.sqlite; parameters: .parameter set :edition "'2026-11'".
SELECT library, count(DISTINCT project) AS packages
FROM native_file
WHERE edition = :edition AND kind = 'shared-library' AND member_group IS NULL
GROUP BY library
HAVING count(DISTINCT project) >= :least
ORDER BY packages DESC, library;
