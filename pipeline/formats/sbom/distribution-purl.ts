// Package URLs of packages of Linux distributions (types rpm, deb and apk), as SBOMs write them and as the purl specification has them.
import { PackageURL } from "packageurl-js";

const TYPES = new Set(["rpm", "deb", "apk"]);

/** The types of distributions' packages. */
export type PackageType = "rpm" | "deb" | "apk";

/** What came before an apk package's version when a name was split at its first hyphen: `libs-` of `icu@libs-74.2-r0`. */
const PART_OF_NAME = /^((?:[a-z][\w.+]*-)+)(?=\d)/i;

/**
 * A distribution package's URL in its canonical form; null of any other. Emitters that take what `apk info --who-owns` says split
 * `icu-libs-74.2-r0` at its first hyphen: the rest of the name is put back.
 */
export function distributionPurl(text: string): string | null {
  try {
    const { type, namespace, name, version, qualifiers } = PackageURL.fromString(text);
    if (!type || !TYPES.has(type) || !namespace || !name || !version) return null;
    const [, moved = ""] = type === "apk" ? (PART_OF_NAME.exec(version) ?? []) : [];
    const whole = moved === "" ? name : `${name}-${moved.slice(0, -1)}`;
    return new PackageURL(type, namespace, whole, version.slice(moved.length), qualifiers, undefined).toString();
  } catch {
    return null; // It is no package URL.
  }
}

/** What the URL of a distribution's package says, in its canonical form: the distribution (its namespace), the name, and the version. */
export function packageIn(purl: string): { type: PackageType; distribution: string; name: string; version: string } {
  const { type, namespace, name, version } = PackageURL.fromString(purl);
  return { type: type as PackageType, distribution: namespace!, name: name!, version: version! };
}

/** The same package's URL with qualifiers (`arch`, `distro`) that it does not have yet, in canonical form. */
export function qualified(purl: string, qualifiers: Record<string, string>): string {
  const { type, namespace, name, version, qualifiers: own } = PackageURL.fromString(purl);
  return new PackageURL(type!, namespace, name!, version, { ...qualifiers, ...own }, undefined).toString();
}

/** The URL of the same package in another version, without qualifiers. */
export function otherVersion(purl: string, version: string): string {
  const { type, namespace, name } = PackageURL.fromString(purl);
  return new PackageURL(type!, namespace, name!, version, undefined, undefined).toString();
}

/** The upstream part of the version that a distribution gave its package: without epoch, the distribution's revision, and what marks a source without non-free parts. */
export function upstreamVersion(version: string): string {
  return version
    .replace(/^\d+:/, "")
    .replace(/-[^-]*$/, "")
    .replace(/[+~.](?:dfsg|ds|repack)[\w.~+]*$/, "");
}
