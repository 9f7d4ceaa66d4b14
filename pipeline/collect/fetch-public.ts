// A public document that a person names, from a file or a URL: a ranking, a list, a data set.
import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { EXIT, ItemError, RunError } from "../errors.ts";
import { openDoor } from "../network/door.ts";
import { parseHosts } from "../network/hosts.ts";
import { ProcessLimiter } from "../network/limiter.ts";

const LIMIT = 64 * 1024 * 1024;

/** Whether a text names a place on the network and not a file. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}

/** The bytes of the document at a URL or in a file, at most 64 MiB; RunError 4 if it cannot be had. */
export async function fetchPublic(
  what: string,
  at: string,
  signal: AbortSignal,
  contact: string | null = null,
): Promise<Buffer> {
  if (!isUrl(at)) return readLocal(what, at, EXIT.source);
  const hosts = parseHosts(at, [], what);
  const door = openDoor({ hosts, concurrency: 1, limiter: new ProcessLimiter(() => 0), contact, signal });
  try {
    const answer = await door.client().getDocument(hosts.index, { etag: null, limit: LIMIT }, buffer);
    if (answer.status !== 200) throw new RunError(EXIT.source, `${what} ${at}: status ${answer.status}, expected 200`);
    return answer.content;
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
