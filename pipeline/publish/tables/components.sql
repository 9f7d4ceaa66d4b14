SELECT r.rank, r.component, r.packages, r.files, r.wheels, r.manylinux, r.musllinux, r.macos, r.windows, r.other, c.name, c.purl
FROM component_rank r JOIN component c USING (component) WHERE r.edition = :edition ORDER BY r.rank
