// A Redis server of Debian's packages on loopback, for as long as a test needs it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

/** Why there is no Redis server on this machine; undefined if there is one. */
export const NO_REDIS: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "redis-server: not found, expected Debian's package";

/** A server with a folder for what it keeps (with an append-only file), which can be killed and started again. */
export interface RedisServer {
  url: string;
  port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a server on a free port, its data in the folder; `options` are its own. */
export async function startRedis(folder: string, options: string[] = []): Promise<RedisServer> {
  const at = await freePort();
  let child: ChildProcess | undefined;
  const words = ["--port", String(at), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "yes"];
  const server: RedisServer = {
    ...{ url: `redis://127.0.0.1:${at}`, port: at },
    async start() {
      child = spawn("redis-server", [...words, "--appendfsync", "always", ...options], { stdio: "ignore" });
      const redis = new Redis(at, "127.0.0.1", { lazyConnect: true, retryStrategy: () => null });
      redis.on("error", () => {});
      for (let tries = 0; tries < 200; tries += 1) {
        const answer = await redis
          .connect()
          .then(() => redis.ping())
          .catch((error: Error) => error.message);
        if (/PONG|NOAUTH/.test(answer)) break;
        await sleep(50);
      }
      redis.disconnect();
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
  await server.start();
  return server;
}

/** A port of loopback that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
