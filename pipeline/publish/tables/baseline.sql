SELECT library, published, pairs, packages, packages_now,
  'counts pairs of project and file name' ||
  CASE WHEN pairs <> published THEN ' (the data at hand give ' || pairs || ')' ELSE '' END ||
  CASE WHEN packages_now > packages
    THEN '; ' || (packages_now - packages) || ' more projects have it by names that the rule left apart'
    ELSE '' END AS why
FROM baseline_2023 WHERE :edition = '2023-07'
ORDER BY published DESC, library
