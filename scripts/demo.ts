// npm run demo: the main job on the recorded slice of PyPI in data/recorded, over real HTTP on loopback, into demo/.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openForReading } from "../pipeline/database/database.ts";
import { headOf, readTable } from "../pipeline/publish/catalogue.ts";
import { toMarkdown } from "../pipeline/publish/markdown.ts";
import { startIndex } from "../test/loopback/index-server.ts";
import { recordedSource } from "../test/loopback/recorded-source.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const EDITION = "2026-11";
const TOP = 15;

process.chdir(ROOT);
rmSync("demo", { recursive: true, force: true });
const source = recordedSource();
const index = await startIndex(source);
const survey = spawn(
  process.execPath,
  [
    ...[
      "--import",
      "tsx",
      "pipeline/cli.ts",
      "--edition",
      EDITION,
      "--index",
      index.url,
      "--ranking",
      index.rankingUrl,
    ],
    ...["--top", "160", "--database", "demo/survey.sqlite", "--reports", "demo/reports"],
  ],
  { stdio: ["ignore", "inherit", "inherit"] },
);
const [exitCode] = await once(survey, "exit");
await index.close();
if (exitCode !== 0) process.exit(exitCode ?? 1);

const db = openForReading("demo/survey.sqlite");
const libraries = readTable(db, "libraries", EDITION);
db.close();
process.stdout.write(`
The ${TOP} commonest native libraries in the recorded slice of PyPI (of most projects only one wheel: a sample, not a survey):

${toMarkdown(headOf(libraries, TOP, libraries.table.columns.length))}
Where to look next:
  demo/reports/${EDITION}/README.md   what was covered, and the other tables
  demo/survey.sqlite               the database: sqlite3 demo/survey.sqlite "SELECT * FROM component_rank LIMIT 10"
  npm run survey -- status --database demo/survey.sqlite
  npm run survey -- --help         the live survey
`);
