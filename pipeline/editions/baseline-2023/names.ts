// The names under which the survey of 2023 counted files.
import { type Db, statement } from "../../database/database.ts";

/** The edition under which the data of 2023 are stored. */
export const EDITION_2023 = "2023-07";

const RULE_OF_2023 = /^(.*)-[0-9a-f]{8}\.so[0-9.]*$/;

/** The name under which the survey of 2023 counted a file: an eight-digit hash and what follows `.so` taken off, nothing else. */
export function libraryOf2023(fileName: string): string {
  return fileName.replace(RULE_OF_2023, "$1.so");
}

/** Gives each name in the data of 2023 that has none its name of then, within a transaction of the caller's. */
export function judgeNames2023(db: Db): void {
  const names = statement<[string], { id: number; fileName: string }>(
    db,
    `SELECT DISTINCT n.name_id AS id, n.file_name AS fileName
     FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m ON m.wheel_id = b.wheel_id JOIN name n USING (name_id)
     WHERE a.edition = ? AND NOT EXISTS (SELECT 1 FROM name_2023 y WHERE y.name_id = n.name_id)`,
  ).all(EDITION_2023);
  const insert = statement(db, "INSERT INTO name_2023 (name_id, library) VALUES (?, ?)");
  for (const { id, fileName } of names) insert.run(id, libraryOf2023(fileName));
}
