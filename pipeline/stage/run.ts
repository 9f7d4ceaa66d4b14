// One run of a survey: the stages asked for, in their order, over one edition; and the exit code that says how it ended.
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { openEdition } from "../collect/edition.ts";
import { readProjects } from "../collect/ranking-source.ts";
import { type Db, databaseError, openForWriting, upgradeNotice } from "../database/database.ts";
import { coverageLines, readCoverage } from "../editions/coverage.ts";
import { oddDates } from "../editions/dates.ts";
import { EXIT, RunError } from "../errors.ts";
import { openDoor } from "../network/door.ts";
import { type Hosts, parseHosts } from "../network/hosts.ts";
import { ProcessLimiter } from "../network/limiter.ts";
import { concurrencyFor, ratesOf } from "../network/rates.ts";
import { BACKOFF } from "../network/retries.ts";
import type { Progress } from "../progress.ts";
import type { Coordination } from "../queue/coordinator.ts";
import { grouped } from "../words.ts";
import { localExecutor } from "./executor.ts";
import type { Run, Stage, SurveyRequest } from "./stage.ts";

/** Runs the stages; gives the exit code, having said on the way what it did. RunError for what stops the whole run. */
export async function runSurvey(
  stages: Stage[],
  request: SurveyRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<number> {
  parseHosts(request.index, request.fileHosts);
  if (request.projects !== null) readProjects(request.projects);
  const begins = stages[0]?.name === "ranking";
  if (!begins && !existsSync(request.database)) throw notBegun(request);
  const { db, upgradedFrom, close } = openForWriting(request.database);
  let exitCode: number = EXIT.bug;
  let id: number | undefined;
  try {
    if (upgradedFrom !== null) progress.say(upgradeNotice(db.name, upgradedFrom));
    for (const stage of stages) stage.check?.(request);
    const stored = openEdition(db, request);
    if (!stored && !begins) throw notBegun(request);
    id = begin(db, request);
    await runStages(stages, { db, edition: request.edition, run: id, request, signal, progress }, stored?.index_url);
    exitCode = conclude(db, request.edition, progress);
    return exitCode;
  } catch (error) {
    const reason = signal.aborted ? signal.reason : databaseError(request.database, error);
    exitCode = reason instanceof RunError ? reason.exitCode : EXIT.bug;
    throw reason;
  } finally {
    progress.close();
    if (id !== undefined) end(db, id, exitCode);
    close();
  }
}

const MOST_NAMED = 20;

function notBegun({ edition, database }: SurveyRequest): RunError {
  return new RunError(
    EXIT.usage,
    `edition ${edition}: not in ${database}, expected one that was begun with the stage ranking`,
  );
}

async function runStages(
  stages: Stage[],
  run: Omit<Run, "executor" | "succeeded">,
  storedIndex: string | undefined,
): Promise<void> {
  const { request, signal } = run;
  const hosts = parseHosts(storedIndex ?? request.index, request.fileHosts);
  const concurrency = request.concurrency ?? concurrencyFor(hosts);
  const { contact, backoff = BACKOFF } = request;
  const spool = `${request.database}.spool`;
  rmSync(spool, { recursive: true, force: true });
  mkdirSync(spool);
  const queue = request.queue ? await takeQueue(request.queue, hosts, run) : null;
  const limiter = queue?.limiter ?? new ProcessLimiter(ratesOf(hosts, request.rate));
  const door = openDoor({ hosts, concurrency, limiter, contact, signal, backoff });
  let complete = false;
  try {
    const local = localExecutor(door, concurrency, spool);
    const executor = queue?.executor(local) ?? local;
    for (const stage of stages) await runStage(stage, { ...run, executor });
    complete = true;
  } finally {
    await queue?.close(complete);
    await door.close();
  }
}

/** Takes the queue of a run that has workers; nothing of it is loaded otherwise. */
async function takeQueue(url: string, hosts: Hosts, run: Omit<Run, "executor" | "succeeded">): Promise<Coordination> {
  const { coordinate } = await import("../queue/coordinator.ts");
  return coordinate(url, hosts.index.href, ratesOf(hosts, run.request.rate), run);
}

async function runStage(stage: Stage, run: Omit<Run, "succeeded">): Promise<void> {
  const { db, edition, executor, progress, signal } = run;
  signal.throwIfAborted();
  progress.begin(stage.name);
  const began = performance.now();
  let done = 0;
  const succeeded = (items: number) => {
    done += items;
  };
  let completed = 0;
  try {
    const summary = await stage.run({ ...run, succeeded });
    progress.end(summary);
    completed = 1;
  } finally {
    const seconds = (performance.now() - began) / 1000;
    db.prepare(
      `INSERT OR REPLACE INTO run_stage (run_id, stage, completed, seconds, done, failed, concurrency)
       SELECT ?, ?, ?, ?, ?, count(*), ? FROM failure WHERE edition = ? AND stage = ?`,
    ).run(run.run, stage.name, completed, seconds, done, executor.concurrency, edition, stage.name);
  }
}

function begin(db: Db, { edition, retry }: SurveyRequest): number {
  const insert = db.prepare("INSERT INTO run (edition, pid, host, started_at) VALUES (?, ?, ?, ?)");
  const { lastInsertRowid } = insert.run(edition, process.pid, hostname(), new Date().toISOString());
  if (retry) db.prepare("UPDATE failure SET tries = 0 WHERE edition = ?").run(edition);
  return Number(lastInsertRowid);
}

function end(db: Db, id: number, exitCode: number): void {
  try {
    const update = db.prepare("UPDATE run SET ended_at = ?, exit_code = ? WHERE run_id = ?");
    update.run(new Date().toISOString(), exitCode, id);
  } catch {
    // The disk that stopped the run may still be full; the run's row then looks like a killed one's.
  }
}

// What is said at the end, and the exit code: 3 when something is missing from the numbers that a stage tried to get.
function conclude(db: Db, edition: string, progress: Progress): number {
  const coverage = readCoverage(db, edition);
  const taken = coverage.outcomes.taken ?? 0;
  for (const line of coverageLines(coverage)) progress.say(line);
  for (const { stage, item, message } of coverage.failures) progress.say(`failed in ${stage}: ${item}: ${message}`);
  if (coverage.failures.some(({ left }) => left === 0)) progress.say("Run again to try again what failed.");
  for (const odd of oddDates(coverage)) progress.say(`warning: ${odd}`);
  const unknown = coverage.kind === "projects" ? projectsNotFound(db, edition) : [];
  const more = unknown.length > MOST_NAMED ? ` and ${grouped(unknown.length - MOST_NAMED)} more` : "";
  if (unknown.length > 0)
    progress.say(`warning: not known to the index: ${unknown.slice(0, MOST_NAMED).join(", ")}${more}`);
  if (coverage.kind === "ranking" && taken < coverage.topN && coverage.unasked === 0) {
    progress.say(
      `warning: the ranking ended before ${coverage.topN} projects with binary wheels were found: ${taken} of ${coverage.topN}`,
    );
  }
  return coverage.failures.length > 0 ? EXIT.failures : EXIT.done;
}

function projectsNotFound(db: Db, edition: string): string[] {
  return db
    .prepare("SELECT project FROM candidate WHERE edition = ? AND outcome = 'not found' ORDER BY project")
    .pluck()
    .all(edition) as string[];
}
