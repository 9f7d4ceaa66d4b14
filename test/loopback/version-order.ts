// The order of versions: https://packaging.python.org/en/latest/specifications/version-specifiers/#summary-of-permitted-suffixes-and-relative-ordering

const VERSION =
  /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<preNumber>\d*))?(?<post>-(?<implicitPost>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?<postNumber>\d*))?(?<dev>[-_.]?dev[-_.]?(?<devNumber>\d*))?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/i;
const PRE_PHASES: Record<string, number> = { a: 0, alpha: 0, b: 1, beta: 1, c: 2, rc: 2, pre: 2, preview: 2 };

/** Compares two versions for sorting, the older first; what is no version by the specification is older than any that is. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [sortKey(left), sortKey(right)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = compareParts(a[i] ?? 0, b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

// One list of parts decides: epoch, phase of the release segments, and so on; the segments stand in a list of their own.
function sortKey(version: string): (number | number[] | string)[] {
  const parts = VERSION.exec(version.trim())?.groups;
  if (!parts) return [-1, version];
  const release = parts.release!.split(".").map(Number);
  while (release.at(-1) === 0) release.pop();
  const devOnly = parts.dev !== undefined && parts.pre === undefined && parts.post === undefined;
  const phase = parts.pre === undefined ? (devOnly ? -1 : 3) : PRE_PHASES[parts.pre.toLowerCase()]!;
  return [
    Number(parts.epoch ?? 0),
    release,
    phase,
    Number(parts.preNumber ?? 0),
    parts.post === undefined ? -1 : Number(parts.implicitPost ?? parts.postNumber ?? 0),
    parts.dev === undefined ? Number.POSITIVE_INFINITY : Number(parts.devNumber ?? 0),
    parts.local ?? "",
  ];
}

function compareParts(a: number | number[] | string, b: number | number[] | string): number {
  if (Array.isArray(a) && Array.isArray(b)) {
    const at = a.findIndex((segment, index) => segment !== (b[index] ?? 0));
    return at < 0 ? a.length - b.length : a[at]! - (b[at] ?? 0);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
