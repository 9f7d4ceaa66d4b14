-- Upstream projects that more or fewer projects carry than in another edition. Parameters: before, after (editions).
-- Spark 3.4 or newer, in the folder of the datasets (spark.sql.sources.partitionColumnTypeInference.enabled=false).
SELECT component, count(DISTINCT CASE WHEN edition = :before THEN project END) AS packages_before,
  count(DISTINCT CASE WHEN edition = :after THEN project END) AS packages_after
FROM parquet.`parquet/native_file`
WHERE edition IN (:before, :after) AND component IS NOT NULL
GROUP BY component
HAVING count(DISTINCT CASE WHEN edition = :before THEN project END) <> count(DISTINCT CASE WHEN edition = :after THEN project END)
ORDER BY component;
