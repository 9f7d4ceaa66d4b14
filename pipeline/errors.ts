/** What can be wrong with one item: the words that stand in `failure.kind`. */
export const ITEM_ERRORS = {
  network: "no answer: refused, reset, timed out, or a server error, after every retry",
  status: "an answer with a status that says the item cannot be had, or in an encoding that was not asked for",
  range: "the server did not give the byte range that was asked for",
  origin: "the file's address is not on an allowed host, so it was never asked for",
  document: "the index's answer is not a project document",
  name: "the wheel's file name is not one",
  "too-large": "larger than the limits of this program",
  zip: "the wheel is no ZIP archive that every reader would read alike",
  worker: "what a worker sent is not the item's facts, or it failed",
  content: "a document inside the wheel cannot be read",
} as const;

/** A word of `failure.kind`. */
export type ItemErrorKind = keyof typeof ITEM_ERRORS;

/** A fact about one item that keeps it out of the numbers: stored as a row of `failure`, the rest of the run goes on. */
export class ItemError extends Error {
  readonly kind: ItemErrorKind;
  constructor(kind: ItemErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Exit codes of the program. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  failures: 3,
  source: 4,
  database: 5,
  gate: 6,
  output: 7,
  interrupted: 130,
  terminated: 143,
} as const;

/** What each exit code means, as --help and README.md say it. */
export const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  done: "done",
  bug: "a bug; please report it",
  usage: "wrong usage",
  failures: "finished, but some items failed: they are listed, and the reports are headed INCOMPLETE. Run it again",
  source: "the ranking or the index cannot be read, or is not one",
  database: "the database is in use, foreign, older (`upgrade` brings it up to date) or newer than the program",
  gate: "a gate refused to publish",
  output: "the disk or an output cannot be written",
  interrupted: "stopped by SIGINT. Run it again to go on",
  terminated: "stopped by SIGTERM. Run it again to go on",
};

/** What stops a whole run: a one-line message for people and the exit code that goes with it. */
export class RunError extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
