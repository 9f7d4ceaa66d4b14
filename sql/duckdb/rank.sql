-- Libraries of an edition by how many projects carry them. Parameters: edition, least (packages).
-- DuckDB 1.1 or newer, in the folder of the datasets.
SELECT library, count(DISTINCT project) AS packages
FROM read_parquet('parquet/native_file/*/*.parquet', hive_partitioning = true, hive_types = {'edition': VARCHAR})
WHERE edition = $edition AND kind = 'shared-library' AND member_group IS NULL
GROUP BY library
HAVING count(DISTINCT project) >= $least
ORDER BY packages DESC, library;
