-- Upstream projects that more or fewer projects carry than in another edition. Parameters: before, after (editions).
-- sqlite3 survey.sqlite; parameters: .parameter set :edition "'2026-11'".
SELECT component, count(DISTINCT CASE WHEN edition = :before THEN project END) AS packages_before,
  count(DISTINCT CASE WHEN edition = :after THEN project END) AS packages_after
FROM native_file
WHERE edition IN (:before, :after) AND component IS NOT NULL
GROUP BY component
HAVING count(DISTINCT CASE WHEN edition = :before THEN project END) <> count(DISTINCT CASE WHEN edition = :after THEN project END)
ORDER BY component;
