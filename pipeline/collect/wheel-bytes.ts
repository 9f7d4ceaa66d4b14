// The bytes of one wheel: asked for range by range, or read from a temporary file if the server ignores ranges.
import { createHash } from "node:crypto";
import { createWriteStream, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { EXIT, ItemError, RunError } from "../errors.ts";
import type { Client } from "../network/client.ts";
import { allowedFileUrl } from "../network/hosts.ts";
import { WrongAnswer } from "../network/retries.ts";

/** Which file it is: `size` in bytes and `sha256` in hex as the index announces them. */
export interface RemoteFile {
  url: string;
  size: number;
  sha256: string;
}

/** A wheel that can be read at any place. */
export interface WheelBytes {
  read(start: number, end: number): Promise<Buffer>;
  /** The file, if the server has sent all of it, and whether it is what the index announced. */
  whole(): { path: string; sameHash: boolean } | null;
  close(): void;
}

/** A server that ignores ranges may make us fetch this much for one wheel, and no more. */
const WHOLE_LIMIT = 2 * 1024 ** 3;

const DISK_ERRORS = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS", "EACCES", "EMFILE", "ENFILE", "ENOENT"]);

/** Opens a wheel for reading; nothing is asked for yet. ItemError `origin` if its address is not allowed. */
export function openWheelBytes(file: RemoteFile, client: Client, spool: string): WheelBytes {
  const url = allowedFileUrl(client.hosts, file.url);
  const spooled: string[] = []; // One for each try: several ranges may be answered with the whole file at once.
  let fetched: { path: string; sameHash: boolean } | null = null;

  async function fetchWhole(body: AsyncIterable<Buffer>): Promise<"whole"> {
    if (file.size > WHOLE_LIMIT) {
      throw new ItemError(
        "too-large",
        `${url.href}: the server ignores ranges and the file has ${file.size} bytes, expected at most ${WHOLE_LIMIT}`,
      );
    }
    const path = join(spool, `${file.sha256}-${spooled.length}.whl`);
    spooled.push(path);
    const hash = createHash("sha256");
    let length = 0;
    await pipeline(
      body,
      async function* check(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          length += chunk.length;
          if (length > file.size) break;
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path),
    );
    if (length !== file.size)
      throw new WrongAnswer(`a whole file of ${length > file.size ? "more" : length} bytes, expected ${file.size}`);
    fetched = { path, sameHash: hash.digest("hex") === file.sha256 };
    return "whole";
  }

  return {
    async read(start, end) {
      const range = { start, end, size: file.size };
      const keep = (body: AsyncIterable<Buffer>) => spooling(spool, () => fetchWhole(body));
      const bytes = fetched ? "whole" : await client.getRange(url, range, keep);
      return bytes === "whole" ? spooling(spool, () => readPart(fetched!.path, start, end)) : bytes;
    },
    whole: () => fetched,
    close() {
      for (const path of spooled) rmSync(path, { force: true });
    },
  };
}

/** Does work on temporary files at `place`; RunError 7 if the disk fails. */
export async function spooling<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (!DISK_ERRORS.has(code)) throw error;
    throw new RunError(EXIT.output, `${place}: ${message}, expected to be able to keep a whole wheel there`);
  }
}

/** A wheel on this machine's disk. */
export function localWheelBytes(path: string): Pick<WheelBytes, "read" | "whole"> {
  return { read: (start, end) => readPart(path, start, end), whole: () => null };
}

async function readPart(path: string, start: number, end: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    const bytes = Buffer.alloc(end - start);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    if (bytesRead < bytes.length) throw new Error(`${path}: ${bytesRead} bytes at ${start}, expected ${bytes.length}`);
    return bytes;
  } finally {
    await handle.close();
  }
}
