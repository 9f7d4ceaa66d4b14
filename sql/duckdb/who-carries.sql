-- Who carries a library, in which releases and wheels, and whose file it is. Parameters: edition, library.
-- DuckDB 1.1 or newer, in the folder of the datasets.
SELECT project, version, wheel, path, component_version, sha256
FROM read_parquet('parquet/native_file/*/*.parquet', hive_partitioning = true, hive_types = {'edition': VARCHAR})
WHERE edition = $edition AND library = $library
ORDER BY project, wheel, path;
