// A full edition of synthetic wheels, surveyed by the program itself in a process of its own: memory, CPU, requests; then the same
// again with nothing new, and the month after with nothing new.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine, requestTo, rows } from "../../test/harness.ts";
import type { Asked } from "./serve.ts";
import { type Server, startServer } from "./server.ts";
import { SIBLINGS } from "./synthetic-source.ts";

/** One run of the program: seconds, peak RSS in bytes, what it asked of the server, seconds by stage. */
export interface ProgramRun {
  what: string;
  seconds: number;
  cpuSeconds: number;
  peakRss: number;
  asked: Asked;
  stages: Record<string, number>;
}

/** The runs, and what the first one found. */
export interface ScaleResult {
  wheels: number;
  entries: number;
  members: number;
  databaseBytes: number;
  wheelRequests: number;
  wheelBytes: number;
  runs: ProgramRun[];
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RESOURCE_USAGE = fileURLToPath(new URL("./resource-usage.ts", import.meta.url));

/** Surveys this many synthetic wheels. */
export async function measureScale(wheels: number, tell: (line: string) => void): Promise<ScaleResult> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const server = await startServer({ synthetic: wheels });
  try {
    const request = (edition: string) =>
      requestTo(server, folder, { edition, top: Math.ceil(wheels / SIBLINGS), concurrency: null });
    const { database } = request("2026-11");
    const runs: ProgramRun[] = [];
    for (const [what, edition] of [
      ["cold", "2026-11"],
      ["again, nothing new", "2026-11"],
      ["next month, nothing new", "2026-12"],
    ] as const) {
      tell(`${wheels} wheels: ${what}`);
      runs.push(await runProgram(what, commandLine(request(edition)), folder, server));
      runs.at(-1)!.stages = secondsByStage(database);
    }
    tell("the program's start alone");
    runs.push(await runProgram("--help: the start alone", ["--help"], folder, server));
    return { ...found(database), runs };
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runProgram(what: string, words: string[], folder: string, server: Server): Promise<ProgramRun> {
  const usageFile = join(folder, "usage.json");
  await server.asked();
  const began = performance.now();
  const child = spawn(process.execPath, ["--import", "tsx", "--import", RESOURCE_USAGE, "pipeline/cli.ts", ...words], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, RESOURCE_USAGE: usageFile },
  });
  const [code] = await once(child, "close");
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${what}: exit code ${code}, expected 0`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usageFile, "utf8")) as NodeJS.ResourceUsage;
  const asked = await server.asked();
  return { what, seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRss: maxRSS * 1024, asked, stages: {} };
}

function secondsByStage(database: string): Record<string, number> {
  const spent = rows(database, "SELECT stage, seconds FROM run_stage WHERE run = (SELECT max(run) FROM run)");
  return Object.fromEntries(spent.map(({ stage, seconds }) => [String(stage), Number(seconds)]));
}

function found(database: string): Omit<ScaleResult, "runs"> {
  const [counts] = rows(
    database,
    `SELECT count(*) AS wheels, sum(members) AS entries, sum(native_members) AS members,
       (SELECT requests FROM survey_cost WHERE edition = '2026-11') AS wheelRequests,
       (SELECT bytes FROM survey_cost WHERE edition = '2026-11') AS wheelBytes,
       (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS databaseBytes
     FROM wheel WHERE read_for IS NOT NULL`,
  );
  return counts as unknown as Omit<ScaleResult, "runs">;
}
