// Linux distributions: of which release a package is, when its support ends, how advisories call it, and what the images are made of in
// which wheels are built: data/distributions.json and data/base-images.json.
import * as v from "valibot";
import { RegExpSource, readRuleFile, someOf, Text } from "./rule-file.ts";

const Day = v.pipe(v.string(), v.isoDate("a day as YYYY-MM-DD"));

/** The shape of data/distributions.json. */
export const DISTRIBUTIONS = v.array(
  v.strictObject({
    distribution: Text,
    name: Text,
    type: v.picklist(["rpm", "deb", "apk"]),
    release: v.optional(RegExpSource),
    osv: v.strictObject({ purl: v.optional(Text), ecosystem: v.optional(Text), note: v.optional(Text) }),
    examples: someOf(v.strictObject({ version: Text, release: v.optional(Text) })),
    releases: someOf(
      v.strictObject({ release: Text, end_of_life: v.optional(Day), source: v.optional(v.pipe(v.string(), v.url())) }),
    ),
  }),
);

/** The shape of data/base-images.json. */
export const BASE_IMAGES = v.array(
  v.strictObject({
    tag: v.pipe(v.string(), v.regex(/^(many|musl)linux_\d+_\d+$/, "a platform tag without its architecture")),
    architectures: v.optional(someOf(Text)),
    distribution: Text,
    release: Text,
    from: v.optional(Day),
  }),
);

/** A distribution, as data/README.md explains it. */
export type Distribution = v.InferOutput<typeof DISTRIBUTIONS>[number];

/** What the image of a platform tag is made of, from a day on. */
export type BaseImage = v.InferOutput<typeof BASE_IMAGES>[number];

/** Where the distributions are. */
export const DISTRIBUTION_FILE = new URL("../../data/distributions.json", import.meta.url);

/** Where the images are. */
export const IMAGE_FILE = new URL("../../data/base-images.json", import.meta.url);

/** Reads the distributions; a RunError with a one-line message if they are of another shape. */
export function loadDistributions(file: URL = DISTRIBUTION_FILE): Distribution[] {
  return readRuleFile(file, DISTRIBUTIONS);
}

/** Reads the images; likewise. */
export function loadBaseImages(file: URL = IMAGE_FILE): BaseImage[] {
  return readRuleFile(file, BASE_IMAGES);
}

/** The release of a distribution that a package's version tells; null if it tells none. */
export function releaseInVersion({ release }: Pick<Distribution, "release">, version: string): string | null {
  return release === undefined ? null : (new RegExp(release).exec(version)?.[1] ?? null);
}

/** How OSV calls the releases of a distribution; null if it does not know it. */
export function ecosystemOf({ osv }: Distribution, release: string): string | null {
  return osv.ecosystem?.replace("{release}", release) ?? null;
}

/** How packages call an architecture that platform tags call otherwise. */
const ARCHITECTURES: Record<string, Partial<Record<Distribution["type"], string>>> = {
  x86_64: { deb: "amd64" },
  i686: { deb: "i386", apk: "x86" },
  aarch64: { deb: "arm64" },
  armv7l: { rpm: "armv7hl", deb: "armhf", apk: "armv7" },
  ppc64le: { deb: "ppc64el" },
};

/** The architecture of a Linux wheel's libraries, as packages of a type call it; null if its platform tags name none, or several. */
export function architectureOf(platforms: string[], type: Distribution["type"]): string | null {
  const named = new Set(
    platforms.map((platform) => /^(?:(?:many|musl)linux\d*(?:_\d+_\d+)?|linux)_(.+)$/.exec(platform)?.[1]),
  );
  const [architecture] = named;
  if (named.size !== 1 || architecture === undefined) return null;
  return ARCHITECTURES[architecture]?.[type] ?? architecture;
}

const LEGACY = { manylinux1: "manylinux_2_5", manylinux2010: "manylinux_2_12", manylinux2014: "manylinux_2_17" }; // PEP 600
const TAG = /^(?<image>(?:many|musl)linux_(?<major>\d+)_(?<minor>\d+))_(?<architecture>.+)$/;

/**
 * The image in which a wheel was most likely built: that of the highest of its platform tags (auditwheel adds lower ones that a wheel
 * satisfies too), as it was on the day of its upload; null if no image is known. A tag says only how old a system may be on which the
 * wheel runs (PEP 600): this is a guess.
 */
export function imageOf(
  images: readonly BaseImage[],
  platforms: string[],
  uploadedAt: string | null,
): BaseImage | null {
  const tags = platforms.flatMap((platform) => {
    const tag = platform.replace(/^manylinux(1|2010|2014)(?=_)/, (name) => LEGACY[name as keyof typeof LEGACY]);
    const { image, major, minor, architecture } = TAG.exec(tag)?.groups ?? {};
    return image ? [{ image, height: Number(major) * 1000 + Number(minor), architecture: architecture! }] : [];
  });
  const highest = tags.sort((one, other) => other.height - one.height)[0];
  if (!highest) return null;
  const known = images.filter(
    ({ tag, architectures, from }) =>
      tag === highest.image &&
      (architectures?.includes(highest.architecture) ?? true) &&
      (from === undefined || (uploadedAt !== null && from <= uploadedAt.slice(0, 10))),
  );
  return known.at(-1) ?? null;
}
