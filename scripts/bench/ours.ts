// The survey's own reading: the collecting code alone, without its queue and its database.
import { tmpdir } from "node:os";
import { openWheelBytes } from "../../pipeline/collect/wheel-bytes.ts";
import { readWheelEnd } from "../../pipeline/collect/wheel-end.ts";
import { parseWheelFilename } from "../../pipeline/formats/wheel/filename.ts";
import { predictTail } from "../../pipeline/formats/wheel/tail.ts";
import { openDoor } from "../../pipeline/network/door.ts";
import { parseHosts } from "../../pipeline/network/hosts.ts";
import { ProcessLimiter } from "../../pipeline/network/limiter.ts";
import { type Answer, type Contender, eachOf, type Job, type Target } from "./contender.ts";

/** Nothing is known but the wheels' sizes and names. */
export const readCold: Contender = (job, found) => readAll(job, () => [], found);

/** Siblings of the release and earlier releases are known, as far as there are any. */
export const readLearned: Contender = (job, found) => readAll(job, ({ known }) => known, found);

async function readAll(job: Job, knownOf: (target: Target) => Target["known"], found: (answer: Answer) => void) {
  const { origin, concurrency, targets } = job;
  const signal = new AbortController().signal;
  const hosts = parseHosts(origin, []);
  const door = openDoor({ hosts, concurrency, limiter: new ProcessLimiter(0), contact: null, signal });
  await eachOf(targets, concurrency, async (target) => {
    const { filename, path, size } = target;
    const name = parseWheelFilename(filename);
    const file = { wheel: 0, url: origin + path, size, sha256: Buffer.alloc(0) };
    const bytes = openWheelBytes(file, door.client(), tmpdir());
    const tail = predictTail(size, name.abis[0]!, knownOf(target));
    const { directory, documents } = await readWheelEnd(name, size, tail, bytes.read);
    found({
      filename,
      members: directory.entries.length,
      lines: () => directory.entries.map((entry) => `${entry.path}\t${entry.size}\t${entry.compressedSize}`),
      record: documents.get("RECORD")!,
    });
  });
  await door.close();
}
