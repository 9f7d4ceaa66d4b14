// The SBOM of a wheel as a document: its text, and what its file is called.
import type { Db } from "../../database/database.ts";
import { contentsOf } from "./contents.ts";
import { toCycloneDx } from "./cyclonedx.ts";
import { toSpdx } from "./spdx.ts";

/** The formats, with the suffix of a file and what writes it. */
export const SBOM_FORMATS = {
  cyclonedx: { suffix: ".cdx.json", title: "CycloneDX 1.6", write: toCycloneDx },
  spdx: { suffix: ".spdx.json", title: "SPDX 2.3", write: toSpdx },
} as const;

/** A word of --format. */
export type SbomFormat = keyof typeof SBOM_FORMATS;

/** The document of a wheel of an edition; null if it is not there. */
export function sbomOf(db: Db, edition: string, project: string, wheel: string, format: SbomFormat): string | null {
  const contents = contentsOf(db, edition, project, wheel);
  return contents && `${JSON.stringify(SBOM_FORMATS[format].write(contents), null, 2)}\n`;
}

/** What the file with a wheel's document is called: unique, as wheels of an edition are. */
export function sbomName(wheel: string, format: SbomFormat): string {
  return `${wheel}${SBOM_FORMATS[format].suffix}`;
}
