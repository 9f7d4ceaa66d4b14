// Where an edition's projects come from: a ranking at a URL or in a file, or a list of projects that somebody names.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { EXIT, RunError } from "../errors.ts";
import { parseProjectList, parseRanking, type Ranking } from "../formats/pypi/ranking.ts";
import type { Cost } from "../network/answers.ts";
import type { Limiter } from "../network/limiter.ts";
import { fetchPublic, isUrl, NO_COST, readLocal } from "./fetch-public.ts";

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

/** Reads a list of projects, from the file of that name if there is one; RunError 2 if it is none. */
export function readProjects(names: string): RankingSource {
  const isFile = existsSync(names) || (/[/\\]/.test(names) && !names.includes(","));
  const text = isFile ? readLocal("--projects", names, EXIT.usage, "a list or a file").toString("utf8") : names;
  try {
    const ranking = parseProjectList(text);
    const normalized = ranking.rows.map((row) => `${row.project}\n`).join("");
    return { name: "projects", sha256: sha256(Buffer.from(normalized)), ranking, cost: NO_COST };
  } catch (error) {
    throw new RunError(EXIT.usage, `--projects: ${(error as Error).message}`);
  }
}

/** Whether a URL or a file is the ranking that an edition was begun with. */
export function sameRanking(stored: { ranking_source: string; ranking_sha256: Buffer }, at: string): boolean {
  if (isUrl(at)) return at === stored.ranking_source;
  return sha256(readLocal("--ranking", at, EXIT.source)).equals(stored.ranking_sha256);
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
