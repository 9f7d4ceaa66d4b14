// The run's side of the queue: due items become jobs, and what workers find of them comes back to be stored here, by the one writer.
// Jobs stay until their results are stored, so that a run that goes on after a kill finds what was found meanwhile.
import { createHash, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { Limiter } from "../network/limiter.ts";
import type { Collected, Collector, Executor } from "../stage/executor.ts";
import type { Run } from "../stage/stage.ts";
import { count } from "../words.ts";
import { CHECKS, parseResult, type Result } from "./facts.ts";
import { Jobs, type Outcome, UNDER_WAY } from "./jobs.ts";
import { renewLease, takeLease } from "./lease.ts";
import { RedisLimiter } from "./limiter.ts";
import { connect, KEYS, PREFIX, QUEUE, shownAddress } from "./redis.ts";
import { settingsOf } from "./settings.ts";

/** A queue that a run coordinates. */
export interface Coordination {
  /** The limiter that the run shares with its workers. */
  limiter: Limiter;
  /** Collects items by workers; `local` collects those of which a worker's word is not enough. */
  executor(local: Executor): Executor;
  /** Ends the run for its workers; jobs that are not done are kept for the next run unless it is `complete`. */
  close(complete: boolean): Promise<void>;
}

const TICK = 10; // Milliseconds between looks at which jobs workers have finished.
const LOOK_AT_ALL = 1_000; // Milliseconds between looks at all jobs under way, of which a server that failed may have lost some.
const BEAT = 5_000; // Milliseconds after which the lease is renewed, and workers are counted.
const TO_CLOSE = 1_000; // Milliseconds.
const MOST_TOLD = 100; // Workers of which it is said that they have stopped.

/**
 * Takes the queue at an address for a run over this index, whose hosts are asked at these rates. RunError 4 if there is no server as it should
 * be, 5 if another survey has it.
 */
export async function coordinate(
  url: string,
  index: string,
  rateOf: (origin: string) => number,
  { request, progress, signal }: Pick<Run, "request" | "progress" | "signal">,
): Promise<Coordination> {
  const address = shownAddress(url);
  const { database, edition } = request;
  const holder = { survey: hashOf([hostname(), database, edition, index]), database, edition };
  const redis = await connect(url);
  const queue = new Queue(QUEUE, { connection: redis, prefix: PREFIX });
  queue.on("error", () => {}); // A server that goes away is waited for.
  try {
    await takeLease(redis, queue, holder, address);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  await redis.del(KEYS.budget, KEYS.done);
  await redis.set(KEYS.settings, JSON.stringify(settingsOf(randomUUID(), index, request)));

  const jobs = new Jobs(redis, queue);
  const stopped = new Set<string>();
  const tell = (worker: string, stop: string) => {
    if (stopped.has(worker) || stopped.size >= MOST_TOLD) return;
    stopped.add(worker);
    progress.say(`worker ${worker.slice(0, 100)} has stopped: ${stop.slice(0, 300)}; what it takes is read here`);
  };
  signal.addEventListener("abort", () => jobs.abandon(signal.reason), { once: true });
  const stop = new AbortController();
  tellOfServer(redis, address, progress, stop.signal);
  let workers = -1;
  const beat = async () => {
    await renewLease(redis, holder);
    const now = await countWorkers(redis);
    if (now !== workers) progress.say(workersLine(now, address));
    workers = now;
  };
  let sinceAll = performance.now();
  const tick = async () => {
    const isForAll = performance.now() - sinceAll > LOOK_AT_ALL;
    if (isForAll) sinceAll = performance.now();
    await jobs.tick(isForAll);
  };
  const working = Promise.all([repeat(tick, TICK, stop.signal), repeat(beat, BEAT, stop.signal)]);

  return {
    limiter: new RedisLimiter(redis, rateOf),
    executor: (local) => ({
      concurrency: UNDER_WAY,
      async collect(collector, item) {
        signal.throwIfAborted();
        const id = jobId(collector, item, edition);
        const collected = await believe(collector, item, await jobs.collect(id, collector.name, item), local, tell);
        return { ...collected, stored: () => void jobs.remove(id) };
      },
    }),
    async close(complete) {
      stop.abort();
      if (redis.status !== "ready") redis.disconnect(); // Nothing is waited for that may never come.
      await Promise.race([working, sleep(TO_CLOSE)]);
      if (complete && redis.status === "ready") {
        await redis.del(KEYS.settings);
        await queue.obliterate({ force: true });
        await redis.del(KEYS.lease);
      }
      await Promise.race([queue.close().catch(() => {}), sleep(TO_CLOSE)]);
      redis.disconnect();
    },
  };
}

/** Does something every so many milliseconds until it is stopped; if the server has gone away, again the next time. */
async function repeat(deed: () => Promise<void>, milliseconds: number, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    await deed().catch(() => {});
    await sleep(milliseconds, undefined, { signal: stopped }).catch(() => {});
  }
}

function tellOfServer(redis: Redis, address: string, progress: Run["progress"], stopped: AbortSignal): void {
  let isGone = false;
  redis.on("close", () => {
    if (!stopped.aborted && !isGone) progress.say(`queue: ${address} is gone; waiting for it`);
    isGone = true;
  });
  redis.on("ready", () => {
    if (isGone) progress.say("queue: it is back");
    isGone = false;
  });
}

/**
 * What comes of a worker's result: its facts once they are checked, what a worker could not get, or that it is none. Facts that may be another
 * item's, and a host that gave the worker no answer or one for which it stopped, are left to this run's own asking: it may be the worker that
 * is cut off.
 */
async function believe<Item, Facts>(
  collector: Collector<Item, Facts>,
  item: Item,
  outcome: Outcome,
  local: Executor,
  tell: (worker: string, stop: string) => void,
): Promise<Collected<Facts>> {
  const refused = (found: string, worker?: string): Collected<Facts> => ({
    ...(worker === undefined ? {} : { worker }),
    cost: { requests: 0, bytes: 0 },
    failure: { kind: "worker", message: `${found}, expected what the item is`.slice(0, 1_000) },
  });
  if (typeof outcome !== "string") return refused(outcome.problem);
  let result: Result | undefined;
  let isSure = false;
  try {
    result = parseResult(outcome);
    if ("facts" in result) isSure = CHECKS[collector.name]!(item, result.facts).isSure;
    else isSure = "failure" in result && result.failure.kind !== "network";
  } catch (error) {
    return refused(`a result that cannot be used: ${(error as Error).message}`, result?.worker);
  }
  if ("stop" in result) {
    tell(result.worker, result.stop);
    return local.collect(collector, item);
  }
  if (isSure) return result as Collected<Facts>;
  const own = await local.collect(collector, item);
  const { requests, bytes } = result.cost;
  return { ...own, cost: { requests: own.cost.requests + requests, bytes: own.cost.bytes + bytes } };
}

/** The name of an item's job: the same for the same content in each run of the edition. */
function jobId<Item, Facts>({ name, key }: Collector<Item, Facts>, item: Item, edition: string): string {
  return `${name}-${edition}-${hashOf(key ? key(item) : item)}`;
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 40);
}

async function countWorkers(redis: Redis): Promise<number> {
  let found = 0;
  for (let cursor = "0"; ; ) {
    const [next, keys] = await redis.scan(cursor, "MATCH", KEYS.worker("*"), "COUNT", 1_000);
    found += keys.length;
    cursor = next;
    if (cursor === "0") return found;
  }
}

function workersLine(workers: number, address: string): string {
  const command = `npm run survey -- worker --queue ${address}`;
  return workers === 0 ? `queue: no worker is there; start some: ${command}` : `queue: ${count(workers, "worker")}`;
}
