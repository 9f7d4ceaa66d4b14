// `who`: which projects carry a library, an upstream project or this very file; the question on the day of a CVE.
import { Command } from "@commander-js/extra-typings";
import { type Db, openForReading } from "../database/database.ts";
import { isOfNoLanguage } from "../database/purls.ts";
import { askedEdition } from "../editions/edition.ts";
import type { FilledTable } from "../publish/table.ts";
import { carriedAs } from "../publish/tables/carried.ts";
import { count } from "../words.ts";
import { nearNames } from "./near.ts";
import { databaseOption, editionOption, parseWord } from "./options.ts";
import { say } from "./output.ts";
import { csvOption, jsonOption, printRows } from "./rows.ts";

/** The command. */
export const whoCommand = () =>
  new Command("who")
    .description("say which projects carry a library, an upstream project, a file name, or a file with this SHA-256")
    .argument(
      "<LIBRARY|COMPONENT|FILE-NAME|SHA-256>",
      "libwebp.so, libwebp, openssl, libcrypto-0123abcd.so.3, or 64 hex digits",
      parseWord,
    )
    .addOption(databaseOption())
    .addOption(editionOption("which edition (default: the newest)"))
    .addOption(csvOption())
    .addOption(jsonOption())
    .action(async (what, { database, edition, ...form }) => {
      const db = openForReading(database);
      try {
        const month = askedEdition(db, edition);
        const isHash = SHA256.test(what);
        const found = carriersOf(db, month, what);
        const projects = new Set(found.rows.map(([project]) => project as string));
        const inSboms = isHash ? [] : inSbomsAlone(db, month, what, projects);
        if (projects.size > 0) say(`${what} in edition ${month}: in files of ${count(projects.size, "project")}`);
        else say(nothingFound(what, month, isHash ? [] : nearOf(db, month, what)));
        if (inSboms.length > 0) say(`${what}: without a file of that name, as SBOMs say, in ${inSboms.join(", ")}`);
        const linkedIn = isHash ? [] : linkedInto(db, month, what);
        if (linkedIn.length > 0)
          say(`${what}: linked into files of ${linkedIn.join(", ")}, as texts in their bytes say`);
        await printRows(found, form);
      } finally {
        db.close();
      }
    });

const SHA256 = /^[0-9a-f]{64}$/i;

/** The files with this SHA-256, if it is one, else those of this library, upstream project or file name, in the form of `carried`. */
export function carriersOf(db: Db, edition: string, what: string): FilledTable {
  return SHA256.test(what)
    ? carriedAs(db, edition, what.toLowerCase(), "sha256")
    : carriedAs(db, edition, what, "name");
}

/** The projects without a file of it whose wheels say in an SBOM that it is inside, with versions; packages of a language's own index apart. */
function inSbomsAlone(db: Db, edition: string, what: string, inFiles: Set<string>): string[] {
  const sql = `SELECT project, group_concat(DISTINCT version ORDER BY version) AS versions FROM sbom_component WHERE edition = ? AND lower(name) = ?
    AND ${isOfNoLanguage("purl")}
    GROUP BY project ORDER BY project`;
  const found = db.prepare(sql).all(edition, what.toLowerCase()) as { project: string; versions: string | null }[];
  return found
    .filter(({ project }) => !inFiles.has(project))
    .map(({ project, versions }) => `${project} (${versions ?? "no version told"})`);
}

/** The projects into whose files it is linked, with releases, as far as bytes were read. */
function linkedInto(db: Db, edition: string, what: string): string[] {
  const sql = `SELECT project, group_concat(DISTINCT version ORDER BY version) AS versions FROM linked_component WHERE edition = ? AND component = ?
    GROUP BY project ORDER BY project`;
  const found = db.prepare(sql).all(edition, what.toLowerCase()) as { project: string; versions: string | null }[];
  return found.map(({ project, versions }) => `${project} (${versions ?? "no version told"})`);
}

function nearOf(db: Db, edition: string, what: string): string[] {
  const sql = "SELECT DISTINCT name FROM rank WHERE edition = ? AND counted_by IN ('library', 'component')";
  return nearNames(what, db.prepare(sql).pluck().all(edition) as string[]);
}

function nothingFound(what: string, edition: string, near: string[]): string {
  const meant = near.length > 0 ? `; near names: ${near.join(", ")}` : "";
  return `${what}: no file of that name or content in edition ${edition}${meant}`;
}
