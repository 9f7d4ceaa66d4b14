// The program that serves the wheels of a benchmark, in a process of its own: nothing it does counts as work of those who read.
// It takes what to serve as JSON in its one argument, and says over the channel to its parent what it was asked.
import { fileURLToPath } from "node:url";
import type { RequestLog } from "../../test/loopback/index-server.ts";
import { startIndex } from "../../test/loopback/index-server.ts";
import { startDelayProxy } from "./delay-proxy.ts";
import { syntheticSource } from "./synthetic-source.ts";
import { type Choice, chooseFiles, releasesSource } from "./wheels.ts";

/** What is served: wheels that are here, or as many synthetic ones as this. */
export type Served = Choice | { synthetic: number };

/** Where it is served: directly, and behind `ROUND_TRIP` milliseconds. */
export interface Addresses {
  url: string;
  rankingUrl: string;
  delayedUrl: string;
}

/** What was asked since the last time: `bytes` of bodies sent; conditional requests, and those that were answered with 304. */
export interface Asked {
  requests: number;
  bytes: number;
  ranges: number;
  documents: number;
  conditional: number;
  notModified: number;
}

/** The round trip through the delay proxy, in milliseconds. */
export const ROUND_TRIP = 20;

function count(requests: RequestLog[]): Asked {
  const number = (test: (request: RequestLog) => boolean) => requests.filter(test).length;
  return {
    requests: requests.length,
    bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0),
    ranges: number(({ range }) => range !== null),
    documents: number(({ path }) => path.startsWith("/pypi/")),
    conditional: number(({ headers }) => headers["if-none-match"] !== undefined),
    notModified: number(({ status }) => status === 304),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const served = JSON.parse(process.argv[2]!) as Served;
  const source = "synthetic" in served ? syntheticSource(served.synthetic) : releasesSource(chooseFiles(served));
  const index = await startIndex(source);
  const proxy = await startDelayProxy(Number(new URL(index.url).port), ROUND_TRIP / 2);
  process.on("message", () => process.send?.(count(index.requests.splice(0))));
  process.on("disconnect", () => process.exit());
  const addresses: Addresses = { url: index.url, rankingUrl: index.rankingUrl, delayedUrl: proxy.url };
  process.send?.(addresses);
}
