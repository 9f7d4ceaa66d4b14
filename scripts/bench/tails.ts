// What each way to predict a wheel's tail costs, counted on the wheels themselves and without a network.
import { readWheelEnd } from "../../pipeline/collect/wheel-end.ts";
import { normalizeProjectName } from "../../pipeline/formats/pypi/project-name.ts";
import { platformFamily } from "../../pipeline/formats/wheel/filename.ts";
import { type KnownTail, predictTail } from "../../pipeline/formats/wheel/tail.ts";
import { compareVersions } from "../../test/loopback/version-order.ts";
import { type BenchWheel, groupBy, readLocally } from "./wheels.ts";

/** What a policy costs over `wheels` wheels: requests, bytes, and how many wheels took one request. */
export interface TailCost {
  policy: string;
  wheels: number;
  requests: number;
  bytes: number;
  inOne: number;
}

type Policy = [policy: string, over: BenchWheel[], predict: (wheel: BenchWheel) => number];

const KIB = 1024;

/** Counts every policy over all wheels, and ours also over those of which something is known. */
export async function tailCosts(wheels: BenchWheel[]): Promise<TailCost[]> {
  const known = knownTails(wheels);
  const siblings = (wheel: BenchWheel) => known.get(wheel)!.filter(({ sameRelease }) => sameRelease);
  const ours = (knownOf: (wheel: BenchWheel) => KnownTail[]) => (wheel: BenchWheel) =>
    predictTail(wheel.file.size, wheel.name.abis[0]!, knownOf(wheel));
  const [alone, taught, learned] = [ours(() => []), ours(siblings), ours((wheel) => known.get(wheel)!)];
  const renewed = wheels.filter((wheel) => known.get(wheel)!.some(({ sameRelease }) => !sameRelease));
  const policies: Policy[] = [
    ...[16, 32, 64, 128, 256].map((size): Policy => [`${size} KiB`, wheels, () => size * KIB]),
    ["size / 64, from 32 to 128 KiB", wheels, ({ file }) => Math.min(Math.max(file.size / 64, 32 * KIB), 128 * KIB)],
    ["ours: by size and ABI tag", wheels, alone],
    ["ours: and siblings of the release", wheels, taught],
    ["ours: and earlier releases", wheels, learned],
    ["… wheels with a sibling before them", wheels.filter((wheel) => siblings(wheel).length > 0), taught],
    ["… wheels with an earlier release, known", renewed, learned],
    ["… of these, documents in the last 512 KiB", renewed.filter(({ needed }) => needed <= 512 * KIB), learned],
    ["… wheels with an earlier release, not known", renewed, taught],
  ];
  const costs: TailCost[] = [];
  for (const policy of policies) if (policy[1].length > 0) costs.push(await costOf(policy));
  return costs;
}

async function costOf([policy, wheels, predict]: Policy): Promise<TailCost> {
  const cost = { policy, wheels: wheels.length, requests: 0, bytes: 0, inOne: 0 };
  for (const wheel of wheels) {
    const before = cost.requests;
    const read = (start: number, end: number) => {
      cost.requests += 1;
      cost.bytes += end - start;
      return readLocally(wheel.file, start, end);
    };
    const tail = Math.min(wheel.file.size, Math.ceil(predict(wheel)));
    await readWheelEnd(wheel.name, wheel.file.size, tail, read);
    if (cost.requests === before + 1) cost.inOne += 1;
  }
  return cost;
}

/** What the stage `members` would know of each wheel's like when it asks for it: its teacher's tail, and that of the release before. */
export function knownTails(wheels: BenchWheel[]): Map<BenchWheel, KnownTail[]> {
  const known = new Map<BenchWheel, KnownTail[]>();
  for (const project of groupBy(wheels, ({ name }) => normalizeProjectName(name.distribution)).values()) {
    const releases = [...groupBy(project, ({ name }) => name.version)].sort(([a], [b]) => compareVersions(a, b));
    releases.forEach(([, release], nth) => {
      const earlier = releases[nth - 1]?.[1] ?? [];
      for (const wheel of release) known.set(wheel, [...siblingTail(wheel, release), ...earlierTail(wheel, earlier)]);
    });
  }
  return known;
}

const familyOf = ({ name }: BenchWheel) => platformFamily(name.platforms);

// The first wheel of a release teaches the first of each other family, and those the others of their family.
function siblingTail(wheel: BenchWheel, release: BenchWheel[]): KnownTail[] {
  const first = release[0]!;
  const firstOfFamily = release.find((each) => familyOf(each) === familyOf(wheel))!;
  const teacher = wheel === firstOfFamily ? first : firstOfFamily;
  return wheel === first ? [] : [tailOf([teacher], true, familyOf(teacher) === familyOf(wheel))];
}

function earlierTail(wheel: BenchWheel, earlier: BenchWheel[]): KnownTail[] {
  const families = groupBy(earlier, familyOf);
  const own = families.get(familyOf(wheel));
  if (own) return [tailOf(own, false, true)];
  const others = [...families.values()].map((its) => tailOf(its, false, false));
  return others.sort((a, b) => b.needed - a.needed).slice(0, 1);
}

function tailOf(wheels: BenchWheel[], sameRelease: boolean, sameFamily: boolean): KnownTail {
  const needed = Math.max(...wheels.map((wheel) => wheel.needed));
  const directory = Math.max(...wheels.map(({ directorySize }) => directorySize));
  return { needed, directory, sameRelease, sameFamily };
}
