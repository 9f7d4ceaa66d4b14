// The front page: what was found, the ranked table, the charts, and how to go on.

import { grouped } from "../../../words.ts";
import { findingsOf } from "../../findings.ts";
import { datesNotice, incompleteNotice, localNotice, shortNotice } from "../../notices.ts";
import { headingOf, howToCite } from "../../pages.ts";
import { addressOf } from "../addresses.ts";
import type { Site } from "../contents.ts";
import type { SiteFile } from "../files.ts";
import { Figure } from "../parts/figure.tsx";
import { pageFile } from "../parts/page.tsx";
import { Prose, Sentence } from "../parts/prose.tsx";
import { Ranking } from "../parts/ranking.tsx";

import { inAWord } from "./editions.tsx";

const AT = "index.html";

/** index.html. */
export function* frontPage(site: Site): Generator<SiteFile> {
  const { db, edition, coverage, read } = site;
  const projects = coverage.outcomes.taken ?? 0;
  const libraries = read("libraries").rows.length;
  const components = read("components").rows.length;
  const tableOf = (name: string) => (site.tables.has(name) ? `tables/${name}.html` : null);
  const notices = [
    ...incompleteNotice(coverage),
    ...localNotice(coverage),
    ...shortNotice(coverage),
    ...datesNotice(coverage),
  ];
  yield pageFile({
    site,
    at: AT,
    title: `What Python wheels carry inside: ${headingOf(edition, coverage)}`,
    about:
      "Which native libraries the wheels of PyPI's most downloaded projects carry, in which version, and who carries them.",
    children: (
      <>
        <h1>What Python wheels carry inside</h1>
        <p class="lead">
          Python wheels bundle native libraries that no requirements file and no audit tool shows. This survey reads,
          every month, what the wheels of PyPI's most downloaded projects carry. This is edition{" "}
          <a href={addressOf("edition", edition)}>{headingOf(edition, coverage)}</a>: {inAWord(coverage)}.
        </p>
        {!site.isImported && notices.map((text) => <Prose text={text} key={text} />)}
        <dl class="numbers">
          <Figured value={projects} word="projects with binary wheels" href={tableOf("projects")} />
          {!site.isImported && (
            <Figured value={coverage.wheelsRead} word="wheels read" href={addressOf("edition", edition)} />
          )}
          <Figured value={libraries} word="different shared libraries" href={tableOf("libraries")} />
          <Figured value={components} word="upstream projects recognized" href={tableOf("components")} />
        </dl>
        {!site.isImported && (
          <ul class="findings">
            {findingsOf(db, edition, read).map((finding) => (
              <li key={finding}>
                <Sentence text={finding} />
              </li>
            ))}
          </ul>
        )}
        <h2 id="libraries">The commonest libraries</h2>
        <Ranking site={site} at={AT} />
        <h2 id="charts">In pictures</h2>
        <div class="figures">
          {site.charts.map((chart) => (
            <Figure chart={chart} at={AT} key={chart.name} />
          ))}
        </div>
        <h2 id="use">Use it</h2>
        <Use site={site} />
      </>
    ),
  });
}

/** A number with what it counts, which leads to the table that has it, if there is one. */
function Figured({ value, word, href }: { value: number; word: string; href: string | null }) {
  return (
    <div>
      <dt>{href === null ? word : <a href={href}>{word}</a>}</dt>
      <dd>{grouped(value)}</dd>
    </div>
  );
}

function Use({ site }: { site: Site }) {
  const { edition, coverage, datasets } = site;
  return (
    <ul>
      <li>
        <strong>Ask</strong>: <a href="ask.html">query this edition with SQL</a>, here in the browser.
      </li>
      <li>
        <strong>Download</strong>: each <a href="tables.html">table as CSV</a>
        {datasets && (
          <>
            , and <a href={`${datasets}/${edition}`}>everything as SQLite, CSV and Parquet</a>
          </>
        )}
        . Each project's page has its data as JSON.
      </li>
      <li>
        <strong>Follow</strong>: a <a href="editions.xml">feed of the editions</a>; each library, upstream project and
        project has one of its own.
      </li>
      <li>
        <strong>Cite</strong>: <Sentence text={howToCite(edition, coverage).at(-1)!.replace(/^> /, "")} />
      </li>
    </ul>
  );
}
