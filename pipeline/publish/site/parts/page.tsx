// The frame of every page: its head, the way around, and the edition that it tells of. No page has a script or a style of its own.
import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import { reasonsIncomplete } from "../../../editions/coverage.ts";
import { METHOD } from "../../../method.ts";
import { addressOf, rootOf } from "../addresses.ts";
import type { Site } from "../contents.ts";
import type { SiteFile } from "../files.ts";

/** Scripts and styles of the site alone; WebAssembly for the page on which people ask. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** What a page is beside its content. */
export interface PageProps {
  site: Site;
  /** Its address, from the site's root. */
  at: string;
  title: string;
  /** What it says, in a sentence. */
  about: string;
  /** The address of a feed of its subject, from the site's root. */
  feed?: string;
  /** Scripts that it has beside the one of every page, from the site's root. */
  scripts?: string[];
  children: ComponentChildren;
}

const PLACES: [address: string, word: string][] = [
  ["index.html", "Front page"],
  ["tables/libraries.html", "Libraries"],
  ["tables/components.html", "Upstream projects"],
  ["tables/projects.html", "Projects"],
  ["tables.html", "Tables"],
  ["editions.html", "Editions"],
  ["ask.html", "Ask"],
  ["about.html", "About"],
];

function isIncomplete({ isImported, coverage }: Site): boolean {
  return !isImported && reasonsIncomplete(coverage).length > 0;
}

/** Whether a page of a table has rows to show; every other page is there. */
function isThere(site: Site, address: string): boolean {
  const [, table] = /^tables\/(.+)\.html$/.exec(address) ?? [];
  return table === undefined || site.tables.has(table);
}

/** End tags that HTML does without, and that are a sixth of a page of tables. */
const OPTIONAL = /<\/t[dhr]>/g;

/** The file of a page. */
export function pageFile(props: PageProps): SiteFile {
  const html = renderToString(<Page {...props} />).replaceAll(OPTIONAL, "");
  return { path: props.at, parts: [`<!doctype html>\n${html}\n`] };
}

function Page({ site, at, title, about, feed, scripts = [], children }: PageProps) {
  const root = rootOf(at);
  return (
    <html lang="en" data-root={root}>
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={POLICY} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <meta name="description" content={about} />
        <link rel="icon" type="image/svg+xml" href={`${root}assets/icon.svg`} />
        <link rel="stylesheet" href={`${root}assets/site.css`} />
        <link rel="alternate" type="application/atom+xml" title="Editions" href={`${root}editions.xml`} />
        {feed && <link rel="alternate" type="application/atom+xml" title={title} href={`${root}${feed}`} />}
        {["assets/site.js", ...scripts].map((script) => (
          <script defer src={`${root}${script}`} key={script} />
        ))}
      </head>
      <body>
        <a class="skip" href="#content">
          To the content
        </a>
        <header>
          <search hidden>
            <form>
              <label for="search">Library, upstream project, project or SHA-256</label>
              <input id="search" type="search" autocomplete="off" spellcheck={false} />
              <output id="found" />
              <ul id="results" />
            </form>
          </search>
          <nav aria-label="Site">
            {PLACES.filter(([address]) => isThere(site, address)).map(([address, word]) => (
              <a href={root + address} aria-current={address === at ? "page" : undefined} key={address}>
                {word}
              </a>
            ))}
          </nav>
        </header>
        <main id="content">
          {isIncomplete(site) && (
            <p class="notice">
              <strong>Edition {site.edition} is incomplete</strong>: its figures are not to be cited, and who is missing
              here may carry it all the same. <a href={root + addressOf("edition", site.edition)}>What is missing</a>
            </p>
          )}
          {children}
        </main>
        <footer>
          <p>
            wheel-survey: native libraries in Python wheels,{" "}
            <a href={root + addressOf("edition", site.edition)}>edition {site.edition}</a>, method version {METHOD}.
            Data: CC0-1.0.{site.isImported && " But for the file names of 2023: Apache-2.0, by Seth Larson."}
          </p>
        </footer>
      </body>
    </html>
  );
}
