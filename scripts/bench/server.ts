// The wheels of a benchmark, served by a process of their own: nothing that the server does counts as work of those who read.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type LoopbackIndex, startIndex } from "../../test/loopback/index-server.ts";
import { syntheticSource } from "./synthetic.ts";
import { type Choice, chooseFiles, releasesSource } from "./wheels.ts";

/** Wheels that are here, or as many synthetic ones as this. */
type Served = Choice | { synthetic: number };
type Address = Pick<LoopbackIndex, "url" | "rankingUrl">;

/** What was asked since the last time: `bytes` of bodies sent; conditional requests, and those that were answered with 304. */
export interface Asked {
  requests: number;
  bytes: number;
  conditional: number;
  notModified: number;
}

/** A serving process: where it answers at once, where `ROUND_TRIP` milliseconds later, and what it was asked since the last time. */
export interface Server {
  near: Address;
  far: Address;
  asked(): Promise<Asked>;
  close(): void;
}

/** How many milliseconds the far server waits before each answer. */
export const ROUND_TRIP = 20;

const PROGRAM = fileURLToPath(import.meta.url);

/** Starts a process that serves these wheels. */
export async function startServer(served: Served): Promise<Server> {
  const child = fork(PROGRAM, [JSON.stringify(served)], { execArgv: ["--import", "tsx"] });
  const ended = once(child, "exit").then(([code]) => Promise.reject(new Error(`the server: exit code ${code}`)));
  const answer = async () => (await Promise.race([once(child, "message"), ended]))[0];
  return {
    ...(await answer()),
    asked() {
      child.send("asked");
      return answer();
    },
    close: () => child.disconnect(),
  };
}

function count(requests: LoopbackIndex["requests"]): Asked {
  const number = (test: (request: (typeof requests)[number]) => boolean) => requests.filter(test).length;
  return {
    requests: requests.length,
    bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0),
    conditional: number(({ headers }) => headers["if-none-match"] !== undefined),
    notModified: number(({ status }) => status === 304),
  };
}

if (process.argv[1] === PROGRAM) {
  const served = JSON.parse(process.argv[2]!) as Served;
  const source = "synthetic" in served ? syntheticSource(served.synthetic) : releasesSource(chooseFiles(served));
  const [near, far] = [await startIndex(source), await startIndex(source, { latency: ROUND_TRIP })];
  process.on("message", () => process.send?.(count([near, far].flatMap(({ requests }) => requests.splice(0)))));
  process.on("disconnect", () => process.exit());
  const addressOf = ({ url, rankingUrl }: LoopbackIndex): Address => ({ url, rankingUrl });
  process.send?.({ near: addressOf(near), far: addressOf(far) });
}
