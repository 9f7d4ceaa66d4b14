// npm run demo: the main job, for both months of the recorded slice of PyPI in data/recorded, over real HTTP on loopback, into demo/.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runImport2023 } from "../pipeline/commands/import-2023.ts";
import { stopSignal } from "../pipeline/commands/output.ts";
import { openForReading } from "../pipeline/database/database.ts";
import { RunError } from "../pipeline/errors.ts";
import { showProgress } from "../pipeline/progress.ts";
import { headOf, readTable } from "../pipeline/publish/catalogue.ts";
import { toMarkdown } from "../pipeline/publish/markdown.ts";
import { writeSite } from "../pipeline/publish/site/site.ts";
import { runSurvey } from "../pipeline/stage/run.ts";
import type { SurveyRequest } from "../pipeline/stage/stage.ts";
import { STAGES } from "../pipeline/stages.ts";
import { startIndex } from "../test/loopback/index-server.ts";
import { madeUpSource } from "../test/loopback/made-up-source.ts";
import { recordedSource } from "../test/loopback/recorded-source.ts";
import type { IndexSource } from "../test/loopback/source.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MONTHS = ["2026-10", "2026-11"] as const;
const EDITION = MONTHS[1];
const TOP = 15;

process.chdir(ROOT);
rmSync("demo", { recursive: true, force: true });
const PLACES = { database: "demo/survey.sqlite", reports: "demo/reports", top: 160 };
// Of the recorded wheels only names and sizes are there: what bytes say is shown on wheels that are made up, in a database of their own.
const MADE_UP = { database: "demo/made-up.sqlite", reports: "demo/made-up", top: 1 };
const signal = stopSignal();
try {
  await runImport2023("reports/2023-07/files.csv", PLACES, showProgress(), signal);
  for (const month of MONTHS) await survey(month, recordedSource(month), PLACES);
  await survey(EDITION, madeUpSource(), { ...MADE_UP, contents: "all" });
} catch (error) {
  if (!(error instanceof RunError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(error.exitCode);
}

/** Surveys an index as if it were the second day of a month. */
async function survey(
  month: (typeof MONTHS)[number],
  source: IndexSource,
  more: Pick<SurveyRequest, "database" | "reports" | "top" | "contents">,
): Promise<void> {
  const index = await startIndex(source);
  const now = () => new Date(`${month}-02T12:00:00Z`);
  const request = {
    ...{ edition: month, index: index.url, ranking: index.rankingUrl, projects: null, now, ...more },
    ...{ fileHosts: [], concurrency: null, rate: null, contact: null, retry: false },
  };
  try {
    const exitCode = await runSurvey(STAGES, request, showProgress(), signal);
    if (exitCode !== 0) process.exit(exitCode);
  } finally {
    await index.close();
  }
}

const db = openForReading("demo/survey.sqlite");
const libraries = readTable(db, "libraries", EDITION);
await writeSite(db, "demo/site", { datasets: null });
db.close();
process.stdout.write(`
The ${TOP} commonest native libraries in the recorded slice of PyPI (of most projects only one wheel: a sample, not a survey):

${toMarkdown(headOf(libraries, TOP, libraries.table.columns.length))}
Where to look next:
  demo/site/index.html             the site, in your browser: search, pages of each library and project, SQL
  demo/reports/${EDITION}/README.md   what was found and covered, and the other tables
  demo/reports/${EDITION}/then-and-now.md   beside the data of 2023, from reports/2023-07/
  demo/survey.sqlite               the database: sqlite3 demo/survey.sqlite "SELECT * FROM component_rank LIMIT 10"
  npm run --silent survey -- who libwebp --database demo/survey.sqlite
  npm run survey -- status --database demo/survey.sqlite
  npm run --silent survey -- query "SELECT path, identity, needed, version FROM library_contents" --database demo/made-up.sqlite
  npm run --silent survey -- query "SELECT path, component, version, evidence FROM linked_component" --database demo/made-up.sqlite
                                   what bytes say, of a made-up wheel: of the recorded ones only names and sizes are there
  npm run survey -- dataset --edition ${EDITION} --database demo/survey.sqlite --dist demo/dist
  npm run survey -- --help         the live survey
`);
