// How fast to ask: by a clock that nobody can set, so that no change of the time of day makes a run hurry or stand still.
// p-queue 9.3.5 can limit a rate too (`strict`), but goes by Date.now(): of 10 a second, 16 started within one second when the
// clock was set an hour forward, and none in the 5 seconds watched after it was set an hour back.

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
