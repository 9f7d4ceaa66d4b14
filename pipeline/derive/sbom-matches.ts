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
  for (const file of statement<[number], Bundled>(db, BUNDLED).all(wheelId)) {
    const match = matchOf(file, entries);
    if (match) insert.run(wheelId, file.pathId, match.entry.documentId, match.entry.nth, match.how);
  }
}

const ENTRIES = `
SELECT e.document_id AS documentId, e.nth, e.name, e.purl, lower(hex(e.path_sha256)) AS pathHash
FROM wheel_document d JOIN sbom_entry e USING (document_id) WHERE d.wheel_id = ? AND e.outside IS NULL AND ${isOfNoLanguage("e.purl")}
ORDER BY d.name, e.nth`;

const BUNDLED = `
SELECT m.path_id AS pathId, n.file_name AS fileName, n.stem, n.hashes, c.component, k.name AS componentName
FROM member_name m JOIN name n USING (name_id) LEFT JOIN name_component c USING (name_id) LEFT JOIN component k USING (component)
WHERE m.wheel_id = ? AND n.kind = 'shared-library'`;

/** The entry that names a bundled file, and how; undefined if none does. */
export function matchOf(
  file: Omit<Bundled, "pathId">,
  entries: Entry[],
): { entry: Entry; how: "path" | "library" | "component" } | undefined {
  const hashes = new Set(pathHashesOf(file));
  const names = new Set([fold(file.stem), fold(file.stem.replace(/^lib/i, ""))]);
  const projects = new Set([file.component, file.componentName].filter((name) => name !== null).map(fold));
  const tests = [
    ["path", ({ pathHash }: Entry) => pathHash !== null && hashes.has(pathHash)],
    ["library", (entry: Entry) => namesOf(entry).some((name) => names.has(name))],
    ["component", (entry: Entry) => namesOf(entry).some((name) => projects.has(name))],
  ] as const;
  for (const [how, test] of tests) {
    const entry = entries.find(test);
    if (entry) return { entry, how };
  }
  return undefined;
}

/** The SHA-256, in hex, of the paths that a bundled file may have had before it was given a hash and copied into the wheel. */
export function pathHashesOf({ fileName, hashes }: Pick<Bundled, "fileName" | "hashes">): string[] {
  const inserted = hashes === "" ? [] : hashes.split("-");
  const original = inserted.reduce((name, hash) => name.replace(`-${hash}`, ""), fileName);
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
