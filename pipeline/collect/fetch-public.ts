// A public document that a person names, from a file or a URL: a ranking, a list, a data set.
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { EXIT, ItemError, RunError } from "../errors.ts";
import type { Cost } from "../network/answers.ts";
import { openDoor } from "../network/door.ts";
import { parseHosts } from "../network/hosts.ts";
import { type Limiter, ProcessLimiter } from "../network/limiter.ts";

const LIMIT = 64 * 1024 * 1024;

/** Whether a text names a place on the network and not a file. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}

/** A document, and what it took from the network. */
export interface PublicDocument {
  content: Buffer;
  cost: Cost;
}

/** What a file that is here takes from the network. */
export const NO_COST: Cost = { requests: 0, bytes: 0 };

/** The document at a URL or in a file, at most 64 MiB; RunError 4 if it cannot be had. */
export async function fetchPublic(
  what: string,
  at: string,
  signal: AbortSignal,
  contact: string | null = null,
  limiter: Limiter = new ProcessLimiter(() => 0),
): Promise<PublicDocument> {
  if (!isUrl(at)) return { content: readLocal(what, at, EXIT.source), cost: NO_COST };
  const hosts = parseHosts(at, [], what);
  const door = openDoor({ hosts, concurrency: 1, limiter, contact, signal });
  try {
    const client = door.client();
    const answer = await client.getDocument(hosts.index, { etag: null, limit: LIMIT }, buffer);
    if (answer.status !== 200) throw new RunError(EXIT.source, `${what} ${at}: status ${answer.status}, expected 200`);
    return { content: answer.content, cost: client.cost };
  } catch (error) {
    throw error instanceof ItemError ? new RunError(EXIT.source, `${what} ${error.message}`) : error;
  } finally {
    await door.close();
  }
}

/** The bytes of a file; RunError with this exit code if it cannot be read. */
export function readLocal(what: string, path: string, exitCode: number, expected = "a file or a URL"): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new RunError(exitCode, `${what} ${path}: ${(error as Error).message}, expected ${expected}`);
  }
}
