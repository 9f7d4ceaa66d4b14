// What the tests of the door share: doors that wait for nothing, and servers that answer with whatever bytes they like.

import type { AddressInfo, Server } from "node:net";
import { createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { type Door, type DoorOptions, openDoor } from "../pipeline/network/door.ts";
import { parseHosts } from "../pipeline/network/hosts.ts";
import { ProcessLimiter } from "../pipeline/network/limiter.ts";

/** A door to an index at this address that is closed when the test is over; between its tries it does not wait. */
export function doorTo(t: TestContext, url: string, more: Partial<DoorOptions> = {}): Door {
  const door = openDoor({
    hosts: parseHosts(url, []),
    concurrency: 4,
    limiter: new ProcessLimiter(() => 0),
    contact: null,
    signal: new AbortController().signal,
    backoff: { base: 1, cap: 2 },
    ...more,
  });
  t.after(() => door.close());
  return door;
}

/** Lets a server listen on a free port of 127.0.0.1 until the test is over; gives its host and port. */
export async function listening(t: TestContext, server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers each request with these bytes and ends the connection. */
export function answering(bytes: Uint8Array | string): Server {
  return createServer((socket) => socket.once("data", () => socket.end(bytes)));
}
