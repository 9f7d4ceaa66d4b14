// Whether two of many names may be equal, told by their hashes alone: it may suspect without cause, and never misses a pair.

const OFFSET_BASIS = 0x811c9dc5 | 0;
const PRIME = 0x01000193;
const LONGEST_PROBE = 32; // Hashes that crowd one place were chosen to; looking closer is then cheaper than probing on.

/** The hash of nothing, from which `extendHash` goes on: FNV-1a, 32 bits. */
export const NO_HASH = OFFSET_BASIS;

/** The hash of what was hashed so far and one more byte or UTF-16 code unit. */
export function extendHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, PRIME);
}

/** Hashes of up to `count` names; `suspects` once two of them are equal, or seem so. */
export class ClashFilter {
  suspects = false;
  readonly #seen: Int32Array;

  constructor(count: number) {
    this.#seen = new Int32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
  }

  /** Adds the hash of one more name. */
  add(hash: number): void {
    if (this.suspects) return;
    const seen = this.#seen;
    const last = seen.length - 1;
    const wanted = hash === 0 ? 1 : hash; // 0 marks a free place.
    let place = (wanted ^ (wanted >>> 15)) & last;
    for (let probes = 0; seen[place] !== 0; probes++) {
      if (seen[place] === wanted || probes === LONGEST_PROBE) {
        this.suspects = true;
        return;
      }
      place = (place + 1) & last;
    }
    seen[place] = wanted;
  }
}
