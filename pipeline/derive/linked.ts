// What texts in the bytes and what a wheel says of its files tell of releases, and what is linked into a file.
import { type Db, statement } from "../database/database.ts";
import { distributionPurl, upstreamVersion } from "../formats/sbom/distribution-purl.ts";
import { stampOf } from "../method.ts";
import { siblingComponents } from "../naming/component-rules.ts";
import { makeNamer } from "../naming/describe.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { count } from "../words.ts";
import { isDerived, storeDerived, tallyOf } from "./derivation.ts";

// Whatever can change what is told: files read, and read further; names, components and matches with SBOMs.
const TOLD_SO_FAR = `
SELECT (SELECT count(*) || ' ' || coalesce(sum(plan), 0) FROM file_contents) || ' ' || (SELECT count(*) FROM judged_wheel) || ' ' ||
  (SELECT count(*) || ' ' || count(component) FROM name_component) || ' ' || (SELECT count(*) FROM sbom_match)`;

/** The stage: makes anew what texts tell whenever more has been read or named. */
export const linked: Stage = {
  kind: "derive",
  name: "linked",
  unit: { thing: "file", deed: "told of" },
  about: "releases and linked-in components, by texts in the bytes, the wheels' SBOMs and siblings",
  run({ db, succeeded }) {
    const found = deriveLinked(db);
    if (found === null) return "unchanged";
    succeeded(found.files);
    return `${count(found.releases, "file")} with a release by their bytes; ${count(found.linked, "file")} with something linked in`;
  },
  tally(db, edition) {
    const sql = `
      SELECT count(DISTINCT c.file_id) AS done, 0 AS pending, 0 AS failed
      FROM answer a JOIN binary_wheel b USING (release_id) JOIN member h ON h.wheel_id = b.wheel_id JOIN file_contents c USING (file_id)
      WHERE a.edition = ?`;
    return tallyOf(db, "linked", db.prepare(sql).get(edition) as Tally);
  },
};

/** Makes anew what texts and wheels tell, if anything has changed; null if not, else how many files were read, and of how many they tell what. */
export function deriveLinked(db: Db): { files: number; releases: number; linked: number } | null {
  const told = `${["sboms", "components", "linked"].map((each) => stampOf(each as "linked")).join(" ")} ${db.prepare<[], string>(TOLD_SO_FAR).pluck().get()!}`;
  if (isDerived(db, "told", told)) return null;
  db.transaction(() => {
    db.exec("DELETE FROM file_version; DELETE FROM file_linked; DELETE FROM member_version");
    db.exec(RELEASES);
    storeLinked(db);
    storeStated(db);
    statement(db, SIBLINGS).run({ components: JSON.stringify(siblingComponents()) });
    storeDerived(db, "told", told);
    storeDerived(db, "linked", stampOf("linked"));
  }).immediate();
  const number = (sql: string) => db.prepare<[], number>(sql).pluck().get()!;
  return {
    files: number("SELECT count(*) FROM file_contents"),
    releases: number("SELECT count(*) FROM file_version"),
    linked: number("SELECT count(DISTINCT file_id) FROM file_linked"),
  };
}

// A file's texts come before its version resource and LC_ID_DYLIB; those that differ tell none.
const RELEASES = `
INSERT INTO file_version (file_id, component, version, text)
SELECT file_id, component, version, text FROM (
  SELECT *, min(version) OVER file AS least, max(version) OVER file AS most, row_number() OVER (PARTITION BY file_id ORDER BY at, kind) AS nth
  FROM file_text t WHERE kind = 'own' OR (kind IN ('resource', 'dylib')
    AND NOT EXISTS (SELECT 1 FROM file_text o WHERE o.file_id = t.file_id AND o.kind = 'own'))
  WINDOW file AS (PARTITION BY file_id)
) WHERE nth = 1 AND least = most`;

const TEXTS = `
SELECT t.file_id AS fileId, t.kind, t.component, t.text, t.version, c.needed FROM file_text t JOIN file_contents c USING (file_id)
WHERE t.kind IN ('linked', 'package') AND NOT EXISTS (SELECT 1 FROM member h JOIN member_name m USING (wheel_id, path_id) JOIN name_component n USING (name_id)
  WHERE h.file_id = t.file_id AND n.component = t.component)
ORDER BY t.file_id, t.component, t.at`;

interface LinkedText {
  fileId: number;
  kind: "linked" | "package";
  component: string;
  text: string;
  version: string | null;
  needed: string | null;
}

/** Stores what is linked in: no component that the file loads as a library too, of which its texts may be. Of two releases of a component none is told. */
function storeLinked(db: Db): void {
  const store = statement(
    db,
    "INSERT OR IGNORE INTO file_linked (file_id, component, version, text) VALUES (?, ?, ?, ?)",
  );
  const componentsOf = makeNeeded();
  const groups = new Map<string, LinkedText[]>();
  for (const text of db.prepare<[], LinkedText>(TEXTS).all()) {
    const { fileId, kind, component, version } = text;
    const key = `${fileId} ${component} ${kind === "package" ? version : ""}`; // A file can hold two releases of a package.
    groups.set(key, [...(groups.get(key) ?? []), text]);
  }
  for (const texts of groups.values()) {
    const [{ fileId, kind, component, text, version, needed }] = texts as [LinkedText];
    if (kind === "linked" && componentsOf(needed).has(component)) continue;
    const isOne = texts.every((each) => each.version === version);
    store.run(fileId, component, (isOne && version) || "", text);
  }
}

/** A function from what a file loads, as JSON, to the components of these libraries by their names. */
function makeNeeded(): (needed: string | null) => Set<string> {
  const nameOf = makeNamer();
  return (needed) => {
    const names = needed === null ? [] : (JSON.parse(needed) as string[]);
    const libraries = names.map((name) => `needed.libs/${name.slice(name.lastIndexOf("/") + 1)}`);
    return new Set(libraries.flatMap((path) => nameOf(path).component?.component ?? []));
  };
}

const STATED = `
SELECT x.wheel_id AS wheelId, x.path_id AS pathId, c.component, e.version, e.purl, iif(x.how = 'path', 'SBOM', 'SBOM by name') AS knownBy
FROM sbom_match x JOIN sbom_entry e USING (document_id, nth) JOIN member_name m USING (wheel_id, path_id) JOIN name_component c USING (name_id)
WHERE e.version IS NOT NULL AND e.purl IS NOT NULL AND c.component IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM sbom_rival v WHERE v.wheel_id = x.wheel_id AND v.path_id = x.path_id)`;

/** Stores the upstream release of each file of which its wheel's SBOM names the package, by the file's path or by its name. */
function storeStated(db: Db): void {
  const store = statement(
    db,
    "INSERT OR IGNORE INTO member_version (wheel_id, path_id, component, version, known_by, source) VALUES (?, ?, ?, ?, ?, ?)",
  );
  type Stated = { wheelId: number; pathId: number; component: string; version: string; purl: string; knownBy: string };
  for (const { wheelId, pathId, component, version, purl, knownBy } of db.prepare<[], Stated>(STATED).all()) {
    const isDistributions = distributionPurl(purl) !== null;
    if (isDistributions && knownBy !== "SBOM") continue; // By its name alone a file is no copy of a distribution's package.
    store.run(wheelId, pathId, component, isDistributions ? upstreamVersion(version) : version, knownBy, purl);
  }
}

// Of a project that releases its libraries together, where a wheel has each of them once and all that are known are of one release.
const SIBLINGS = `
WITH library AS MATERIALIZED (
  SELECT m.wheel_id, m.path_id, c.component, n.library, p.path, coalesce(s.version, t.version, c.version) AS version
  FROM name_component c JOIN name n USING (name_id) JOIN member_name m USING (name_id) JOIN path p USING (path_id)
  JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id
  LEFT JOIN member_version s ON s.wheel_id = m.wheel_id AND s.path_id = m.path_id
  LEFT JOIN file_version t ON t.file_id = h.file_id AND t.component = c.component
  WHERE c.component IN (SELECT value FROM json_each(:components)) AND n.kind = 'shared-library'
), one AS (
  SELECT wheel_id, component, min(version) AS version, min(iif(version IS NOT NULL, path, NULL)) AS path FROM library
  GROUP BY wheel_id, component HAVING count(DISTINCT version) = 1 AND count(*) = count(DISTINCT library)
)
INSERT INTO member_version (wheel_id, path_id, component, version, known_by, source)
SELECT l.wheel_id, l.path_id, l.component, o.version, 'sibling', o.path FROM library l JOIN one o USING (wheel_id, component) WHERE l.version IS NULL`;
