// Where each page is: an address depends on the page's name alone, so that a link in an advisory stays.
import { createHash } from "node:crypto";

/** Names that are their own file name on every system: lower case, nothing that an address or a file system gives a meaning to. */
const PLAIN = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9][a-z0-9._+-]{0,99}(?<!\.)$/;
const LONGEST = 60;
const DIGITS = 10;

/** The file name, without a suffix, that stands for a name: itself, or what can be read of it and the start of its SHA-256. */
export function slugOf(name: string): string {
  if (PLAIN.test(name)) return name;
  const readable = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const digest = createHash("sha256").update(name).digest("hex");
  return `${readable.slice(0, LONGEST)}~${digest.slice(0, DIGITS)}`;
}

/** What has a page of its own. */
export type Subject = "library" | "component" | "project" | "edition";

const FOLDERS: Record<Subject, string> = {
  library: "libraries",
  component: "components",
  project: "projects",
  edition: "editions",
};

/** The address of the page of a library, a component, a project or an edition, from the site's root. */
export function addressOf(subject: Subject, name: string): string {
  return `${FOLDERS[subject]}/${slugOf(name)}.html`;
}

/** The id that a library has on the page of the one project that carries it. */
export function anchorOf(library: string): string {
  return `library-${slugOf(library)}`;
}

/** The address of the feed beside a page. */
export function feedOf(address: string): string {
  return address.replace(/\.html$/, ".xml");
}

/** The way from a page to the site's root, as the start of an address: empty, or `../`. */
export function rootOf(address: string): string {
  return "../".repeat(address.split("/").length - 1);
}
