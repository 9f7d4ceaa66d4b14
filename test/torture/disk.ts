// A disk that is full: everything that a survey writes on a small tmpfs, which is then made larger.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cli, commandLine, project, requestTo, wheel } from "../harness.ts";
import { startIndex } from "../loopback/index-server.ts";
import { memorySource } from "../loopback/source.ts";
import { seeded } from "../zip-mutator.ts";
import { type Ordeal, wrongLeave } from "./ordeal.ts";
import { differences, stateOf, undisturbed, wrongIn } from "./state.ts";

const PAGE = 4096;
const LEAST = 50; // Pages: too few for the database.
const MORE = 800; // Enough for the database, and at most nearly enough for the wheel beside it, which comes whole.
const LARGE = wheel("large-1.0-cp312-cp312-win_amd64.whl", { "large/core.pyd": "x".repeat(3_000_000) });

/** Surveys on `count` disks, of sizes that the seed varies evenly. */
export const disk: Ordeal = {
  promise: "a full disk is said to be full, and the next run goes on",
  counts: "full disks",
  inTests: 8,
  count: 60,
  missing: isMountable() ? false : "no tmpfs can be mounted here",
  async run({ seed, count, scratch, broken }) {
    const random = seeded(seed);
    const index = await startIndex(memorySource([project("large", [LARGE])]), {
      fault: ({ range }) => (range === null ? undefined : { kind: "ignore-range" }),
    });
    const at = (folder: string) => requestTo(index, join(scratch, folder, "small"), { top: 1 });
    const expected = await undisturbed(at("clean"));
    const full: Record<string, number> = { SQLITE_FULL: 0, ENOSPC: 0 };
    for (let nth = 0; nth < count; nth += 1) {
      const pages = LEAST + Math.floor((MORE * nth) / count) + random(Math.ceil(MORE / count));
      const request = at(`disk-${nth}`);
      const small = join(request.database, "..");
      const wrong = (line: string) => broken(`${pages} pages: ${line}`);
      mkdirSync(small, { recursive: true });
      mount(small, `size=${pages * PAGE}`);
      try {
        const end = await cli(commandLine(request));
        if (end.code !== 0) wrongLeave(end, small, /SQLITE_FULL|ENOSPC/).forEach(wrong);
        for (const cause of Object.keys(full)) if (end.stderr.includes(cause)) full[cause]! += 1;
        wrongIn(stateOf(request.database), expected).forEach(wrong);
        mount(small, "remount,size=64m");
        const after = await cli(commandLine(request));
        if (after.code !== 0) wrong(`the next run: exit ${after.code}: ${after.stderr}`);
        differences(request, expected, { untidy: true }).forEach(wrong);
      } finally {
        spawnSync("umount", ["-l", small]);
      }
    }
    await index.close();
    for (const [cause, times] of Object.entries(full)) if (times === 0) broken(`no disk ended with ${cause}`);
    return { disks: count, "full for the database": full.SQLITE_FULL!, "full for the wheel": full.ENOSPC! };
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
