// What strangers may put on an index to make a survey swell: huge directories, documents and bodies, many at a time.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { commandLine, project, requestTo, wheel } from "../harness.ts";
import type { FaultPlan } from "../loopback/faults.ts";
import { startIndex } from "../loopback/index-server.ts";
import { memoryFile, memorySource, type SourceFile } from "../loopback/source.ts";
import { buildZip, type EntryToWrite } from "../zip-builder.ts";
import { measured, NO_PROC } from "./memory.ts";
import type { Ordeal } from "./ordeal.ts";

const HEAP = 128; // Megabytes.
const MOST_MEMORY = 300; // Megabytes that the process may have had in memory at once.
const WHEEL = "hostile-1.0-cp312-cp312-win_amd64.whl";
const SMALL = wheel(WHEEL, { "hostile/core.pyd": "x" });
const PURE = wheel("hostile-1.0-py3-none-any.whl", {});

/** What is hostile, how a survey of it has to end, and what it is: the files of a release, or how the index answers. */
const KINDS: [what: string, exitCode: 0 | 3, files: () => SourceFile[], fault?: FaultPlan][] = [
  ["directories of 65,534 entries", 0, () => directory(65_534, (nth) => `pkg/module${nth}.py`)],
  ["directories of 65,534 libraries", 0, () => directory(65_534, (nth) => `pkg.libs/lib${nth}.so`)],
  ["directories of 31 MiB of names", 3, () => directory(31_000, (nth) => `${`${nth}/`.padEnd(1000, "n")}.so`)],
  ["directories of 7 MB of names", 0, () => directory(7_000, (nth) => `${`${nth}/`.padEnd(960, "n")}.so`)],
  ["RECORDs that inflate to 8 MB", 0, () => record(2e6)],
  ["RECORDs that inflate to 16 MB", 3, () => record(4e6)],
  [
    "RECORDs that claim less than they inflate to",
    3,
    () => record(2 ** 24, { local: { size: 9 }, directory: { size: 9 } }),
  ],
  ["project documents of 30 MB", 0, () => many(PURE)],
  ["project documents of 28,000 binary wheels", 3, () => many(SMALL)],
  [
    "endless project documents",
    3,
    () => [SMALL],
    ({ path }) => (path.startsWith("/pypi/") ? { kind: "endless" } : undefined),
  ],
  ["endless answers to ranges", 3, () => [SMALL], ({ range }) => (range === null ? undefined : { kind: "endless" })],
];

function directory(count: number, name: (nth: number) => string): SourceFile[] {
  return [memoryFile(WHEEL, buildZip(Array.from({ length: count }, (_, nth) => ({ name: name(nth) }))))];
}

function record(rows: number, lies: Partial<EntryToWrite> = {}): SourceFile[] {
  const entry = { name: "hostile0-1.0.dist-info/RECORD", data: "x,,\n".repeat(rows), method: 8, ...lies };
  return [memoryFile(WHEEL, buildZip([entry]))];
}

function many(file: SourceFile): SourceFile[] {
  const nameOf = (nth: number) => file.filename.replace("-1.0-", `-1.0-${nth}-`);
  return Array.from({ length: 28_000 }, (_, nth) => ({ ...file, filename: nameOf(nth) }));
}

/** Surveys an index of `count` projects of each kind, all at a time, and measures the process that does. */
export const hostile: Ordeal = {
  promise: "hostile wheels and documents do not swell the survey",
  counts: "hostile projects of each kind at a time",
  inTests: 1,
  count: 8,
  missing: NO_PROC,
  async run({ count, scratch, say, broken }) {
    const figures: Record<string, string> = {};
    for (const [what, exitCode, files, fault] of KINDS) {
      const made = files();
      const projects = Array.from({ length: count }, (_, nth) =>
        project(
          `hostile${nth}`,
          made.map((file) => ownedBy(nth, file)),
        ),
      );
      const index = await startIndex(memorySource(projects), fault ? { fault } : {});
      const folder = join(scratch, what);
      mkdirSync(folder);
      const { code, stderr, megabytes } = await measured(commandLine(requestTo(index, folder, { top: count })), HEAP);
      await index.close();
      figures[`${what}, ${count} at a time`] = `${megabytes} MB`;
      if (code !== exitCode) broken(`${what}: exit ${code}, expected ${exitCode}: ${stderr}`);
      if (megabytes > MOST_MEMORY) broken(`${what}: ${megabytes} MB, expected at most ${MOST_MEMORY}`);
      say(`${what}: ${megabytes} MB`);
    }
    return figures;
  },
};

/** The same file under another hash, so that it is another wheel to a survey. */
function ownedBy(nth: number, file: SourceFile): SourceFile {
  const sha256 = nth.toString(16).padStart(8, "0") + file.sha256.slice(8);
  return { ...file, sha256, filename: file.filename.replace("hostile", `hostile${nth}`) };
}
