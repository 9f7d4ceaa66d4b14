-- Who carries a library, in which releases and wheels, and whose file it is. Parameters: edition, library.
-- Spark 3.4 or newer, in the folder of the datasets (spark.sql.sources.partitionColumnTypeInference.enabled=false).
SELECT project, version, wheel, path, component_version, sha256
FROM parquet.`parquet/native_file`
WHERE edition = :edition AND library = :library
ORDER BY project, wheel, path;
