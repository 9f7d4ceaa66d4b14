// A worker: takes the items of whichever run has the queue, and sends back what they came to. It opens no database.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "bullmq";
import type { Redis } from "ioredis";
import { RunError } from "../errors.ts";
import { type Door, openDoor } from "../network/door.ts";
import { parseHosts } from "../network/hosts.ts";
import { concurrencyFor, ratesOf } from "../network/rates.ts";
import { BACKOFF } from "../network/retries.ts";
import type { Progress } from "../progress.ts";
import { type Collector, localExecutor } from "../stage/executor.ts";
import { count } from "../words.ts";
import type { Result } from "./facts.ts";
import { RedisLimiter } from "./limiter.ts";
import { connect, KEYS, PREFIX, QUEUE, shownAddress } from "./redis.ts";
import { parseSettings, type Settings, VERSION } from "./settings.ts";

/** What a worker is told: where the queue is, and how many requests at a time if not as many as the run says. */
export interface WorkerOptions {
  queue: string;
  concurrency: number | null;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the stage's items and facts are, they are JSON here.
type AnyCollector = Collector<any, unknown>;

/** What is done for a run. */
interface Running {
  door: Door;
  worker: Worker;
}

const LOOK = 500; // Milliseconds between looks at what the run asks for.
const ALIVE = 10_000; // Milliseconds for which a worker is taken to be there without a word.
const TO_TELL = 300; // Milliseconds in which the last result goes to the server.
const TO_CLOSE = 1_000; // Milliseconds.
const LOCK = 15_000; // Milliseconds without a word after which a job is another worker's.

/** Works until the signal; what it has begun it ends. RunError 4 if the queue's server is not there at the start. */
export async function work(
  { queue, concurrency }: WorkerOptions,
  collectors: Map<string, AnyCollector>,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const redis = await connect(queue);
  const id = `${hostname()}/${process.pid}/${randomBytes(3).toString("hex")}`;
  const spool = mkdtempSync(join(tmpdir(), "wheel-survey-worker-"));
  const abandon = new AbortController();
  let run: Running | null = null;
  let followed: string | undefined;
  let done = 0;
  let underWay = 0;

  const collect = async (stage: string, item: unknown): Promise<Result> => {
    const collector = collectors.get(stage);
    if (!run || !collector) throw new Error(`stage ${stage}: not known to worker ${id}`);
    try {
      const found = await localExecutor(run.door, 1, spool).collect(collector, item);
      done += 1;
      return { worker: id, ...found };
    } catch (error) {
      if (error instanceof RunError) return { worker: id, stop: error.message };
      throw error;
    }
  };
  const counted = async (stage: string, item: unknown) => {
    underWay += 1;
    return collect(stage, item).finally(() => {
      underWay -= 1;
    });
  };
  const takeJobs = (atOnce: number): Worker => {
    const worker = new Worker(QUEUE, (job) => counted(job.name, job.data), {
      ...{ connection: redis.duplicate(), prefix: PREFIX, concurrency: atOnce, drainDelay: 1 }, // Which its disconnect() ends.
      ...{ lockDuration: LOCK, stalledInterval: LOCK / 3, maxStalledCount: 1_000_000 },
    });
    for (const event of ["completed", "failed"] as const)
      worker.on(event, (job?: { id?: string }) => {
        if (job?.id && redis.status === "ready") redis.rpush(KEYS.done, job.id).catch(() => {});
      });
    return worker.on("error", () => {}); // A server that goes away is waited for.
  };
  /** Takes no more jobs; those that have begun are ended, unless nobody can be told any more. */
  const endJobs = async ({ worker, door }: Running) => {
    await worker.pause(true);
    while (underWay > 0 && redis.status === "ready") await sleep(50);
    await sleep(TO_TELL);
    // After a server has come back BullMQ may wait for an answer to what it asked before.
    await Promise.race([worker.close(true).catch(() => {}), sleep(TO_CLOSE)]);
    worker.disconnect().catch(() => {});
    await door.close();
  };
  progress.say(`worker ${id}: waits for work at ${shownAddress(queue)}`);

  /** Takes over what the run asks for, another door for each run. */
  const follow = async (settings: Settings | null) => {
    if (settings?.run === followed) return;
    followed = settings?.run;
    if (run) await endJobs(run);
    run = null;
    if (!settings) return progress.say("waits for a run");
    if (settings.version !== VERSION)
      return progress.say(`waits: the run has version ${settings.version}, expected ${VERSION} as this worker has`);
    const hosts = parseHosts(settings.index, settings.fileHosts);
    const most = concurrency ?? settings.concurrency ?? concurrencyFor(hosts);
    const { contact, backoff } = settings;
    const limiter = new RedisLimiter(redis, ratesOf(hosts, settings.rate));
    await import("undici"); // What takes long at the first request would let it come late, and others with it.
    const door = openDoor({
      ...{ hosts, concurrency: most, limiter, contact, signal: abandon.signal, backoff: backoff ?? BACKOFF },
    });
    run = { door, worker: takeJobs(most) };
    progress.say(`works for ${hosts.index.href}, ${count(most, "item")} at a time`);
  };

  // What is asked of a server that has gone away is answered when it is back, which may be never.
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  try {
    while (!signal.aborted) {
      await Promise.race([beat(redis, id, done).catch(() => {}), stopped]);
      const text = await Promise.race([redis.get(KEYS.settings).catch(() => undefined), stopped]);
      if (text !== undefined && !signal.aborted) await follow(parseSettings(text));
      await sleep(LOOK, undefined, { signal }).catch(() => {});
    }
    progress.say(`worker ${id}: ends; ${count(done, "item")} collected`);
    if (run) await endJobs(run);
    if (redis.status === "ready") await redis.del(KEYS.worker(id)).catch(() => {});
  } finally {
    abandon.abort(new Error("the worker has ended"));
    redis.disconnect();
    rmSync(spool, { recursive: true, force: true });
  }
}

async function beat(redis: Redis, id: string, done: number): Promise<void> {
  if (redis.status === "ready") await redis.set(KEYS.worker(id), done, "PX", ALIVE);
}
