// Records the slice of the index that a folder of wheels, real or sparse, is: the newest release of each ranked project, and the
// one before it where the two can be compared.
//   node --import tsx scripts/record.ts FOLDER --ranking FILE [--out FOLDER]
// What is recorded, and what is not, stands in data/recorded/README.md.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseRanking, type Ranking } from "../pipeline/formats/pypi/ranking.ts";
import { isBinaryWheel, parseWheelFilename } from "../pipeline/formats/wheel/filename.ts";
import { folderSource } from "../test/loopback/folder-source.ts";
import { formatListings } from "../test/loopback/listing.ts";
import { FILES, RECORDED, type RecordedRanking } from "../test/loopback/recorded-source.ts";
import type { SourceFile, SourceProject } from "../test/loopback/source.ts";
import { sparseWheel } from "../test/loopback/sparse-wheel.ts";
import { comparableFiles } from "./comparable-files.ts";
import { type ListedWheel, listWheel } from "./list-wheel.ts";

/** A project as it is recorded, with its rank in the whole ranking: its newest release, and the one before it, of which `files` may be empty. */
interface RecordedProject {
  name: string;
  rank: number;
  downloads: number;
  newest: SourceProject;
  earlier: SourceProject;
  wheels: ListedWheel[];
}

const USAGE = "record.ts FOLDER --ranking FILE [--out FOLDER]";

async function main(): Promise<void> {
  const { folder, rankingFile, out } = readArguments();
  const ranking = readRanking(rankingFile);
  const projects = await recordProjects(folder, ranking);
  write(out, ranking, projects);
  report(projects);
}

async function recordProjects(folder: string, ranking: Ranking): Promise<RecordedProject[]> {
  const [newestOf, earlierOf] = await Promise.all(
    [0, 1].map((nth) => folderSource(folder, { nth }).catch((error: Error) => refuse(`${folder}: ${error.message}`))),
  );
  const recorded: RecordedProject[] = [];
  for (const [index, { project: name, downloads }] of ranking.rows.entries()) {
    const newest = newestOf!.project(name);
    if (!newest) continue;
    const before = earlierOf!.project(name)!;
    const files = before.version === newest.version ? [] : comparableFiles(before.files, newest.files);
    try {
      const wheels = listWheels([...newest.files, ...files]);
      recorded.push({
        name,
        rank: index + 1,
        downloads: downloads ?? 0,
        newest,
        earlier: { ...before, files },
        wheels,
      });
    } catch (error) {
      console.error(`left out: ${name}: ${(error as Error).message}`);
    }
  }
  return recorded;
}

function listWheels(files: SourceFile[]): ListedWheel[] {
  const wheels: ListedWheel[] = [];
  for (const { filename, size, content } of files) {
    if (!isBinaryWheel(parseWheelFilename(filename))) continue;
    const wheel = listWheel(content as string, filename);
    sparseWheel(wheel.listing, size); // What cannot be made again is not recorded.
    wheels.push(wheel);
  }
  return wheels;
}

function write(out: string, ranking: Ranking, projects: RecordedProject[]): void {
  const rows = projects.map(({ rank, name, downloads }) => ({ rank, project: name, download_count: downloads }));
  const listings = join(out, FILES.listings);
  rmSync(listings, { recursive: true, force: true });
  mkdirSync(listings, { recursive: true });
  writeFileSync(join(out, FILES.ranking), formatRanking(ranking, rows));
  writeFileSync(join(out, FILES.releases), formatReleases(projects.map(({ newest }) => newest)));
  writeFileSync(join(out, FILES.earlier), formatReleases(projects.map(({ earlier }) => earlier)));
  for (const { name, wheels } of projects) {
    if (wheels.length === 0) continue;
    writeFileSync(join(listings, `${name}.tsv`), formatListings(wheels.map(({ listing }) => listing)));
  }
}

function formatReleases(releases: SourceProject[]): string {
  const rows = releases
    .flatMap(({ name, version, files }) => files.map((file) => [name, version, file.filename, file.size, file.sha256]))
    .map((cells) => cells.join("\t"))
    .sort();
  return `${["project\tversion\tfilename\tsize\tsha256", ...rows].join("\n")}\n`;
}

// The ranking's own shape, a line for each project.
function formatRanking({ rankedAt }: Ranking, rows: RecordedRanking["rows"]): string {
  const lastUpdate = (rankedAt ?? "").replace("T", " ").replace("Z", "");
  const lines = rows.map((row) => JSON.stringify(row)).join(",\n");
  return `{"last_update": ${JSON.stringify(lastUpdate)}, "rows": [\n${lines}\n]}\n`;
}

function report(projects: RecordedProject[]): void {
  const wheels = projects.flatMap((project) => project.wheels);
  const texts = wheels.flatMap(({ listing }) => listing.texts);
  const sboms = texts.filter(({ path }) => path.includes("/sboms/"));
  const reducedSboms = sboms.filter(({ reduced }) => reduced);
  const faithful = wheels.filter((wheel) => wheel.faithful);
  const identical = faithful.filter(({ listing }) => !listing.texts.some(({ reduced }) => reduced));
  const entries = wheels.reduce((sum, { listing }) => sum + listing.entries.length, 0);
  const binary = projects.filter((project) => project.wheels.length > 0).length;
  const moved = projects.filter(({ earlier }) => earlier.files.length > 0).length;
  console.error(
    `${projects.length} projects, ${binary} with binary wheels, ${moved} with an earlier release: ${wheels.length} wheels of ${entries} entries`,
  );
  console.error(
    `RECORD: ${identical.length} byte for byte, ${faithful.length - identical.length} but for the rows of reduced documents, ${wheels.length - faithful.length} otherwise`,
  );
  console.error(`SBOMs: ${sboms.length - reducedSboms.length} whole, ${reducedSboms.length} reduced`);
}

function readArguments(): { folder: string; rankingFile: string; out: string } {
  try {
    const options = { ranking: { type: "string" }, out: { type: "string", default: RECORDED } } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    const [folder] = positionals;
    if (folder === undefined || positionals.length > 1) return refuse(`${positionals.length} folders`);
    if (values.ranking === undefined) return refuse("no --ranking");
    return { folder, rankingFile: values.ranking, out: values.out };
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function readRanking(path: string): Ranking {
  try {
    return parseRanking(readFileSync(path, "utf8"));
  } catch (error) {
    return refuse(`${path}: ${(error as Error).message}`);
  }
}

function refuse(found: string): never {
  console.error(`record: ${found}, expected ${USAGE}`);
  process.exit(2);
}

await main();
