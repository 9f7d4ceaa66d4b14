-- How many projects carried an upstream project, in each edition. Parameter: component.
-- Spark 3.4 or newer, in the folder of the datasets (spark.sql.sources.partitionColumnTypeInference.enabled=false).
SELECT edition, count(DISTINCT project) AS packages, count(DISTINCT wheel) AS wheels
FROM parquet.`parquet/native_file`
WHERE component = :component
GROUP BY edition
ORDER BY edition;
