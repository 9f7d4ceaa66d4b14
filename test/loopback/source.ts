// What the loopback index serves: a ranking, projects, and files of which only some bytes are known.
import { createHash } from "node:crypto";
import { normalizeProjectName } from "../../pipeline/formats/pypi/project-name.ts";

/** Known bytes of a file from offset `start`; every byte of a file that no extent covers is zero. */
export interface Extent {
  start: number;
  bytes: Uint8Array;
}

/** A file of a release: size in bytes, SHA-256 in hex, upload time in UTC (ISO 8601) or null if unknown, and what is in it: a path on disk or its extents in ascending order. */
export interface SourceFile {
  filename: string;
  size: number;
  sha256: string;
  uploadTime: string | null;
  yanked: boolean;
  content: string | Extent[];
}

/** A project by its display name, with the files of its latest release, and of `earlier` ones by their version. */
export interface SourceProject {
  name: string;
  version: string;
  /** What the index says as license_expression (PEP 639). */
  licence?: string;
  files: SourceFile[];
  earlier?: Record<string, SourceFile[]>;
}

/** What an index is made of; `project` takes a normalized name, `lastUpdate` is the ranking's date as "YYYY-MM-DD HH:MM:SS". */
export interface IndexSource {
  lastUpdate: string;
  ranking(): { project: string; downloads: number }[];
  project(name: string): SourceProject | undefined;
}

/** An index of projects made in memory, ranked in the order given. */
export function memorySource(projects: SourceProject[]): IndexSource {
  const byName = new Map(projects.map((project) => [normalizeProjectName(project.name), project]));
  return {
    lastUpdate: "2026-11-01 06:30:00",
    ranking: () => [...byName.keys()].map((project, index) => ({ project, downloads: 1000 * (byName.size - index) })),
    project: (name) => byName.get(name),
  };
}

/** A file in memory, as the index would list it. */
export function memoryFile(filename: string, bytes: Uint8Array): SourceFile {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { filename, size: bytes.length, sha256, uploadTime: null, yanked: false, content: [{ start: 0, bytes }] };
}
