// The parts that take no network: walking a directory, storing native files, deriving and reporting.
import { type Entry, fromBuffer } from "yauzl";
import { readDirectory } from "../../pipeline/formats/zip/directory.ts";
import { END_WINDOW, type EndRecord, findEndRecord } from "../../pipeline/formats/zip/end-record.ts";
import { inScratch, requestTo, survey } from "../../test/harness.ts";
import { startIndex } from "../../test/loopback/index-server.ts";
import { insertRates, stageSeconds } from "./database.ts";
import { type BenchWheel, type Choice, chooseFiles, readLocally, releasesSource } from "./wheels.ts";

/** Something measured again and again. */
export interface Measured {
  what: string;
  figures: number[];
  unit: string;
}

const LAPS = 5;

/** Surveys the wheels chosen, and measures what follows the reading: the stages, and the storing of native files by itself. */
export function measureOffline(choice: Choice): Promise<Measured[]> {
  return inScratch(async (folder) => {
    const index = await startIndex(releasesSource(chooseFiles(choice)));
    const request = requestTo(index, folder, { top: 999_999 });
    await survey(request);
    await index.close();
    const seconds = stageSeconds(request.database);
    const { members, rates } = insertRates(request.database);
    return [
      { what: `storing ${members} native files`, figures: rates, unit: "thousand rows a second" },
      ...["libraries", "components", "reports"].map((stage) => ({
        what: `stage ${stage}, ${members} native files`,
        figures: [seconds[stage]!],
        unit: "s",
      })),
    ];
  });
}

interface Directory {
  bytes: Buffer;
  end: EndRecord;
}

const WALKERS: [what: string, walk: (directory: Directory) => unknown][] = [
  ["ours, strict", ({ bytes, end }) => readDirectory(bytes, end)],
  ["a plain loop that checks nothing", ({ bytes }) => walkPlainly(bytes)],
  ["yauzl, lazyEntries", walkByYauzl],
];

/** Walks the wheels' directories lap after lap, after one that warms up: by our strict reader, by a loop that checks nothing, by yauzl. */
export async function walkDirectories(wheels: BenchWheel[]): Promise<Measured[]> {
  const all = await Promise.all(wheels.map(({ file }) => readDirectoryBytes(file)));
  const directories = all.filter(({ end }) => !end.zip64);
  const entries = directories.reduce((sum, { end }) => sum + end.entries, 0);
  const walks = WALKERS.map(([who, walk]) => {
    const measured: Measured = {
      what: `directory walk over ${entries} entries: ${who}`,
      figures: [],
      unit: "µs an entry",
    };
    return { walk, measured };
  });
  for (let lap = 0; lap <= LAPS; lap += 1) {
    for (const { walk, measured } of walks) {
      const began = performance.now();
      for (const directory of directories) {
        const walked = walk(directory);
        if (walked instanceof Promise) await walked;
      }
      if (lap > 0) measured.figures.push(((performance.now() - began) * 1000) / entries);
    }
  }
  return walks.map(({ measured }) => measured);
}

async function readDirectoryBytes(file: BenchWheel["file"]): Promise<Directory> {
  const tail = await readLocally(file, Math.max(0, file.size - END_WINDOW), file.size);
  const end = findEndRecord(tail, file.size) as EndRecord; // No longer tail is ever needed.
  return { bytes: await readLocally(file, end.directoryOffset, end.directoryOffset + end.directorySize), end };
}

function walkPlainly(bytes: Buffer): object[] {
  const entries: object[] = [];
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 46 + bytes.readUInt16LE(at + 28);
    entries.push({
      path: bytes.toString("utf8", at + 46, nameEnd),
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      crc32: bytes.readUInt32LE(at + 16),
      compressedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      headerOffset: bytes.readUInt32LE(at + 42),
    });
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

// The directory is made an archive of its own that begins with it, because yauzl wants a whole file.
function walkByYauzl({ bytes, end }: Directory): Promise<Entry[]> {
  const endRecord = Buffer.alloc(22);
  endRecord.writeUInt32LE(0x06054b50, 0);
  endRecord.writeUInt16LE(end.entries, 8);
  endRecord.writeUInt16LE(end.entries, 10);
  endRecord.writeUInt32LE(bytes.length, 12);
  const entries: Entry[] = [];
  return new Promise((resolve, reject) => {
    fromBuffer(Buffer.concat([bytes, endRecord]), { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      zip.on("error", reject).on("end", () => resolve(entries));
      zip.on("entry", (entry: Entry) => {
        entries.push(entry);
        zip.readEntry();
      });
      zip.readEntry();
    });
  });
}
