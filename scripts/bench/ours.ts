// The survey's own reading: the collecting code alone, and the whole stage with its database.
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { openWheelBytes } from "../../pipeline/collect/wheel-bytes.ts";
import { readWheelEnd } from "../../pipeline/collect/wheel-end.ts";
import { parseWheelFilename } from "../../pipeline/formats/wheel-filename.ts";
import { predictTail } from "../../pipeline/formats/wheel-tail.ts";
import { openDoor } from "../../pipeline/network/door.ts";
import { parseHosts } from "../../pipeline/network/hosts.ts";
import { requestTo, survey } from "../../test/harness.ts";
import { type Answer, type Contender, eachOf, type Job, type Target } from "./contender.ts";

/** Nothing is known but the wheels' sizes and names. */
export const readCold: Contender = (job, found) => readAll(job, () => [], found);

/** Siblings of the release and earlier releases are known, as far as there are any. */
export const readLearned: Contender = (job, found) => readAll(job, ({ known }) => known, found);

async function readAll(job: Job, knownOf: (target: Target) => Target["known"], found: (answer: Answer) => void) {
  const { origin, concurrency, targets } = job;
  const signal = new AbortController().signal;
  const door = openDoor({ hosts: parseHosts(origin, []), concurrency, rate: 0, contact: null, signal });
  await eachOf(targets, concurrency, async (target) => {
    const { filename, path, size } = target;
    const name = parseWheelFilename(filename);
    const file = { wheel: 0, url: origin + path, size, sha256: Buffer.alloc(0) };
    const bytes = openWheelBytes(file, door.client(), tmpdir());
    const tail = predictTail(size, name.abis[0]!, knownOf(target));
    const { directory, documents } = await readWheelEnd(name, size, tail, bytes);
    found({
      filename,
      members: directory.entries.length,
      lines: () => directory.entries.map((entry) => `${entry.path}\t${entry.size}\t${entry.compressedSize}`),
      record: documents.get("RECORD")!,
    });
  });
  await door.close();
}

/** Runs the stage `members` on a copy of the job's database; it finds facts for the database, not an answer to hand over. */
export const surveyMembers: Contender = async ({ origin, concurrency, database }) => {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  try {
    const request = requestTo({ url: origin, rankingUrl: "" }, folder, { index: null, ranking: null, concurrency });
    copyFileSync(database, request.database);
    moveTo(origin, request.database);
    const exitCode = await survey(request, ["members"]);
    if (exitCode !== 0) throw new Error(`the stage members ended with ${exitCode}, expected 0`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

// The same wheels at another address: directly, or behind the delay.
function moveTo(origin: string, database: string): void {
  const db = new Database(database);
  db.prepare("UPDATE survey SET url = ? || substr(url, instr(url, '/packages/'))").run(origin);
  db.prepare("UPDATE edition SET index_url = ?").run(`${origin}/`);
  db.close();
}
