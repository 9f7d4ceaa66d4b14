// When an edition was made, and what about that does not belong together: its month, its ranking's date, the days of asking.

/** An edition's month, when its ranking was made (UTC, ISO 8601), and the first and last day (UTC) on which the index was asked; null: not known. */
export interface EditionDates {
  edition: string;
  rankedAt: string | null;
  askedFrom: string | null;
  askedTo: string | null;
}

/** Days after which a ranking is told to be old: it is made every month, and has been late by weeks more than once. */
export const OLDEST_RANKING = 45;
const DAY = 24 * 60 * 60 * 1000;

/** A day, UTC, as YYYY-MM-DD. */
export function dayOf(time: Date): string {
  return time.toISOString().slice(0, "YYYY-MM-DD".length);
}

/** Whole days from one day to another, both YYYY-MM-DD. */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY;
}

/** The days of asking in words. */
export function askedWhen(from: string, to: string): string {
  return from === to ? `on ${from}` : `from ${from} to ${to}`;
}

/** What about an edition's dates does not belong together, a sentence for each. */
export function oddDates({ edition, rankedAt, askedFrom, askedTo }: EditionDates): string[] {
  const odd: string[] = [];
  if (askedFrom === null || askedTo === null) return odd;
  if (monthOf(askedFrom) !== edition || monthOf(askedTo) !== edition) {
    const when = askedWhen(askedFrom, askedTo);
    odd.push(
      `index asked ${when}, expected within ${edition}: the releases are those of the days on which it was asked`,
    );
  }
  if (rankedAt === null) return odd;
  const rankedOn = rankedAt.slice(0, "YYYY-MM-DD".length);
  const age = daysBetween(rankedOn, askedFrom);
  if (monthOf(rankedOn) > edition) odd.push(`ranking made on ${rankedOn}, expected in ${edition} or before`);
  if (age > OLDEST_RANKING)
    odd.push(`ranking made on ${rankedOn}, ${age} days before the index was asked, expected at most ${OLDEST_RANKING}`);
  return odd;
}

function monthOf(day: string): string {
  return day.slice(0, "YYYY-MM".length);
}
