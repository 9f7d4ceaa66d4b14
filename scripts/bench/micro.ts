// The parts that take no network: walking a directory, storing members, deriving and reporting.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBuffer, type ZipFile } from "yauzl";
import { openForWriting } from "../../pipeline/database/database.ts";
import { readDirectory } from "../../pipeline/formats/zip/directory.ts";
import { END_WINDOW, type EndRecord, findEndRecord } from "../../pipeline/formats/zip/end-record.ts";
import { requestTo, rows, survey } from "../../test/harness.ts";
import { startIndex } from "../../test/loopback/index-server.ts";
import { listEntries } from "./cached-tail.ts";
import { groupBy, median } from "./figures.ts";
import { type BenchWheel, type Choice, chooseFiles, readLocally, releasesSource } from "./wheels.ts";

/** Microseconds an entry in each lap over all directories. */
export interface Walks {
  entries: number;
  laps: Record<"ours" | "plain" | "yauzl", number[]>;
}

interface Directory {
  bytes: Buffer;
  end: EndRecord;
}

const END_RECORD_SIZE = 22;

/** Walks the directories of all wheels, lap after lap: by our strict reader, by a loop that checks nothing, by yauzl. */
export async function walkDirectories(wheels: BenchWheel[], laps: number): Promise<Walks> {
  const directories = (await Promise.all(wheels.map(({ file }) => readDirectoryBytes(file)))).filter(
    ({ end }) => !end.zip64,
  );
  const archives = directories.map(asArchive);
  const entries = directories.reduce((sum, { end }) => sum + end.entries, 0);
  const walks: Walks = { entries, laps: { ours: [], plain: [], yauzl: [] } };
  const walkers: Record<keyof Walks["laps"], () => void | Promise<void>> = {
    ours: () => directories.forEach(({ bytes, end }) => void readDirectory(bytes, end)),
    plain: () => directories.forEach(({ bytes }) => void walkPlainly(bytes)),
    yauzl: async () => {
      for (const archive of archives) await listEntries(await openArchive(archive));
    },
  };
  for (let lap = 0; lap <= laps; lap += 1) {
    for (const name of ["ours", "plain", "yauzl"] as const) {
      const began = performance.now();
      await walkers[name]();
      const microseconds = ((performance.now() - began) * 1000) / entries;
      if (lap > 0) walks.laps[name].push(microseconds);
    }
  }
  return walks;
}

async function readDirectoryBytes(file: BenchWheel["file"]): Promise<Directory> {
  const tail = await readLocally(file, Math.max(0, file.size - END_WINDOW), file.size);
  const end = findEndRecord(tail, file.size) as EndRecord; // No longer tail is ever needed.
  const bytes = await readLocally(file, end.directoryOffset, end.directoryOffset + end.directorySize);
  return { bytes, end };
}

// The same directory as an archive of its own that begins with it, because yauzl wants a whole file.
function asArchive({ bytes, end }: Directory): Buffer {
  const endRecord = Buffer.alloc(END_RECORD_SIZE);
  endRecord.writeUInt32LE(0x06054b50, 0);
  endRecord.writeUInt16LE(end.entries, 8);
  endRecord.writeUInt16LE(end.entries, 10);
  endRecord.writeUInt32LE(end.directorySize, 12);
  return Buffer.concat([bytes, endRecord]);
}

function openArchive(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true }, (error, zip) => (error ? reject(error) : resolve(zip)));
  });
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

/** The stages of a survey that need no network, in seconds, and how many native members they had to do with. */
export interface Offline {
  members: number;
  seconds: Record<string, number>;
  insertsPerSecond: number;
}

const OFFLINE = ["libraries", "components", "reports"];
const BATCH = 64; // Wheels in a transaction, as the stages have it.
const LEAST_ROWS = 200_000;

/** Surveys the wheels chosen, and measures the stages after the reading, and the storing of members by itself. */
export async function measureOffline(choice: Choice): Promise<Offline> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const index = await startIndex(releasesSource(chooseFiles(choice)));
  try {
    const request = requestTo(index, folder, { top: 999_999 });
    await survey(request);
    const spent = rows(request.database, "SELECT stage, seconds FROM run_stage");
    const members = rows(
      request.database,
      "SELECT wheel, path, size, compressed_size, crc32, sha256 FROM member ORDER BY wheel",
    ) as unknown as MemberRow[];
    return {
      members: members.length,
      seconds: Object.fromEntries(
        OFFLINE.map((name) => [name, Number(spent.find(({ stage }) => stage === name)!.seconds)]),
      ),
      insertsPerSecond: median([1, 2, 3].map((lap) => insertRate(members, join(folder, `insert-${lap}.sqlite`)))),
    };
  } finally {
    await index.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface MemberRow {
  wheel: number;
  path: string;
  size: number;
  compressed_size: number;
  crc32: number;
  sha256: Buffer | null;
}

// The real members again and again, as if of further wheels, into the survey's own schema: rows a second.
function insertRate(members: MemberRow[], file: string): number {
  const { db, close } = openForWriting(file);
  const addWheel = db.prepare("INSERT INTO wheel (sha256, size) VALUES (randomblob(32), 1)");
  const insert = db.prepare(
    "INSERT INTO member (wheel, path, size, compressed_size, crc32, sha256) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const wheels = [...groupBy(members, ({ wheel }) => wheel).values()];
  const store = db.transaction((batch: MemberRow[][]) => {
    for (const its of batch) {
      const { lastInsertRowid } = addWheel.run();
      for (const { path, size, compressed_size, crc32, sha256 } of its)
        insert.run(lastInsertRowid, path, size, compressed_size, crc32, sha256);
    }
  });
  let stored = 0;
  const began = performance.now();
  while (stored < LEAST_ROWS) {
    for (let at = 0; at < wheels.length; at += BATCH) store.immediate(wheels.slice(at, at + BATCH));
    stored += members.length;
  }
  const rate = (stored * 1000) / (performance.now() - began);
  close();
  return rate;
}
