// Everybody reads the same wheels from the same server, one after the other, round after round.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Job, Outcome } from "./contender.ts";
import type { Server } from "./server.ts";

/** Where the wheels are read from, and by how many requests at a time. */
export interface Course {
  name: string;
  origin: string;
  concurrency: number;
}

/** What a contender took on a course: requests and bytes as the server counted them, seconds of each round. */
export interface Standing {
  course: string;
  contender: string;
  requests: number;
  bytes: number;
  seconds: number[];
  cpuSeconds: number[];
  digest: string | null;
}

/** Who takes part and what it is, in the order of the rounds. */
export const FIELD: Record<string, string> = {
  floor: "floor: undici, one exact range, nothing parsed",
  cold: "ours, cold",
  learned: "ours, with learned tails",
  stage: "ours, whole stage with database",
  yauzl: "reference: undici and yauzl over a 64 KiB tail",
  "zip.js": "zip.js, combineSizeEocd",
  unzipit: "unzipit",
  unzipper: "unzipper over undici",
  remotezip: "remotezip (Python)",
  pip: "pip's lazy wheel (Python)",
};

/** Those among them that somebody would use instead. */
export const PEERS = ["zip.js", "unzipit", "unzipper", "remotezip", "pip"];

/** The contenders that answer nothing which could be compared. */
export const MUTE = ["floor", "stage"];

const PYTHON = ["remotezip", "pip"];
const NEWCOMER = { requests: 0, bytes: 0 };

/** A contender that waits for jobs in a process of its own. */
interface Runner {
  name: string;
  run(job: Job): Promise<Outcome>;
  close(): void;
}

/** Runs all rounds on all courses, after one that warms up and checks the answers; tells who cannot take part. */
export async function race(
  server: Server,
  courses: Course[],
  job: Omit<Job, "origin" | "concurrency" | "check">,
  rounds: number,
  tell: (line: string) => void,
): Promise<Standing[]> {
  const runners = await startRunners(tell);
  const standings: Standing[] = [];
  try {
    for (const { name: course, origin, concurrency } of courses) {
      const table = new Map<string, Standing>();
      for (let round = 0; round <= rounds; round += 1) {
        tell(round === 0 ? `${course}: warming up and checking` : `${course}: round ${round} of ${rounds}`);
        for (const { name: contender, run } of runners) {
          await server.asked();
          const { seconds, cpuSeconds, digest } = await run({ ...job, origin, concurrency, check: round === 0 });
          const { requests, bytes } = await server.asked();
          const standing = table.get(contender) ?? {
            ...NEWCOMER,
            course,
            contender,
            digest,
            seconds: [],
            cpuSeconds: [],
          };
          table.set(contender, standing);
          if (round === 0) continue;
          Object.assign(standing, { requests, bytes });
          standing.seconds.push(seconds);
          standing.cpuSeconds.push(cpuSeconds);
        }
      }
      standings.push(...table.values());
    }
  } finally {
    for (const runner of runners) runner.close();
  }
  return standings;
}

async function startRunners(tell: (line: string) => void): Promise<Runner[]> {
  const started = await Promise.all(Object.keys(FIELD).map((name) => startRunner(name, tell)));
  return started.filter((runner) => runner !== null);
}

async function startRunner(name: string, tell: (line: string) => void): Promise<Runner | null> {
  const child = PYTHON.includes(name) ? spawnPython(name) : spawnNode(name);
  let failure = "";
  child.on("error", (error) => {
    failure = error.message;
  });
  const replies = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const reply = async () => {
    const { value, done } = await replies.next();
    if (done) throw new Error(failure || "its process ended");
    return JSON.parse(value);
  };
  try {
    const { ready, why } = await reply();
    if (!ready) throw new Error(why);
  } catch (error) {
    if (!PYTHON.includes(name)) throw error;
    tell(`${FIELD[name]} is skipped: ${(error as Error).message}`);
    return null;
  }
  return {
    name,
    run(job) {
      child.stdin!.write(`${JSON.stringify(job)}\n`);
      return reply().catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`);
      });
    },
    close: () => child.stdin!.end(),
  };
}

function spawnNode(name: string): ChildProcess {
  const program = fileURLToPath(new URL("./run-contender.ts", import.meta.url));
  return spawn(process.execPath, ["--import", "tsx", program, name], { stdio: ["pipe", "pipe", "inherit"] });
}

function spawnPython(name: string): ChildProcess {
  const program = fileURLToPath(new URL("./remote-peers.py", import.meta.url));
  return spawn("python3", [program, name], { stdio: ["pipe", "pipe", "inherit"] });
}
