// zip.js (npm) in the way that asks least: size and end of the file in one request.
import { configure, HttpReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { type Contender, eachOf } from "./contender.ts";

configure({ useWebWorkers: false });

/** Reads by zip.js. Its first request is for a suffix, which PyPI's file host takes badly: told the size, it is made to ask for the same in numbers. */
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
