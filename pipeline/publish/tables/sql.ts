// Words and data of ours as SQL.

/** What tells the release of `member h`, of which `name_component c` names the component: texts of its bytes as `t`, its wheel as `s`. */
export const RELEASE_JOINS = `LEFT JOIN file_version t ON t.file_id = h.file_id AND t.component = c.component
        LEFT JOIN member_version s ON s.wheel_id = h.wheel_id AND s.path_id = h.path_id AND s.component = c.component`;

/** That release, and what tells it: the wheel's SBOM, bytes, the file's name, a sibling, the strongest first, as in the view native_file. */
export const RELEASE =
  "CASE WHEN s.known_by = 'SBOM' THEN s.version ELSE coalesce(t.version, c.version, s.version) END";
export const RELEASE_KNOWN_BY =
  "CASE WHEN s.known_by = 'SBOM' THEN 'SBOM' WHEN t.version IS NOT NULL THEN 'bytes' WHEN c.version IS NOT NULL THEN 'file name' ELSE s.known_by END";
export const RELEASE_SOURCE =
  "CASE WHEN s.known_by = 'SBOM' THEN s.source WHEN t.version IS NOT NULL THEN t.text WHEN c.version IS NOT NULL THEN c.version_source ELSE s.source END";

/** Rows of ours as `VALUES` takes them: numbers as they are, the rest quoted. */
export function valuesOf(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `(${row.map(literal).join(", ")})`).join(", ");
}

function literal(value: string | number): string {
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
