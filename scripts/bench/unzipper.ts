// unzipper (npm) over undici: streams, which it breaks off when it has seen enough.
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Pool } from "undici";
import { Open } from "unzipper";
import { type Contender, eachOf } from "./contender.ts";

/** Reads by unzipper, which is told the size that the index announces. */
export const readByUnzipper: Contender = async ({ origin, concurrency, targets }, found) => {
  const pool = new Pool(origin, { connections: concurrency });
  await eachOf(targets, concurrency, async ({ filename, path, size, recordPath }) => {
    const { files } = await Open.custom({
      size: async () => size,
      stream: (offset, length) => streamRange(pool, path, offset, Math.min(size, offset + (length ?? size))),
    });
    const record = await files.find((file) => file.path === recordPath)!.buffer();
    found({
      filename,
      members: files.length,
      lines: () => files.map((each) => `${each.path}\t${each.uncompressedSize}\t${each.compressedSize}`),
      record,
    });
  });
  await pool.destroy();
};

function streamRange(pool: Pool, path: string, start: number, end: number): NodeJS.ReadableStream {
  const stream = new PassThrough();
  pool
    .request({ path, method: "GET", headers: { range: `bytes=${start}-${end - 1}` } })
    .then(({ body }) => pipeline(body, stream))
    .catch((error) => stream.destroy(error)); // Broken off by its reader, or failed: whoever still reads is told.
  return stream;
}
