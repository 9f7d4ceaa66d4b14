// The site: every page of every edition, from the database alone. The same facts give the same bytes.
import type { Db } from "../../database/database.ts";
import { browserFiles } from "./browser.ts";
import { readSite, type Site } from "./contents.ts";
import { feeds } from "./feeds.tsx";
import { type SiteFile, writeFiles } from "./files.ts";
import { aboutPage } from "./pages/about.tsx";
import { askPage } from "./pages/ask.tsx";
import { carrierPages } from "./pages/carriers.tsx";
import { editionPages } from "./pages/editions.tsx";
import { frontPage } from "./pages/front.tsx";
import { projectPages } from "./pages/projects.tsx";
import { tablePages } from "./pages/tables.tsx";
import { searchFiles } from "./search.ts";
import { slimDatabase } from "./slim-database.ts";

/** What a site is made with: where the datasets of its editions are, if others can get them. */
export interface SiteOptions {
  datasets: string | null;
}

const CACHE_KIB = 4000; // Each table is read once: a larger cache takes memory and no less time.

/** Writes the site into a folder, whole or not at all; gives how many pages and files it has. RunError 2 without an edition, 7 if it cannot. */
export async function writeSite(
  db: Db,
  out: string,
  options: SiteOptions,
): Promise<{ pages: number; files: number; bytes: number }> {
  db.pragma(`cache_size = -${CACHE_KIB}`);
  const site = await readSite(db, options);
  return writeFiles(out, filesOf(site));
}

function* filesOf(site: Site): Generator<SiteFile> {
  yield* frontPage(site);
  yield* tablePages(site);
  yield* carrierPages(site);
  yield* projectPages(site);
  yield* editionPages(site);
  yield* feeds(site);
  yield* aboutPage(site);
  yield* askPage(site);
  yield* slimDatabase(site);
  yield* searchFiles(site);
  yield* browserFiles();
  for (const { name, svg } of site.charts) yield { path: `charts/${name}.svg`, parts: [svg] };
}
