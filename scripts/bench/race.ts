// Everybody reads the same wheels from the same server, one after the other, round after round.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Job, Outcome } from "./contenders.ts";
import type { Server } from "./server.ts";

/** Who takes part in each round, in this order: `peer` is what somebody would use instead of ours, `mute` gives no answer to compare. */
export const FIELD: Record<string, { title: string; peer?: true; mute?: true; python?: true }> = {
  floor: { title: "floor: undici, one exact range, nothing parsed", mute: true },
  cold: { title: "ours, cold" },
  learned: { title: "ours, with learned tails" },
  stage: { title: "ours, whole stage with database", mute: true },
  "zip.js": { title: "zip.js, combineSizeEocd", peer: true },
  unzipit: { title: "unzipit", peer: true },
  unzipper: { title: "unzipper over undici", peer: true },
  remotezip: { title: "remotezip (Python)", peer: true, python: true },
  pip: { title: "pip's lazy wheel (Python)", peer: true, python: true },
};

/** What a contender took: requests and bytes as the server counted them, seconds of each round. */
export interface Standing {
  contender: string;
  requests: number;
  bytes: number;
  seconds: number[];
  cpuSeconds: number[];
  digest: string | null;
}

/** A contender that waits for jobs in a process of its own. */
interface Runner {
  run(job: Job): Promise<Outcome>;
  close(): void;
}

/** Runs all rounds, after one that warms up and checks the answers; tells who cannot take part. */
export async function race(
  server: Server,
  job: Omit<Job, "check">,
  rounds: number,
  tell: (line: string) => void,
): Promise<Standing[]> {
  const table = new Map<Runner, Standing>();
  try {
    for (const contender of Object.keys(FIELD)) {
      const runner = await startRunner(contender, tell);
      if (!runner) continue;
      table.set(runner, { contender, requests: 0, bytes: 0, seconds: [], cpuSeconds: [], digest: null });
    }
    tell("warming up and checking");
    for (const [runner, standing] of table) standing.digest = (await runner.run({ ...job, check: true })).digest;
    await server.asked();
    for (let round = 1; round <= rounds; round += 1) {
      tell(`round ${round} of ${rounds}`);
      for (const [runner, standing] of table) {
        const { seconds, cpuSeconds } = await runner.run({ ...job, check: false });
        Object.assign(standing, await server.asked());
        standing.seconds.push(seconds);
        standing.cpuSeconds.push(cpuSeconds);
      }
    }
    return [...table.values()];
  } finally {
    for (const runner of table.keys()) runner.close();
  }
}

async function startRunner(name: string, tell: (line: string) => void): Promise<Runner | null> {
  const { title, python } = FIELD[name]!;
  const programOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const child = python
    ? spawn("python3", [programOf("python-peers.py"), name], { stdio: ["pipe", "pipe", "inherit"] })
    : spawn(process.execPath, ["--import", "tsx", programOf("contenders.ts"), name], {
        stdio: ["pipe", "pipe", "inherit"],
      });
  let failure = "its process ended";
  child.on("error", ({ message }) => (failure = message));
  const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const reply = async () => {
    const { value, done } = await replies.next();
    return done ? Promise.reject(new Error(`${name}: ${failure}`)) : JSON.parse(value);
  };
  const { ready, why } = await reply().catch((error: Error) => ({ ready: false, why: error.message }));
  if (!ready && !python) throw new Error(why);
  if (!ready) {
    tell(`${title} is skipped: ${why}`);
    return null;
  }
  return {
    run(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      return reply();
    },
    close: () => child.stdin.end(),
  };
}
