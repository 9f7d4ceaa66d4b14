// An index of as many wheels as a full edition has. Their ends are made when they are asked for and forgotten soon after, the same
// bytes each time; the rest of them is zeros.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isNativeMember } from "../../pipeline/naming/library-name.ts";
import { type Listing, parseListings } from "../../test/loopback/listing.ts";
import { FILES, RECORDED, recordedSource } from "../../test/loopback/recorded-source.ts";
import { type Extent, type IndexSource, memorySource, type SourceFile } from "../../test/loopback/source.ts";
import { type SyntheticMember, wheelTail } from "./synthetic-wheel.ts";

// Entries of a wheel, as measured on 967 real ones: this share of them has at most so many; between, along an exponential.
const QUANTILES: [share: number, entries: number][] = [
  [0, 5],
  [0.5, 31],
  [0.75, 120],
  [0.9, 591],
  [0.95, 1347],
  [0.99, 4262],
  [1, 16235],
];
const PYTHONS = ["cp310", "cp311", "cp312", "cp313", "cp314"];
const PLATFORMS = [
  "manylinux_2_28_x86_64",
  "manylinux_2_28_aarch64",
  "musllinux_1_2_x86_64",
  "macosx_11_0_arm64",
  "win_amd64",
  "win32",
];
/** Wheels of a release. */
export const SIBLINGS = PYTHONS.length * PLATFORMS.length;
const MODULE = { size: 1200, packed: 400 };
const LEAST_PER_ENTRY = 800; // Bytes of the file, so that headers, modules and the end have room.
const LARGEST = 1e9; // So that no offset and no size needs ZIP64.
const REMEMBERED = 64; // Ends of wheels: those that are asked for a second range.

/** An index of this many wheels: releases of 30 wheels each, their sizes and native files like those of recorded ones with as many entries. */
export function syntheticSource(wheels: number): IndexSource {
  const models = recordedModels();
  const projects = Math.ceil(wheels / SIBLINGS);
  const remember = rememberLast<Extent[]>(REMEMBERED);
  return memorySource(
    Array.from({ length: projects }, (_, number) => {
      // Small and large projects in turn, as in a ranking.
      const share = (((number * 7919) % projects) + 0.5) / projects;
      const model = models[Math.floor(share * models.length)]!;
      const name = `synthetic${number}`;
      const siblings = Math.min(SIBLINGS, wheels - number * SIBLINGS);
      const files = Array.from({ length: siblings }, (_, sibling) => {
        const filename = `${name}-1.0-${tagOf(sibling)}.whl`;
        const entries = Math.round(entriesAt(share) * (1 + (sibling % 7) / 200));
        return syntheticFile(filename, entries, model, remember);
      });
      return { name, version: "1.0", files };
    }),
  );
}

interface Model {
  bytesPerEntry: number;
  natives: string[];
}

// The recorded wheels, the smallest first, as far as the synthetic ones resemble them.
function recordedModels(): Model[] {
  const source = recordedSource();
  const files = source.ranking().flatMap(({ project }) => source.project(project)?.files ?? []);
  const sizes = new Map(files.map(({ filename, size }) => [filename, size]));
  const folder = join(RECORDED, FILES.listings);
  return readdirSync(folder)
    .flatMap((name): Listing[] => parseListings(readFileSync(join(folder, name), "utf8")))
    .sort((a, b) => a.entries.length - b.entries.length)
    .map(({ filename, entries }) => ({
      bytesPerEntry: sizes.get(filename)! / entries.length,
      natives: entries.map(({ path }) => path).filter(isNativeMember),
    }));
}

function entriesAt(share: number): number {
  const above = QUANTILES.findIndex(([most]) => share <= most);
  const [[from, least], [to, most]] = [QUANTILES[above - 1]!, QUANTILES[above]!];
  return Math.round(least * (most / least) ** ((share - from) / (to - from)));
}

function tagOf(sibling: number): string {
  const python = PYTHONS[sibling % PYTHONS.length];
  return `${python}-${python}-${PLATFORMS[Math.floor(sibling / PYTHONS.length)]}`;
}

function syntheticFile(filename: string, entries: number, model: Model, remember: Remember<Extent[]>): SourceFile {
  const size = Math.round(
    Math.min(LARGEST, Math.max(20_000 + LEAST_PER_ENTRY * entries, model.bytesPerEntry * entries)),
  );
  return {
    filename,
    size,
    sha256: createHash("sha256").update(filename).digest("hex"),
    uploadTime: null,
    yanked: false,
    get content() {
      return remember(filename, () => {
        const bytes = wheelTail(filename, size, membersOf(entries, size, model));
        return [{ start: size - bytes.length, bytes }];
      });
    },
  };
}

function membersOf(entries: number, wheelSize: number, { natives }: Model): SyntheticMember[] {
  const paths = natives.slice(0, Math.max(1, entries >> 1));
  const native = paths.map((path) => ({ path, size: Math.floor((3 * wheelSize) / paths.length), packed: 0 }));
  const fillers = Math.max(0, entries - native.length - 3); // Without METADATA, WHEEL and RECORD.
  const modules = Array.from({ length: fillers }, (_, number) => ({
    path: `synthetic/subpackage_${number >> 5}/module_with_a_name_${number}.py`,
    ...MODULE,
  }));
  return [...modules, ...native];
}

type Remember<T> = (key: string, make: () => T) => T;

function rememberLast<T>(count: number): Remember<T> {
  const known = new Map<string, T>();
  return (key, make) => {
    const value = known.get(key) ?? make();
    known.set(key, value);
    if (known.size > count) known.delete(known.keys().next().value!);
    return value;
  };
}
