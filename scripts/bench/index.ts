// npm run bench: the survey's reading beside what people would use instead, and a full edition. --help says more.
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { measureHistory } from "./history.ts";
import { measureReaders } from "./readers.ts";
import type { Report } from "./report.ts";
import { measureScale } from "./scale.ts";
import { ROUND_TRIP } from "./server.ts";

/** What the command line says, as far as it says it. */
interface Said {
  folder: string | null;
  rounds: number | null;
  wheels: number | null;
  keep: string | null;
}

const tell = (line: string) => void process.stderr.write(`${line}\n`);

/** What can be measured, by the word that asks for it; without one, or with a folder: the readers. */
const SUBJECTS: Record<string, { help: string; measure(said: Said): Promise<Report> }> = {
  readers: {
    help: `npm run bench -- [FOLDER] [--rounds N] [--wheels N]
  Reads every binary wheel of FOLDER (default: the recorded slice, as sparse files) by the survey's own code and by what people would
  use instead, in turn, from one server process: directly, 8 at a time, and behind ${ROUND_TRIP} ms, 16 at a time. Checks that all give the
  same answer. Then counts what each way to predict a wheel's tail costs, and measures the parts that take no network.
  Only the ends of the wheels are read, so a folder of sparse files will do. remotezip and pip's lazy wheel take part if python3 has them.
  --rounds N   measured rounds after the one that warms up and checks (default: 3)
  --wheels N   only the first N wheels by name`,
    measure: ({ folder, rounds, wheels }) => measureReaders({ folder, limit: wheels }, rounds ?? 3, tell),
  },
  scale: {
    help: `npm run bench -- scale [--wheels N]
  Surveys N synthetic wheels (default: 15,000, some 4.6 million entries) by the program itself, twice, and the month after.`,
    measure: ({ wheels }) => measureScale(wheels ?? 15_000, tell),
  },
  history: {
    help: `npm run bench -- history [--keep FILE]
  Builds 24 editions of 15,000 wheels from the recorded listings, 45 % of them new each month, and asks what people ask of a database.
  --keep FILE  leaves the database there`,
    measure: ({ keep }) => measureHistory(keep, tell),
  },
};

const OUTPUT = new URL("../../bench/", import.meta.url);

function refuse(found: string): never {
  process.stderr.write(`bench: ${found}; see --help\n`);
  process.exit(2);
}

function readArguments() {
  const options = {
    rounds: { type: "string" },
    wheels: { type: "string" },
    keep: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function parseNumber(option: string, text: string | undefined): number | null {
  if (text !== undefined && !/^[1-9]\d{0,5}$/.test(text)) refuse(`--${option} ${text}, expected a whole number from 1`);
  return text === undefined ? null : Number(text);
}

const { values, positionals } = readArguments();
if (values.help) {
  const output = "Progress goes to stderr, Markdown to stdout, all figures as JSON into bench/.";
  process.stdout.write(`${[...Object.values(SUBJECTS).map(({ help }) => help), output].join("\n\n")}\n`);
} else {
  const [word = "readers"] = positionals;
  if (positionals.length > 1) refuse(`${positionals.length} arguments, expected one`);
  const isSubject = Object.hasOwn(SUBJECTS, word);
  if (!isSubject && !statSync(word, { throwIfNoEntry: false })?.isDirectory()) refuse(`${word}: no folder`);
  const { measure } = SUBJECTS[isSubject ? word : "readers"]!;
  const said = {
    folder: isSubject ? null : word,
    rounds: parseNumber("rounds", values.rounds),
    wheels: parseNumber("wheels", values.wheels),
    keep: values.keep ?? null,
  };
  const { parts, figures, isSound } = await measure(said);
  mkdirSync(OUTPUT, { recursive: true });
  const name = `${new Date().toISOString().slice(0, 16).replace(/[T:]/g, "-")}.json`;
  writeFileSync(new URL(name, OUTPUT), `${JSON.stringify(figures, null, 2)}\n`);
  process.stdout.write(`${parts.join("\n\n")}\n`);
  process.exitCode = isSound ? 0 : 1;
}
