-- The ranks of one edition. Only shared libraries outside the recognized groups are counted; library-2023 counts those files alone
-- that the survey of 2023 could see: names that end in .dll or go on after .so, in wheels for Linux and Windows.
WITH carried AS MATERIALIZED (
  SELECT a.project, b.filename AS wheel, b.platform_family AS family, n.file_name, n.library, c.component,
    b.platform_family IN ('manylinux', 'musllinux', 'Windows')
      AND (lower(n.file_name) GLOB '*.so.*' OR lower(n.file_name) GLOB '*.dll') AS seen_2023
  FROM answer a
  JOIN binary_wheel b USING (release_id)
  JOIN member_name m ON m.wheel_id = b.wheel_id
  JOIN name n USING (name_id)
  LEFT JOIN name_component c USING (name_id)
  WHERE a.edition = :edition AND n.kind = 'shared-library'
), named AS (
  SELECT 'library' AS counted_by, library AS name, * FROM carried
  UNION ALL SELECT 'component', component, * FROM carried WHERE component IS NOT NULL
  UNION ALL SELECT 'library-2023', library, * FROM carried WHERE seen_2023
), counted AS (
  SELECT counted_by, name,
    count(DISTINCT project) AS packages,
    count(DISTINCT project || '/' || file_name) AS files,
    count(DISTINCT project || '/' || wheel) AS wheels,
    count(DISTINCT CASE family WHEN 'manylinux' THEN project END) AS manylinux,
    count(DISTINCT CASE family WHEN 'musllinux' THEN project END) AS musllinux,
    count(DISTINCT CASE family WHEN 'macOS' THEN project END) AS macos,
    count(DISTINCT CASE family WHEN 'Windows' THEN project END) AS windows,
    count(DISTINCT CASE family WHEN 'other' THEN project END) AS other,
    count(DISTINCT CASE family WHEN 'Android' THEN project END) AS android,
    count(DISTINCT CASE family WHEN 'iOS' THEN project END) AS ios,
    count(DISTINCT CASE family WHEN 'Emscripten' THEN project END) AS emscripten
  FROM named GROUP BY counted_by, name
)
INSERT INTO rank (edition, counted_by, rank, name, packages, files, wheels, manylinux, musllinux, macos, windows, other, android, ios, emscripten)
SELECT :edition, counted_by, row_number() OVER (PARTITION BY counted_by ORDER BY packages DESC, name), name,
  packages, files, wheels, manylinux, musllinux, macos, windows, other, android, ios, emscripten
FROM counted;
