// What is said beside an edition's tables so that nobody takes their figures for more than they are.
import { breaksBetween } from "../editions/breaks.ts";
import { type Coverage, reasonsIncomplete } from "../editions/coverage.ts";
import { askedWhen, oddDates } from "../editions/dates.ts";
import { count } from "../words.ts";

/** Why the figures must not be cited as they are. */
export function incompleteNotice(coverage: Coverage): string[] {
  const reasons = reasonsIncomplete(coverage);
  return reasons.length === 0 ? [] : [`**INCOMPLETE: ${reasons.join("; ")}.** The figures below leave them out.`];
}

/** That there were fewer projects than asked for. */
export function shortNotice({ kind, outcomes, topN, unasked }: Coverage): string[] {
  const isShort = kind === "ranking" && unasked === 0 && (outcomes.taken ?? 0) < topN;
  return isShort ? [`The ranking ended before ${topN} projects with binary wheels were found.`] : [];
}

const ON_THIS_MACHINE = /^https?:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?(\/|$)/;

/** That the index was one on this machine. */
export function localNotice({ indexUrl }: Coverage): string[] {
  return ON_THIS_MACHINE.test(indexUrl)
    ? [
        "**The index was one on this machine**: a recorded sample of PyPI, as in the demo, or a mirror. Do not cite a sample.",
      ]
    : [];
}

/** What about the edition's dates does not belong together. */
export function datesNotice(coverage: Coverage): string[] {
  const odd = oddDates(coverage);
  return odd.length === 0 ? [] : [`**Dates that do not belong together: ${odd.join("; ")}.**`];
}

/** From when to when the index was asked, as a sentence behind others. */
export function askedNotice({ askedFrom, askedTo }: Coverage): string {
  return askedFrom === null || askedTo === null ? "" : ` The index was asked ${askedWhen(askedFrom, askedTo)}.`;
}

/** Files that were not looked into because of their kind. */
export function otherFilesNotice({ otherFiles, otherFilesOf, outcomes }: Coverage): string[] {
  if (otherFiles === 0) return [];
  const found = `${count(otherFilesOf, "project")} ${otherFilesOf === 1 ? "has" : "have"} ${count(otherFiles, "file")}`;
  return [
    `${found} that are neither wheels nor source distributions (eggs, installers, or kinds that this program does not know, ` +
      `such as \`.whlx\`) and were not read; of ${outcomes["other files"] ?? 0} of these projects they are all there is.`,
  ];
}

/** What changed in the world between two editions that moves figures. */
export function breaksNotice(before: string, edition: string): string[] {
  const breaks = breaksBetween(before, edition);
  const lines = breaks.map(
    ({ date, what, affects, source }) => `- Since ${date} ${what} ([source](${source})). It moves: ${affects}.`,
  );
  return breaks.length === 0
    ? []
    : ["Between the two something else has changed that moves figures:", lines.join("\n")];
}
