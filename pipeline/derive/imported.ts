// What the files of an imported edition are, by their names alone: nothing else is known of them.
import type { Db } from "../database/database.ts";
import { ItemError } from "../errors.ts";
import { type PlatformFamily, parseWheelFilename, platformFamily } from "../formats/wheel/filename.ts";
import { componentOf, type Matcher } from "../naming/component-of.ts";
import { isNativeMember, nameLibrary } from "../naming/library-name.ts";

interface ImportedFile {
  file: number;
  distribution: string;
  file_name: string;
}

const RULE_OF_2023 = /^(.*)-[0-9a-f]{8}\.so[0-9.]*$/;

/** The name under which the survey of 2023 counted a file: an eight-digit hash and what follows `.so` taken off, nothing else. */
export function libraryOf2023(fileName: string): string {
  return fileName.replace(RULE_OF_2023, "$1.so");
}

/** Which imported files there are: they are never edited, so their number and the last of them say it all. */
export function importedFacts(db: Db): string {
  return db.prepare("SELECT count(*) || '/' || coalesce(max(file), 0) FROM imported_file").pluck().get() as string;
}

/** Fills `imported_name`, which must be empty, within a transaction of the caller's. */
export function rebuildImported(db: Db, match: Matcher): void {
  const insert = db.prepare(
    `INSERT INTO imported_name (file, kind, member_group, library, stem, hashes, file_version, repair_tool, evidence, version,
       platform_family, library_2023, component, component_version, version_source)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const { file, distribution, file_name } of db.prepare("SELECT * FROM imported_file").all() as ImportedFile[]) {
    if (!isNativeMember(file_name)) continue;
    const name = nameLibrary(file_name);
    const wheel = wheelOf(distribution);
    const of = componentOf(match, name);
    insert.run(
      ...[
        file,
        name.kind,
        name.group,
        name.library,
        name.stem,
        name.hashes.join("-"),
        name.fileVersion,
        name.repairTool,
      ],
      ...[name.evidence, wheel.version, wheel.family, libraryOf2023(file_name)],
      ...[of?.rule.component ?? null, of?.version ?? null, of?.versionSource ?? null],
    );
  }
}

function wheelOf(distribution: string): { version: string | null; family: PlatformFamily } {
  try {
    const { version, platforms } = parseWheelFilename(distribution);
    return { version, family: platformFamily(platforms) };
  } catch (error) {
    if (error instanceof ItemError) return { version: null, family: "other" };
    throw error;
  }
}
