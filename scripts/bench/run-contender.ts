// The program in which each contender runs alone: it reads one job a line from stdin and writes one outcome a line to stdout, both
// JSON; the first line says that it is there. remote-peers.py does the same for the Python ones.
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import type { Answer, Contender, Job, Outcome } from "./contender.ts";

// Each loads what it needs and nothing of the others.
const CONTENDERS: Record<string, () => Promise<Contender>> = {
  floor: async () => (await import("./floor.ts")).readExactTails,
  cold: async () => (await import("./ours.ts")).readCold,
  learned: async () => (await import("./ours.ts")).readLearned,
  stage: async () => (await import("./survey-members.ts")).surveyMembers,
  yauzl: async () => (await import("./cached-tail.ts")).readByYauzl,
  "zip.js": async () => (await import("./zip-js.ts")).readByZipJs,
  unzipit: async () => (await import("./unzipit.ts")).readByUnzipit,
  unzipper: async () => (await import("./unzipper.ts")).readByUnzipper,
};

async function runJob(contender: Contender, job: Job): Promise<Outcome> {
  const hashes = new Map<string, string>();
  let members = 0;
  let recordBytes = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  await contender(job, (answer) => {
    members += answer.members;
    recordBytes += answer.record.length;
    if (job.check) hashes.set(answer.filename, hashOf(answer));
  });
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6, members, recordBytes, digest: digestOf(hashes) };
}

function hashOf({ lines, record }: Answer): string {
  const hash = createHash("sha256");
  for (const line of lines()) hash.update(`${line}\n`);
  return hash.update(record).digest("hex");
}

function digestOf(hashes: Map<string, string>): string | null {
  if (hashes.size === 0) return null;
  const lines = [...hashes].map(([filename, hash]) => `${hash}  ${filename}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}

const contender = await CONTENDERS[process.argv[2]!]!();
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await runJob(contender, JSON.parse(line)))}\n`);
}
