// How much of a wheel's end to ask for first, so that one request is enough for its directory and its documents, and few bytes
// are asked for in vain. What each way costs is measured by `npm run bench` and told in docs/performance.md.

/** What the end of a known wheel needed, in bytes: `needed` for directory and documents, `directory` for the directory alone. */
export interface KnownTail {
  needed: number;
  directory: number;
  /** Whether it is of the same release, or of an earlier one. */
  sameRelease: boolean;
  /** Whether it is for the same platform family. */
  sameFamily: boolean;
}

/** A tail that grows with the wheel: `at` bytes for one of 10 MB, by this power of the size, between these bounds. */
interface Growth {
  at: number;
  power: number;
  least: number;
  most: number;
}

const KIB = 1024;

// Fitted on real wheels: pure data and tools (ABI none) have few entries for their size, stable-ABI wheels are mostly one
// large module, and wheels for one version of CPython hold whole packages, whose directories grow nearly as they do.
const GROWTHS: Record<"none" | "stable" | "version", Growth> = {
  none: { at: 64 * KIB, power: 0.3, least: 16 * KIB, most: 96 * KIB },
  stable: { at: 64 * KIB, power: 0.5, least: 16 * KIB, most: 96 * KIB },
  version: { at: 160 * KIB, power: 0.8, least: 16 * KIB, most: 192 * KIB },
};

const SIBLING = { factor: 1.03, spare: 1 * KIB }; // Siblings differ by a few names,
const SUCCESSOR = { factor: 1.15, spare: 2 * KIB }; // a new release has some files more than the last.
const FARTHEST = 512 * KIB; // Documents farther from the end are cheaper to ask for by themselves.
const FAR = 24 * KIB; // Of a release whose documents lay far away, the next one may have them at its end: room for small ones.
const WITH_RECORD = 1.55; // RECORD, which mostly lies right before the directory, is about half as large once compressed.

/** Bytes to read first from the end of a wheel of `size` bytes and this ABI tag, given known ends of its like: siblings, or earlier releases. */
export function predictTail(size: number, abi: string, known: KnownTail[]): number {
  const tails = known.map(tailLike);
  // Builds for another family hold other libraries: what they needed is a hint, and the size is another.
  if (!known.some(({ sameFamily }) => sameFamily)) tails.push(tailBySize(size, abi));
  return Math.min(size, Math.ceil(Math.max(...tails)));
}

function tailLike({ needed, directory, sameRelease }: KnownTail): number {
  const { factor, spare } = sameRelease ? SIBLING : SUCCESSOR;
  return (needed <= FARTHEST ? needed : Math.max(directory * WITH_RECORD, FAR)) * factor + spare;
}

function tailBySize(size: number, abi: string): number {
  const { at, power, least, most } = GROWTHS[abi === "none" ? "none" : abi.startsWith("abi3") ? "stable" : "version"];
  return Math.min(Math.max(at * (size / 10_000_000) ** power, least), most);
}
