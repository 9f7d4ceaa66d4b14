// The options that commands share, each declared once, and the words of the command line, checked one by one.
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { parseShard as shardOf } from "../editions/shard.ts";

// Each is also what the help says of it, where it would else stand in quotes.
const DATABASE = "data/survey.sqlite";
const REPORTS = "reports";

/** --database: the survey's database. */
export const databaseOption = (about = "the survey's database") =>
  new Option("--database <FILE>", about).default(DATABASE, DATABASE);

/** --reports: where the reports go. */
export const reportsOption = () => new Option("--reports <DIR>", "where the reports go").default(REPORTS, REPORTS);

/** --edition: a month; without it, what `otherwise` says. */
export const editionOption = (about: string) => new Option("--edition <YYYY-MM>", about).argParser(parseEdition);

/** --index: which index is asked. */
export const indexOption = () =>
  new Option("--index <URL>", "root of the index; a project's document is at URL/pypi/<project>/json (default: PyPI)");

/** --file-host: from where else files may come. */
export const fileHostOption = () =>
  new Option("--file-host <URL>", "another origin that files may come from (can be repeated)").argParser(collectOption);

/** --ranking: the download ranking. */
export const rankingOption = () =>
  new Option("--ranking <URL|FILE>", "the download ranking (default: the month's top-pypi-packages)");

/** --contact: who is asking. */
export const contactOption = () =>
  new Option("--contact <TEXT>", "who to write to about this survey; goes into the User-Agent").argParser(parseContact);

/** --queue: the server over which a survey's machines meet. */
export const queueOption = (about: string) => new Option("--queue <URL>", about).argParser(parseQueue);

/** A server's address, redis: or rediss: (TLS). */
function parseQueue(text: string): string {
  if (!/^rediss?:\/\/./.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError("expected an address such as redis://host:6379 (rediss: for TLS)");
  return text;
}

/** A month, YYYY-MM. */
export function parseEdition(text: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new InvalidArgumentError("expected a month as YYYY-MM");
  return text;
}

/** A shard, K/N. */
export function parseShard(text: string): string {
  const shard = shardOf(text);
  if (!shard) throw new InvalidArgumentError("expected one of two or more shards as K/N, such as 2/5");
  return `${shard.nth}/${shard.of}`;
}

/** A word that is not empty. */
export function parseWord(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("expected a name");
  return text;
}

/** How many projects: a whole number, or all. */
export function parseTop(text: string): number | "all" {
  if (text === "all") return "all";
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("expected a whole number from 1 to 999999, or all");
  return Number(text);
}

const UNITS = { "": 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** A size in bytes: a number, with KB, MB, GB or TB for thousands, millions and so on. */
export function parseBytes(text: string): number {
  const [, number, unit] = /^(\d{1,6}(?:\.\d{1,3})?) ?([KMGT]B|B)?$/i.exec(text) ?? [];
  const factor = UNITS[(unit ?? "").toLowerCase().replace(/^b$/, "") as keyof typeof UNITS];
  if (number === undefined || Number(number) === 0)
    throw new InvalidArgumentError("expected a size such as 500MB or 2GB");
  return Math.round(Number(number) * factor);
}

const MOST_AT_ONCE = 256; // More would only open connections that wait for each other.

/** Requests at a time. */
export function parseConcurrency(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > MOST_AT_ONCE)
    throw new InvalidArgumentError(`expected a whole number from 1 to ${MOST_AT_ONCE}`);
  return Number(text);
}

/** Requests a second, 0 for no limit. */
export function parseRate(text: string): number {
  if (!/^\d{1,6}$/.test(text))
    throw new InvalidArgumentError("expected a whole number of requests a second, 0 for no limit");
  return Number(text);
}

/** Text that can stand in a User-Agent. */
function parseContact(text: string): string {
  if (!/^[\x20-\x7e]{1,200}$/.test(text))
    throw new InvalidArgumentError("expected up to 200 printable ASCII characters");
  return text;
}

/** An option that can be repeated: its values in their order. */
function collectOption(text: string, earlier: string[] = []): string[] {
  return [...earlier, text];
}
