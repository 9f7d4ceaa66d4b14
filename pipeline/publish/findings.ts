// What an edition found, in words: each figure is the database's.
import { type Db, statement } from "../database/database.ts";
import { editionBefore } from "../editions/comparison.ts";
import { count } from "../words.ts";
import { asCode } from "./markdown.ts";
import type { FilledTable, ReadTable } from "./table.ts";
import { IS_BUNDLED } from "./tables/carried.ts";

const MOST_TIED = 3; // Versions that are named if they are equally common.

/** The findings of an edition, a sentence or two each, as Markdown: who bundles how much, which OpenSSL, whose builds, what changed. */
export function findingsOf(db: Db, edition: string, read: ReadTable): string[] {
  return [
    bundling(db, edition),
    openssl(read("versions")),
    builds(read("origins"), read("past-end")),
    changes(db, edition, read),
  ];
}

const BUNDLING = `
WITH bundled AS (
  SELECT a.project, b.filename, m.wheel_id, h.file_id, f.size
  FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m ON m.wheel_id = b.wheel_id JOIN name n USING (name_id)
  JOIN member h ON h.wheel_id = m.wheel_id AND h.path_id = m.path_id JOIN file f USING (file_id)
  WHERE a.edition = :edition AND ${IS_BUNDLED}
)
SELECT count(*) AS files, count(DISTINCT project) AS projects, count(DISTINCT filename) AS wheels, coalesce(sum(size), 0) AS bytes,
  (SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT file_id, size FROM bundled)) AS bytesOnce,
  (SELECT count(*) FROM candidate WHERE edition = :edition AND outcome = 'taken') AS taken
FROM bundled`;

function bundling(db: Db, edition: string): string {
  const found = statement(db, BUNDLING).get({ edition }) as Record<
    "files" | "projects" | "wheels" | "bytes" | "bytesOnce" | "taken",
    number
  >;
  if (found.files === 0) return `None of ${count(found.taken, "project")} bundles a shared library or executable.`;
  const share = ((100 * found.projects) / found.taken).toFixed(1);
  return (
    `${found.projects} of ${count(found.taken, "project")} (${share} %) bundle shared libraries or executables: ` +
    `${count(found.files, "file")} in ${count(found.wheels, "wheel")}, ${inGigabytes(found.bytes)} uncompressed, ` +
    `${inGigabytes(found.bytesOnce)} if each distinct content is counted once.`
  );
}

function openssl({ table, rows }: FilledTable): string {
  const at = (name: string) => table.columns.findIndex((column) => column.name === name);
  const byVersion = new Map<string | null, Set<unknown>>();
  for (const row of rows.filter((each) => each[at("component")] === "openssl")) {
    const version = row[at("version")] as string | null;
    byVersion.set(version, (byVersion.get(version) ?? new Set()).add(row[at("project")]));
  }
  const carrying = new Set([...byVersion.values()].flatMap((projects) => [...projects]));
  if (carrying.size === 0)
    return "No project carries OpenSSL, as far as files and SBOMs tell; crates that build it are not counted.";
  const known = [...byVersion].filter(([version]) => version !== null);
  const carry = `OpenSSL is carried by ${count(carrying.size, "project")}, by files and SBOMs;`;
  if (known.length === 0) return `${carry} in which version, none tells.`;
  const most = Math.max(...known.map(([, projects]) => projects.size));
  const commonest = known.filter(([, projects]) => projects.size === most).map(([version]) => asCode(version!));
  const projects = count(most, "project");
  if (commonest.length > MOST_TIED)
    return `${carry} ${known.length} versions are told, of which none is in more than ${projects}.`;
  const are = commonest.length === 1 ? "version is" : "versions are";
  return `${carry} the commonest ${are} ${commonest.sort().join(", ")}, as far as versions are told, ${commonest.length === 1 ? "" : "each "}in ${projects}.`;
}

function builds(origins: FilledTable, pastEnd: FilledTable): string {
  const { table, rows } = origins;
  const at = (name: string) => table.columns.findIndex((column) => column.name === name);
  const files = (those: FilledTable["rows"]) => those.reduce((sum, row) => sum + Number(row[at("files")]), 0);
  const proved = files(
    rows.filter((row) =>
      ["sbom", "fingerprint", "build-id", "debuglink", "sbom-name"].includes(String(row[at("evidence")])),
    ),
  );
  if (proved === 0) return "Of no shared library in a Linux wheel does anything prove whose build it is.";
  const projects = new Set(pastEnd.rows.map(([project]) => project)).size;
  return (
    `Of ${proved} of ${count(files(rows), "shared library", "shared libraries")} in Linux wheels it is proved of which distribution's package each is a copy. ` +
    `${count(projects, "project carries", "projects carry")} libraries of a distribution's release whose support had ended.`
  );
}

function changes(db: Db, edition: string, read: ReadTable): string {
  const before = statement(db, `SELECT ${editionBefore(":edition")}`)
    .pluck()
    .get({ edition }) as string | null;
  if (before === null) return "There is no edition of this kind before it, so nothing is said of what changed.";
  const { rows } = read("changes");
  const number = (subject: string, change: string) =>
    rows.filter((row) => row[0] === subject && row[1] === change).length;
  return (
    `Since ${before}, ${count(number("project", "entered"), "project")} entered and ${number("project", "left")} left, ` +
    `${count(number("project", "released"), "project has", "projects have")} a new release; ${count(number("library", "entered"), "library", "libraries")} entered and ${number("library", "left")} left. ` +
    `In projects that both editions have, ${count(number("bundle", "entered"), "bundle is", "bundles are")} new, ` +
    `${number("bundle", "left")} gone, and ${number("bundle", "changed")} there in other versions; a bundle is a library in a project.`
  );
}

/** Bytes in GB (a thousand million), below one in MB, to one decimal. */
function inGigabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
