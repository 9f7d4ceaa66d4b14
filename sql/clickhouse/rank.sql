-- Libraries of an edition by how many projects carry them. Parameters: edition, least (packages).
-- ClickHouse or chdb 24.9 or newer, in the folder of the datasets (SET use_hive_partitioning = 1).
SELECT library, count(DISTINCT project) AS packages
FROM file('parquet/native_file/*/*.parquet', Parquet)
WHERE edition = {edition:String} AND kind = 'shared-library' AND member_group IS NULL
GROUP BY library
HAVING count(DISTINCT project) >= {least:Int64}
ORDER BY packages DESC, library;
