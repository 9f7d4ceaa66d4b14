// Names that strangers may give their files, in every form in which they are published: read back they are the same, and inert.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { parse } from "csv-parse/sync";
import { printable, showProgress } from "../../pipeline/progress.ts";
import { escapeMarkup, escapeName, unescapeName } from "../../pipeline/publish/escape.ts";
import { toCsv, toMarkdown } from "../../pipeline/publish/tables.ts";
import { runSurvey } from "../../pipeline/stage/run.ts";
import { STAGES } from "../../pipeline/stages.ts";
import { EDITION, project, requestTo, rows } from "../harness.ts";
import { startIndex } from "../loopback/index-server.ts";
import { memoryFile, memorySource, type SourceFile } from "../loopback/source.ts";
import { refusalOf } from "../zip-archives.ts";
import { buildZip } from "../zip-builder.ts";
import { seeded } from "../zip-mutator.ts";
import { type Findings, type Hardness, inScratch } from "./ordeal.ts";
import { filesIn } from "./state.ts";

const FORMULAS = [
  "=",
  "+",
  "-",
  "@",
  "＝",
  "＋",
  "－",
  "＠",
  "\t=",
  "\r=",
  "\n=",
  " =",
  "\u00a0=",
  "\0=",
  "'=",
  '"=',
  "|",
  ";=",
  ",=",
];
const PAYLOADS = ["1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example","x")', "SUM(A1:A9)*cmd", "libssl"];
const MARKUP = [
  ..."|`*_~#<>&\"'[](){}!\\^$:;,.@%/?+-="
    .split("")
    .flatMap((character) => [character, character.repeat(3), `a${character}b`]),
  ...[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</code></td></table><h1>x",
    "<!-- x -->",
    "<![CDATA[x]]>",
  ],
  ...[
    "[x](http://evil.example)",
    "![x](http://evil.example)",
    "[x][y]",
    "[^1]",
    "<http://evil.example>",
    "@octocat",
    "#1",
    "GH-1",
  ],
  ...[
    "https://evil.example/x",
    "(https://evil.example/x)",
    "(www.evil.example)",
    "a|b|c",
    "| --- | --- |",
    "`` ` ``",
    "$x$",
    ":+1:",
  ],
  ...[
    "&lt;",
    "&#60;",
    "&amp;lt;",
    "&nbsp;",
    "&#x3c;script&#x3e;",
    "&bogus;",
    "a\\|b",
    "\\u{3c}",
    "\\u{0}",
    "\\",
    "\\\\",
    "\\u{zz}",
    "%3Cscript%3E",
  ],
];
const UNSEEN = [
  "\0",
  "\x01",
  "\x07",
  "\b",
  "\t",
  "\n",
  "\r",
  "\r\n",
  "\x1b",
  "\x7f",
  "\x85",
  "\x9b",
  "\u00ad",
  "\u061c",
  "\u180e",
].concat(
  [
    "\u200b",
    "\u200d",
    "\u200e",
    "\u200f",
    "\u2028",
    "\u2029",
    "\u202a",
    "\u202e",
    "\u2060",
    "\u2066",
    "\u2069",
    "\ufeff",
    "\ufff9",
  ],
  ["\ue000", "\ufdd0", "\uffff", "\u{e0041}", "\u{10ffff}", "\ud800", "\udc00", "\udbff\udbff", "\ufffd"],
);
const TERMINALS = [
  ...[
    "\x1b[31mred",
    "\x1b]8;;http://evil.example\x07x\x1b]8;;\x07",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x9b2J",
    "\x1bP+q\x1b\\",
    "a\rb",
    "a\bb",
  ],
  ...[
    "::error::x",
    "::stop-commands::x",
    " ::error::x",
    "::set-output name=a::b",
    "::add-mask::x",
    "##[error]x",
    "x ##[stop-commands]y",
  ],
  ...[
    "##vso[task.complete]x",
    "##teamcity[x]",
    "section_start:0:x\r\x1b[0K",
    "\u2028::error::x",
    "\ufeff::error::x",
    "\u00a0::error::x",
  ],
];
const PLACES = [
  ...[
    "../x",
    "../../etc/passwd",
    "/etc/passwd",
    "a/../../x",
    "C:\\x",
    "c:/x",
    "\\\\host\\share",
    "./x",
    "a//b",
    "a/./b",
    "~/x",
    "CON",
    "nul.dll",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "prototype",
    "valueOf",
    "__proto__/x",
    "length",
    "null",
    "undefined",
    "NaN",
    "true",
  ],
  ...[
    "' OR 1=1 --",
    "'; DROP TABLE member; --",
    "%s%n",
    "$(id)",
    "`id`",
    "#{x}",
    "{{x}}",
    "<%= x %>",
    "-rf",
    "--help",
    " x",
    "x ",
    "  x  ",
    ".",
  ],
];
const LETTERS = [
  "größe",
  "日本語",
  "ﬁ",
  "ｌｉｂ",
  "é",
  "e\u0301",
  "İ",
  "ß",
  "👩‍👩‍👧",
  "🏳️‍🌈",
  "𝒳",
  "مرحبا",
  "שלום",
  "𐌀",
  "½",
  "①",
  "Ⅷ",
  "\u0300x",
];
const LONG = [
  "n".repeat(4096),
  "|".repeat(1000),
  "\u202e".repeat(300),
  "🎉".repeat(200),
  "<".repeat(500),
  `${"a/".repeat(500)}x`,
];

/** More than 200 hostile names, in an order that never changes. */
export const HOSTILE_NAMES: string[] = [
  ...new Set([
    ...FORMULAS.flatMap((start) => PAYLOADS.map((payload) => start + payload)),
    ...MARKUP,
    ...UNSEEN.flatMap((character) => [character, `a${character}b`]),
    ...TERMINALS,
    ...PLACES,
    ...LETTERS,
    ...LONG,
  ]),
];

/** Passes the corpus and `count` random medleys of it through every form, and through a survey into its reports. */
export async function run({ seed, count }: Hardness): Promise<Findings> {
  const names = [...HOSTILE_NAMES, ...medleys(seed, count)];
  const violations: string[] = [];
  for (const name of names) {
    const quoted = JSON.stringify(name.slice(0, 80));
    for (const line of wrongForms(name)) violations.push(`names: ${quoted}: ${line}`);
  }
  const published = await surveyed(violations);
  return { figures: { names: names.length, forms: FORMS.length, ...published }, violations };
}

/** The forms, each of them written and read back. */
const FORMS: [what: string, written: (name: string) => string, read: (text: string) => string | undefined][] = [
  [
    "CSV",
    (name) => toCsv({ columns: ["library", "n"], rows: [[name, 1]] }),
    (text) => unescapeName(parse(text)[1]![0]!),
  ],
  ["Markdown", (name) => toMarkdown({ columns: ["library", "n"], rows: [[name, 1]] }), fromMarkdown],
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
  const csv = parse(toCsv({ columns: ["library"], rows: [[name]] }))[1]?.[0] ?? "";
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
  const cells = lines.map((line) => line.split("|").length - 2);
  if (lines.length !== 3 || cells.some((count) => count !== 2)) return undefined;
  const cell = lines[2]!.slice(2, lines[2]!.lastIndexOf("|", lines[2]!.length - 2) - 1).trimEnd();
  const span = /^`([^`]*)`$/.exec(cell);
  if (span) return unescapeName(span[1]!);
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

function* medleys(seed: number, count: number): Generator<string> {
  const random = seeded(seed);
  const part = () => HOSTILE_NAMES[random(HOSTILE_NAMES.length)]!.slice(0, 40);
  for (let made = 0; made < count; made += 1) yield Array.from({ length: 1 + random(4) }, part).join("");
}

/** Surveys wheels whose members have these names: one with all that are accepted, one for each that is refused. */
async function surveyed(violations: string[]): Promise<Record<string, number>> {
  const members = HOSTILE_NAMES.map((name) => Buffer.from(`lib.libs/${name}.so`));
  const fine: Buffer[] = [];
  const refused: Buffer[] = [];
  for (const member of members) (refusalOf(zipOf([...fine, member])) === null ? fine : refused).push(member);
  const wheels: SourceFile[] = [fine, ...refused.map((member) => [member])].map((names, nth) =>
    memoryFile(`hostile-1.0-${nth}-cp312-cp312-win_amd64.whl`, zipOf(names)),
  );
  return inScratch(async (folder) => {
    const index = await startIndex(memorySource([project("hostile", wheels)]));
    const request = requestTo(index, folder, { top: 1 });
    const log = new PassThrough();
    const said: Buffer[] = [];
    log.on("data", (chunk: Buffer) => said.push(chunk));
    const progress = showProgress(log as unknown as NodeJS.WriteStream);
    const code = await runSurvey(STAGES, request, progress, new AbortController().signal);
    await index.close();
    if (code !== 3) violations.push(`names: exit ${code}, expected 3`);

    const libraries = rows(request.database, "SELECT library FROM library_rank ORDER BY rank").map(
      ({ library }) => library,
    );
    const published = join(request.reports, EDITION);
    const csv = parse(readFileSync(join(published, "libraries.csv"))).slice(1);
    if (JSON.stringify(csv.map((row) => unescapeName(row[1]!))) !== JSON.stringify(libraries))
      violations.push("names: libraries.csv does not give the names back");
    const texts = { ...filesIn(published), log: Buffer.concat(said).toString() };
    for (const [file, text] of Object.entries(texts)) {
      if (hasControl(text)) violations.push(`names: a control character in ${file}`);
      const lines = text.split("\n");
      if (file === "log" && lines.some(isCommand)) violations.push(`names: a workflow command in the log`);
      if (file.endsWith(".md") && /<(?!\/?code>)[a-z/!]/i.test(text)) violations.push(`names: markup in ${file}`);
      const widths = new Set(lines.filter((line) => line.startsWith("|")).map((line) => line.split("|").length));
      if (file === "libraries.md" && widths.size !== 1) violations.push(`names: a cell breaks the table of ${file}`);
    }
    return {
      "names in a surveyed wheel": fine.length,
      "wheels refused for a name": refused.length,
      "library names": libraries.length,
    };
  });
}

function zipOf(names: Buffer[]): Buffer {
  return buildZip(names.map((name) => ({ name })));
}
