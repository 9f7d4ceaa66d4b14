// Lints the hand-kept rules in data/: prints what is wrong with them and how to mend it, and exits with 1 if anything is.
// Given a survey's database, it also warns of rules that matched nothing in its latest edition.
//   node --import tsx scripts/lint-data.ts [DATABASE]
import { readdirSync, readFileSync } from "node:fs";
import { openForReading } from "../pipeline/database/database.ts";
import { readLedger } from "../pipeline/derive/ledger.ts";
import { RunError } from "../pipeline/errors.ts";
import { loadDistributions } from "../pipeline/naming/distributions.ts";
import { lintBreaks } from "./lint/breaks.ts";
import { lintComponents, lintSourcePaths, WARNING } from "./lint/components.ts";
import { lintBaseImages, lintDistributions } from "./lint/distributions.ts";
import { lintFingerprints } from "./lint/fingerprints.ts";
import { lintNaming } from "./lint/naming.ts";
import { lintRenamedCopies } from "./lint/renamed-copies.ts";
import { lintSecurityComponents } from "./lint/security-components.ts";

type Linter = (files: ReadonlyMap<string, unknown>) => string[];

/** Prints what is wrong with the files of a folder, or with one file, first of all what is not JSON; false if anything but warnings. */
function lintFiles(place: string, lint: Linter): boolean {
  const files = new Map<string, unknown>();
  const faults: string[] = [];
  const url = new URL(`../${place}`, import.meta.url);
  const names = place.endsWith("/") ? readdirSync(url).sort() : [place.slice(place.lastIndexOf("/") + 1)];
  for (const name of names) {
    try {
      files.set(name, JSON.parse(readFileSync(new URL(name, url), "utf8")));
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message}, expected JSON; look for a comma too many or too few`);
    }
  }
  const findings = faults.length > 0 ? faults : lint(files);
  for (const finding of findings) console.error(`${place}: ${finding}`);
  return findings.every((finding) => finding.startsWith(WARNING));
}

function stemsOfLatest(database: string): string[] {
  const db = openForReading(database);
  try {
    const latest = "SELECT max(edition) FROM edition WHERE kind <> 'imported'";
    return db.prepare(`SELECT DISTINCT stem FROM native_file WHERE edition = (${latest})`).pluck().all() as string[];
  } finally {
    db.close();
  }
}

try {
  const [database] = process.argv.slice(2);
  const seenStems = database === undefined ? undefined : stemsOfLatest(database);
  const known = new Set(
    readdirSync(new URL("../data/components", import.meta.url)).map((name) => name.replace(/\.json$/, "")),
  );
  const ledger = lintFingerprints(readLedger());
  for (const fault of ledger) console.error(`data/fingerprints.csv: ${fault}`);
  const sound = [
    ledger.length === 0,
    lintFiles("data/breaks.json", (files) =>
      lintBreaks(files.get("breaks.json")).map((fault) => `breaks.json: ${fault}`),
    ),
    lintFiles("data/source-paths.json", (files) => lintSourcePaths(files.get("source-paths.json"))),
    lintFiles("data/distributions.json", (files) => lintDistributions(files.get("distributions.json"))),
    lintFiles("data/base-images.json", (files) => lintBaseImages(files.get("base-images.json"), loadDistributions())),
    lintFiles("data/naming/", lintNaming),
    lintFiles("data/components/", (files) => lintComponents(files, seenStems)),
    lintFiles("data/renamed-copies.json", (files) => lintRenamedCopies(files.get("renamed-copies.json"))),
    lintFiles("data/security-components.json", (files) => lintSecurityComponents(files, known)),
  ];
  if (sound.includes(false)) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof RunError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
