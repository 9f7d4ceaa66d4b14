// Damaged archives by the hundred thousand: each accepted or refused for a reason, quickly, and what is accepted is what Python lists.
import { spawnSync } from "node:child_process";
import { ZIP_REASONS } from "../../pipeline/formats/zip/reasons.ts";
import { listZip, refusalOf } from "../zip-archives.ts";
import { mutants } from "../zip-mutator.ts";
import type { Findings, Hardness } from "./ordeal.ts";

const SLOWEST = 250; // Milliseconds for one archive,
const READINGS = 5; // the least of so many readings, as the machine may have had other things to do.
const BATCH = 2000; // Archives that Python is given at a time.

/** Why Python is not asked here, or false. */
export const noPython: string | false = spawnSync("python3", ["--version"]).status === 0 ? false : "no python3 here";

/** Reads archives in base64, one a line; prints for each what zipfile lists, or null. */
const ZIPFILE = `
import base64, io, json, sys, zipfile
for line in sys.stdin.buffer:
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(line))) as archive:
            entries = [[i.filename, i.file_size, i.compress_size, i.CRC, i.header_offset] for i in archive.infolist()]
    except Exception:
        entries = None
    print(json.dumps(entries))
`;

/** Tries `count` mutants of the seed; those accepted are compared with Python's zipfile, if it is there. */
export function run({ seed, count, say = () => {} }: Hardness): Findings {
  const violations: string[] = [];
  const reasons = new Set<string>();
  const survivors: { nth: number; archive: Buffer }[] = [];
  let tried = 0;
  let accepted = 0;
  let slowest = 0;
  let compared = 0;
  const compare = () => {
    if (noPython) return;
    compared += survivors.length;
    violations.push(...differencesFromPython(survivors.splice(0)).map((line) => `mutants, seed ${seed}, ${line}`));
  };
  for (const archive of mutants(seed, count)) {
    const began = performance.now();
    try {
      const reason = refusalOf(archive);
      if (reason !== null) reasons.add(reason);
      else accepted += 1;
      if (reason === null) survivors.push({ nth: tried, archive });
    } catch (error) {
      violations.push(`mutants, seed ${seed}, archive ${tried}: ${error}`);
    }
    let took = performance.now() - began;
    for (let reading = 1; reading < READINGS && took > SLOWEST; reading += 1) took = Math.min(took, timeOf(archive));
    if (took > SLOWEST) violations.push(`mutants, seed ${seed}, archive ${tried}: ${took} ms`);
    slowest = Math.max(slowest, took);
    tried += 1;
    if (survivors.length === BATCH) compare();
    if (tried % 100_000 === 0) say(`${tried} mutants, ${reasons.size} reasons, ${violations.length} violations`);
  }
  compare();
  return {
    figures: {
      mutants: tried,
      accepted,
      "compared with zipfile": compared,
      reasons: `${reasons.size} of ${Object.keys(ZIP_REASONS).length}`,
      "slowest, milliseconds": slowest.toFixed(1),
    },
    violations,
  };
}

/** Milliseconds that it takes to read an archive to its end or to its refusal. */
function timeOf(archive: Buffer): number {
  const began = performance.now();
  try {
    refusalOf(archive);
  } catch {
    // Has been told when it was read first.
  }
  return performance.now() - began;
}

function differencesFromPython(archives: { nth: number; archive: Buffer }[]): string[] {
  const input = archives.map(({ archive }) => `${archive.toString("base64")}\n`).join("");
  const { stdout, status, stderr } = spawnSync("python3", ["-c", ZIPFILE], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) return [`python3: ${stderr}`];
  const lines = stdout.trimEnd().split("\n");
  return archives.flatMap(({ nth, archive }, at) => {
    const ours = JSON.stringify(
      listZip(archive).entries.map((entry) => [
        entry.path,
        entry.size,
        entry.compressedSize,
        entry.crc32,
        entry.headerOffset,
      ]),
    );
    const theirs = JSON.stringify(JSON.parse(lines[at] ?? "null"));
    return ours === theirs ? [] : [`archive ${nth}: ${ours}, expected ${theirs} as zipfile lists it`];
  });
}
