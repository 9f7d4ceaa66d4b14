// A disk that is full: the database, the temporary files or the reports on a small tmpfs, which is then made larger.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { cli, commandLine, project, requestTo, survey, wheel } from "../harness.ts";
import type { FaultPlan } from "../loopback/faults.ts";
import { type LoopbackIndex, startIndex } from "../loopback/index-server.ts";
import { memorySource } from "../loopback/source.ts";
import { seeded } from "../zip-mutator.ts";
import { type Findings, type Hardness, inScratch } from "./ordeal.ts";
import { smallSource, TAKEN } from "./small-index.ts";
import { differences, type Outcome, outcomeOf, stateOf, wrongIn } from "./state.ts";

const PAGE = 4096;
const PLENTY = "64m";

/** Why this cannot be run here, or false. */
export const noMount: string | false = mountable() ? false : "no tmpfs can be mounted here";

interface Place {
  what: string;
  /** Pages of the full disk: the least and how many more it may have. */
  pages: [least: number, more: number];
  request(index: LoopbackIndex, folder: string, small: string): SurveyRequest;
  fault?: FaultPlan;
  source: ReturnType<typeof smallSource>;
}

const LARGE = memorySource([
  project("large", [wheel("large-1.0-cp312-cp312-win_amd64.whl", { "large/core.pyd": "x".repeat(3_000_000) })]),
]);

const PLACES: Place[] = [
  {
    what: "database",
    pages: [60, 90],
    source: smallSource(),
    request: (index, folder, small) => requestTo(index, folder, { top: TAKEN, database: join(small, "survey.sqlite") }),
  },
  {
    what: "temporary file",
    pages: [400, 100],
    source: LARGE,
    fault: ({ range }) => (range === null ? undefined : { kind: "ignore-range" }),
    request: (index, folder, small) => requestTo(index, folder, { top: 1, database: join(small, "survey.sqlite") }),
  },
  {
    what: "reports",
    pages: [3, 3],
    source: smallSource(),
    request: (index, folder, small) => requestTo(index, folder, { top: TAKEN, reports: join(small, "reports") }),
  },
];

/** Fills `count` disks of sizes that depend on the seed, in each of the three places. */
export async function run({ seed, count, say = () => {} }: Hardness): Promise<Findings> {
  const random = seeded(seed);
  const violations: string[] = [];
  const figures: Record<string, number> = {};
  for (const place of PLACES) {
    await inScratch(async (scratch) => {
      const index = await startIndex(place.source, place.fault ? { fault: place.fault } : {});
      const clean = place.request(index, join(scratch, "clean"), join(scratch, "clean-small"));
      mkdirSync(join(scratch, "clean"));
      await survey(clean);
      const expected = outcomeOf(clean);
      let full = 0;
      for (let nth = 0; nth < count; nth += 1) {
        const pages = place.pages[0] + random(place.pages[1]);
        const folder = join(scratch, `disk-${nth}`);
        const small = join(folder, "small");
        mkdirSync(small, { recursive: true });
        mount(small, `size=${pages * PAGE}`);
        try {
          const broken = (line: string) => violations.push(`disk, ${place.what}, ${pages} pages: ${line}`);
          if (await fill(place.request(index, folder, small), small, expected, broken)) full += 1;
        } finally {
          spawnSync("umount", ["-l", small]);
        }
      }
      figures[`disks filled by the ${place.what}`] = full;
      if (full === 0) violations.push(`disk, ${place.what}: never full`);
      say(`${place.what}: ${count} disks, ${full} full, ${violations.length} violations`);
      await index.close();
    });
  }
  return { figures, violations };
}

/** A run on the small disk, and one after it has grown; says whether the disk was full. */
async function fill(
  request: SurveyRequest,
  small: string,
  expected: Outcome,
  broken: (line: string) => void,
): Promise<boolean> {
  const { code, stderr } = await cli(commandLine(request));
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  if (code !== 0) {
    if (code !== 7) broken(`exit ${code}, expected 7: ${last}`);
    if (/^ {4}at |a bug, please/m.test(stderr)) broken("a stack trace");
    if (!last.includes(small) || !/SQLITE_FULL|ENOSPC/.test(last)) broken(`no file and cause: ${last}`);
  }
  for (const line of wrongIn(stateOf(request.database), expected)) broken(line);
  mount(small, `remount,size=${PLENTY}`);
  const after = await cli(commandLine(request));
  if (after.code !== 0) broken(`the next run: exit ${after.code}: ${after.stderr}`);
  for (const line of differences(request, expected, { untidy: true })) broken(line);
  return code !== 0;
}

function mount(folder: string, options: string): void {
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

function mountable(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), "wheel-torture-"));
  try {
    mount(folder, "size=64k");
    return spawnSync("umount", [folder]).status === 0;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
