// Which survey has the queue: one at a time, for as long as it says so now and then.
import { hostname } from "node:os";
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { EXIT, RunError } from "../errors.ts";
import { isAlive } from "../processes.ts";
import { KEYS } from "./redis.ts";

/** A survey that has the queue: `survey` is the same for each run over an edition in a database. */
export interface Holder {
  survey: string;
  database: string;
  edition: string;
}

interface Lease extends Holder {
  host: string;
  pid: number;
  at: number;
}

const LASTS = 20_000; // Milliseconds without a word after which another survey may begin.
const STALE = 3_600_000; // Milliseconds after which what workers found is not news any more.

/** Takes the queue at an address; what another survey has left in it, or this one long ago, is nobody's. RunError 5 if another has it. */
export async function takeLease(redis: Redis, queue: Queue, holder: Holder, address: string): Promise<void> {
  const before = await redis.get(KEYS.lease);
  const lease = before === null ? null : (JSON.parse(before) as Lease);
  const isOurs = lease?.survey === holder.survey;
  const isHeld = lease && Date.now() - lease.at < LASTS && (lease.host !== hostname() || isAlive(lease.pid));
  if (isHeld && !isOurs) {
    const { pid, host, database, edition } = lease;
    throw new RunError(
      EXIT.database,
      `--queue ${address}: in use by process ${pid} on ${host} for edition ${edition} in ${database}, expected no other survey`,
    );
  }
  await renewLease(redis, holder);
  if (lease && (!isOurs || Date.now() - lease.at > STALE)) await queue.obliterate({ force: true });
  else await queue.clean(0, 0, "failed"); // For another try.
}

/** Says that the survey still has the queue. */
export async function renewLease(redis: Redis, holder: Holder): Promise<void> {
  const lease: Lease = { ...holder, host: hostname(), pid: process.pid, at: Date.now() };
  await redis.set(KEYS.lease, JSON.stringify(lease));
}
