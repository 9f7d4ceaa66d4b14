// What the tests of whole surveys share: small wheels, a scratch folder, a run in this process or in one of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { openForReading } from "../pipeline/database/database.ts";
import { SILENT } from "../pipeline/progress.ts";
import { runSurvey } from "../pipeline/stage/run.ts";
import type { SurveyRequest } from "../pipeline/stage/stage.ts";
import { STAGES } from "../pipeline/stages.ts";
import { type IndexOptions, type LoopbackIndex, startIndex } from "./loopback/index-server.ts";
import { type IndexSource, memoryFile, type SourceFile, type SourceProject } from "./loopback/source.ts";
import { buildZip } from "./zip-builder.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const NEVER = new AbortController().signal;
export const EDITION = "2026-11";
const NOW = new Date("2026-11-02T12:00:00Z");

/** A folder that is gone when the test is over. */
export function scratchFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Gives a folder to the work, which is removed when that is over. */
export async function inScratch<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Does the work for each item, so many at a time. */
export async function inParallel<Item>(
  width: number,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const lane = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** A loopback index that is closed when the test is over. */
export async function indexFor(
  t: TestContext,
  source: IndexSource,
  options: IndexOptions = {},
): Promise<LoopbackIndex> {
  const index = await startIndex(source, options);
  t.after(() => index.close());
  return index;
}

/** A wheel as its file name wants it: these members (path → content), and the .dist-info that belongs to them. */
export function wheel(filename: string, members: Record<string, string>, generator = "test"): SourceFile {
  const distInfo = `${filename.split("-").slice(0, 2).join("-")}.dist-info`;
  const files = { ...members, [`${distInfo}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: ${generator}\n` };
  const rows = Object.entries(files).map(
    ([path, content]) => `${path},sha256=${sha256(content)},${Buffer.byteLength(content)}\n`,
  );
  const record = { name: `${distInfo}/RECORD`, data: Buffer.from(`${rows.join("")}${distInfo}/RECORD,,\n`) };
  return memoryFile(
    filename,
    buildZip([...Object.entries(files).map(([name, content]) => ({ name, data: Buffer.from(content) })), record]),
  );
}

/** A project with one release and its files. */
export function project(name: string, files: SourceFile[], version = "1.0"): SourceProject {
  return { name, version, files };
}

/** What a run asks for: this index and its ranking, everything else in the folder. */
export function requestTo(
  index: { url: string; rankingUrl: string },
  folder: string,
  more: Partial<SurveyRequest> = {},
): SurveyRequest {
  return {
    edition: EDITION,
    index: index.url,
    ranking: index.rankingUrl,
    projects: null,
    top: null,
    database: join(folder, "survey.sqlite"),
    reports: join(folder, "reports"),
    fileHosts: [],
    concurrency: 8,
    rate: null,
    contact: null,
    retry: false,
    now: () => NOW,
    ...more,
  };
}

/** Runs all stages, or those named, in this process; gives the exit code, throws the RunError that stopped it. */
export function survey(request: SurveyRequest, names: string[] = [], signal = NEVER): Promise<number> {
  const stages = names.length === 0 ? STAGES : STAGES.filter((stage) => names.includes(stage.name));
  return runSurvey(stages, request, SILENT, signal);
}

/** The rows of a query on a database at rest. */
export function rows(database: string, sql: string): Record<string, unknown>[] {
  const db = openForReading(database);
  try {
    return db.prepare(sql).all() as Record<string, unknown>[];
  } finally {
    db.close();
  }
}

const STABLE_VIEWS = [
  "native_file",
  "library_rank",
  "component_rank",
  "surveyed_project",
  "sbom_component",
  "library_contents",
  "linked_component",
  "library_origin",
  "library_distribution",
  "origin_evidence",
  "baseline_2023",
  "survey_cost",
];

/** Everything that the stable views say, and the failures, in an order of their own: equal for equal facts. */
export function everything(database: string): Record<string, string[]> {
  const views = STABLE_VIEWS.map((view) => [
    view,
    rows(database, `SELECT * FROM ${view}`)
      .map((row) => JSON.stringify(row))
      .sort(),
  ]);
  const failures = rows(database, "SELECT stage, item, kind, message, edition FROM failure").map((row) =>
    JSON.stringify(row),
  );
  return Object.fromEntries([...views, ["failure", failures.sort()]]);
}

/** The command line as the survey takes it. */
export function commandLine(request: SurveyRequest): string[] {
  const { edition, index, ranking, database, reports, concurrency, top } = request;
  const words = ["--edition", edition, "--database", database, "--reports", reports];
  for (const [option, value] of Object.entries({ index, ranking, concurrency, top }))
    if (value !== null) words.push(`--${option}`, String(value));
  return words;
}

/** Starts the program as its supervisors do, in a process of its own. */
export function start(words: string[], stdin: "ignore" | "pipe" = "ignore", nodeOptions: string[] = []): ChildProcess {
  return spawn(process.execPath, [...nodeOptions, "--import", "tsx/esm", "pipeline/cli.ts", ...words], {
    cwd: ROOT,
    stdio: [stdin, "pipe", "pipe"],
  });
}

/** How a process has ended: its exit code or the signal, and all that it said. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** The end of a process, once neither it nor another has its output open any more. */
export async function endOf(child: ChildProcess): Promise<Ending> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => (output[name] += text));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...output };
}

/** Runs the program in this process, which is much faster: its exit code, its help, and the line that says what stopped it. */
export async function run(words: string[]): Promise<Pick<Ending, "code" | "stdout" | "stderr">> {
  const { runCommandLine } = await import("../pipeline/command-line.ts");
  const said = { stdout: "", stderr: "" };
  const output = { out: (text: string) => (said.stdout += text), err: (line: string) => (said.stderr += line) };
  return { code: (await runCommandLine(words, output)) ?? 0, ...said };
}

/** Runs the program in a process of its own to its end. */
export const cli = (words: string[]): Promise<Ending> => endOf(start(words));

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("base64url");
}
