// One pace for each host, one Retry-After and one budget of retries for all processes that meet over a Redis server, by its clock.
import type { Redis } from "ioredis";
import { type Limiter, RETRY_BUDGET } from "../network/limiter.ts";
import { wait } from "../network/waiting.ts";
import { KEYS, PREFIX } from "./redis.ts";

// Requests come evenly, and a little slower than the rate: between a turn by the server's clock and the request lie the ways and the work of
// a machine, of one more than of another.
const SLOWER = 1.1;

const HEARD = 100; // Milliseconds for which what has been heard of pauses holds where there is no pace: then a request costs no question.

// {1, milliseconds}: paused for so long; {0, milliseconds}: the turn is theirs when these are over.
const TURN = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local paused = tonumber(redis.call('GET', KEYS[2]) or '0')
if paused > now then return {1, math.ceil((paused - now) / 1000)} end
local gap = tonumber(ARGV[1])
local turn = now
if gap > 0 then
  turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0') + gap)
  redis.call('SET', KEYS[1], string.format('%.0f', turn), 'PX', math.ceil((turn - now) / 1000) + 60000)
end
redis.call('HINCRBY', KEYS[3], 'requests', ARGV[2])
return {0, math.ceil((turn - now) / 1000)}`;

const PAUSE = `
local time = redis.call('TIME')
local til = time[1] * 1000000 + time[2] + tonumber(ARGV[1]) * 1000
if til > tonumber(redis.call('GET', KEYS[1]) or '0') then
  redis.call('SET', KEYS[1], string.format('%.0f', til), 'PX', math.ceil(tonumber(ARGV[1])) + 1000)
end
return 0`;

const PAUSED = `
local time = redis.call('TIME')
return math.max(0, math.ceil((tonumber(redis.call('GET', KEYS[1]) or '0') - time[1] * 1000000 - time[2]) / 1000))`;

const RETRY = `
local requests = tonumber(redis.call('HGET', KEYS[1], 'requests') or '0')
local retries = tonumber(redis.call('HGET', KEYS[1], 'retries') or '0')
if retries >= requests - retries + tonumber(ARGV[1]) then return 0 end
redis.call('HINCRBY', KEYS[1], 'retries', 1)
return 1`;

/** The limiter of all processes at one server: to an origin at most `rateOf` it requests in any second (0: no limit). */
export class RedisLimiter implements Limiter {
  readonly #redis: Redis;
  readonly #rateOf: (origin: string) => number;
  /** Until when no pause is known to hold, and how many requests the budget has not been told of. */
  readonly #heard = new Map<string, { until: number; requests: number }>();

  constructor(redis: Redis, rateOf: (origin: string) => number) {
    this.#redis = redis;
    this.#rateOf = rateOf;
  }

  async turn(origin: string, stopped: AbortSignal): Promise<void> {
    const keys = [`${PREFIX}:pace:${origin}`, pauseOf(origin), KEYS.budget];
    const rate = this.#rateOf(origin);
    const gap = rate === 0 ? 0 : Math.ceil((SLOWER * 1e6) / rate); // Microseconds.
    const heard = this.#heard.get(origin) ?? { until: 0, requests: 0 };
    this.#heard.set(origin, heard);
    heard.requests += 1;
    for (;;) {
      stopped.throwIfAborted();
      if (rate === 0 && performance.now() < heard.until) return;
      const { requests } = heard;
      const given = (await this.#redis.eval(TURN, 3, ...keys, gap, requests)) as [number, number];
      const [isPaused, milliseconds] = given;
      if (milliseconds > 0) await wait(milliseconds, stopped);
      if (isPaused === 1) continue;
      heard.requests -= requests;
      heard.until = performance.now() + HEARD;
      // A pause that has begun while the pace was waited for counts too.
      const paused = milliseconds > 0 ? ((await this.#redis.eval(PAUSED, 1, pauseOf(origin))) as number) : 0;
      if (paused === 0) return;
      await wait(paused, stopped);
    }
  }

  async pause(origin: string, milliseconds: number): Promise<void> {
    this.#heard.delete(origin);
    if (milliseconds > 0) await this.#redis.eval(PAUSE, 1, pauseOf(origin), milliseconds);
  }

  async retry(): Promise<boolean> {
    return (await this.#redis.eval(RETRY, 1, KEYS.budget, RETRY_BUDGET)) === 1;
  }
}

const pauseOf = (origin: string) => `${PREFIX}:pause:${origin}`;
