-- How many projects carried an upstream project, in each edition. Parameter: component.
-- DuckDB 1.1 or newer, in the folder of the datasets.
SELECT edition, count(DISTINCT project) AS packages, count(DISTINCT wheel) AS wheels
FROM read_parquet('parquet/native_file/*/*.parquet', hive_partitioning = true, hive_types = {'edition': VARCHAR})
WHERE component = $component
GROUP BY edition
ORDER BY edition;
