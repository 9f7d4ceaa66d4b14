// How much of a wheel's end to ask for first, so that one request is enough for its directory and its documents.

const LEAST = 32 * 1024;
const MOST = 256 * 1024;
const SHARE = 32; // Of wheels of which nothing is known, the tail that is asked for is this part of the file,
const MARGIN = 1.05; // and of those whose siblings are known, what the neediest of them needed and a little more.

/** Bytes to read first from the end of a wheel of `size` bytes, given what the ends of its known siblings needed, in bytes. */
export function predictTail(size: number, siblingTails: number[]): number {
  const guess =
    siblingTails.length > 0
      ? Math.ceil(Math.max(...siblingTails) * MARGIN) + 1024
      : Math.min(Math.max(Math.ceil(size / SHARE), LEAST), MOST);
  return Math.min(size, guess);
}
