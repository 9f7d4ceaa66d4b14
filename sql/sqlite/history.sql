-- How many projects carried an upstream project, in each edition. Parameter: component.
-- sqlite3 survey.sqlite; parameters: .parameter set :edition "'2026-11'".
SELECT edition, count(DISTINCT project) AS packages, count(DISTINCT wheel) AS wheels
FROM native_file
WHERE component = :component
GROUP BY edition
ORDER BY edition;
