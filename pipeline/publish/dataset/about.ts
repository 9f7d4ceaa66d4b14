// What a dataset is, in the words that its documents share: told from the edition's facts, so that the same facts give the same words.
import type { Db } from "../../database/database.ts";
import { SURVEY_2023 } from "../../editions/baseline-2023/survey.ts";
import { type Coverage, readCoverage, reasonsIncomplete } from "../../editions/coverage.ts";
import { askedWhen, oddDates } from "../../editions/dates.ts";
import { existingEdition } from "../../editions/edition.ts";
import { METHOD } from "../../method.ts";
import { count } from "../../words.ts";

/** Who made the data. */
export const AUTHORS = "The wheel-survey authors";

/** The file with the database, and the one with the SHA-256 of every other. */
export const [DATABASE, SUMS] = ["survey.sqlite", "SHA256SUMS"] as const;

/** An edition in words. */
export interface About {
  edition: string;
  title: string;
  description: string;
  /** The day of the index's last answer, YYYY-MM-DD; null if the facts do not tell. */
  day: string | null;
  sources: Source[];
  /** Whether the edition's data were brought in. */
  isImported: boolean;
  /** The edition whose data were brought in, this one or one that stands in the database beside it; null if there is none. */
  imported: string | null;
}

/** Where data come from: `path` is a URL, where there is one. */
export interface Source {
  title: string;
  path?: string;
}

/** Puts an edition into words; RunError 2 if there is no such edition. */
export function describeEdition(db: Db, edition: string): About {
  const { kind, index_url, ranking_source } = existingEdition(db, edition);
  const isImported = kind === "imported";
  const coverage = readCoverage(db, edition);
  const reasons = reasonsIncomplete(coverage);
  const odd = oddDates(coverage);
  const sentences = [
    ...(reasons.length > 0 ? [`INCOMPLETE: ${reasons.join("; ")}.`] : []),
    ...(odd.length > 0 ? [`Dates that do not belong together: ${odd.join("; ")}.`] : []),
    isImported ? IMPORTED : surveyed(coverage),
    `Method version ${METHOD}.`,
  ];
  const imported = db.prepare<[], string>("SELECT edition FROM edition WHERE kind = 'imported'").pluck().get() ?? null;
  return {
    edition,
    title: `Native libraries in Python wheels, ${edition}${reasons.length > 0 ? " (INCOMPLETE)" : ""}`,
    description: sentences.join(" "),
    day: coverage.askedTo,
    sources: [
      ...(isImported ? [IMPORTED_SOURCE] : [sourceOf("the index and the ends of the wheels that it lists", index_url)]),
      ...(kind === "ranking" ? [sourceOf("the download ranking", ranking_source)] : []),
    ],
    isImported,
    imported,
  };
}

const IMPORTED = `Native libraries in distributions of Python projects, as the data of "${SURVEY_2023.title}" by ${SURVEY_2023.givenNames} ${SURVEY_2023.familyNames}, ${SURVEY_2023.year}, name them.`;

/** Where imported data come from. */
export const IMPORTED_SOURCE: Source = {
  title: `${SURVEY_2023.title}, by ${SURVEY_2023.givenNames} ${SURVEY_2023.familyNames}, ${SURVEY_2023.year}, ${SURVEY_2023.licence.id}`,
  path: SURVEY_2023.url,
};

function surveyed({ kind, ranked, rankedAt, wheels, wheelsRead, outcomes, askedFrom, askedTo }: Coverage): string {
  const made = rankedAt ? ` of ${rankedAt}` : "";
  const list = kind === "ranking" ? `a download ranking${made}` : `a list of ${count(ranked, "project")}`;
  const asked = askedFrom && askedTo ? `; the index was asked ${askedWhen(askedFrom, askedTo)}` : "";
  return (
    `Native files in the binary wheels of the latest releases of ${count(outcomes.taken ?? 0, "project")} from ${list}; ` +
    `${wheelsRead} of ${count(wheels, "wheel")} read${asked}.`
  );
}

// A file's name says nothing to others as a path, and an address on loopback only on the machine and in the run that it was for.
function sourceOf(what: string, at: string): Source {
  if (isOnLoopback(at)) return { title: `${what}: an index on loopback` };
  return /^https?:/.test(at) ? { title: what, path: at } : { title: `${what}: ${at}` };
}

/** Whether an address is one of this machine alone. */
export function isOnLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

const LOOPBACK = /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])([:/]|$)/;
