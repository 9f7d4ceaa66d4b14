// A full edition of synthetic wheels, surveyed by the program itself in a process of its own: memory, CPU, requests; then the same
// again with nothing new, and the month after with nothing new.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine, inScratch, requestTo, rows } from "../../test/harness.ts";
import { machineLine, type Report, table } from "./report.ts";
import { type Asked, startServer } from "./server.ts";
import { SIBLINGS } from "./synthetic.ts";

/** One run of the program: wall and CPU seconds, peak RSS in MB, what it asked of the server, seconds by stage. */
interface ProgramRun {
  what: string;
  seconds: number;
  cpu: number;
  memory: number;
  asked: Asked;
  stages: Record<string, number>;
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIRST = "2026-11";
const OFFLINE = ["libraries", "components", "reports"];

// Loaded into the program: when it ends, it leaves what it used in the file that RESOURCE_USAGE names.
const LEAVE_USAGE = `data:text/javascript,import { writeFileSync } from "node:fs";
  process.on("exit", () => writeFileSync(process.env.RESOURCE_USAGE, JSON.stringify(process.resourceUsage())));`;

/** Surveys this many synthetic wheels. */
export async function measureScale(wheels: number, tell: (line: string) => void): Promise<Report> {
  const machine = machineLine();
  const server = await startServer({ synthetic: wheels }, 0);
  return inScratch(async (folder) => {
    const request = (edition: string) =>
      requestTo(server, folder, { edition, top: Math.ceil(wheels / SIBLINGS), concurrency: null });
    const { database } = request(FIRST);
    const runs: ProgramRun[] = [];
    for (const [what, words] of [
      ["cold", commandLine(request(FIRST))],
      ["again, nothing new", commandLine(request(FIRST))],
      ["next month, nothing new", commandLine(request("2026-12"))],
      ["--help: the start alone", ["--help"]],
    ] as const) {
      tell(`${wheels} wheels: ${what}`);
      const used = await runProgram(words, join(folder, "usage.json"));
      runs.push({
        what,
        ...used,
        asked: await server.asked(),
        stages: words[0] === "--help" ? {} : stageSeconds(database),
      });
    }
    const found = contentsOf(database, FIRST) as Record<string, number>;
    const each = (figure: string, digits: number, per = wheels) => (found[figure]! / per).toFixed(digits);
    const parts = [
      `${found.wheels} synthetic wheels with ${found.entries} entries, ${found.natives} of them native files; ` +
        `database ${each("databaseBytes", 0, 1e6)} MB; ${each("requests", 3)} requests and ${each("bytes", 1, 1e3 * wheels)} KB a wheel.`,
      machine,
      table(runs, [
        ["run", ({ what }) => what],
        ["seconds", ({ seconds }) => seconds.toFixed(1)],
        ["CPU s", ({ cpu }) => cpu.toFixed(2)],
        ["peak RSS, MB", ({ memory }) => memory.toFixed(0)],
        ["requests", ({ asked }) => asked.requests],
        ["of them conditional", ({ asked }) => asked.conditional],
        ["MB", ({ asked }) => (asked.bytes / 1e6).toFixed(1)],
        [`${OFFLINE.join(", ")}, s`, ({ stages }) => OFFLINE.map((name) => (stages[name] ?? 0).toFixed(1)).join(", ")],
      ]),
    ];
    const [, again, next] = runs.map(({ asked }) => asked) as [Asked, Asked, Asked];
    // Where there is nothing new, nothing is asked again, and the month after only the ranking and whether anything has changed.
    const isSound = again.requests === 0 && next.requests === next.notModified + 1;
    return { parts, figures: { machine, ...found, runs }, isSound };
  }).finally(() => server.close());
}

/** Runs the program with these words; wall and CPU seconds, peak RSS in MB. An error if it does not end with 0. */
export async function runProgram(words: readonly string[], usage: string, nodeOptions: readonly string[] = []) {
  const began = performance.now();
  const program = ["--import", "tsx", "--import", LEAVE_USAGE, "pipeline/cli.ts", ...words];
  const child = spawn(process.execPath, [...nodeOptions, ...program], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, RESOURCE_USAGE: usage },
  });
  const [code] = await once(child, "close");
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`${words.join(" ")}: exit code ${code}, expected 0`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usage, "utf8")) as NodeJS.ResourceUsage;
  return { seconds, cpu: (userCPUTime + systemCPUTime) / 1e6, memory: (maxRSS * 1024) / 1e6 };
}

/** Seconds that the last run spent in each of its stages. */
function stageSeconds(database: string): Record<string, number> {
  const spent = rows(database, "SELECT stage, seconds FROM run_stage WHERE run_id = (SELECT max(run_id) FROM run)");
  return Object.fromEntries(spent.map(({ stage, seconds }) => [String(stage), Number(seconds)]));
}

/** The wheels that an edition has read, their entries and native files, what that cost, and the bytes of the database. */
function contentsOf(database: string, edition: string): Record<string, number> {
  const sql = `
    SELECT count(*) AS wheels, sum(w.entries) AS entries, sum(j.native_files) AS natives, c.requests, c.bytes,
      (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS databaseBytes
    FROM wheel w JOIN judged_wheel j USING (wheel_id) JOIN survey_cost c ON c.edition = w.read_for WHERE w.read_for = '${edition}'`;
  return rows(database, sql)[0] as Record<string, number>;
}
