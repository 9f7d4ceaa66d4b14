// An edition that is there already: what a run asks of it must be what it was begun with, or more of the same.

import { NAMED, readProjects, sameRanking } from "../collect/ranking-source.ts";
import type { Db } from "../database/database.ts";
import { type Edition, storedEdition } from "../editions/edition.ts";
import { EXIT, RunError } from "../errors.ts";
import { parseHosts } from "../network/hosts.ts";
import type { EditionRequest } from "../stage/stage.ts";

/**
 * Opens a stored edition for a run, for more projects if that is asked; null if there is none. RunError 2 for another index,
 * ranking or list than it was begun with, or for fewer projects.
 */
export function openEdition(db: Db, request: EditionRequest): Edition | null {
  const stored = storedEdition(db, request.edition);
  if (!stored) return null;
  refuseOtherSource(db, stored, request);
  const top = stored.kind === "ranking" ? Math.max(stored.top_n, request.top ?? 0) : stored.top_n;
  const index = request.index === null ? stored.index_url : indexRoot(request.index);
  if (index !== stored.index_url) db.prepare("DELETE FROM answer WHERE edition = ?").run(stored.edition);
  const shard = request.shard ?? stored.shard;
  const update = db.prepare("UPDATE edition SET top_n = ?, index_url = ?, shard = ? WHERE edition = ?");
  update.run(top, index, shard, stored.edition);
  return { ...stored, top_n: top, index_url: index, shard };
}

/** The one spelling of an index's root under which an edition remembers it; null stands for PyPI. */
export function indexRoot(index: string | null): string {
  return parseHosts(index, []).index.href;
}

function refuseOtherSource(db: Db, stored: Edition, request: EditionRequest): void {
  const refuse = (what: string, found: string, expected: string) => {
    const begun = `edition ${stored.edition}, ${what}: ${found}, expected ${expected} as it was begun with`;
    throw new RunError(EXIT.usage, `${begun}; use another --database and --reports, or --edition`);
  };
  const { index, top, ranking, projects, shard = null } = request;
  if (stored.kind === "imported") refuse("kind", "a survey", "imported data");
  // An index that knew nothing may have been mistyped.
  if (index !== null && indexRoot(index) !== stored.index_url && hasAnswers(db, stored.edition)) {
    refuse("--index", index, stored.index_url);
  }
  if (top !== null && stored.kind === "ranking" && top < stored.top_n) {
    refuse("--top", String(top), `at least ${stored.top_n}`);
  }
  // A copy of an edition of which no wheel has been read may still become a shard.
  if (shard !== null && shard !== stored.shard && (stored.shard !== null || hasWheels(db, stored.edition))) {
    refuse("--shard", shard, stored.shard ?? "all projects");
  }
  if (ranking !== null && (stored.kind !== "ranking" || !sameRanking(stored, ranking))) {
    refuse("--ranking", ranking, stored.ranking_source);
  }
  const isAll = stored.kind === "projects" && stored.ranking_source !== NAMED;
  if (request.all && !isAll) refuse("--top", "all", stored.kind === "ranking" ? String(stored.top_n) : "a list");
  if (isAll && top !== null) refuse("--top", String(top), "all");
  if (projects === null) return;
  if (stored.kind !== "projects") refuse("--projects", "a list", stored.ranking_source);
  if (!readProjects(projects).sha256.equals(stored.ranking_sha256)) refuse("--projects", "another list", "the list");
}

function hasWheels(db: Db, edition: string): boolean {
  return (
    db.prepare("SELECT 1 FROM wheel WHERE read_for = :edition OR reread_for = :edition LIMIT 1").get({ edition }) !==
    undefined
  );
}

function hasAnswers(db: Db, edition: string): boolean {
  return db.prepare("SELECT 1 FROM candidate WHERE edition = ? AND outcome <> 'not found'").get(edition) !== undefined;
}
