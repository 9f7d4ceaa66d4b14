// What an SBOM lists, whatever its format: https://peps.python.org/pep-0770/

/** What is odd about a wheel's SBOMs, in one sentence for each stable word. */
export const SBOM_ANOMALIES = {
  "sbom-unread":
    "A document under sboms/ is none that this program understands: CycloneDX as JSON, SPDX 2 or 3 as JSON.",
} as const;

/** Why an entry is no component inside the wheel. */
export const OUTSIDE = {
  subject: "the wheel itself",
  "own module": "a part of the project's own, or one of its workspace",
  excluded: "used to build it, and not inside",
  file: "a file, not a component",
  nameless: "an entry without a name",
} as const;

/** A word of `sbom_entry.outside`. */
export type Outside = keyof typeof OUTSIDE;

/** A component, package or file that an SBOM lists; null where it does not say. `parent` is the place of the entry that it is nested under. */
export interface SbomEntry {
  parent: number | null;
  ref: string | null;
  type: string | null;
  name: string | null;
  version: string | null;
  purl: string | null;
  licence: string | null;
  scope: string | null;
  outside: Outside | null;
}

/** An SBOM that has been read: its format with version, the tools that made it, and its entries, each before those nested under it. */
export interface Sbom {
  format: string;
  tools: string[];
  entries: SbomEntry[];
}

/** An SBOM that is not read: its format, if that is known, and why. */
export class UnreadSbom extends Error {
  readonly format: string | null;
  constructor(format: string | null, problem: string) {
    super(problem);
    this.format = format;
  }
}

/** A text of a document that may be anything; null unless it is text and not empty. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The objects of a list that may be anything. */
export function objectsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Whether a value is an object with members. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const LOCAL_PATH = /[?&]download_url=file:/; // cargo-cyclonedx names the crates of a workspace so.

/** Whether a package URL names something of the project's own: a crate of its workspace. */
export function isOwnPurl(purl: string | null): boolean {
  return purl !== null && LOCAL_PATH.test(purl);
}

/** The name that a package URL ends with, decoded; null if it has none. */
export function nameInPurl(purl: string | null): string | null {
  const name = /^pkg:[^/]+\/(?:[^?#@]*\/)?([^/?#@]+)/.exec(purl ?? "")?.[1];
  if (name === undefined) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
