// The jobs that a run has under way: added to the queue, looked after until a worker has finished them, and taken away once what came of
// them is stored. A server that failed may have lost some, and a run that was killed may have left some: an item's job has one name in all runs.
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { KEYS } from "./redis.ts";

/** What came of a job: the text of its worker's result, or why there is none. */
export type Outcome = string | { problem: string };

/** Jobs at a time: enough for the places of all workers, few enough to be held here when they are done. */
export const UNDER_WAY = 256;

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
  settle(outcome: Outcome): void;
  reject(reason: unknown): void;
}

/** The jobs of one run. */
export class Jobs {
  readonly #redis: Redis;
  readonly #queue: Queue;
  readonly #jobs = new Map<string, Job>();
  #fresh: Job[] = []; // Not known to the server yet.

  constructor(redis: Redis, queue: Queue) {
    this.#redis = redis;
    this.#queue = queue;
  }

  /** Has a worker collect an item of a stage, by the name of its job; rejects if the jobs are abandoned. */
  collect(id: string, stage: string, item: unknown): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => {
        this.#jobs.delete(id);
        resolve(outcome);
      };
      const job = { id, stage, item, settle, reject };
      this.#jobs.set(id, job);
      this.#fresh.push(job);
    });
  }

  /** Adds what is new, and takes what workers have said to be finished, or whatever is if `isForAll`; the server's error if it is not there. */
  async tick(isForAll: boolean): Promise<void> {
    if (this.#jobs.size === 0) return;
    const added = this.#fresh.splice(0);
    try {
      if (added.length > 0) await this.#queue.addBulk(added.map(jobToAdd));
    } catch (error) {
      this.#fresh.push(...added);
      throw error;
    }
    const told = (await this.#redis.eval(TOLD, 1, KEYS.done)) as string[];
    const named = new Set(isForAll ? this.#jobs.keys() : [...added.map(({ id }) => id), ...told]);
    for (const { id } of this.#fresh) named.delete(id); // Due since, and not added yet.
    await this.#look([...named].flatMap((id) => this.#jobs.get(id) ?? []));
  }

  /** Takes a job away, of which nothing is wanted any more. */
  async remove(id: string): Promise<void> {
    await this.#queue.remove(id).catch(() => {}); // A worker that was thought dead may have it; it is of no use to anybody.
  }

  /** Waits for none of them any more. */
  abandon(reason: unknown): void {
    for (const { reject } of this.#jobs.values()) reject(reason);
    this.#jobs.clear();
    this.#fresh = [];
  }

  async #look(jobs: Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const keys = jobs.map(({ id }) => KEYS.job(id));
    const found = (await this.#redis.eval(LOOK, keys.length, ...keys)) as number[];
    this.#fresh.push(...jobs.filter((_, nth) => found[nth] === ABSENT));
    await Promise.all(jobs.map((job, nth) => this.#take(job, found[nth]!)));
  }

  async #take({ id, settle }: Job, length: number): Promise<void> {
    const read = async (field: string) => (await this.#redis.hget(KEYS.job(id), field)) ?? "";
    if (length === FAILED) settle({ problem: `the worker failed: ${(await read("failedReason")).slice(0, 300)}` });
    else if (length > LARGEST) settle({ problem: `a result of ${length} bytes, expected at most ${LARGEST}` });
    else if (length > 0) settle(await read("returnvalue"));
  }
}

function jobToAdd({ id, stage, item }: Job) {
  return { name: stage, data: item, opts: { jobId: id, attempts: 1, removeOnComplete: false, removeOnFail: false } };
}
