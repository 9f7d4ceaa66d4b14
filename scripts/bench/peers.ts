// What else from npm reads the directory of a ZIP archive over HTTP, each in the way that asks least. All are told the file's size,
// which the index announces, so that none has to ask for it.
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { configure, HttpReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { Pool } from "undici";
import { HTTPRangeReader, unzipRaw } from "unzipit";
import { Open } from "unzipper";
import { type Contender, eachOf } from "./contender.ts";

configure({ useWebWorkers: false });

/** zip.js: its first request is for the last 64 KiB; it asks for a suffix, which PyPI's file host takes badly, so it is put in plain numbers. */
export const readByZipJs: Contender = ({ origin, concurrency, targets }, found) =>
  eachOf(targets, concurrency, async ({ filename, path, size, recordPath }) => {
    const reader = new ZipReader(
      new HttpReader(origin + path, {
        forceRangeRequests: true,
        combineSizeEocd: true,
        fetch: (url, init) => fetch(url, { ...init, headers: withoutSuffix(init?.headers, size) }),
      }),
    );
    const entries = await reader.getEntries();
    const entry = entries.find((each) => each.filename === recordPath);
    if (!entry || entry.directory) throw new Error(`${filename}: no RECORD`);
    const record = await entry.getData(new Uint8ArrayWriter());
    await reader.close();
    found({
      filename,
      members: entries.length,
      lines: () => entries.map((each) => `${each.filename}\t${each.uncompressedSize}\t${each.compressedSize}`),
      record,
    });
  });

function withoutSuffix(headers: RequestInit["headers"], size: number): Headers {
  const changed = new Headers(headers);
  const suffix = /^bytes=-(\d+)$/.exec(changed.get("range") ?? "");
  if (suffix) changed.set("range", `bytes=${Math.max(0, size - Number(suffix[1]))}-${size - 1}`);
  return changed;
}

/** unzipit: a request for each step of its reading. */
export const readByUnzipit: Contender = ({ origin, concurrency, targets }, found) =>
  eachOf(targets, concurrency, async ({ filename, path, size, recordPath }) => {
    const reader = new HTTPRangeReader(origin + path);
    const { entries } = await unzipRaw(Object.assign(reader, { getLength: async () => size }));
    const record = new Uint8Array(await entries.find(({ name }) => name === recordPath)!.arrayBuffer());
    found({
      filename,
      members: entries.length,
      lines: () => entries.map((each) => `${each.name}\t${each.size}\t${each.compressedSize}`),
      record,
    });
  });

/** unzipper: streams over undici, which it breaks off when it has seen enough. */
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
