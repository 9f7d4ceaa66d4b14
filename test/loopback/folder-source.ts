// An index over a folder of wheels, real or sparse ones.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { normalizeProjectName } from "../../pipeline/formats/pypi/project-name.ts";
import { parseWheelFilename } from "../../pipeline/formats/wheel/filename.ts";
import type { IndexSource, SourceFile, SourceProject } from "./source.ts";
import { compareVersions } from "./version-order.ts";

/** The name of the list of hashes beside the wheels, in the form that `sha256sum` writes. */
export const HASH_LIST = "SHA256SUMS";

/** An index over a folder; `states` is how many versions the project with the most of them has. */
export interface FolderSource extends IndexSource {
  states: number;
}

/**
 * An index over a folder, projects ranked by name: each project lists the files of its `nth` version from the newest (0)
 * down, or of its oldest, so that `nth` from `states - 1` to 0 plays the folder's history.
 */
export async function folderSource(folder: string, { nth = 0 } = {}): Promise<FolderSource> {
  const hashes = await readHashes(folder);
  const projects = new Map<string, Map<string, SourceFile[]>>();
  for (const filename of wheelNames(folder)) {
    const { distribution, version } = parseWheelFilename(filename);
    const path = join(folder, filename);
    const name = normalizeProjectName(distribution);
    const versions = projects.get(name) ?? new Map<string, SourceFile[]>();
    const files = versions.get(version) ?? [];
    const sha256 = hashes.get(filename) ?? (await hashFile(path));
    files.push({ filename, size: statSync(path).size, sha256, uploadTime: null, yanked: false, content: path });
    projects.set(name, versions.set(version, files));
  }
  const listed = new Map([...projects].sort(byName).map(([name, versions]) => [name, releaseOf(name, versions, nth)]));
  return {
    lastUpdate: "2026-11-01 06:30:00",
    states: Math.max(0, ...[...projects.values()].map((versions) => versions.size)),
    ranking: () => [...listed.keys()].map((project, index) => ({ project, downloads: 1000 * (listed.size - index) })),
    project: (name) => listed.get(name),
  };
}

function byName([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}

function releaseOf(name: string, versions: Map<string, SourceFile[]>, nth: number): SourceProject {
  const newestFirst = [...versions.keys()].sort(compareVersions).reverse();
  const version = newestFirst[Math.min(nth, newestFirst.length - 1)]!;
  return { name, version, files: versions.get(version)! };
}

function wheelNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".whl"))
    .sort();
}

async function readHashes(folder: string): Promise<Map<string, string>> {
  const list = join(folder, HASH_LIST);
  if (!existsSync(list)) return new Map();
  const lines = readFileSync(list, "utf8").matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm);
  return new Map([...lines].map(([, sha256, filename]) => [filename!, sha256!]));
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}
