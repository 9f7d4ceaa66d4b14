// The list of editions, and a page for each: what changed, what it covers and leaves out, what else moves its figures.

import type { ComponentChildren } from "preact";
import type { Coverage } from "../../../editions/coverage.ts";
import { grouped } from "../../../words.ts";
import { headOf, readTable } from "../../catalogue.ts";
import {
  askedNotice,
  breaksNotice,
  datesNotice,
  incompleteNotice,
  localNotice,
  otherFilesNotice,
  shortNotice,
} from "../../notices.ts";
import { ATTRIBUTION, headingOf, howToCite, sourceOf } from "../../pages.ts";
import type { Row } from "../../table.ts";
import { addressOf, rootOf } from "../addresses.ts";
import type { Site, SiteEdition } from "../contents.ts";
import type { SiteFile } from "../files.ts";
import { pageFile } from "../parts/page.tsx";
import { Prose, Sentence } from "../parts/prose.tsx";
import { Explanation, Table } from "../parts/table.tsx";

const TOP = 25;

/** editions.html and editions/<edition>.html. */
export function* editionPages(site: Site): Generator<SiteFile> {
  yield pageFile({
    ...{ site, at: "editions.html", title: "Editions" },
    about: "Every edition of the survey, with what it covers.",
    children: (
      <>
        <h1>Editions</h1>
        <p>
          One for each month, newest first. <a href="editions.xml">As a feed</a>.
        </p>
        <ul class="list">
          {site.editions.map((edition) => (
            <li key={edition.edition}>
              <a href={addressOf("edition", edition.edition)}>{headingOf(edition.edition, edition.coverage)}</a>:{" "}
              {inAWord(edition.coverage)}
            </li>
          ))}
        </ul>
      </>
    ),
  });
  for (const edition of site.editions) yield editionPage(site, edition);
}

/** What an edition is, in half a sentence. */
export function inAWord(coverage: Coverage): string {
  const projects = grouped(coverage.outcomes.taken ?? 0);
  if (coverage.kind === "imported") return `the data of the survey of 2023, ${projects} projects`;
  const of = coverage.kind === "ranking" ? "a download ranking" : "a list of projects";
  return `${projects} projects of ${of}, ${grouped(coverage.wheelsRead)} of ${grouped(coverage.wheels)} wheels read`;
}

function editionPage(site: Site, told: SiteEdition): SiteFile {
  const { edition, coverage, before } = told;
  const at = addressOf("edition", edition);
  const heading = headingOf(edition, coverage);
  return pageFile({
    ...{ site, at, title: `Edition ${heading}` },
    about: `Edition ${edition}: ${inAWord(coverage)}.`,
    children: (
      <>
        <h1>Edition {heading}</h1>
        {coverage.kind === "imported" ? <Prose text={ATTRIBUTION} /> : <Surveyed edition={told} />}
        {before !== null && <Changed site={site} at={at} edition={told} />}
        <Commonest site={site} at={at} edition={edition} name="libraries" />
        <Commonest site={site} at={at} edition={edition} name="components" />
        {coverage.kind !== "imported" && <Covered site={site} at={at} edition={told} />}
        <h2 id="cite">How to cite</h2>
        <Prose text={howToCite(edition, coverage).at(-1)!} />
        {site.datasets && (
          <p>
            <a href={`${site.datasets}/${edition}`}>The dataset</a>: SQLite, CSV and Parquet.
          </p>
        )}
      </>
    ),
  });
}

function Surveyed({ edition: { coverage } }: { edition: SiteEdition }) {
  const notices = [incompleteNotice, localNotice, shortNotice, datesNotice].flatMap((notice) => notice(coverage));
  return (
    <>
      {notices.map((text) => (
        <Prose text={text} key={text} />
      ))}
      <p class="lead">
        <Sentence
          text={`${coverage.outcomes.taken ?? 0} of ${coverage.topN} projects with binary wheels, from ${sourceOf(coverage)}; ${coverage.wheelsRead} of ${coverage.wheels} binary wheels of their latest releases read.${askedNotice(coverage)}`}
        />
      </p>
    </>
  );
}

const SECTIONS: [subject: string, heading: string][] = [
  ["project", "Projects"],
  ["component", "Upstream projects"],
  ["library", "Libraries"],
  ["bundle", "Libraries in projects that both editions have"],
];

/** What changed since the edition before, by what it is of, and what else changed in the world. */
function Changed({
  site,
  at,
  edition: { edition, before, changes },
}: {
  site: Site;
  at: string;
  edition: SiteEdition;
}) {
  const breaks = breaksNotice(before!, edition);
  return (
    <>
      <h2 id="changes">
        What changed since <a href={rootOf(at) + addressOf("edition", before!)}>{before}</a>
      </h2>
      {changes.rows.length === 0 && <p>Nothing.</p>}
      {SECTIONS.map(([subject, heading]) => {
        const rows = changes.rows.filter(([about]) => about === subject);
        if (rows.length === 0) return null;
        return (
          <section key={subject}>
            <h3 id={subject}>{heading}</h3>
            <p>{countsOf(rows)}.</p>
            <Table {...{ site, at, filled: { table: changes.table, rows }, caption: heading, without: ["subject"] }} />
          </section>
        );
      })}
      {changes.rows.length > 0 && <Explanation filled={changes} />}
      {breaks.length > 0 && <h3 id="breaks">Breaks in between</h3>}
      {breaks.map((text) => (
        <Prose text={text} key={text} />
      ))}
    </>
  );
}

function countsOf(rows: Row[]): string {
  const words = ["entered", "left", "released", "changed"];
  const counts = words.map((word) => [rows.filter(([, change]) => change === word).length, word] as const);
  return counts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${grouped(count)} ${word}`)
    .join(", ");
}

/** The commonest libraries or components of any edition, from the stored ranks. */
function Commonest({
  site,
  at,
  edition,
  name,
}: {
  site: Site;
  at: string;
  edition: string;
  name: "libraries" | "components";
}) {
  const isNewest = edition === site.edition;
  const { table, rows } = isNewest ? site.read(name) : readTable(site.db, name, edition);
  if (rows.length === 0) return null;
  const filled = headOf({ table, rows }, TOP, table.columns.length);
  const caption = `The ${filled.rows.length} commonest of ${grouped(rows.length)} ${name === "libraries" ? "libraries" : "upstream projects"}`;
  return (
    <>
      <h2 id={name}>{table.title}</h2>
      <Table {...{ site, at, filled, caption }} />
      {isNewest && (
        <p>
          <a href={`${rootOf(at)}tables/${name}.html`}>All of them</a>
        </p>
      )}
    </>
  );
}

const COVERAGE = ["outcomes", "platforms", "failures"];
const NEWEST_ALONE = ["kinds", "contents", "sbom-completeness", "anomalies"];

/** What the edition covers and leaves out. */
function Covered({ site, at, edition: { edition, coverage } }: { site: Site; at: string; edition: SiteEdition }) {
  const isNewest = edition === site.edition;
  const names = isNewest ? [...COVERAGE, ...NEWEST_ALONE] : COVERAGE;
  const sections: ComponentChildren[] = names.map((name) => {
    const filled = isNewest ? site.read(name) : readTable(site.db, name, edition);
    if (filled.rows.length === 0) return name === "failures" && <p key={name}>Nothing failed.</p>;
    return (
      <section key={name}>
        <h3 id={name}>{filled.table.title}</h3>
        <p>
          <Sentence text={filled.table.meaning} />
        </p>
        <Table {...{ site, at, filled, caption: filled.table.title }} />
      </section>
    );
  });
  return (
    <>
      <h2 id="coverage">What it covers</h2>
      {sections}
      {otherFilesNotice(coverage).map((text) => (
        <Prose text={text} key={text} />
      ))}
    </>
  );
}
