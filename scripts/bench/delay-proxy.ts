// A network with a distance: a relay that hands on every byte some milliseconds after it came, as many at a time as come.
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A running relay. */
export interface DelayProxy {
  url: string;
  close(): void;
}

/** Starts a relay to a port on 127.0.0.1; `delay` is in milliseconds each way, and a new connection waits for a round trip first, as its handshake would. */
export async function startDelayProxy(port: number, delay: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const shaken = performance.now() + 3 * delay;
    relay(client, upstream, delayLine(delay, shaken));
    relay(upstream, client, delayLine(delay, shaken));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

type DelayLine = (act: () => void) => void;

// Acts in the order in which they came, each `delay` milliseconds later, none before `from`.
function delayLine(delay: number, from: number): DelayLine {
  const waiting: { due: number; act: () => void }[] = [];
  const pump = () => {
    while (waiting[0] && waiting[0].due <= performance.now()) waiting.shift()!.act();
    if (waiting[0]) setTimeout(pump, Math.ceil(waiting[0].due - performance.now()));
  };
  return (act) => {
    waiting.push({ due: Math.max(from, performance.now() + delay), act });
    if (waiting.length === 1) setTimeout(pump, Math.ceil(waiting[0]!.due - performance.now()));
  };
}

function relay(from: Socket, to: Socket, later: DelayLine): void {
  from.on("data", (chunk) => later(() => to.write(chunk)));
  from.on("end", () => later(() => to.end()));
  from.on("close", () => later(() => to.destroy()));
  from.on("error", () => {}); // Its close follows, and is handed on.
}
