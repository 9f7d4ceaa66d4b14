// What strangers may put on an index to make a survey swell: huge directories, documents and bodies, many at a time.
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine, project, requestTo, start, wheel } from "../harness.ts";
import type { FaultPlan } from "../loopback/faults.ts";
import { startIndex } from "../loopback/index-server.ts";
import { memoryFile, memorySource, type SourceFile } from "../loopback/source.ts";
import { buildZip, type EntryToWrite } from "../zip-builder.ts";
import { type Findings, type Hardness, inScratch, within } from "./ordeal.ts";

const MOST_MEMORY = 300; // Megabytes that the process may have had in memory at once.
const OFTEN = 20; // Milliseconds.
const HANG = 240_000;
const MEGABYTE = 1024 * 1024;
const WHEEL = "hostile-1.0-cp312-cp312-win_amd64.whl";

/** Why memory cannot be measured here, or false. */
export const noProc: string | false = existsSync("/proc/self/status") ? false : "no /proc here";

/** What is hostile: the files of a release, or how the index answers; and how a survey of it has to end. */
interface Kind {
  what: string;
  exitCode: 0 | 3;
  files(): SourceFile[];
  fault?: FaultPlan;
}

const KINDS: Kind[] = [
  {
    what: "directories of 65,534 entries",
    exitCode: 0,
    files: () => [wheelOf(empty(65_534, (nth) => `pkg/module${nth}.py`))],
  },
  {
    what: "directories of 65,534 libraries",
    exitCode: 0,
    files: () => [wheelOf(empty(65_534, (nth) => `pkg.libs/lib${nth}.so`))],
  },
  {
    what: "directories of 31 MiB of names",
    exitCode: 3,
    files: () => [wheelOf(empty(31_000, (nth) => `${`${nth}/`.padEnd(1000, "n")}.so`))],
  },
  {
    what: "directories of 7 MB of names",
    exitCode: 0,
    files: () => [wheelOf(empty(7_000, (nth) => `${`${nth}/`.padEnd(960, "n")}.so`))],
  },
  {
    what: "RECORDs that inflate to 8 MB",
    exitCode: 0,
    files: () => [wheelOf([{ name: "hostile0-1.0.dist-info/RECORD", data: "x,,\n".repeat(2e6), method: 8 }])],
  },
  {
    what: "RECORDs that inflate to 16 MB",
    exitCode: 3,
    files: () => [wheelOf([{ name: "hostile0-1.0.dist-info/RECORD", data: "x,,\n".repeat(4e6), method: 8 }])],
  },
  {
    what: "RECORDs that claim less than they inflate to",
    exitCode: 3,
    files: () => {
      const data = "x,,\n".repeat(16 * MEGABYTE);
      return [
        wheelOf([
          { name: "hostile0-1.0.dist-info/RECORD", data, method: 8, local: { size: 9 }, directory: { size: 9 } },
        ]),
      ];
    },
  },
  {
    what: "project documents of 30 MB",
    exitCode: 0,
    files: () =>
      Array.from({ length: 28_000 }, (_, nth) => ({ ...PURE, filename: `hostile-1.0-${nth}-py3-none-any.whl` })),
  },
  {
    what: "project documents of 28,000 binary wheels",
    exitCode: 3,
    files: () =>
      Array.from({ length: 28_000 }, (_, nth) => ({ ...SMALL, filename: WHEEL.replace("-1.0-", `-1.0-${nth}-`) })),
  },
  {
    what: "endless project documents",
    exitCode: 3,
    files: () => [SMALL],
    fault: ({ path }) => (path.startsWith("/pypi/") ? { kind: "endless" } : undefined),
  },
  {
    what: "endless answers to ranges",
    exitCode: 3,
    files: () => [SMALL],
    fault: ({ range }) => (range === null ? undefined : { kind: "endless" }),
  },
];

const SMALL = wheel(WHEEL, { "hostile/core.pyd": "x" });
const PURE = wheel("hostile-1.0-py3-none-any.whl", {});

/** Surveys an index of `count` projects of each kind, all at a time, and measures the process that does. */
export async function run({ count, say = () => {} }: Hardness): Promise<Findings> {
  const violations: string[] = [];
  const figures: Record<string, string> = {};
  for (const { what, exitCode, files, fault } of KINDS) {
    const made = files();
    const projects = Array.from({ length: count }, (_, nth) =>
      project(
        `hostile${nth}`,
        made.map((file) => ownedBy(nth, file)),
      ),
    );
    const index = await startIndex(memorySource(projects), fault ? { fault } : {});
    await inScratch(async (folder) => {
      mkdirSync(join(folder, "run"));
      const request = requestTo(index, join(folder, "run"), { top: count, concurrency: 8 });
      const { code, megabytes, milliseconds, stderr } = await measured(commandLine(request));
      figures[`${what}, ${count} at a time`] = `${megabytes} MB, ${(milliseconds / 1000).toFixed(1)} s`;
      if (code !== exitCode) violations.push(`hostile, ${what}: exit ${code}, expected ${exitCode}: ${stderr}`);
      if (megabytes > MOST_MEMORY)
        violations.push(`hostile, ${what}: ${megabytes} MB, expected at most ${MOST_MEMORY}`);
      say(`${what}: ${megabytes} MB`);
    });
    await index.close();
  }
  return { figures, violations };
}

/** Runs the program, looking again and again at the most memory that it has had. */
async function measured(words: string[]) {
  const began = performance.now();
  const child = start(words);
  let stderr = "";
  child.stdout!.resume();
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-2000)));
  let kilobytes = 0;
  const watch = setInterval(() => {
    kilobytes = Math.max(kilobytes, peakOf(child.pid!));
  }, OFTEN);
  const [code] = (await within(HANG, once(child, "close"))) as [number | null];
  clearInterval(watch);
  const milliseconds = performance.now() - began;
  return { code, megabytes: Math.round(kilobytes / 1024), milliseconds, stderr };
}

function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // It has just ended.
  }
}

function empty(count: number, name: (nth: number) => string): EntryToWrite[] {
  return Array.from({ length: count }, (_, nth) => ({ name: name(nth) }));
}

function wheelOf(entries: EntryToWrite[]): SourceFile {
  return memoryFile(WHEEL, buildZip(entries));
}

/** The same file under another hash, so that it is another wheel to a survey. */
function ownedBy(nth: number, file: SourceFile): SourceFile {
  const sha256 = nth.toString(16).padStart(8, "0") + file.sha256.slice(8);
  return { ...file, sha256, filename: file.filename.replace("hostile", `hostile${nth}`) };
}
