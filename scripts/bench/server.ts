// The serving process as the benchmark sees it.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Addresses, Asked, Served } from "./serve.ts";

/** A serving process; `asked` gives what it was asked since the last time. */
export interface Server extends Addresses {
  asked(): Promise<Asked>;
  close(): void;
}

const PROGRAM = fileURLToPath(new URL("./serve.ts", import.meta.url));

/** Starts a process that serves these wheels. */
export async function startServer(served: Served): Promise<Server> {
  const child = fork(PROGRAM, [JSON.stringify(served)], { execArgv: ["--import", "tsx"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the serving process ended with ${code}`);
  });
  const answer = async <T>(): Promise<T> => (await Promise.race([once(child, "message"), ended]))[0] as T;
  const addresses = await answer<Addresses>();
  return {
    ...addresses,
    asked() {
      child.send("asked");
      return answer<Asked>();
    },
    close: () => void child.disconnect(),
  };
}
