// How fast to ask: by a clock that nobody can set, so that no change of the time of day makes a run hurry or stand still.

const SECOND = 1000;

/** A pace of at most `rate` turns in any second (0: no limit): gives the milliseconds that the next one has to wait, and takes it. */
export function paceOf(rate: number): (now?: number) => number {
  const latest: number[] = [];
  return (now = performance.now()) => {
    if (rate === 0) return 0;
    const turn = latest.length < rate ? now : Math.max(now, latest.shift()! + SECOND);
    latest.push(turn);
    return Math.ceil(turn - now);
  };
}
