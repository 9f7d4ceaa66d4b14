// What each way to predict a wheel's tail costs, counted on the wheels themselves and without a network.
import { readWheelEnd } from "../../pipeline/collect/wheel-end.ts";
import { parseWheelFilename } from "../../pipeline/formats/wheel/filename.ts";
import { type KnownTail, predictTail } from "../../pipeline/formats/wheel/tail.ts";
import { compareVersions } from "../../test/loopback/version-order.ts";
import { groupBy } from "./figures.ts";
import { type BenchWheel, readLocally } from "./wheels.ts";

/** What a policy costs over `wheels` wheels: requests, bytes, and how many wheels took one request. */
export interface TailCost {
  policy: string;
  wheels: number;
  requests: number;
  bytes: number;
  inOne: number;
}

const KIB = 1024;
const FIXED = [16, 32, 64, 128, 256];

/** Counts every policy over all wheels, and ours also over those of which something is known. */
export async function tailCosts(wheels: BenchWheel[]): Promise<TailCost[]> {
  const known = knownTails(wheels);
  const taught = wheels.filter((wheel) => known.get(wheel)!.some(({ sameRelease }) => sameRelease));
  const renewed = wheels.filter((wheel) => known.get(wheel)!.some(({ sameRelease }) => !sameRelease));
  const near = renewed.filter(({ needed }) => needed <= 512 * KIB);
  const ours = (wheel: BenchWheel, tails: KnownTail[]) =>
    predictTail(wheel.file.size, parseWheelFilename(wheel.file.filename).abis[0]!, tails);
  const siblings = (wheel: BenchWheel) => known.get(wheel)!.filter(({ sameRelease }) => sameRelease);
  const everything = (wheel: BenchWheel) => known.get(wheel)!;
  const policies: [policy: string, over: BenchWheel[], predict: (wheel: BenchWheel) => number][] = [
    ...FIXED.map((size): (typeof policies)[number] => [`${size} KiB`, wheels, () => size * KIB]),
    ["size / 64, from 32 to 128 KiB", wheels, ({ file }) => Math.min(Math.max(file.size / 64, 32 * KIB), 128 * KIB)],
    ["ours: by size and ABI tag", wheels, (wheel) => ours(wheel, [])],
    ["ours: and siblings of the release", wheels, (wheel) => ours(wheel, siblings(wheel))],
    ["ours: and earlier releases", wheels, (wheel) => ours(wheel, everything(wheel))],
    ["… wheels with a sibling before them", taught, (wheel) => ours(wheel, siblings(wheel))],
    ["… wheels with an earlier release, known", renewed, (wheel) => ours(wheel, everything(wheel))],
    ["… of these, documents in the last 512 KiB", near, (wheel) => ours(wheel, everything(wheel))],
    ["… wheels with an earlier release, not known", renewed, (wheel) => ours(wheel, siblings(wheel))],
  ];
  const costs: TailCost[] = [];
  for (const [policy, over, predict] of policies) costs.push(await costOf(policy, over, predict));
  return costs;
}

async function costOf(policy: string, wheels: BenchWheel[], predict: (wheel: BenchWheel) => number): Promise<TailCost> {
  const cost = { policy, wheels: wheels.length, requests: 0, bytes: 0, inOne: 0 };
  for (const wheel of wheels) {
    const { filename, size } = wheel.file;
    const before = cost.requests;
    const tail = Math.min(size, Math.ceil(predict(wheel)));
    const read = (start: number, end: number) => {
      cost.requests += 1;
      cost.bytes += end - start;
      return readLocally(wheel.file, start, end);
    };
    await readWheelEnd(parseWheelFilename(filename), size, tail, read);
    if (cost.requests === before + 1) cost.inOne += 1;
  }
  return cost;
}

/** What the stage `members` would know of each wheel's like when it asks for it: its teacher's tail, and that of the release before. */
export function knownTails(wheels: BenchWheel[]): Map<BenchWheel, KnownTail[]> {
  const known = new Map<BenchWheel, KnownTail[]>();
  for (const releases of groupBy(wheels, ({ project }) => project).values()) {
    const versions = [...groupBy(releases, ({ version }) => version)].sort(([a], [b]) => compareVersions(a, b));
    versions.forEach(([, release], index) => {
      const earlier = versions[index - 1]?.[1] ?? [];
      for (const wheel of release) known.set(wheel, [...siblingTail(wheel, release), ...earlierTail(wheel, earlier)]);
    });
  }
  return known;
}

// The first wheel of a release teaches the first of each other family, and those the others of their family.
function siblingTail(wheel: BenchWheel, release: BenchWheel[]): KnownTail[] {
  const [firstOfRelease] = release;
  const firstOfFamily = release.find(({ family }) => family === wheel.family);
  const teacher = wheel === firstOfFamily ? firstOfRelease! : firstOfFamily!;
  return wheel === firstOfRelease ? [] : [tailOf([teacher], true, teacher.family === wheel.family)];
}

function earlierTail(wheel: BenchWheel, earlier: BenchWheel[]): KnownTail[] {
  const sameFamily = earlier.filter(({ family }) => family === wheel.family);
  if (sameFamily.length > 0) return [tailOf(sameFamily, false, true)];
  const others = [...groupBy(earlier, ({ family }) => family).values()].map((its) => tailOf(its, false, false));
  return others.sort((a, b) => b.needed - a.needed).slice(0, 1);
}

function tailOf(wheels: BenchWheel[], sameRelease: boolean, sameFamily: boolean): KnownTail {
  return {
    needed: Math.max(...wheels.map(({ needed }) => needed)),
    directory: Math.max(...wheels.map(({ directorySize }) => directorySize)),
    sameRelease,
    sameFamily,
  };
}
