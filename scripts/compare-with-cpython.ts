// Does a survey say what CPython says? Serves every wheel of a folder on loopback, surveys them over HTTP, and compares the
// view native_file, row for row, with what CPython's zipfile and csv read from the same files, by rules of its own for what is native.
//   node --import tsx scripts/compare-with-cpython.ts FOLDER
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openForReading } from "../pipeline/database/database.ts";
import { isBinaryWheel, parseWheelFilename } from "../pipeline/formats/wheel/filename.ts";
import { SILENT } from "../pipeline/progress.ts";
import { runSurvey } from "../pipeline/stage/run.ts";
import { STAGES } from "../pipeline/stages.ts";
import { folderSource } from "../test/loopback/folder-source.ts";
import { startIndex } from "../test/loopback/index-server.ts";

/** How a survey's rows and CPython's compare: both as `wheel path size crc32 sha256`, one line each. */
export interface Comparison {
  wheels: number;
  rows: number;
  onlyOurs: string[];
  onlyCPython: string[];
}

const ORACLE = fileURLToPath(new URL("../test/oracle/zipfile-listing.py", import.meta.url));
const JUDGING = STAGES.filter((stage) => stage.kind !== "publish");

const ROWS = `
SELECT DISTINCT wheel || ' ' || path || ' ' || size || ' ' || crc32 || ' ' || coalesce(sha256, '-') FROM native_file`;
const DOUBLED = `
SELECT wheel || ' ' || path || ' twice in ' || edition FROM native_file GROUP BY edition, wheel, path HAVING count(*) > 1`;

/** Surveys every release in a folder of wheels, one edition for each state of its history, and compares with CPython. */
export async function compareWithCPython(folder: string): Promise<Comparison> {
  const scratch = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const database = join(scratch, "survey.sqlite");
  try {
    const { states } = await folderSource(folder);
    for (let nth = states - 1; nth >= 0; nth -= 1) {
      const index = await startIndex(await folderSource(folder, { nth }));
      const request = {
        ...{
          edition: editionOf(states - nth),
          index: index.url,
          ranking: index.rankingUrl,
          projects: null,
          top: 999_999,
          database,
        },
        ...{ reports: join(scratch, "reports"), fileHosts: [], concurrency: 8, rate: 0, contact: null, retry: false },
      };
      await runSurvey(JUDGING, request, SILENT, new AbortController().signal);
      await index.close();
    }
    const db = openForReading(database);
    const ours = db.prepare(ROWS).pluck().all() as string[];
    const doubled = db.prepare(DOUBLED).pluck().all() as string[];
    db.close();
    const theirs = execFileSync("python3", [ORACLE, folder], { encoding: "utf8", maxBuffer: 2 ** 30 })
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
      .filter((row) => isBinaryWheel(parseWheelFilename(row.wheel)))
      .map((row) => `${row.wheel} ${row.path} ${row.size} ${row.crc32} ${row.sha256 ?? "-"}`);
    const ourRows = new Set(ours);
    const theirRows = new Set(theirs);
    return {
      wheels: readdirSync(folder).filter((name) => name.endsWith(".whl") && isBinaryWheel(parseWheelFilename(name)))
        .length,
      rows: theirs.length,
      onlyOurs: [...ours.filter((row) => !theirRows.has(row)), ...doubled],
      onlyCPython: theirs.filter((row) => !ourRows.has(row)),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function editionOf(state: number): string {
  const month = String(((state - 1) % 12) + 1).padStart(2, "0");
  return `${2000 + Math.floor((state - 1) / 12)}-${month}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (!folder || process.argv.length > 3) {
    process.stderr.write("usage: node --import tsx scripts/compare-with-cpython.ts FOLDER\n");
    process.exit(2);
  }
  const { wheels, rows, onlyOurs, onlyCPython } = await compareWithCPython(folder).catch((error: Error) => {
    process.stderr.write(
      `${folder}: ${error.message.split("\n")[0]}, expected a folder of wheels that python3 can read\n`,
    );
    process.exit(2);
  });
  for (const row of onlyOurs) process.stdout.write(`only ours: ${row}\n`);
  for (const row of onlyCPython) process.stdout.write(`only CPython's: ${row}\n`);
  process.stdout.write(
    `${wheels} binary wheels, ${rows} native files: ${onlyOurs.length + onlyCPython.length} rows differ\n`,
  );
  process.exitCode = onlyOurs.length + onlyCPython.length === 0 ? 0 : 1;
}
