-- How many projects carried an upstream project, in each edition. Parameter: component.
-- ClickHouse or chdb 24.9 or newer, in the folder of the datasets (SET use_hive_partitioning = 1).
SELECT edition, count(DISTINCT project) AS packages, count(DISTINCT wheel) AS wheels
FROM file('parquet/native_file/*/*.parquet', Parquet)
WHERE component = {component:String}
GROUP BY edition
ORDER BY edition;
