// Which bundled files a wheel's own SBOMs name: by the path that a file had at build time, by its name, or by its upstream project.
// A crate or another package of a language (`pkg:cargo/openssl`, `pkg:pypi/numpy`) has versions of its own, and names none.
import { createHash } from "node:crypto";
import { type Db, statement } from "../database/database.ts";
import { isOfNoLanguage } from "../database/purls.ts";
import { nameInPurl } from "../formats/sbom/entry.ts";

/** Where libraries lie on the machines on which wheels are repaired. */
const FOLDERS = ["/usr/lib64", "/lib64", "/usr/lib", "/lib", "/usr/local/lib64", "/usr/local/lib"].concat(
  ["x86_64", "aarch64", "i386", "arm", "powerpc64le", "s390x", "riscv64"].flatMap((cpu) =>
    ["/usr/lib", "/lib"].map((folder) => `${folder}/${cpu}-linux-gnu${cpu === "arm" ? "eabihf" : ""}`),
  ),
);

interface Entry {
  documentId: number;
  nth: number;
  name: string;
  purl: string | null;
  pathHash: string | null;
}

interface Bundled {
  pathId: number;
  fileName: string;
  stem: string;
  hashes: string;
  component: string | null;
  componentName: string | null;
}

/** Matches the bundled files of a wheel with what its SBOMs list, within a transaction of the caller's. */
export function matchWheel(db: Db, wheelId: number): void {
  statement(db, "UPDATE judged_wheel SET matched = 1 WHERE wheel_id = ?").run(wheelId);
  const entries = statement<[number], Entry>(db, ENTRIES).all(wheelId);
  if (entries.length === 0) return;
  const insert = statement(
    db,
    "INSERT INTO sbom_match (wheel_id, path_id, document_id, nth, how) VALUES (?, ?, ?, ?, ?)",
  );
  const files = statement<[number], Bundled>(db, BUNDLED).all(wheelId);
  const insertRival = statement(db, "INSERT INTO sbom_rival (wheel_id, path_id, document_id, nth) VALUES (?, ?, ?, ?)");
  for (const { file, entry, how, rivals = [] } of matchesOf(files, entries)) {
    insert.run(wheelId, file.pathId, entry.documentId, entry.nth, how);
    for (const { documentId, nth } of rivals) insertRival.run(wheelId, file.pathId, documentId, nth);
  }
}

/** A bundled file, the entry that names it, and how; `rivals` are other entries that are this file by its path, and name another package. */
interface Match<File> {
  file: File;
  entry: Entry;
  how: "path" | "library" | "component";
  rivals?: Entry[];
}

/** What names the bundled files of a wheel. An entry that is one file by its path is no other by its name: that may be a copy from elsewhere. */
export function matchesOf<File extends Omit<Bundled, "pathId">>(files: File[], entries: Entry[]): Match<File>[] {
  const joined = files.flatMap((file): Match<File>[] => {
    const hashes = new Set(pathHashesOf(file));
    const [entry, ...others] = entries.filter(({ pathHash }) => pathHash !== null && hashes.has(pathHash));
    if (!entry) return [];
    const rivals = others.filter(({ purl }) => purl !== entry.purl);
    return [{ file, entry, how: "path", ...(rivals.length > 0 ? { rivals } : {}) }];
  });
  const placed = new Set(joined.map(({ file }) => file));
  const taken = new Set(joined.map(({ entry }) => entry.pathHash));
  const others = entries.filter(({ pathHash }) => pathHash === null || !taken.has(pathHash));
  const named = files.flatMap((file): Match<File>[] => {
    const match = placed.has(file) ? undefined : matchByName(file, others);
    return match ? [{ file, ...match }] : [];
  });
  return [...joined, ...named];
}

const ENTRIES = `
SELECT e.document_id AS documentId, e.nth, e.name, e.purl, lower(hex(e.path_sha256)) AS pathHash
FROM wheel_document d JOIN sbom_entry e USING (document_id) WHERE d.wheel_id = ? AND e.outside IS NULL AND ${isOfNoLanguage("e.purl")}
ORDER BY d.name, e.nth`;

const BUNDLED = `
SELECT m.path_id AS pathId, n.file_name AS fileName, n.stem, n.hashes, c.component, k.name AS componentName
FROM member_name m JOIN name n USING (name_id) LEFT JOIN name_component c USING (name_id) LEFT JOIN component k USING (component)
WHERE m.wheel_id = ? AND n.kind = 'shared-library'`;

function matchByName(
  file: Omit<Bundled, "pathId">,
  entries: Entry[],
): { entry: Entry; how: "library" | "component" } | undefined {
  const names = new Set([fold(file.stem), fold(file.stem.replace(/^lib/i, ""))]);
  const projects = new Set([file.component, file.componentName].filter((name) => name !== null).map(fold));
  for (const [how, known] of [
    ["library", names],
    ["component", projects],
  ] as const) {
    const entry = entries.find((each) => namesOf(each).some((name) => known.has(name)));
    if (entry) return { entry, how };
  }
  return undefined;
}

/**
 * The SHA-256, in hex, of the paths that a bundled file may have had before it was given a hash and copied into the wheel. One with
 * two hashes was copied out of another repaired wheel: it had the first of them then, and is no file of a distribution's package.
 */
export function pathHashesOf({ fileName, hashes }: Pick<Bundled, "fileName" | "hashes">): string[] {
  const last = hashes.split("-").at(-1)!;
  const original = last === "" ? fileName : fileName.replace(`-${last}`, "");
  return FOLDERS.map((folder) => createHash("sha256").update(`${folder}/${original}`).digest("hex"));
}

function namesOf({ name, purl }: Entry): string[] {
  return [...name.split(" / "), nameInPurl(purl)]
    .filter((each) => each !== null)
    .map(fold)
    .filter((each) => each !== ""); // Nothing is left of a name in another script.
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9+]/g, "");
}
