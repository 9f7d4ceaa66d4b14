// What is worth asking again, and how long to wait before it.
import { EXIT, ItemError, RunError } from "../errors.ts";
import { PRIVATE_ADDRESS } from "./hosts.ts";

/** Tries of one request, the first one included. */
export const ATTEMPTS = 5;

/** Milliseconds: the first wait is up to `base`, each further one up to twice as much, none over `cap`. */
export interface Backoff {
  base: number;
  cap: number;
}

/** The waits of a real run. */
export const BACKOFF: Backoff = { base: 500, cap: 30_000 };

/** The statuses that may be another one at the next try. */
export const RETRIED_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527]);

// What sockets, look-ups, TLS, undici and zlib say when a connection or an answer broke. UND_ERR_INVALID… is what undici says
// of a caller's mistake; its parser's errors have no code.
const BROKEN =
  /^(ECONN|ENET|EHOST|EPIPE$|EPROTO$|ETIMEDOUT$|EADDRNOTAVAIL$|EAI_|ENOTFOUND$|ERR_SSL_|ERR_TLS_|ERR_STREAM_PREMATURE_CLOSE$|UND_ERR_(?!INVALID)|Z_)/;

// https://nodejs.org/api/tls.html#x509-certificate-error-codes
const CERTIFICATE =
  /CERT|SELF_SIGNED|^UNABLE_TO_|^CRL_|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/;

/** What may be over at the next try. */
export class Transient extends Error {}

/** An answer that is not what was asked for: worth one more try past the caches, then it is the server's fault. */
export class WrongAnswer extends Error {}

/** Sorts what a request threw: Transient if it may be over soon, RunError 4 for a certificate, ItemError for a refused address, else as it is. */
export function classify(error: unknown, origin: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code = "", syscall } = error as NodeJS.ErrnoException;
  const said =
    error.message === "" || error.message.includes(code) ? error.message || code : `${error.message} (${code})`;
  if (code === PRIVATE_ADDRESS) return new ItemError("origin", error.message);
  if (CERTIFICATE.test(code)) {
    return new RunError(EXIT.source, `${origin}: ${said}, expected a certificate that can be verified`);
  }
  const broken = BROKEN.test(code) || syscall === "connect" || error.name === "HTTPParserError";
  return broken ? new Transient(said) : error;
}

/** The wait that a Retry-After header asks for, in milliseconds from now: seconds or a date, none for nonsense. */
export function retryAfter(header: string | undefined, now = Date.now()): number {
  if (header === undefined) return 0;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? 0 : Math.max(wait, 0);
}

/** Milliseconds to wait before the next try: any time up to the doubling bound, so that clients do not return together. */
export function jitter(tries: number, { base, cap }: Backoff): number {
  return Math.random() * Math.min(cap, base * 2 ** (tries - 1));
}
