// What the bytes of libraries cost: requests and bytes by the server for each level, beside whole downloads and beside the first 64 KiB of
// each library by curl; then memory and CPU for as many distinct libraries as a full edition has.
import { execFile } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { commandLine, inScratch, requestTo, rows } from "../../test/harness.ts";
import { machineLine, type Report, table } from "./report.ts";
import { runProgram } from "./scale.ts";
import { type Asked, startServer } from "./server.ts";
import { chooseFiles } from "./wheels.ts";

const EDITION = "2026-11";
const LEVELS = ["heads", "libraries", "all"] as const;
const FIRST = 64 * 1024; // Bytes that one would ask for by hand.

/** Libraries of the wheels in the database, each distinct content once, with where it lies in the first wheel that has it. */
const LIBRARIES = `
SELECT l.url, h.header_offset AS start, min(h.compressed_size) AS size FROM binary_wheel b JOIN release_file l USING (release_id, filename)
JOIN member h ON h.wheel_id = b.wheel_id JOIN member_name m ON m.wheel_id = h.wheel_id AND m.path_id = h.path_id JOIN name n USING (name_id)
WHERE n.kind = 'shared-library' AND h.next_offset IS NOT NULL GROUP BY h.file_id`;

interface Line {
  what: string;
  files: number;
  asked: Asked;
  cpu: number;
  memory: number;
}

/** Reads the contents of the whole wheels in a folder at each level, and of this many made-up libraries. */
export async function measureContents(
  folder: string | null,
  libraries: number,
  tell: (line: string) => void,
): Promise<Report> {
  const machine = machineLine();
  const real = folder === null ? null : await measureFolder(folder, tell);
  const many = await measureMany(libraries, tell);
  return {
    parts: [machine, ...(real?.parts ?? []), ...many.parts],
    figures: { machine, real: real?.lines ?? null, many: many.lines },
    isSound: (real?.isSound ?? true) && many.isSound,
  };
}

async function measureFolder(folder: string, tell: (line: string) => void) {
  const files = chooseFiles({ folder, limit: null });
  const server = await startServer({ folder, limit: null }, 0);
  return inScratch(async (scratch) => {
    const request = requestTo(server, scratch, { edition: EDITION, top: files.length, concurrency: null });
    const words = commandLine(request);
    const run = (level: string) => runProgram([...words, "--contents", level], join(scratch, "usage.json"));
    tell(`${files.length} wheels: their ends`);
    const ends = await run("none");
    await server.asked();
    copyFileSync(request.database, join(scratch, "ends.sqlite"));
    const lines: Line[] = [];
    for (const level of LEVELS) {
      copyFileSync(join(scratch, "ends.sqlite"), request.database);
      for (const what of [`--contents ${level}`, `--contents ${level}, again`]) {
        tell(`${files.length} wheels: ${what}`);
        const used = await run(level);
        lines.push({ what, files: readIn(request.database), asked: await server.asked(), ...used });
      }
    }
    const found = rows(request.database, LIBRARIES) as { url: string; start: number; size: number }[];
    tell(`${found.length} libraries: curl`);
    for (const { url, start } of found)
      await promisify(execFile)("curl", ["-sS", "-o", "/dev/null", "-r", `${start}-${start + FIRST - 1}`, url]);
    const byHand = { what: "curl -r, first 64 KiB of each library", files: found.length, asked: await server.asked() };
    const whole = { requests: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
    const others = [byHand, { what: "whole wheels", files: found.length, asked: { ...byHand.asked, ...whole } }];
    const parts = [
      `${files.length} wheels with ${found.length} distinct shared libraries of ${(found.reduce((sum, { size }) => sum + size, 0) / 1e6).toFixed(1)} MB compressed; CPU and memory are of the whole program, ${ends.cpu.toFixed(1)} s of it the start and the reading of ends.`,
      table([...lines, ...others.map((each) => ({ ...each, cpu: 0, memory: 0 }))], COLUMNS),
    ];
    const isSound = lines.every(({ what, asked }) => !what.endsWith("again") || asked.requests === 0);
    return { parts, lines: [...lines, ...others], isSound };
  }).finally(() => server.close());
}

async function measureMany(libraries: number, tell: (line: string) => void) {
  const server = await startServer({ libraries }, 0);
  return inScratch(async (scratch) => {
    const request = requestTo(server, scratch, { edition: EDITION, top: libraries, concurrency: null });
    const lines: Line[] = [];
    for (const what of ["made-up libraries", "again"]) {
      tell(`${libraries} ${what}`);
      const used = await runProgram([...commandLine(request), "--contents", "libraries"], join(scratch, "usage.json"));
      lines.push({ what, files: readIn(request.database), asked: await server.asked(), ...used });
    }
    const [first, again] = lines as [Line, Line];
    const isSound = first.files === libraries && again.asked.requests === 0;
    return { parts: [table(lines, COLUMNS)], lines, isSound };
  }).finally(() => server.close());
}

const readIn = (database: string) => Number(rows(database, "SELECT count(*) AS n FROM file_contents")[0]!.n);

const COLUMNS: [heading: string, cell: (line: Line) => string | number][] = [
  ["", ({ what }) => what],
  ["files", ({ files }) => files],
  ["requests", ({ asked }) => asked.requests],
  ["MB", ({ asked }) => (asked.bytes / 1e6).toFixed(1)],
  ["CPU s", ({ cpu }) => (cpu === 0 ? "" : cpu.toFixed(1))],
  ["peak RSS, MB", ({ memory }) => (memory === 0 ? "" : memory.toFixed(0))],
];
