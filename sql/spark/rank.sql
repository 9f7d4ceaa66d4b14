-- Libraries of an edition by how many projects carry them. Parameters: edition, least (packages).
-- Spark 3.4 or newer, in the folder of the datasets (spark.sql.sources.partitionColumnTypeInference.enabled=false).
SELECT library, count(DISTINCT project) AS packages
FROM parquet.`parquet/native_file`
WHERE edition = :edition AND kind = 'shared-library' AND member_group IS NULL
GROUP BY library
HAVING count(DISTINCT project) >= :least
ORDER BY packages DESC, library;
