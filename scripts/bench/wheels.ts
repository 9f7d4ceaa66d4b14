// The wheels that everybody reads, and the index that serves them: every binary wheel of a folder or of the recorded slice.
import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readWheelEnd } from "../../pipeline/collect/wheel-end.ts";
import { ItemError } from "../../pipeline/errors.ts";
import { normalizeProjectName } from "../../pipeline/formats/pypi/project-name.ts";
import { isBinaryWheel, parseWheelFilename, type WheelFilename } from "../../pipeline/formats/wheel/filename.ts";
import { entryRange } from "../../pipeline/formats/zip/layout.ts";
import { readContent } from "../../test/loopback/file-content.ts";
import { recordedSource } from "../../test/loopback/recorded-source.ts";
import { type IndexSource, memorySource, type SourceFile } from "../../test/loopback/source.ts";

/** Which wheels: those of a folder (null: the recorded slice), only the first `limit` by name (null: all). */
export interface Choice {
  folder: string | null;
  limit: number | null;
}

/** A wheel with what its end holds: sizes in bytes, `listing` the bytes that directory, end record and RECORD take. */
export interface BenchWheel {
  file: SourceFile;
  name: WheelFilename;
  recordPath: string;
  entries: number;
  directorySize: number;
  needed: number;
  listing: number;
}

const TAIL = 65_536;
const END_RECORD_SIZE = 22;

/** The binary wheels, by name. */
export function chooseFiles({ folder, limit }: Choice): SourceFile[] {
  const files = folder === null ? recordedFiles() : folderFiles(folder);
  return files
    .filter(({ filename }) => isBinaryWheel(parseWheelFilename(filename)))
    .sort((left, right) => (left.filename < right.filename ? -1 : 1))
    .slice(0, limit ?? files.length);
}

function recordedFiles(): SourceFile[] {
  const source = recordedSource();
  const files = source.ranking().flatMap(({ project }) => source.project(project)?.files ?? []);
  return files.filter(({ content }) => content.length > 0);
}

// Nobody looks at the hashes here, so that wheels of many gigabytes need not be read to the end: each has its name's.
function folderFiles(folder: string): SourceFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".whl"));
  return names.map((filename) => {
    const content = join(folder, filename);
    const sha256 = createHash("sha256").update(filename).digest("hex");
    return { filename, size: statSync(content).size, sha256, uploadTime: null, yanked: false, content };
  });
}

/** An index over the wheels in which every release is a project of its own, so that one edition surveys all of them. */
export function releasesSource(files: SourceFile[]): IndexSource {
  const releases = groupBy(files, ({ filename }) => {
    const { distribution, version } = parseWheelFilename(filename);
    return normalizeProjectName(`${distribution}-${version.replace(/[^A-Za-z0-9.]/g, "-")}`);
  });
  return memorySource([...releases].map(([name, its]) => ({ name, version: "1", files: its })));
}

/** Reads what the wheels' ends hold; those that the survey would refuse are left out and told of. */
export async function readWheels(files: SourceFile[], tell: (line: string) => void): Promise<BenchWheel[]> {
  const wheels: BenchWheel[] = [];
  for (const file of files) {
    try {
      wheels.push(await readWheel(file));
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      tell(`left out: ${file.filename}: ${error.message}`);
    }
  }
  return wheels;
}

async function readWheel(file: SourceFile): Promise<BenchWheel> {
  const name = parseWheelFilename(file.filename);
  const read = (start: number, end: number) => readLocally(file, start, end);
  const end = await readWheelEnd(name, file.size, Math.min(file.size, TAIL), read);
  const { directory, directorySize, needed } = end;
  const recordPath = `${end.distInfo}RECORD`;
  const record = directory.entries.find(({ path }) => path === recordPath);
  if (!record) throw new ItemError("content", "no RECORD, expected one");
  const range = entryRange(record);
  const listing = Math.min(file.size, directorySize + END_RECORD_SIZE + range.end - range.start);
  return { file, name, recordPath, entries: directory.entries.length, directorySize, needed, listing };
}

/** Reads the bytes [start, end) of a file that is here. */
export async function readLocally(file: SourceFile, start: number, end: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readContent(file, start, end)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Items by a key, in the order in which they came. */
export function groupBy<Key, Item>(items: Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
