// unzipit (npm): a request for each step of its reading.
import { HTTPRangeReader, unzipRaw } from "unzipit";
import { type Contender, eachOf } from "./contender.ts";

/** Reads by unzipit, which is told the size that the index announces, so that it need not ask for it. */
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
