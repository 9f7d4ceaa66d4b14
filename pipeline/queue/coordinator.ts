// The run's side of the queue: due items become jobs, and what workers find of them comes back to be stored here, by the one writer.
// Jobs stay until their results are stored, so that a run that goes on after a kill finds what was found meanwhile.
import { createHash, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { EXIT, RunError } from "../errors.ts";
import { isAlive } from "../processes.ts";
import type { Progress } from "../progress.ts";
import type { Collected, Collector, Executor } from "../stage/executor.ts";
import type { SurveyRequest } from "../stage/stage.ts";
import { count } from "../words.ts";
import { CHECKS, parseResult } from "./facts.ts";
import { connect, KEYS, PREFIX, QUEUE, shownAddress } from "./redis.ts";
import { settingsOf } from "./settings.ts";

/** A queue that a run coordinates. */
export interface Coordination {
  redis: Redis;
  /** Collects items by workers; `local` collects those of which a worker's word is not enough. */
  executor(local: Executor): Executor;
  /** Ends the run for its workers; jobs that are not done are kept for the next run unless it is `complete`. */
  close(complete: boolean): Promise<void>;
}

const UNDER_WAY = 256; // Jobs at a time: enough for the places of all workers, few enough to be held here when they are done.
const TICK = 10; // Milliseconds between looks at which jobs workers have finished.
const LOOK_AT_ALL = 1_000; // Milliseconds between looks at all jobs under way, of which a server that failed may have lost some.
const BEAT = 5_000; // Milliseconds after which the lease is renewed, and workers are counted.
const LEASE = 20_000; // Milliseconds without a beat after which another coordinator may begin.
const TO_CLOSE = 1_000; // Milliseconds.
const STALE = 3_600_000; // Milliseconds after which what workers found is not news any more.
const LARGEST = 64 * 1024 * 1024; // Bytes of a result.

// Jobs of which workers have said that they are finished; a word that is too long to be one is left out.
const TOLD = `
local told = {}
for _ = 1, ${UNDER_WAY} do
  local id = redis.call('LPOP', KEYS[1])
  if not id then break end
  if #id <= 300 then told[#told + 1] = id end
end
return told`;

const ABSENT = -1;
const FAILED = -2;

// For each job: 0 if it is under way, or what these say, or the length of its result.
const LOOK = `
local found = {}
for nth, key in ipairs(KEYS) do
  if redis.call('HEXISTS', key, 'returnvalue') == 1 then found[nth] = redis.call('HSTRLEN', key, 'returnvalue')
  elseif redis.call('HEXISTS', key, 'failedReason') == 1 and redis.call('HEXISTS', key, 'finishedOn') == 1 then found[nth] = ${FAILED}
  elseif redis.call('EXISTS', key) == 0 then found[nth] = ${ABSENT}
  else found[nth] = 0 end
end
return found`;

interface Job {
  id: string;
  stage: string;
  item: unknown;
  settle(text: string | { problem: string }): void;
  reject(reason: unknown): void;
}

interface Lease {
  survey: string;
  host: string;
  pid: number;
  database: string;
  edition: string;
  at: number;
}

/** Takes the queue at an address for a run over this index. RunError 4 if there is no server as it should be, 5 if another survey has it. */
export async function coordinate(
  url: string,
  index: string | null,
  request: SurveyRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<Coordination> {
  const redis = await connect(url);
  const queue = new Queue(QUEUE, { connection: redis, prefix: PREFIX });
  queue.on("error", () => {}); // A server that goes away is waited for.
  const { database, edition } = request;
  const survey = hashOf([hostname(), database, edition, index]);
  const lease = (): string =>
    JSON.stringify({ survey, host: hostname(), pid: process.pid, database, edition, at: Date.now() } satisfies Lease);
  try {
    await takeLease(redis, queue, survey, lease(), shownAddress(url));
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  await redis.del(KEYS.budget, KEYS.done);
  await redis.set(KEYS.settings, JSON.stringify(settingsOf(randomUUID(), index, request)));

  const jobs = new Map<string, Job>();
  let closed = false;
  let gone = false;
  redis.on("close", () => {
    if (!closed && !gone) progress.say(`queue: ${shownAddress(url)} is gone; waiting for it`);
    gone = true;
  });
  redis.on("ready", () => {
    if (gone) progress.say("queue: it is back");
    gone = false;
  });

  let fresh: Job[] = []; // Not known to the server yet.
  const tick = async (isForAll: boolean) => {
    const added = fresh.splice(0);
    try {
      if (added.length > 0) await queue.addBulk(added.map(({ id, stage, item }) => jobOf(id, stage, item)));
    } catch (error) {
      fresh.push(...added);
      throw error;
    }
    const told = (await redis.eval(TOLD, 1, KEYS.done)) as string[];
    const named = new Set(isForAll ? jobs.keys() : [...added.map(({ id }) => id), ...told]);
    for (const { id } of fresh) named.delete(id); // Due since, and not added yet.
    await look([...named].flatMap((id) => jobs.get(id) ?? []));
  };
  const look = async (waiting: Job[]) => {
    if (waiting.length === 0) return;
    const keys = waiting.map(({ id }) => KEYS.job(id));
    const found = (await redis.eval(LOOK, keys.length, ...keys)) as number[];
    fresh.push(...waiting.filter((_, nth) => found[nth] === ABSENT));
    await Promise.all(waiting.map((job, nth) => take(job, found[nth]!)));
  };
  const take = async ({ id, settle }: Job, length: number) => {
    const read = async (field: string) => (await redis.hget(KEYS.job(id), field)) ?? "";
    if (length === FAILED) settle({ problem: `the worker failed: ${(await read("failedReason")).slice(0, 300)}` });
    else if (length > LARGEST) settle({ problem: `a result of ${length} bytes, expected at most ${LARGEST}` });
    else if (length > 0) settle(await read("returnvalue"));
  };
  const remove = async (id: string) => {
    await queue.remove(id).catch(() => {}); // A worker that was thought dead may have it; it is of no use to anybody.
  };

  const stop = () => {
    for (const { reject } of jobs.values()) reject(signal.reason);
    jobs.clear();
    fresh = [];
  };
  signal.addEventListener("abort", stop, { once: true });
  const polling = (async () => {
    for (let next = 0; !closed; await sleep(TICK)) {
      if (jobs.size === 0) continue;
      const isForAll = performance.now() > next;
      if (isForAll) next = performance.now() + LOOK_AT_ALL;
      await tick(isForAll).catch(() => {}); // A server that has gone away is waited for.
    }
  })();
  let workers = -1;
  const beating = (async () => {
    for (let next = 0; !closed; await sleep(100)) {
      if (gone || performance.now() < next) continue;
      next = performance.now() + BEAT;
      await redis.set(KEYS.lease, lease()).catch(() => {});
      const now = await countWorkers(redis).catch(() => workers);
      if (now !== workers) progress.say(workersLine(now, shownAddress(url)));
      workers = now;
    }
  })();

  return {
    redis,
    executor: (local) => ({
      concurrency: UNDER_WAY,
      async collect(collector, item) {
        const id = jobId(collector, item, edition);
        signal.throwIfAborted();
        const text = await new Promise<string | { problem: string }>((resolve, reject) => {
          const settle: Job["settle"] = (found) => {
            jobs.delete(id);
            resolve(found);
          };
          const job = { id, stage: collector.name, item, settle, reject };
          jobs.set(id, job);
          fresh.push(job);
        });
        const collected = await believe(collector, item, text, local);
        return { ...collected, stored: () => void remove(id) };
      },
    }),
    async close(complete) {
      closed = true;
      if (redis.status !== "ready") redis.disconnect(); // Nothing is waited for that may never come.
      await Promise.race([Promise.all([polling, beating]), sleep(TO_CLOSE)]);
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

function jobOf(id: string, name: string, data: unknown) {
  return { name, data, opts: { jobId: id, attempts: 1, removeOnComplete: false, removeOnFail: false } };
}

/** What comes of a worker's result: its facts once they are checked, what a worker could not get, or that it is none. */
async function believe<Item, Facts>(
  collector: Collector<Item, Facts>,
  item: Item,
  text: string | { problem: string },
  local: Executor,
): Promise<Collected<Facts>> {
  const refused = (found: string, worker?: string): Collected<Facts> => ({
    ...(worker === undefined ? {} : { worker }),
    cost: { requests: 0, bytes: 0 },
    failure: { kind: "worker", message: `${found}, expected what the item is`.slice(0, 1_000) },
  });
  if (typeof text !== "string") return refused(text.problem);
  let worker: string | undefined;
  try {
    const result = parseResult(text);
    worker = result.worker;
    if ("stop" in result) throw new RunError(EXIT.source, `${result.worker}: ${result.stop}`);
    if (!("facts" in result)) return result;
    const { isSure } = CHECKS[collector.name]!(item, result.facts);
    if (isSure) return result as Collected<Facts>;
    const own = await local.collect(collector, item);
    const { requests, bytes } = result.cost;
    return { ...own, cost: { requests: own.cost.requests + requests, bytes: own.cost.bytes + bytes } };
  } catch (error) {
    if (error instanceof RunError) throw error;
    return refused(`a result that cannot be used: ${(error as Error).message}`, worker);
  }
}

/** The name of an item's job: the same for the same content in each run of the edition. */
function jobId<Item, Facts>({ name, key }: Collector<Item, Facts>, item: Item, edition: string): string {
  return `${name}-${edition}-${hashOf(key ? key(item) : item)}`;
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 40);
}

async function takeLease(redis: Redis, queue: Queue, survey: string, mine: string, address: string): Promise<void> {
  const before = await redis.get(KEYS.lease);
  const lease = before === null ? null : (JSON.parse(before) as Lease);
  if (
    lease &&
    lease.survey !== survey &&
    Date.now() - lease.at < LEASE &&
    (lease.host !== hostname() || isAlive(lease.pid))
  ) {
    const { pid, host, database, edition } = lease;
    throw new RunError(
      EXIT.database,
      `--queue ${address}: in use by process ${pid} on ${host} for edition ${edition} in ${database}, expected no other survey`,
    );
  }
  await redis.set(KEYS.lease, mine);
  // What another survey has left, or this one long ago, is nobody's.
  if (lease && (lease.survey !== survey || Date.now() - lease.at > STALE)) await queue.obliterate({ force: true });
  else await queue.clean(0, 0, "failed"); // For another try.
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
