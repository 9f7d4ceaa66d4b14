-- Only what both surveys can see: shared libraries whose file name ends in .dll or goes on after .so, in wheels for Linux and Windows.
WITH seen AS (
  SELECT edition, project, library FROM native_file
  WHERE edition IN ('2023-07', :edition) AND kind = 'shared-library'
    AND platform_family IN ('manylinux', 'musllinux', 'Windows')
    AND (lower(file_name) GLOB '*.so.*' OR lower(file_name) GLOB '*.dll')
), projects AS (
  SELECT top_n AS before, (SELECT count(*) FROM candidate c WHERE c.edition = :edition AND c.outcome = 'taken') AS after
  FROM edition WHERE edition = '2023-07'
), counted AS (
  SELECT library,
    count(DISTINCT CASE edition WHEN '2023-07' THEN project END) AS packages_2023,
    count(DISTINCT CASE edition WHEN :edition THEN project END) AS packages_now
  FROM seen GROUP BY library
)
SELECT library, packages_2023, round(100.0 * packages_2023 / before, 1) AS percent_2023,
  packages_now, round(100.0 * packages_now / after, 1) AS percent_now
FROM counted, projects
ORDER BY max(packages_2023, packages_now) DESC, library
