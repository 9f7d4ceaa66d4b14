// Stage 1: an edition and the ranking it walks down, from a URL, a file, or a list of projects that somebody names.
import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Db } from "../database.ts";
import { EXIT, RunError } from "../errors.ts";
import { parseProjectList, parseRanking, type Ranking } from "../formats/ranking.ts";
import { parseHosts, TOP_PACKAGES } from "../network/hosts.ts";
import type { EditionRequest, Stage } from "../stage.ts";
import { fetchPublic, isUrl, readLocal } from "./fetch-public.ts";

/** A row of `edition`. */
export interface Edition {
  edition: string;
  kind: "ranking" | "projects" | "imported";
  top_n: number;
  index_url: string;
  ranking_source: string;
  ranking_sha256: Buffer;
  ranked_at: string | null;
}

const DEFAULT_TOP = 500;

/** The edition as it is stored, or undefined if there is none yet. */
export function storedEdition(db: Db, edition: string): Edition | undefined {
  return db.prepare<[string], Edition>("SELECT * FROM edition WHERE edition = ?").get(edition);
}

/** Refuses, with RunError 2, to go on with a stored edition from another index, ranking or project list, or with fewer projects. */
export function refuseOtherSource(db: Db, stored: Edition, request: EditionRequest): void {
  const refuse = (what: string, found: string, expected: string) => {
    throw new RunError(
      EXIT.usage,
      `edition ${stored.edition}, ${what}: ${found}, expected ${expected} as it was begun with; choose another --edition`,
    );
  };
  if (stored.kind === "imported") refuse("kind", "a survey", "imported data");
  if (request.index !== null && indexRoot(request.index) !== stored.index_url && hasAnswers(db, stored.edition))
    refuse("--index", request.index, stored.index_url);
  if (request.top !== null && request.top < stored.top_n)
    refuse("--top", String(request.top), `at least ${stored.top_n}`);
  if (request.ranking !== null && (stored.kind !== "ranking" || !sameRanking(stored, request.ranking))) {
    refuse("--ranking", request.ranking, stored.ranking_source);
  }
  if (
    request.projects !== null &&
    (stored.kind !== "projects" || !readProjects(request.projects).sha256.equals(stored.ranking_sha256))
  ) {
    refuse("--projects", "another list", stored.kind === "projects" ? "the same list" : stored.ranking_source);
  }
}

// An index that never answered may have been a slip of the pen.
function hasAnswers(db: Db, edition: string): boolean {
  return db.prepare("SELECT 1 FROM candidate WHERE edition = ?").get(edition) !== undefined;
}

/** The stage: stores the edition with its ranking, or lets a stored one cover more projects. */
export const ranking: Stage = {
  kind: "collect",
  name: "ranking",
  about: "the monthly download ranking, with its date, source and SHA-256",
  async run({ db, request, signal, contact }) {
    const stored = storedEdition(db, request.edition);
    if (stored) {
      const top = Math.max(stored.top_n, request.top ?? 0);
      const index = request.index === null ? stored.index_url : indexRoot(request.index);
      db.prepare("UPDATE edition SET top_n = ?, index_url = ? WHERE edition = ?").run(top, index, request.edition);
      return top > stored.top_n ? `stored before, now for ${top} projects instead of ${stored.top_n}` : "stored before";
    }
    const source =
      request.projects === null
        ? await readRanking(request.ranking ?? TOP_PACKAGES, signal, contact)
        : readProjects(request.projects);
    const { rows, rankedAt } = source.ranking;
    const top = request.top ?? (request.projects === null ? DEFAULT_TOP : rows.length);
    db.transaction(() => {
      db.prepare(
        `INSERT INTO edition (edition, kind, top_n, index_url, ranking_source, ranking_sha256, ranked_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        request.edition,
        request.projects === null ? "ranking" : "projects",
        top,
        indexRoot(request.index),
        source.name,
        source.sha256,
        rankedAt,
      );
      const insert = db.prepare("INSERT INTO ranking (edition, rank, project, downloads) VALUES (?, ?, ?, ?)");
      rows.forEach((row, index) => {
        insert.run(request.edition, index + 1, row.project, row.downloads);
      });
    })();
    return `${rows.length} projects${rankedAt ? `, made ${rankedAt}` : ""}`;
  },
  tally: (db, edition) =>
    storedEdition(db, edition) ? { done: 1, pending: 0, failed: 0 } : { done: 0, pending: 1, failed: 0 },
};

interface Source {
  name: string;
  sha256: Buffer;
  ranking: Ranking;
}

function indexRoot(index: string | null): string {
  return parseHosts(index, []).index.href;
}

async function readRanking(at: string, signal: AbortSignal, contact: string | null): Promise<Source> {
  const bytes = await fetchPublic("--ranking", at, signal, contact);
  try {
    return {
      name: isUrl(at) ? at : basename(at),
      sha256: sha256(bytes),
      ranking: parseRanking(bytes.toString("utf8")),
    };
  } catch (error) {
    throw new RunError(EXIT.source, `ranking ${at}: ${(error as Error).message}`);
  }
}

function readProjects(names: string): Source {
  const fromFile =
    /[/\\]|\.\w+$/.test(names) && !names.includes(",")
      ? readLocal("--projects", names, EXIT.usage).toString("utf8")
      : names;
  try {
    const list = parseProjectList(fromFile);
    const text = list.rows.map((row) => `${row.project}\n`).join("");
    return { name: "projects", sha256: sha256(Buffer.from(text)), ranking: list };
  } catch (error) {
    throw new RunError(EXIT.usage, `--projects: ${(error as Error).message}`);
  }
}

function sameRanking(stored: Edition, at: string): boolean {
  return isUrl(at)
    ? at === stored.ranking_source
    : sha256(readLocal("--ranking", at, EXIT.source)).equals(stored.ranking_sha256);
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
