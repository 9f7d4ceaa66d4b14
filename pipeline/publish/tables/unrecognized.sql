SELECT row_number() OVER (ORDER BY count(DISTINCT project) DESC, library) AS rank, library, stem, count(DISTINCT project) AS packages,
  count(DISTINCT project || '/' || file_name) AS files, min(project) AS project, min(file_name) AS file_name
FROM native_file WHERE edition = :edition AND kind = 'shared-library' AND component IS NULL
GROUP BY library, stem ORDER BY rank
