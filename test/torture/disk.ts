// A disk that is full: the database, the temporary files or the reports on a small tmpfs, which is then made larger.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SurveyRequest } from "../../pipeline/stage/stage.ts";
import { cli, commandLine, project, requestTo, wheel } from "../harness.ts";
import { type IndexOptions, startIndex } from "../loopback/index-server.ts";
import { type IndexSource, memorySource } from "../loopback/source.ts";
import { seeded } from "../zip-mutator.ts";
import { type Ordeal, wrongLeave } from "./ordeal.ts";
import { smallSource, TAKEN } from "./small-index.ts";
import { differences, stateOf, undisturbed, wrongIn } from "./state.ts";

const PAGE = 4096;
const PLENTY = "64m";

/** What lies on the small disk, and how many pages that has: the least, and how many more it may have. */
interface Place {
  what: string;
  pages: [least: number, more: number];
  source: IndexSource;
  options: IndexOptions;
  on(small: string): Partial<SurveyRequest>;
}

const LARGE = memorySource([
  project("large", [wheel("large-1.0-cp312-cp312-win_amd64.whl", { "large/core.pyd": "x".repeat(3_000_000) })]),
]);
const WHOLE: IndexOptions = { fault: ({ range }) => (range === null ? undefined : { kind: "ignore-range" }) };
const database = (small: string) => ({ database: join(small, "survey.sqlite") });
const reports = (small: string) => ({ reports: join(small, "reports") });

const PLACES: Place[] = [
  { what: "database", pages: [60, 90], source: smallSource(), options: {}, on: database },
  { what: "temporary file", pages: [400, 100], source: LARGE, options: WHOLE, on: database },
  { what: "reports", pages: [3, 3], source: smallSource(), options: {}, on: reports },
];

/** Fills `count` disks of sizes that depend on the seed, in each of the three places. */
export const disk: Ordeal = {
  promise: "a full disk is said to be full, and the next run goes on",
  counts: "full disks for database, temporary files and reports each",
  inTests: 1,
  count: 20,
  missing: isMountable() ? false : "no tmpfs can be mounted here",
  async run({ seed, count, scratch, say, broken }) {
    const random = seeded(seed);
    const figures: Record<string, number> = {};
    for (const { what, pages, source, options, on } of PLACES) {
      const index = await startIndex(source, options);
      const at = (folder: string) => requestTo(index, folder, { top: TAKEN, ...on(join(folder, "small")) });
      const expected = await undisturbed(at(join(scratch, what)));
      let full = 0;
      for (let nth = 0; nth < count; nth += 1) {
        const size = pages[0] + random(pages[1]);
        const request = at(join(scratch, `${what}-${nth}`));
        const small = join(scratch, `${what}-${nth}`, "small");
        const wrong = (line: string) => broken(`${what}, ${size} pages: ${line}`);
        mkdirSync(small, { recursive: true });
        mount(small, `size=${size * PAGE}`);
        try {
          const { code, stderr } = await cli(commandLine(request));
          if (code !== 0) full += 1;
          if (code !== 0) wrongLeave({ code, said: stderr.trim() }, small, /SQLITE_FULL|ENOSPC/).forEach(wrong);
          wrongIn(stateOf(request.database), expected).forEach(wrong);
          mount(small, `remount,size=${PLENTY}`);
          const after = await cli(commandLine(request));
          if (after.code !== 0) wrong(`the next run: exit ${after.code}: ${after.stderr}`);
          differences(request, expected, { untidy: true }).forEach(wrong);
        } finally {
          spawnSync("umount", ["-l", small]);
        }
      }
      figures[`disks filled by the ${what}`] = full;
      if (full === 0) broken(`${what}: never full`);
      say(`${what}: ${count} disks, ${full} full`);
      await index.close();
    }
    return figures;
  },
};

function mount(folder: string, options: string): void {
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
}

function isMountable(): boolean {
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
