SELECT rank, project, downloads, version, wheels, wheels_read, wheel_bytes, native_files
FROM surveyed_project WHERE edition = :edition ORDER BY rank
