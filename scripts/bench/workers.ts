// One worker and several, beside each other on this machine: the wheels that they read in a second, and the CPU that each wheel takes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine, inScratch, requestTo, rows } from "../../test/harness.ts";
import { startRedis } from "../../test/redis-server.ts";
import { machineLine, type Report, table } from "./report.ts";
import { runProgram } from "./scale.ts";
import { startServer } from "./server.ts";
import { SIBLINGS } from "./synthetic.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NUMBERS = [1, 2, 4, 8];
const AT_ONCE = 2; // Requests of a worker.
const TICKS = 100; // Of /proc/PID/stat in a second.

interface Round {
  workers: number;
  seconds: number;
  perSecond: number;
  workerCpu: number;
  ownCpu: number;
}

/** Has this many synthetic wheels read by one worker and by more, from a server that answers after so many milliseconds. */
export async function measureWorkers(wheels: number, latency: number, tell: (line: string) => void): Promise<Report> {
  const machine = machineLine();
  const server = await startServer({ synthetic: wheels, kept: true }, latency);
  return inScratch(async (folder) => {
    const rounds: Round[] = [];
    for (const number of NUMBERS) {
      tell(`${wheels} wheels: ${number} workers`);
      const at = join(folder, String(number));
      mkdirSync(at);
      const redis = await startRedis(at, ["--appendonly", "no"]);
      const workers = await startWorkers(number, redis.url);
      const request = requestTo(server, at, { top: Math.ceil(wheels / SIBLINGS), concurrency: AT_ONCE });
      const words = commandLine(request);
      await runProgram(["ranking", "releases", ...words, "--concurrency", "16"], join(at, "usage.json"));
      const before = cpuOf(workers);
      const own = await runProgram(["members", ...words, "--queue", redis.url], join(at, "usage.json"));
      const workerCpu = cpuOf(workers) - before;
      const [stage] = rows(request.database, "SELECT seconds, done FROM run_stage WHERE stage = 'members'");
      const { seconds, done } = stage as { seconds: number; done: number };
      rounds.push({
        ...{ workers: number, seconds, perSecond: done / seconds },
        ...{ workerCpu: (1000 * workerCpu) / done, ownCpu: (1000 * own.cpu) / done },
      });
      for (const worker of workers) worker.kill("SIGTERM");
      await Promise.all(workers.map((worker) => once(worker, "exit")));
      await redis.kill();
    }
    const [one, most] = [rounds[0]!, rounds.at(-1)!];
    const parts = [
      `${wheels} synthetic wheels behind ${latency} ms, ${AT_ONCE} requests at a time by each worker, no pace: ${most.workers} workers read ${(most.perSecond / one.perSecond).toFixed(1)} times as many as one, with ${(most.workerCpu / one.workerCpu).toFixed(2)} times the workers' CPU a wheel.`,
      machine,
      table(rounds, [
        ["workers", ({ workers }) => workers],
        ["seconds", ({ seconds }) => seconds.toFixed(1)],
        ["wheels a second", ({ perSecond }) => perSecond.toFixed(0)],
        ["workers' CPU, ms a wheel", ({ workerCpu }) => workerCpu.toFixed(1)],
        ["the run's own CPU, ms a wheel", ({ ownCpu }) => ownCpu.toFixed(1)],
      ]),
    ];
    return { parts, figures: { machine, wheels, latency, rounds }, isSound: true };
  }).finally(() => server.close());
}

async function startWorkers(number: number, queue: string): Promise<ChildProcess[]> {
  const words = ["--import", "tsx", "pipeline/cli.ts", "worker", "--queue", queue];
  const workers = Array.from({ length: number }, () =>
    spawn(process.execPath, words, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] }),
  );
  await Promise.all(
    workers.map(
      ({ stderr }) =>
        new Promise<void>((resolve) =>
          stderr.setEncoding("utf8").on("data", (text: string) => void (text.includes("waits for work") && resolve())),
        ),
    ),
  );
  return workers;
}

/** User and system CPU of processes, in seconds: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuOf(processes: ChildProcess[]): number {
  const ticks = processes.map(({ pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS;
}
