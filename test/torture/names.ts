// Names that strangers may give their files, in every form in which they are published: read back they are the same, and inert.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { parse } from "csv-parse/sync";
import { printable, showProgress } from "../../pipeline/progress.ts";
import { toCsv } from "../../pipeline/publish/csv.ts";
import { escapeMarkup, escapeName, unescapeName } from "../../pipeline/publish/escape.ts";
import { toMarkdown } from "../../pipeline/publish/markdown.ts";
import type { FilledTable } from "../../pipeline/publish/table.ts";
import { runSurvey } from "../../pipeline/stage/run.ts";
import { STAGES } from "../../pipeline/stages.ts";
import { EDITION, project, requestTo, rows } from "../harness.ts";
import { startIndex } from "../loopback/index-server.ts";
import { memoryFile, memorySource } from "../loopback/source.ts";
import { refusalOf } from "../zip-archives.ts";
import { buildZip } from "../zip-builder.ts";
import { seeded } from "../zip-mutator.ts";
import type { Hardness, Ordeal } from "./ordeal.ts";
import { filesIn } from "./state.ts";

/** A published table with one row, of a stranger's name and a number. */
function tableOf(name: string): FilledTable {
  const columns: FilledTable["table"]["columns"] = [
    { name: "name", type: "text", meaning: "", stranger: true }, // Whatever a column is called, it is escaped.
    { name: "n", type: "integer", meaning: "" },
  ];
  return { table: { name: "", title: "", meaning: "", leavesOut: "", query: "", columns }, rows: [[name, 1]] };
}

// Groups with an empty line between them, each line of a group a JSON array of strings.
const GROUPS = readFileSync(new URL("hostile-names.txt", import.meta.url), "utf8")
  .split("\n\n")
  .map((group) =>
    group
      .trim()
      .split("\n")
      .flatMap((line): string[] => JSON.parse(line)),
  );
const [formulas, payloads, unseen, ...others] = GROUPS as [string[], string[], string[], ...string[][]];
const PUNCTUATION = [..."|`*_~#<>&\"'[](){}!\\^$:;,.@%/?+-="];
const LONG = ["n".repeat(4096), "|".repeat(1000), "\u202e".repeat(300), "🎉".repeat(200), "<".repeat(500)].concat(
  `${"a/".repeat(500)}x`,
);

/** More than 200 hostile names, in an order that never changes. */
export const HOSTILE_NAMES: string[] = [
  ...new Set([
    ...formulas.flatMap((start) => payloads.map((payload) => start + payload)),
    ...PUNCTUATION.flatMap((character) => [character, character.repeat(3), `a${character}b`]),
    ...unseen.flatMap((character) => [character, `a${character}b`]),
    ...others.flat(),
    ...LONG,
  ]),
];

/** Passes the corpus and `count` random medleys of it through every form, and through a survey into its reports. */
export const names: Ordeal = {
  promise: "hostile names are read back from every form as they were, and do nothing",
  counts: "medleys of hostile names",
  inTests: 2000,
  count: 100_000,
  async run({ seed, count, scratch, broken }) {
    const random = seeded(seed);
    const part = () => HOSTILE_NAMES[random(HOSTILE_NAMES.length)]!.slice(0, 40);
    const medley = () => Array.from({ length: 1 + random(4) }, part).join("");
    for (const name of [...HOSTILE_NAMES, ...Array.from({ length: count }, medley)])
      for (const line of wrongForms(name)) broken(`${JSON.stringify(name.slice(0, 80))}: ${line}`);
    return { names: HOSTILE_NAMES.length + count, forms: FORMS.length, ...(await surveyed(scratch, broken)) };
  },
};

/** The forms, each of them written and read back. */
const FORMS: [what: string, written: (name: string) => string, read: (text: string) => string | undefined][] = [
  ["CSV", (name) => toCsv(tableOf(name)), (text) => unescapeName(parse(text)[1]![0]!)],
  ["Markdown", (name) => toMarkdown(tableOf(name)), fromMarkdown],
  [
    "HTML",
    (name) => `<td>${escapeMarkup(escapeName(name))}</td>\n`,
    (text) => unescapeName(decoded(text.slice(4, -6))),
  ],
  ["log", (name) => `${printable(`failed: ${escapeName(name)}`)}\n`, (text) => unescapeName(text.slice(8, -1))],
];

function wrongForms(name: string): string[] {
  const wrong: string[] = [];
  for (const [what, written, read] of FORMS) {
    const text = written(name);
    if (hasControl(text)) wrong.push(`a control character in ${what}`);
    if (read(text) !== name) wrong.push(`read back from ${what} as ${JSON.stringify(read(text))?.slice(0, 80)}`);
  }
  const csv = parse(toCsv(tableOf(name)))[1]?.[0] ?? "";
  if (/^[\s=+\-@'＝＋－＠]/.test(csv)) wrong.push("a formula in CSV");
  for (const line of [printable(name), printable(escapeName(name))]) {
    if (hasControl(line) || line.includes("\n")) wrong.push("a control character in a log line");
    if (isCommand(line)) wrong.push(`a workflow command in a log line: ${line.slice(0, 80)}`);
  }
  return wrong;
}

/** The name in the first cell of the only row, if the table has two columns and one row, and a cell that is nothing but text. */
function fromMarkdown(text: string): string | undefined {
  const lines = text.trimEnd().split("\n");
  if (lines.length !== 3 || lines.some((line) => line.split("|").length !== 4)) return undefined;
  const cell = lines[2]!.slice(2, lines[2]!.lastIndexOf("|", lines[2]!.length - 2) - 1).trimEnd();
  const span = /^`([^`]*)`$/.exec(cell)?.[1];
  if (span !== undefined) return unescapeName(span);
  const code = /^<code>([^<>`*_[\]|]*)<\/code>$/.exec(cell)?.[1];
  // GitHub makes links of these, even between tags: https://github.github.com/gfm/#autolinks-extension-
  if (code === undefined || /(?:^|[\s(])(?:www\.|https?:\/\/|ftp:\/\/)\S/i.test(decoded(code))) return undefined;
  return unescapeName(decoded(code));
}

function decoded(text: string): string {
  return text.replace(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)));
}

function hasControl(text: string): boolean {
  return /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(text);
}

// As GitHub's runner looks for them: the newer ones after leading space is taken off, the older ones anywhere in a line.
function isCommand(line: string): boolean {
  return /^\s*::/.test(line) || /##(?:\[|vso\[|teamcity\[)/.test(line);
}

/** Surveys wheels whose members have these names: one with all that are accepted, one for each that is refused. */
async function surveyed(scratch: string, broken: Hardness["broken"]): Promise<Record<string, number>> {
  const [fine, refused]: [Buffer[], Buffer[]] = [[], []];
  for (const member of HOSTILE_NAMES.map((name) => Buffer.from(`lib.libs/${name}.so`)))
    (refusalOf(zipOf([...fine, member])) === null ? fine : refused).push(member);
  const wheels = [fine, ...refused.map((member) => [member])].map((members, nth) =>
    memoryFile(`hostile-1.0-${nth}-cp312-cp312-win_amd64.whl`, zipOf(members)),
  );
  const index = await startIndex(memorySource([project("hostile", wheels)]));
  const request = requestTo(index, scratch, { top: 1 });
  const log = new PassThrough();
  let said = "";
  log.setEncoding("utf8").on("data", (text: string) => (said += text));
  const progress = showProgress(log as unknown as NodeJS.WriteStream);
  const code = await runSurvey(STAGES, request, progress, new AbortController().signal);
  await index.close();
  if (code !== 3) broken(`exit ${code}, expected 3`);

  const ranked = rows(request.database, "SELECT library FROM library_rank ORDER BY rank").map(({ library }) => library);
  const published = join(request.reports, EDITION);
  const csv = parse(readFileSync(join(published, "libraries.csv"))).slice(1);
  if (JSON.stringify(csv.map((row) => unescapeName(row[1]!))) !== JSON.stringify(ranked))
    broken("libraries.csv does not give the names back");
  for (const [file, text] of Object.entries({ ...filesIn(published), log: said })) {
    const lines = text.split("\n");
    const widths = new Set(lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").length));
    if (hasControl(text)) broken(`a control character in ${file}`);
    if (file === "log" && lines.some(isCommand)) broken("a workflow command in the log");
    if (file.endsWith(".md") && /<(?!\/?code>)[a-z/!]/i.test(text)) broken(`markup in ${file}`);
    if (file === "libraries.md" && widths.size !== 1) broken(`a cell breaks the table of ${file}`);
  }
  return {
    "names in a surveyed wheel": fine.length,
    "wheels refused for a name": refused.length,
    "library names": ranked.length,
  };
}

function zipOf(members: Buffer[]): Buffer {
  return buildZip(members.map((name) => ({ name })));
}
