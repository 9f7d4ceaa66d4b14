-- Who carries a library, in which releases and wheels, and whose file it is. Parameters: edition, library.
-- ClickHouse or chdb 24.9 or newer, in the folder of the datasets (SET use_hive_partitioning = 1).
SELECT project, version, wheel, path, component_version, sha256
FROM file('parquet/native_file/*/*.parquet', Parquet)
WHERE edition = {edition:String} AND library = {library:String}
ORDER BY project, wheel, path;
