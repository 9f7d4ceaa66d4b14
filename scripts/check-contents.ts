// Do a few ranges of a library say what its whole bytes say? Reads each native file of every wheel in a folder whole and by both plans, and
// compares: what a plan tells otherwise is a fault, what it does not tell is counted. Exits with 1 if anything is told otherwise.
//   node --import tsx scripts/check-contents.ts FOLDER          (real wheels: scripts/real-wheels FOLDER)
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Contents, isReadWhole, planFor, readContents, type StoredFile } from "../pipeline/collect/file-bytes.ts";
import { readWheel } from "../pipeline/collect/members.ts";
import { localWheelBytes } from "../pipeline/collect/wheel-bytes.ts";
import { makeNamer } from "../pipeline/naming/describe.ts";
import { NATIVE_SUFFIX } from "../pipeline/naming/native-suffix.ts";
import { releaseOf } from "../pipeline/naming/texts-in-bytes.ts";

const FIELDS = [
  "machine",
  "identity",
  "soname",
  "needed",
  "glibc",
  "compiler",
  "debuglink",
  "debugId",
  "resourceVersion",
] as const;

/** What a plan came to over the files of a format: files, those of each field that the whole bytes tell and that the plan tells too, requests, bytes, CPU milliseconds. */
interface Tally {
  files: number;
  there: Record<string, number>;
  told: Record<string, number>;
  requests: number;
  bytes: number;
  whole: number;
  milliseconds: number[];
}

/** Compares all wheels in a folder; gives a tally for each plan and format, and each fault in a line. */
export async function checkContents(folder: string): Promise<{ tallies: Map<string, Tally>; faults: string[] }> {
  const tallies = new Map<string, Tally>();
  const faults: string[] = [];
  const name = makeNamer();
  for (const wheel of readdirSync(folder)
    .filter((each) => each.endsWith(".whl"))
    .sort()) {
    const path = join(folder, wheel);
    const size = statSync(path).size;
    const { read } = localWheelBytes(path);
    const { members } = await readWheel({ filename: wheel, size, known: [] }, localWheelBytes(path));
    for (const member of members.filter((each) => each.size > 0 && NATIVE_SUFFIX.test(each.path))) {
      const named = name(member.path);
      const file: StoredFile = { ...member, wheelSize: size, component: named.component?.component ?? null };
      if (!isReadWhole(WHOLE, file)) continue;
      const truth = await readContents(file, WHOLE, read);
      if (truth.facts === null) continue;
      const isLibrary = named.kind === "shared-library";
      const release = releaseOf(truth.texts);
      if (release !== null && named.version !== null && release !== named.version)
        faults.push(`${wheel} ${member.path}: ${release} by its bytes, ${named.version} by its name`);
      for (const plan of [1, 2] as const) {
        const tally = tallyFor(tallies, `plan ${plan}, ${truth.facts.format}, ${isLibrary ? "libraries" : "others"}`);
        const before = process.cpuUsage();
        const found = await readContents(file, planFor(plan, file.component), (start, end) => {
          tally.requests += 1;
          tally.bytes += end - start;
          return read(start, end);
        });
        const { user, system } = process.cpuUsage(before);
        tally.milliseconds.push((user + system) / 1000);
        tally.whole += member.compressedSize;
        for (const text of linkedOf(found).filter((each) => !linkedOf(truth).includes(each)))
          faults.push(`${wheel} ${member.path}, plan ${plan}: linked in: ${text}, which its whole bytes do not say`);
        for (const [field, told, expected] of compared(truth, found, SECURITY.has(file.component ?? ""))) {
          if (expected !== null) tally.there[field] = (tally.there[field] ?? 0) + 1;
          if (told === null) continue;
          if (told === expected) tally.told[field] = (tally.told[field] ?? 0) + 1;
          else faults.push(`${wheel} ${member.path}, plan ${plan}: ${field}: ${told}, expected ${expected}`);
        }
        tally.files += 1;
      }
    }
  }
  return { tallies, faults };
}

const SECURITY = new Set(
  (
    JSON.parse(readFileSync(new URL("../data/security-components.json", import.meta.url), "utf8")) as {
      component: string;
    }[]
  ).map(({ component }) => component),
);

const WHOLE = { whole: Number.POSITIVE_INFINITY, start: 0, end: 0, further: 0 };

function tallyFor(tallies: Map<string, Tally>, key: string): Tally {
  const tally = tallies.get(key) ?? {
    files: 0,
    there: {},
    told: {},
    requests: 0,
    bytes: 0,
    whole: 0,
    milliseconds: [],
  };
  tallies.set(key, tally);
  return tally;
}

const linkedOf = ({ texts }: Contents) =>
  texts
    .filter(({ kind }) => kind === "linked")
    .map(({ component, version }) => `${component} ${version}`)
    .sort();

/** What the whole bytes and a plan tell of each field, as text; null: nothing. */
function compared(
  truth: Contents,
  found: Contents,
  isWatched: boolean,
): [field: string, told: string | null, expected: string | null][] {
  const text = ({ facts }: Contents, field: (typeof FIELDS)[number]) => {
    const value = facts?.[field] ?? null;
    return value === null ? null : String(value);
  };
  const watched: [string | null, string | null] = isWatched
    ? [releaseOf(found.texts), releaseOf(truth.texts)]
    : [null, null];
  return [
    ...FIELDS.map((field): [string, string | null, string | null] => [field, text(found, field), text(truth, field)]),
    ["release", releaseOf(found.texts), releaseOf(truth.texts)],
    ["release that matters to security", ...watched],
    [
      "linked in",
      linkedOf(truth).length > linkedOf(found).length ? null : linkedOf(found).join() || null,
      linkedOf(truth).join() || null,
    ],
  ];
}

const medianOf = (numbers: number[]) => numbers.toSorted((one, other) => one - other)[numbers.length >> 1]!;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error("usage: node --import tsx scripts/check-contents.ts FOLDER");
    process.exit(2);
  }
  const { tallies, faults } = await checkContents(folder);
  for (const fault of faults) console.error(fault);
  for (const [key, { files, there, told, requests, bytes, whole, milliseconds }] of [...tallies].sort()) {
    const shares = Object.entries(there).map(([field, count]) => `${field} ${told[field] ?? 0}/${count}`);
    console.log(
      `${key}: ${files} files, ${requests} requests, ${(bytes / 1e6).toFixed(1)} MB of ${(whole / 1e6).toFixed(1)}, ${medianOf(milliseconds).toFixed(1)} ms CPU for half of them`,
    );
    console.log(`  ${shares.join(", ")}`);
  }
  console.log(`${faults.length} facts told otherwise than by the whole bytes`);
  if (faults.length > 0) process.exitCode = 1;
}
