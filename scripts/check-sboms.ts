// Are the SBOMs of a database's wheels what they should be? Writes each twice in both formats, which have to be the same, checks the CycloneDX
// one against its official schema, and counts which bundled files the wheels' own SBOMs name and which ours do. Exits with 1 if a document
// is not valid, or ours names fewer.
//   node --import tsx scripts/check-sboms.ts DATABASE [FOLDER]     (FOLDER: where to write them all)
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { openForReading } from "../pipeline/database/database.ts";
import { writeInto } from "../pipeline/publish/output.ts";
import { SBOM_FORMATS, type SbomFormat, sbomName, sbomOf } from "../pipeline/publish/sbom/document.ts";

/** What was found: documents, faults in a line each, and bundled files: all, those that the wheels' own SBOMs name, those that ours do, with a distribution's package, and those of wheels with an SBOM. */
export interface Check {
  wheels: number;
  faults: string[];
  withSbom: { wheels: number; files: number; own: number; ours: number; upstream: number; packages: number };
}

interface Wheel {
  edition: string;
  project: string;
  wheel: string;
}

interface Component {
  "bom-ref": string;
  purl?: string;
  version?: string;
  pedigree?: object;
}

const WHEELS = `
SELECT max(edition) AS edition, project, wheel FROM surveyed_wheel JOIN edition USING (edition)
WHERE native_files IS NOT NULL AND kind <> 'imported' GROUP BY project, wheel, sha256 ORDER BY project, wheel`;

// Bundled files of a wheel that has an SBOM which could be read, and those that it names.
const OWN = `
SELECT count(*) AS files, count(x.path_id) AS own FROM answer a JOIN binary_wheel b USING (release_id) JOIN member_name m USING (wheel_id) JOIN name n USING (name_id)
LEFT JOIN sbom_match x USING (wheel_id, path_id)
WHERE a.edition = ? AND a.project = ? AND b.filename = ? AND n.kind = 'shared-library'
  AND EXISTS (SELECT 1 FROM wheel_document d JOIN sbom s USING (document_id) WHERE d.wheel_id = b.wheel_id AND s.problem IS NULL)`;

/** Checks the SBOMs of every wheel in a database; writes them into a folder if one is given. */
export async function checkSboms(database: string, folder?: string): Promise<Check> {
  const db = openForReading(database);
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  const check: Check = {
    wheels: 0,
    faults: [],
    withSbom: { wheels: 0, files: 0, own: 0, ours: 0, upstream: 0, packages: 0 },
  };
  for (const { edition, project, wheel } of db.prepare<[], Wheel>(WHEELS).all()) {
    check.wheels += 1;
    for (const format of Object.keys(SBOM_FORMATS) as SbomFormat[]) {
      const text = sbomOf(db, edition, project, wheel, format)!;
      if (text !== sbomOf(db, edition, project, wheel, format))
        check.faults.push(`${wheel}: ${format} differs in a second run`);
      if (folder !== undefined) writeInto(join(folder, project), sbomName(wheel, format), text);
      if (format !== "cyclonedx") continue;
      const invalid = await validator.validate(text);
      if (invalid !== null) check.faults.push(`${wheel}: ${JSON.stringify(invalid).slice(0, 300)}`);
      const { components } = JSON.parse(text) as { components: Component[] };
      const files = components.filter((component) => component["bom-ref"].startsWith("file:"));
      if (new Set(components.map((component) => component["bom-ref"])).size < components.length)
        check.faults.push(`${wheel}: two components with one bom-ref`);
      const counted = db.prepare<unknown[], { files: number; own: number }>(OWN).get(edition, project, wheel)!;
      if (counted.files === 0) continue;
      if (files.length < counted.own)
        check.faults.push(`${wheel}: ${files.length} files named, its own SBOM ${counted.own}`);
      const { withSbom } = check;
      withSbom.wheels += 1;
      withSbom.files += counted.files;
      withSbom.own += counted.own;
      withSbom.ours += files.length;
      withSbom.upstream += files.filter(({ purl }) => purl !== undefined).length;
      withSbom.packages += files.filter(({ pedigree }) => pedigree !== undefined).length;
    }
  }
  db.close();
  return check;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [database, folder] = process.argv.slice(2);
  if (database === undefined) {
    console.error("usage: node --import tsx scripts/check-sboms.ts DATABASE [FOLDER]");
    process.exit(2);
  }
  const { wheels, faults, withSbom } = await checkSboms(database, folder);
  for (const fault of faults) console.error(fault);
  console.log(`${wheels} wheels, ${faults.length} faults`);
  console.log(
    `${withSbom.wheels} wheels with an SBOM of their own bundle ${withSbom.files} libraries: theirs name ${withSbom.own}; ours name ${withSbom.ours} files, ` +
      `${withSbom.upstream} of them with their upstream project, ${withSbom.packages} with the distribution's package`,
  );
  if (faults.length > 0) process.exitCode = 1;
}
