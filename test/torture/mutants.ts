// Damaged archives by the hundred thousand: each accepted or refused for a reason, and what is accepted is what Python lists.
import { spawnSync } from "node:child_process";
import { ZIP_REASONS } from "../../pipeline/formats/zip/reasons.ts";
import { listZip, refusalOf } from "../zip-archives.ts";
import { mutants as damaged } from "../zip-mutator.ts";
import type { Ordeal } from "./ordeal.ts";

const BATCH = 2000; // Archives that Python is given at a time.

const hasPython = spawnSync("python3", ["--version"]).status === 0;

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
export const mutants: Ordeal = {
  promise: "damaged archives are accepted or refused for a reason, and Python lists the same",
  counts: "damaged archives",
  inTests: 100_000,
  count: 1_000_000,
  async run({ seed, count, say, broken }) {
    const reasons = new Set<string>();
    const survivors = new Map<number, Buffer>();
    let [tried, accepted] = [0, 0];
    const compare = () => {
      if (hasPython) for (const line of differencesFromPython(survivors)) broken(line);
      accepted += survivors.size;
      survivors.clear();
    };
    for (const archive of damaged(seed, count)) {
      try {
        const reason = refusalOf(archive);
        if (reason === null) survivors.set(tried, archive);
        else reasons.add(reason);
      } catch (error) {
        broken(`archive ${tried}: ${error}`);
      }
      tried += 1;
      if (survivors.size === BATCH) compare();
      if (tried % 100_000 === 0) say(`${tried} mutants, ${reasons.size} reasons`);
    }
    compare();
    return {
      mutants: tried,
      accepted,
      "compared with zipfile": hasPython ? accepted : 0,
      reasons: `${reasons.size} of ${Object.keys(ZIP_REASONS).length}`,
    };
  },
};

function differencesFromPython(archives: Map<number, Buffer>): string[] {
  const input = [...archives.values()].map((archive) => `${archive.toString("base64")}\n`).join("");
  const python = spawnSync("python3", ["-c", ZIPFILE], { input, encoding: "utf8", maxBuffer: 2 ** 30 });
  if (python.status !== 0) return [`python3: ${python.stderr}`];
  const lines = python.stdout.trimEnd().split("\n");
  return [...archives].flatMap(([nth, archive], at) => {
    const entries = listZip(archive).entries.map(({ path, size, compressedSize, crc32, headerOffset }) => {
      return [path, size, compressedSize, crc32, headerOffset];
    });
    const [ours, theirs] = [JSON.stringify(entries), JSON.stringify(JSON.parse(lines[at] ?? "null"))];
    return ours === theirs ? [] : [`archive ${nth}: ${ours}, expected ${theirs} as zipfile lists it`];
  });
}
