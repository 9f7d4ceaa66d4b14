-- Upstream projects that more or fewer projects carry than in another edition. Parameters: before, after (editions).
-- ClickHouse or chdb 24.9 or newer, in the folder of the datasets (SET use_hive_partitioning = 1).
SELECT component, count(DISTINCT CASE WHEN edition = {before:String} THEN project END) AS packages_before,
  count(DISTINCT CASE WHEN edition = {after:String} THEN project END) AS packages_after
FROM file('parquet/native_file/*/*.parquet', Parquet)
WHERE edition IN ({before:String}, {after:String}) AND component IS NOT NULL
GROUP BY component
HAVING count(DISTINCT CASE WHEN edition = {before:String} THEN project END) <> count(DISTINCT CASE WHEN edition = {after:String} THEN project END)
ORDER BY component;
