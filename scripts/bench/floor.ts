// The floor: the bytes of every listing in one range each, and nothing done with them. Nobody can know so much beforehand.
import { Pool } from "undici";
import { eachOf, type Job } from "./contender.ts";

/** Asks for as many bytes of each wheel's end as its directory and RECORD take, wherever they lie. */
export async function readExactTails({ origin, concurrency, targets }: Job): Promise<void> {
  const pool = new Pool(origin, { connections: concurrency });
  await eachOf(targets, concurrency, async ({ path, size, listing }) => {
    await readRange(pool, path, size - listing, size);
  });
  await pool.destroy();
}

/** Reads the bytes [start, end) of a file; an Error if the answer is any other. */
export async function readRange(pool: Pool, path: string, start: number, end: number): Promise<Buffer> {
  const headers = { range: `bytes=${start}-${end - 1}`, "accept-encoding": "identity" };
  const { statusCode, body } = await pool.request({ path, method: "GET", headers });
  const bytes = Buffer.from(await body.arrayBuffer());
  if (statusCode !== 206 || bytes.length !== end - start)
    throw new Error(`${path}: status ${statusCode}, expected 206`);
  return bytes;
}
