// npm run bench: the survey's reading beside what people would use instead, a full edition, and two years of them. --help says more.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureContents } from "./contents.ts";
import { measureHistory } from "./history.ts";
import { measureMany } from "./many.ts";
import { measureReaders, ROUND_TRIP } from "./readers.ts";
import { measureScale } from "./scale.ts";
import { measureSite } from "./site.ts";
import { measureWorkers } from "./workers.ts";

const HELP = `npm run bench -- [FOLDER] [--rounds N] [--wheels N]
  Reads every binary wheel of FOLDER (default: the recorded slice, as sparse files) by the survey's own code and by what people would
  use instead, in turn, from one server process, behind ${ROUND_TRIP} ms, 16 at a time. Checks that all give the same answer. Then counts what each way to predict a wheel's tail costs.
  Only the ends of the wheels are read, so a folder of sparse files will do. remotezip and pip's lazy wheel take part if python3 has them.
  --rounds N   measured rounds after the one that warms up and checks (default: 3)
  --wheels N   only the first N wheels by name

npm run bench -- scale [--wheels N]
  Surveys N synthetic wheels (default: 15,000, some 4.6 million entries) by the program itself, twice, and the month after.

npm run bench -- contents [--folder FOLDER] [--libraries N]
  Reads the contents of the real, whole wheels of FOLDER at each level, by the program itself, beside curl and whole downloads, and those of
  N made-up libraries (default: 30,000), each twice.

npm run bench -- history [--keep FILE]
  Builds 24 editions of 15,000 wheels from the recorded listings, 45 % of them new each month, and asks what people ask of a database.
  --keep FILE  leaves the database there

npm run bench -- many [--wheels N]
  Stores one edition of N wheels (default: 500,000), ten of each project, without a network, derives and reports it, and asks what people ask.

npm run bench -- site [--keep FOLDER]
  Writes the site of 24 editions of 15,000 wheels with 10,000 libraries, by the program in a process of its own, and opens it in Chromium.
  --keep FOLDER  leaves the site there

npm run bench -- workers [--wheels N]
  Has N synthetic wheels (default: 3,000) read by 1, 2, 4 and 8 workers with 2 requests at a time each, behind ${ROUND_TRIP} ms. Needs redis-server.

Progress goes to stderr, Markdown to stdout, all figures as JSON into bench/.
`;

const OUTPUT = new URL("../../bench/", import.meta.url);
const option = { type: "string" } as const;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: option,
    wheels: option,
    keep: option,
    folder: option,
    libraries: option,
    help: { type: "boolean", short: "h" },
  },
});
const { rounds, wheels, libraries, folder = null, keep = null } = values;
const [word = null, ...more] = positionals;
const isFolder = word === null || statSync(word, { throwIfNoEntry: false })?.isDirectory();
const areCounts = [rounds, wheels, libraries].every((text) => /^[1-9]\d{0,5}$/.test(text ?? "1"));
if (
  values.help ||
  more.length > 0 ||
  !areCounts ||
  !(isFolder || ["scale", "contents", "history", "site", "workers", "many"].includes(word))
) {
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exit(values.help ? 0 : 2);
}

const tell = (line: string) => void process.stderr.write(`${line}\n`);
const { parts, figures, isSound } = await measure();
mkdirSync(OUTPUT, { recursive: true });
const name = `${new Date().toISOString().slice(0, 16).replace(/[T:]/g, "-")}.json`;
writeFileSync(new URL(name, OUTPUT), `${JSON.stringify(figures, null, 2)}\n`);
process.stdout.write(`${parts.join("\n\n")}\n`);
process.exitCode = isSound ? 0 : 1;

function measure() {
  if (word === "scale") return measureScale(Number(wheels ?? 15_000), tell);
  if (word === "contents") return measureContents(folder, Number(libraries ?? 30_000), tell);
  if (word === "history") return measureHistory(keep, tell);
  if (word === "many") return measureMany(Number(wheels ?? 500_000), tell);
  if (word === "site") return measureSite(keep, tell);
  if (word === "workers") return measureWorkers(Number(wheels ?? 3_000), ROUND_TRIP, tell);
  return measureReaders({ folder: word, limit: wheels ? Number(wheels) : null }, Number(rounds ?? 3), tell);
}
