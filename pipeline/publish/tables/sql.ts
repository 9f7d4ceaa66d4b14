// Words and data of ours as SQL.

/** Rows of ours as `VALUES` takes them: numbers as they are, the rest quoted. */
export function valuesOf(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `(${row.map(literal).join(", ")})`).join(", ");
}

function literal(value: string | number): string {
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
