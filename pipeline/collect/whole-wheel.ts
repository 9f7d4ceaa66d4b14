// The documents of a wheel that is there as a whole file: streamed out of it by yauzl, which keeps to the sizes it is told.
import { crc32 } from "node:zlib";
import { ItemError } from "../errors.ts";
import type { Entry } from "../formats/zip/layout.ts";

/** The contents of these entries of the archive at `path`, by path, checked by size and CRC-32; ItemError `content` if one is broken. */
export async function readWholeWheel(path: string, entries: Entry[], limit: number): Promise<Map<string, Buffer>> {
  const wanted = new Map(entries.map((entry) => [entry.path, entry]));
  const contents = new Map<string, Buffer>();
  const { default: yauzl } = await import("yauzl"); // Seldom needed, so not loaded with the rest.
  try {
    const archive = await yauzl.openPromise(path, { autoClose: false });
    try {
      let room = limit;
      for await (const found of archive.eachEntry()) {
        const entry = wanted.get(found.fileName);
        if (!entry) continue;
        const content = await drain(await archive.openReadStreamPromise(found), room);
        room -= content.length;
        if (crc32(content) !== entry.crc32) throw new Error(`${entry.path}: another CRC-32 than in the directory`);
        contents.set(entry.path, content);
      }
    } finally {
      archive.close();
    }
  } catch (error) {
    throw new ItemError("content", `the whole wheel: ${(error as Error).message}, expected documents that can be read`);
  }
  return contents;
}

async function drain(stream: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limit) throw new Error(`documents of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
