SELECT rank, library, packages, files, wheels, manylinux, musllinux, macos, windows, other
FROM library_rank WHERE edition = :edition ORDER BY rank
