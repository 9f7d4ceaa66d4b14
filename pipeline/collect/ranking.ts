// The ranking that an edition walks down, stored once.
import { oddDates } from "../editions/dates.ts";
import { storedEdition } from "../editions/edition.ts";
import { TOP_PACKAGES } from "../network/hosts.ts";
import { type Stage, today } from "../stage/stage.ts";
import { addCost } from "../stage/store.ts";
import { count } from "../words.ts";
import { indexRoot } from "./edition.ts";
import { readAllProjects, readProjects, readRanking } from "./ranking-source.ts";

const DEFAULT_TOP = 500;

/** The stage: begins an edition with its ranking, unless it has one. */
export const ranking: Stage = {
  kind: "collect",
  name: "ranking",
  unit: { thing: "ranking", deed: "stored" },
  about: "the monthly download ranking, with its date, source and SHA-256",
  async run({ db, run, request, signal, progress, succeeded }) {
    const { edition, index, projects, contact } = request;
    const stored = storedEdition(db, edition);
    if (stored) return `stored before, for ${count(stored.top_n, "project")}`;
    const isList = projects !== null || request.all === true;
    const source =
      projects !== null
        ? readProjects(projects)
        : request.all
          ? await readAllProjects(index, signal, contact)
          : await readRanking(request.ranking ?? TOP_PACKAGES, signal, contact);
    const { rows, rankedAt } = source.ranking;
    const top = isList ? rows.length : (request.top ?? DEFAULT_TOP);
    db.transaction(() => {
      db.prepare(
        `INSERT INTO edition (edition, kind, top_n, index_url, ranking_source, ranking_sha256, ranked_at, shard)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ).run(
        ...[edition, isList ? "projects" : "ranking", top, indexRoot(index)],
        ...[source.name, source.sha256, rankedAt, request.shard ?? null],
      );
      const insert = db.prepare("INSERT INTO ranked_project (edition, rank, project, downloads) VALUES (?, ?, ?, ?)");
      rows.forEach((row, at) => {
        insert.run(edition, at + 1, row.project, row.downloads);
      });
      addCost(db, { edition, run }, "ranking", source.cost);
    })();
    succeeded(1);
    const [askedFrom, askedTo] = [today({ request }), today({ request })];
    for (const odd of oddDates({ edition, rankedAt, askedFrom, askedTo })) progress.say(`warning: ${odd}`);
    return `${count(rows.length, "project")}${rankedAt ? `, made ${rankedAt}` : ""}`;
  },
  tally: (db, edition) => ({
    done: storedEdition(db, edition) ? 1 : 0,
    pending: storedEdition(db, edition) ? 0 : 1,
    failed: 0,
  }),
};
