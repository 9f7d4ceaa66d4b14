// What is worth asking again, and how long to wait before it.
import { EXIT, ItemError, RunError } from "../errors.ts";
import { PRIVATE_ADDRESS } from "./hosts.ts";

/** Tries of one request, the first one included. */
export const ATTEMPTS = 5;

/** The retries that a run may make beyond one for each request. */
export const RETRY_BUDGET = 50;

/** Milliseconds: the first wait is up to `base`, each further one up to twice as much, none over `cap`. */
export interface Backoff {
  base: number;
  cap: number;
}

/** The waits of a real run. */
export const BACKOFF: Backoff = { base: 500, cap: 30_000 };

/** The statuses that may be another one at the next try. */
export const RETRIED_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527]);

const RETRIED_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "ENOTFOUND",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "UND_ERR_HEADERS_OVERFLOW",
  "HPE_INVALID_CONSTANT",
  "Z_BUF_ERROR",
  "Z_DATA_ERROR",
]);
const CERTIFICATE_CODE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|^ERR_(TLS|SSL)/;
const RETRY_AFTER_CAP = 120_000;

/** What may be over at the next try; `wait` is what the server asked for, in milliseconds. */
export class Transient extends Error {
  readonly wait: number;
  constructor(message: string, wait = 0) {
    super(message);
    this.wait = wait;
  }
}

/** An answer that is not what was asked for: worth one more try past the caches, then it is the server's fault. */
export class WrongAnswer extends Error {}

/** Sorts what a request threw: Transient if it may be over soon, RunError 4 for a certificate, ItemError for a refused address, else as it is. */
export function classify(error: unknown, origin: string): unknown {
  if (!(error instanceof Error)) return error;
  const code = String((error as NodeJS.ErrnoException).code ?? "");
  const said =
    error.message === "" || error.message.includes(code) ? error.message || code : `${error.message} (${code})`;
  if (code === PRIVATE_ADDRESS) return new ItemError("origin", error.message);
  if (CERTIFICATE_CODE.test(code)) {
    return new RunError(EXIT.source, `${origin}: ${said}, expected a certificate that can be verified`);
  }
  return RETRIED_CODES.has(code) || code.startsWith("HPE_") ? new Transient(said) : error;
}

/** The wait that a Retry-After header asks for, in milliseconds from now: seconds or a date, none for nonsense, capped at two minutes. */
export function retryAfter(header: string | undefined, now = Date.now()): number {
  if (header === undefined) return 0;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), RETRY_AFTER_CAP);
}

/** Milliseconds to wait before the next try: any time up to the doubling bound, so that clients do not return together. */
export function jitter(tries: number, { base, cap }: Backoff): number {
  return Math.random() * Math.min(cap, base * 2 ** (tries - 1));
}
