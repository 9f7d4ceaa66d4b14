// When to give up waiting. The idle times alone would let a server drip for ever, so every exchange has a deadline too.

/** How long the door waits before it gives up, in milliseconds. */
export interface Timeouts {
  /** For a connection, from the look-up of its name to the end of the TLS handshake. */
  connect: number;
  /** For the headers of an answer, and then for each next piece of its body. */
  idle: number;
  /** For a whole exchange about a document, however steadily it drips, */
  document: number;
  /** and about a range. */
  range: number;
  /** A whole file that comes in place of a range has this much longer for each of its bytes. */
  byte: number;
}

/** The timeouts of a real run: 256 bytes a millisecond is the slowest download of a whole file. */
export const TIMEOUTS: Timeouts = { connect: 10_000, idle: 30_000, document: 120_000, range: 60_000, byte: 1 / 256 };
