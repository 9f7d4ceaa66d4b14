// Atom feeds (RFC 4287): of the editions, and of what changed for each library, component and project that has a page.
import { createHash } from "node:crypto";
import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import { escapeName } from "../escape.ts";
import { headingOf } from "../pages.ts";
import type { Row } from "../table.ts";
import { addressOf, feedOf, rootOf } from "./addresses.ts";
import type { ChangesOf, Site, SiteEdition } from "./contents.ts";
import type { SiteFile } from "./files.ts";
import { inAWord } from "./pages/editions.tsx";

type Atom = { key?: string; children?: ComponentChildren; xmlns?: string; "xml:lang"?: string; type?: string };
declare module "preact" {
  namespace JSX {
    interface IntrinsicElements
      extends Record<"feed" | "entry" | "id" | "updated" | "author" | "name" | "rights" | "content", Atom> {}
  }
}

const MOST_ENTRIES = 12;

/** editions.xml, and a feed beside each page of a library, component or project. */
export function* feeds(site: Site): Generator<SiteFile> {
  const editions = site.editions.slice(0, MOST_ENTRIES).map((edition) => ({
    ...{
      key: edition.edition,
      title: `Edition ${headingOf(edition.edition, edition.coverage)}`,
      updated: momentOf(edition),
    },
    ...{ address: addressOf("edition", edition.edition), text: `${inAWord(edition.coverage)}.` },
  }));
  yield feed(site, "editions.xml", "Native libraries in Python wheels: editions", "editions.html", editions);
  for (const name of site.components) yield feedOfChanges(site, "component", name, site.changesOf("component", name));
  for (const name of site.libraries) yield feedOfChanges(site, "library", name, site.changesOf("library", name));
  for (const name of site.projects.keys()) yield feedOfChanges(site, "project", name, site.changesOf("project", name));
}

function feedOfChanges(
  site: Site,
  subject: "library" | "component" | "project",
  name: string,
  changes: ChangesOf[],
): SiteFile {
  const address = addressOf(subject, name);
  const entries = changes.slice(0, MOST_ENTRIES).map(({ edition, rows }) => ({
    ...{
      key: edition.edition,
      title: `${escapeName(name)} in edition ${edition.edition}`,
      updated: momentOf(edition),
      address,
    },
    text: `Since ${edition.before}: ${rows.map(inWords).join("; ")}.`,
  }));
  return feed(site, feedOf(address), `${escapeName(name)} in Python wheels`, address, entries);
}

/** A row of the table `changes` in words. */
function inWords([subject, change, project, name, before, after]: Row): string {
  const shown = escapeName(String(name ?? project));
  const whose = subject === "bundle" ? `${shown} in ${escapeName(String(project))}` : `${subject} ${shown}`;
  const versions = [before, after].map((said) => (said === null ? "" : escapeName(String(said)).replaceAll(",", ", ")));
  const [was, is] = versions as [string, string];
  const counted = was !== "" && is !== "" ? ` (${was} → ${is})` : was + is === "" ? "" : ` (${was}${is})`;
  return `${whose} ${change}${counted}`;
}

interface Entry {
  key: string;
  title: string;
  updated: string;
  address: string;
  text: string;
}

function feed(site: Site, at: string, title: string, page: string, entries: Entry[]): SiteFile {
  const root = rootOf(at);
  const xml = renderToString(
    <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
      <title>{title}</title>
      <id>{idOf(at)}</id>
      <updated>{entries[0]?.updated ?? momentOf(site.editions[0]!)}</updated>
      <author>
        <name>wheel-survey</name>
      </author>
      <rights>CC0-1.0</rights>
      <link rel="alternate" type="text/html" href={root + page} />
      <link rel="self" type="application/atom+xml" href={root + at} />
      {entries.map((entry) => (
        <entry key={entry.key}>
          <title>{entry.title}</title>
          <id>{idOf(`${at} ${entry.key}`)}</id>
          <updated>{entry.updated}</updated>
          <link rel="alternate" type="text/html" href={root + entry.address} />
          <content type="text">{entry.text}</content>
        </entry>
      ))}
    </feed>,
  );
  return { path: at, parts: [`<?xml version="1.0" encoding="utf-8"?>\n${xml}\n`] };
}

/** An identifier that stays: a UUID (RFC 9562, version 8) made of the SHA-256 of what it stands for. */
function idOf(what: string): string {
  const digest = createHash("sha256").update(`wheel-survey ${what}`).digest("hex");
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`];
  return `urn:uuid:${[...parts, digest.slice(20, 32)].join("-")}`;
}

/** When an edition was made: the last day on which the index was asked, else the first of its month. */
function momentOf({ edition, coverage }: SiteEdition): string {
  return `${coverage.askedTo ?? `${edition}-01`}T00:00:00Z`;
}
