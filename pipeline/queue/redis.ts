// The Redis (or Valkey) server over which a survey's machines meet: connecting to one that keeps what it is given, and what is where in it.
// BullMQ's jobs are in it, and beside them what the run asks of its workers, who they are, and the pace of each host.
import { Redis } from "ioredis";
import { EXIT, RunError } from "../errors.ts";

/** What the keys of ours begin with, BullMQ's among them. */
export const PREFIX = "wheel-survey";

/** The queue's name in BullMQ. */
export const QUEUE = "items";

/** Keys beside BullMQ's: what the run asks of workers, who coordinates it, the budget of retries, which jobs are finished, and each worker that is there. */
export const KEYS = {
  settings: `${PREFIX}:settings`,
  lease: `${PREFIX}:coordinator`,
  budget: `${PREFIX}:budget`,
  done: `${PREFIX}:done`,
  worker: (id: string) => `${PREFIX}:worker:${id}`,
  job: (id: string) => `${PREFIX}:${QUEUE}:${id}`,
};

const OLDEST = [6, 2]; // BullMQ asks for 6.2.
const TO_CONNECT = 5_000; // Milliseconds.

/** An address of a server, without its password, for people. */
export function shownAddress(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//***@");
}

/**
 * Connects to a server; what is asked of it later waits for one that has gone away. RunError 4 if it is not there, refuses us, is too old, or may
 * forget what it was given (`maxmemory-policy`).
 */
export async function connect(url: string): Promise<Redis> {
  const refused = (found: string, expected: string) =>
    new RunError(EXIT.source, `--queue ${shownAddress(url)}: ${found}, expected ${expected}`);
  const options = { lazyConnect: true, maxRetriesPerRequest: null, connectTimeout: TO_CONNECT };
  const redis = new Redis(url, { ...options, retryStrategy: () => null });
  let said = "no answer";
  redis.on("error", (error: Error) => {
    said = error.message || (error as NodeJS.ErrnoException).code || said;
  });
  try {
    await redis.connect();
    const info = new Map((await redis.info()).split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
    const version = info.get("redis_version") ?? "";
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major < OLDEST[0]! || (major === OLDEST[0] && minor < OLDEST[1]!))
      throw refused(`Redis ${version || "of no version"}`, `${OLDEST.join(".")} or newer`);
    const policy = info.get("maxmemory_policy") ?? "noeviction";
    if (policy !== "noeviction") throw refused(`maxmemory-policy ${policy}`, "noeviction: it would forget work");
    redis.options.retryStrategy = (times) => Math.min(100 * times, 2_000);
    return redis;
  } catch (error) {
    redis.disconnect();
    if (error instanceof RunError) throw error;
    const found = /closed/i.test((error as Error).message) ? said : (error as Error).message;
    throw refused(found, "a Redis or Valkey server");
  }
}
