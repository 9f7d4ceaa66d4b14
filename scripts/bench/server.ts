// The wheels of a benchmark, served by a process of their own: nothing that the server does counts as work of those who read.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type LoopbackIndex, startIndex } from "../../test/loopback/index-server.ts";
import type { IndexSource } from "../../test/loopback/source.ts";
import { librariesSource, syntheticSource } from "./synthetic.ts";
import { type Choice, chooseFiles, releasesSource } from "./wheels.ts";

/** Wheels that are here, or as many synthetic ones (`kept`: made before the first is asked for), or wheels with as many made-up libraries, as this. */
type Served = Choice | { synthetic: number; kept?: boolean } | { libraries: number };

/** What was asked since the last time: `bytes` of bodies sent; conditional requests, and those that were answered with 304. */
export interface Asked {
  requests: number;
  bytes: number;
  conditional: number;
  notModified: number;
}

/** A serving process: its root, the address of its ranking, and what it was asked since the last time. */
export interface Server extends Pick<LoopbackIndex, "url" | "rankingUrl"> {
  asked(): Promise<Asked>;
  close(): void;
}

const PROGRAM = fileURLToPath(import.meta.url);

/** Starts a process that serves these wheels, and waits so many milliseconds before each answer. */
export async function startServer(served: Served, latency: number): Promise<Server> {
  const child = fork(PROGRAM, [JSON.stringify({ served, latency })], { execArgv: ["--import", "tsx"] });
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

function sourceOf(served: Served): IndexSource {
  if ("synthetic" in served) return syntheticSource(served.synthetic, served.kept);
  return "libraries" in served ? librariesSource(served.libraries) : releasesSource(chooseFiles(served));
}

if (process.argv[1] === PROGRAM) {
  const { served, latency } = JSON.parse(process.argv[2]!) as { served: Served; latency: number };
  const source = sourceOf(served);
  const { url, rankingUrl, requests } = await startIndex(source, { latency });
  process.on("message", () => process.send?.(count(requests.splice(0))));
  process.on("disconnect", () => process.exit());
  process.send?.({ url, rankingUrl });
}
