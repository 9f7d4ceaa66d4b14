// What is counted, what the survey cannot see, and where its words are explained: README.md says it.
import { readFileSync } from "node:fs";
import type { Site } from "../contents.ts";
import type { SiteFile } from "../files.ts";
import { pageFile } from "../parts/page.tsx";
import { Prose } from "../parts/prose.tsx";

const README = new URL("../../../../README.md", import.meta.url);
const SECTION = "## What the numbers mean\n";
const END = "\nIs it right? ";

/** about.html. */
export function* aboutPage(site: Site): Generator<SiteFile> {
  yield pageFile({
    ...{ site, at: "about.html", title: "About the survey" },
    about: "What is counted, what the survey cannot see, and whose data these are.",
    children: (
      <>
        <h1>About the survey</h1>
        <p class="lead">
          Every month it asks PyPI's JSON API down its download ranking for the projects whose latest release has a
          binary wheel, reads the end of each of these wheels by byte range, and names what is inside.
        </p>
        <h2 id="numbers">What the numbers mean</h2>
        <Prose text={whatNumbersMean()} />
        <h2 id="licences">Licences</h2>
        <p>
          The data are CC0-1.0, except the file names of the survey of 2023, by Seth Larson: Apache-2.0. On the page on
          which people ask, SQLite runs as WebAssembly by <a href="assets/sql.js-LICENSE.txt">sql.js</a>.
        </p>
      </>
    ),
  });
}

/** That section of README.md; its links to other files of the repository are words here. */
function whatNumbersMean(): string {
  const text = readFileSync(README, "utf8");
  const section = text.slice(text.indexOf(SECTION) + SECTION.length);
  return section.slice(0, section.indexOf(END)).replaceAll(/\[([^\]]+)\]\((?!https:)[^)]+\)/g, "$1");
}
