// What is wrong with data/distributions.json and data/base-images.json, and how to mend it.
import * as v from "valibot";
import {
  BASE_IMAGES,
  type BaseImage,
  DISTRIBUTIONS,
  type Distribution,
  releaseInVersion,
} from "../../pipeline/naming/distributions.ts";
import { describeIssue } from "../../pipeline/naming/rule-file.ts";

/** Every fault of the distributions, one message each: where, what is found, what is expected. */
export function lintDistributions(list: unknown): string[] {
  const parsed = v.safeParse(DISTRIBUTIONS, list);
  if (!parsed.success) return parsed.issues.map(describeIssue);
  const seen = new Set<string>();
  return parsed.output.flatMap((each) => {
    const faults = faultsOf(each);
    if (seen.has(each.distribution)) faults.push("twice, expected once");
    seen.add(each.distribution);
    return faults.map((fault) => `${each.distribution}: ${fault}`);
  });
}

function faultsOf(each: Distribution): string[] {
  const { osv, examples, releases, type } = each;
  const faults: string[] = [];
  for (const { version, release } of examples) {
    const found = releaseInVersion(each, version) ?? undefined;
    if (found !== release) faults.push(`${version}: release ${found ?? "none"}, expected ${release ?? "none"}`);
    if (release !== undefined && !releases.some((known) => known.release === release))
      faults.push(`${version}: release ${release}, expected one of the list; add it`);
  }
  for (const { release, end_of_life: end, source } of releases) {
    if (releases.filter((other) => other.release === release).length > 1)
      faults.push(`release ${release}: twice, expected once`);
    if (end !== undefined && source === undefined)
      faults.push(`release ${release}: an end of life, expected its source too`);
  }
  if (osv.purl !== undefined && !osv.purl.startsWith(`pkg:${type}/`))
    faults.push(`osv.purl: ${osv.purl}, expected pkg:${type}/…`);
  if (osv.purl !== `pkg:${type}/${each.distribution}` && osv.note === undefined)
    faults.push("osv.note: missing, expected why advisories call it otherwise");
  return faults;
}

/** Every fault of the images. */
export function lintBaseImages(list: unknown, distributions: readonly Distribution[]): string[] {
  const parsed = v.safeParse(BASE_IMAGES, list);
  if (!parsed.success) return parsed.issues.map(describeIssue);
  return parsed.output.flatMap(({ tag, distribution, release, from }, index) => {
    const where = `rule ${index + 1}: ${tag}`;
    const releases = distributions.find((each) => each.distribution === distribution)?.releases ?? [];
    const faults = releases.some((known) => known.release === release)
      ? []
      : [`${where}: ${distribution} ${release}, expected a release of distributions.json`];
    const before = parsed.output
      .slice(0, index)
      .findLast((each: BaseImage) => each.tag === tag && each.from !== undefined);
    if (from !== undefined && before?.from !== undefined && from <= before.from)
      faults.push(`${where}: from ${from}, expected a day after ${before.from}; put it in order`);
    return faults;
  });
}
