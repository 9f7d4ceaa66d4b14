// The seed of property tests: fixed, so that a run depends on no luck; FAST_CHECK_SEED=random takes fresh ones, as the long tests do.
const said = process.env.FAST_CHECK_SEED;

/** What every property test hands to fast-check beside its own number of runs. */
export const SEEDED: { seed?: number } = said === "random" ? {} : { seed: Number(said ?? 20261126) };
