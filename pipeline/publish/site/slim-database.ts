// The newest edition as a small database for the browser: the views answer as they do in the whole one, for this edition.
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import Database from "better-sqlite3";
import { schemaText } from "../../database/migrate.ts";
import type { Site } from "./contents.ts";
import type { SiteFile } from "./files.ts";
import { dataFile } from "./scripts.ts";

/** Where it is: a script that hands it over, compressed by gzip and in base64. */
export const DATABASE_SCRIPT = "data/database.js";

/** Indexes that no view needs to answer within a second, and that would double the file. */
const DROPPED = [
  "file_hex",
  "member_file",
  "member_name_name",
  "name_file_name",
  "name_library",
  "name_component_component",
];

/** What is taken over of each table, in the order of their references: columns in place of all, and for which rows. Of what is not here nothing is. */
const TAKEN: [table: string, columns: string, rows: string][] = [
  ["edition", "*", "edition = :edition"],
  ["ranked_project", "*", "edition = :edition AND project IN (SELECT project FROM main.answer)"],
  ["release", "*", "release_id IN (SELECT release_id FROM main.answer)"],
  ["release_outcome", "*", "release_id IN (SELECT release_id FROM main.answer)"],
  ["binary_wheel", "*", "release_id IN (SELECT release_id FROM main.answer)"],
  ["release_file", "*", "(release_id, filename) IN (SELECT release_id, filename FROM main.binary_wheel)"],
  ["wheel", "*", "wheel_id IN (SELECT wheel_id FROM main.binary_wheel)"],
  ["judged_wheel", "*", "wheel_id IN (SELECT wheel_id FROM main.wheel)"],
  ["member_name", "*", "wheel_id IN (SELECT wheel_id FROM main.wheel)"],
  [
    "member",
    "wheel_id, path_id, file_id, NULL, NULL, NULL, NULL, NULL",
    "(wheel_id, path_id) IN (SELECT wheel_id, path_id FROM main.member_name)",
  ],
  ["name", "*", "name_id IN (SELECT name_id FROM main.member_name)"],
  ["name_component", "*", "name_id IN (SELECT name_id FROM main.name)"],
  ["name_2023", "*", "name_id IN (SELECT name_id FROM main.name)"],
  ["path", "*", "path_id IN (SELECT path_id FROM main.member_name)"],
  ["file", "file_id, sha256, size, crc32", "file_id IN (SELECT file_id FROM main.member)"],
  ["file_contents", "*", "file_id IN (SELECT file_id FROM main.file)"],
  ["file_version", "*", "file_id IN (SELECT file_id FROM main.file)"],
  ["file_text", "*", "file_id IN (SELECT file_id FROM main.file)"],
  [
    "file_linked",
    "*",
    "file_id IN (SELECT file_id FROM source.member WHERE wheel_id IN (SELECT wheel_id FROM main.wheel))",
  ],
  ["member_version", "*", "wheel_id IN (SELECT wheel_id FROM main.wheel)"],
  ["component", "*", "true"],
  ["wheel_document", "*", "wheel_id IN (SELECT wheel_id FROM main.wheel) AND name >= 'sboms/' AND name < 'sboms0'"],
  ["sbom", "*", "document_id IN (SELECT document_id FROM main.wheel_document)"],
  ["sbom_entry", "*", "document_id IN (SELECT document_id FROM main.sbom)"],
  ["sbom_match", "*", "wheel_id IN (SELECT wheel_id FROM main.wheel)"],
  ["sbom_rival", "*", "wheel_id IN (SELECT wheel_id FROM main.wheel)"],
  ["wheel_base", "*", "wheel_id IN (SELECT wheel_id FROM main.wheel) AND distribution IS NOT NULL"],
  ["name_origin", "*", "name_id IN (SELECT name_id FROM main.name)"],
  ["known_build", "*", "true"],
  [
    "file_origin",
    "*",
    "file_id IN (SELECT file_id FROM source.member WHERE wheel_id IN (SELECT wheel_id FROM main.wheel))",
  ],
  ["name_fingerprint", "*", "name_id IN (SELECT name_id FROM main.name) AND digits IS NOT NULL"],
  ["fingerprint", "*", "(original, digits) IN (SELECT original, digits FROM main.name_fingerprint)"],
  ["distribution_package", "*", "stated IN (SELECT purl FROM main.sbom_entry)"],
  [
    "package_release",
    "*",
    "purl IN (SELECT purl FROM main.distribution_package UNION SELECT purl FROM main.fingerprint)",
  ],
  ["distribution_release", "*", "true"],
  ["failure", "*", "edition = :edition"],
  ["cost", "*", "edition = :edition"],
  ["rank", "*", "edition = :edition"],
  ["published_2023", "*", "true"],
];

/** data/database.js. */
export function* slimDatabase({ db, edition }: Site): Generator<SiteFile> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  try {
    const file = join(folder, "slim.sqlite");
    makeSlim(db.name, file, edition);
    yield dataFile(DATABASE_SCRIPT, "database", createReadStream(file).pipe(createGzip()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes a new database with one edition of another. */
export function makeSlim(from: string, to: string, edition: string): void {
  const slim = new Database(to);
  try {
    slim.pragma("journal_mode = OFF");
    slim.pragma("synchronous = OFF");
    slim.pragma("foreign_keys = OFF");
    // Paths and hashes are distinct already; the indexes that see to it are as large as they are.
    slim.exec(
      schemaText()
        .replace("path TEXT NOT NULL UNIQUE", "path TEXT NOT NULL")
        .replace("sha256 BLOB UNIQUE", "sha256 BLOB"),
    );
    for (const index of DROPPED) slim.exec(`DROP INDEX ${index}`);
    slim.prepare("ATTACH ? AS source").run(from);
    slim.transaction(() => {
      slim.prepare("INSERT INTO main.answer SELECT * FROM source.answer WHERE edition = :edition").run({ edition });
      for (const [table, columns, rows] of TAKEN) {
        const into = table === "file" ? "file (file_id, sha256, size, crc32)" : table;
        const given = rows.includes(":edition") ? [{ edition }] : [];
        slim
          .prepare(`INSERT INTO main.${into} SELECT ${columns} FROM source.${table} WHERE ${rows} ORDER BY 1, 2`)
          .run(...given);
      }
    })();
    slim.exec("DETACH source");
    slim.exec("ANALYZE");
  } finally {
    slim.close();
  }
}
