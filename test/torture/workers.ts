// A survey by workers, in which workers, the run and the Redis server are killed at random moments and started again until it ends.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, requestTo } from "../harness.ts";
import { startIndex } from "../loopback/index-server.ts";
import { NO_REDIS, startRedis } from "../redis-server.ts";
import { seeded } from "../zip-mutator.ts";
import { compileProgram, type Ordeal, within } from "./ordeal.ts";
import { smallSource } from "./small-index.ts";
import { differences, stateOf, undisturbed, wrongIn } from "./state.ts";

const PROJECTS = 100;
const LATENCY = 150; // Milliseconds before each answer, so that each job lasts long enough to be killed in.
const WORKERS = 3;
const BETWEEN = 2_000; // Milliseconds between two kills, on average.
const HANG = 300_000;
const COSTLIEST = 1.3; // Times the requests of a survey that nothing disturbs.

/** Kills workers, runs and servers `count` times, in as many surveys as it takes. */
export const workers: Ordeal = {
  promise: "kills of workers, of the run and of Redis lose nothing, double nothing, and cost few requests",
  counts: "SIGKILLs of workers, of the run and of Redis",
  inTests: 20,
  count: 100,
  missing: NO_REDIS ?? false,
  async run({ seed, count, scratch, say, broken }) {
    const index = await startIndex(smallSource(PROJECTS), { latency: LATENCY });
    const program = compileProgram(join(scratch, "program"));
    const random = seeded(seed);
    const expected = await undisturbed({
      ...requestTo(index, join(scratch, "clean"), { top: PROJECTS }),
      concurrency: 16,
    });
    const usual = index.requests.splice(0).length;
    const seen = { worker: 0, run: 0, redis: 0, surveys: 0, requests: 0 };
    const killed = () => seen.worker + seen.run + seen.redis;
    for (; killed() < count; seen.surveys += 1) {
      const folder = join(scratch, `survey-${seen.surveys}`);
      mkdirSync(join(folder, "redis"), { recursive: true });
      const redis = await startRedis(join(folder, "redis"));
      const launch = (words: string[]) =>
        spawn(process.execPath, [program, ...words], { stdio: ["ignore", "ignore", "pipe"] });
      // Whoever starts while the server is down says so and ends with 4: their supervisor, which this is, starts them again.
      const crew: ChildProcess[] = [];
      const startWorker = (at: number) => {
        crew[at] = launch(["worker", "--queue", redis.url]);
        crew[at].stderr!.resume();
        crew[at].once("exit", (exit) => {
          if (exit === 4) startWorker(at);
        });
      };
      for (let at = 0; at < WORKERS; at += 1) startWorker(at);
      const request = requestTo(index, folder, { top: PROJECTS, concurrency: 2 });
      let run: ChildProcess;
      let code: number | null = null;
      let said = "";
      const startRun = () => {
        run = launch([...commandLine(request), "--queue", redis.url]);
        run.stderr!.on("data", (chunk) => {
          said = String(chunk).trim();
        });
        run.once("exit", (exit) => {
          if (exit === 4 && /expected a Redis/.test(said)) startRun();
          else code = exit;
        });
        return run;
      };
      startRun();
      let earlier: string[] = [];
      while (code === null) {
        await sleep((BETWEEN * random(1000)) / 500);
        if (code !== null || killed() >= count) break;
        const what = (["worker", "run", "redis"] as const)[random(3)]!;
        seen[what] += 1;
        if (what === "worker") {
          const at = random(WORKERS);
          crew[at]!.kill("SIGKILL");
          startWorker(at);
        } else if (what === "redis") {
          await redis.kill();
          await sleep(random(500));
          await redis.start();
        } else {
          const ended = once(run!, "exit");
          run!.kill("SIGKILL");
          await ended;
          const state = stateOf(request.database);
          for (const line of wrongIn(state, expected, earlier)) broken(`survey ${seen.surveys}: ${line}`);
          earlier = state.facts;
          code = null;
          startRun();
        }
        say(`${killed()} kills`);
      }
      const ended = async () => {
        while (code === null) await sleep(100);
      };
      await within(HANG, ended()).catch((error) => broken(String(error)));
      if (code !== 0) broken(`survey ${seen.surveys}: exit ${code}: ${said}`);
      for (const each of [...crew, run!]) each.kill("SIGKILL");
      await redis.kill();
      for (const line of differences(request, expected, { costly: true, untidy: true })) broken(line);
    }
    seen.requests = index.requests.length;
    await index.close();
    const times = seen.requests / (usual * seen.surveys);
    if (times > COSTLIEST) broken(`${times.toFixed(2)} times the requests, expected at most ${COSTLIEST}`);
    return { ...seen, "times the usual requests": times.toFixed(2) };
  },
};
