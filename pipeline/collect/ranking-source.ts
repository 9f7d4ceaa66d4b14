// Where an edition's projects come from: a ranking at a URL or in a file, or a list of projects that somebody names.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { EXIT, RunError } from "../errors.ts";
import { PROJECT_INDEX, readProjectIndex } from "../formats/pypi/project-index.ts";
import { parseProjectList, parseRanking, type Ranking } from "../formats/pypi/ranking.ts";
import type { Cost } from "../network/answers.ts";
import { openDoor } from "../network/door.ts";
import { parseHosts, projectIndexUrl } from "../network/hosts.ts";
import { type Limiter, ProcessLimiter } from "../network/limiter.ts";
import { fetchPublic, isUrl, NO_COST, readLocal } from "./fetch-public.ts";

/** The name of a source that is a list which somebody has written; that of an index's own list is its address. */
export const NAMED = "projects";

const LIST_LIMIT = 512 * 1024 * 1024; // Bytes: PyPI's list of 700,000 projects has some 40 million.

/** A ranking, with the name and the SHA-256 by which an edition remembers its source. */
export interface RankingSource {
  name: string;
  sha256: Buffer;
  ranking: Ranking;
  /** What it took to get it. */
  cost: Cost;
}

/** Reads the ranking at a URL or in a file; RunError 4 if it cannot be read or is none. */
export async function readRanking(
  at: string,
  signal: AbortSignal,
  contact: string | null,
  limiter?: Limiter,
): Promise<RankingSource> {
  const { content, cost } = await fetchPublic("--ranking", at, signal, contact, limiter);
  try {
    return {
      name: isUrl(at) ? at : basename(at),
      sha256: sha256(content),
      ranking: parseRanking(content.toString("utf8")),
      cost,
    };
  } catch (error) {
    throw new RunError(EXIT.source, `--ranking ${at}: ${(error as Error).message}`);
  }
}

/** Reads the names of all projects that an index lists; RunError 4 if it lists none. */
export async function readAllProjects(
  index: string | null,
  signal: AbortSignal,
  contact: string | null,
): Promise<RankingSource> {
  const hosts = parseHosts(index, []);
  const url = projectIndexUrl(hosts.index);
  const door = openDoor({ hosts, concurrency: 1, limiter: new ProcessLimiter(() => 0), contact, signal });
  try {
    const client = door.client();
    const asked = { etag: null, limit: LIST_LIMIT, accept: PROJECT_INDEX };
    const answer = await client.getDocument(url, asked, async (body) => ({ names: await readProjectIndex(body) }));
    if (answer.status !== 200) throw new RunError(EXIT.source, `${url.href}: status ${answer.status}, expected 200`);
    const { names } = answer.content;
    const rows = names.map((project) => ({ project, downloads: null }));
    return { name: url.href, sha256: hashOfNames(names), ranking: { rankedAt: null, rows }, cost: client.cost };
  } catch (error) {
    if (error instanceof RunError || signal.aborted) throw error;
    throw new RunError(EXIT.source, `--top all, ${url.href}: ${(error as Error).message}`);
  } finally {
    await door.close();
  }
}

/** Reads a list of projects, from the file of that name if there is one; RunError 2 if it is none. */
export function readProjects(names: string): RankingSource {
  const isFile = existsSync(names) || (/[/\\]/.test(names) && !names.includes(","));
  const text = isFile ? readLocal("--projects", names, EXIT.usage, "a list or a file").toString("utf8") : names;
  try {
    const ranking = parseProjectList(text);
    const names = ranking.rows.map(({ project }) => project);
    return { name: NAMED, sha256: hashOfNames(names), ranking, cost: NO_COST };
  } catch (error) {
    throw new RunError(EXIT.usage, `--projects: ${(error as Error).message}`);
  }
}

/** Whether a URL or a file is the ranking that an edition was begun with. */
export function sameRanking(stored: { ranking_source: string; ranking_sha256: Buffer }, at: string): boolean {
  if (isUrl(at)) return at === stored.ranking_source;
  return sha256(readLocal("--ranking", at, EXIT.source)).equals(stored.ranking_sha256);
}

function hashOfNames(names: string[]): Buffer {
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\n`);
  return hash.digest();
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
