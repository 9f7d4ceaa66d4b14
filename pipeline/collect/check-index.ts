// Whether an index is what the survey takes it for, found out with eight requests at most, through the survey's own door.
import { dayOf, daysBetween, OLDEST_RANKING } from "../editions/dates.ts";
import { ItemError, RunError } from "../errors.ts";
import { type ListedWheel, type Release, readProjectDocument } from "../formats/pypi/project-document.ts";
import { isBinaryWheel, parseWheelFilename } from "../formats/wheel/filename.ts";
import { readDirectory } from "../formats/zip/directory.ts";
import { type EndRecord, findEndRecord } from "../formats/zip/end-record.ts";
import type { DocumentAnswer } from "../network/answers.ts";
import type { Client } from "../network/client.ts";
import { type DoorOptions, openDoor } from "../network/door.ts";
import { allowedFileUrl, parseHosts, projectUrl, TOP_PACKAGES } from "../network/hosts.ts";
import { atMost, ProcessLimiter } from "../network/limiter.ts";
import { ratesOf } from "../network/rates.ts";
import { count } from "../words.ts";
import { readRanking } from "./ranking-source.ts";
import { DOCUMENT_LIMIT } from "./releases.ts";

/** What is to be checked; null where the defaults apply. `freeBytes` are those of the disk, `now` is this machine's clock. */
export interface CheckRequest {
  index: string | null;
  fileHosts: string[];
  ranking: string | null;
  contact: string | null;
  freeBytes: number;
  now: () => Date;
}

/** One thing that was looked at, what was found, and whether that is what is expected. */
export interface Finding {
  what: string;
  found: string;
  expected: string;
  isExpected: boolean;
}

/** An answer as the door tells of it. */
type Heard = Parameters<NonNullable<DoorOptions["hear"]>>[0];

/** The most requests that a check makes. */
export const MOST_REQUESTS = 8;

const MOST_PROJECTS = 2; // Of the ranking, until one has a wheel:
const WITH_BINARIES = new Set(["charset-normalizer", "cryptography", "numpy"]); // first those that are known to have a binary one.
const LEAST_FREE = 1e9; // Bytes: a database of some editions, reports, and a wheel that is sent whole.
const MOST_SKEW = 60; // Seconds.
const TAIL = 65_557; // Bytes: the end record with the longest comment.
const NOBODY = "no-project-of-this-name-wheel-survey-asks-whether-404-is-told"; // Longer than names are.

/** Looks at one thing after the other, and goes on as far as that makes sense; RunError if it is stopped. */
export async function* checkIndex(request: CheckRequest, signal: AbortSignal): AsyncGenerator<Finding> {
  const hosts = parseHosts(request.index, request.fileHosts);
  const limiter = atMost(MOST_REQUESTS, new ProcessLimiter(ratesOf(hosts, null)));
  const { contact } = request;
  const look = lookingUntil(signal);
  yield await look("disk", `${megabytes(LEAST_FREE)} free at least`, async () => [
    `${megabytes(request.freeBytes)} free`,
    request.freeBytes >= LEAST_FREE,
  ]);
  let projects: string[] = [];
  yield await look("ranking", `one made at most ${OLDEST_RANKING} days ago`, async () => {
    const { ranking } = await readRanking(request.ranking ?? TOP_PACKAGES, signal, contact, limiter);
    const names = ranking.rows.map(({ project }) => project);
    projects = [...names.filter((name) => WITH_BINARIES.has(name)), ...names].slice(0, MOST_PROJECTS);
    const age = daysBetween(ranking.rankedAt!.slice(0, 10), dayOf(request.now()));
    return [`${count(ranking.rows.length, "project")}, made ${age} days ago`, age >= -1 && age <= OLDEST_RANKING];
  });
  const answers: Heard[] = [];
  const door = openDoor({ hosts, concurrency: 1, limiter, contact, signal, hear: (answer) => answers.push(answer) });
  try {
    const wheel = yield* checkDocuments(projects, door.client(), answers, look);
    yield await look("clock", `at most ${MOST_SKEW} seconds from the index's`, async () => {
      const date = String(answers[0]?.headers.date);
      const skew = Math.round((request.now().getTime() - Date.parse(date)) / 1000);
      return [Number.isNaN(skew) ? `Date: ${date}` : `${skew} seconds`, Math.abs(skew) <= MOST_SKEW];
    });
    if (wheel) yield* checkRanges(wheel, door.client(), look);
  } finally {
    await door.close();
  }
}

/** Looks at a document, by another spelling too and again; gives a wheel of it. */
async function* checkDocuments(
  projects: string[],
  client: Client,
  answers: Heard[],
  look: Look,
): AsyncGenerator<Finding, ListedWheel | undefined> {
  const ask = (name: string, etag: string | null) =>
    client.getDocument(projectUrl(client.hosts.index, name), { etag, limit: DOCUMENT_LIMIT }, readProjectDocument);
  let answer: DocumentAnswer<Release> | undefined;
  let wheel: ListedWheel | undefined;
  const [first = NOBODY] = projects;
  const spelling = first.toUpperCase();
  yield await look(`${spelling}, another spelling`, "a redirect within the index, then the document", async () => {
    answer = await ask(spelling, null);
    return [`status ${answers.map(({ statusCode }) => statusCode).join(", then ")}`, answer.status === 200];
  });
  let looked = "";
  for (const project of projects) {
    if (wheel) break;
    looked = project;
    yield await look(`document of ${project}`, "its latest release, with a wheel and an ETag", async () => {
      if (project !== first || answer?.status !== 200) answer = await ask(project, null);
      if (answer.status !== 200) return [`status ${answer.status}`, false];
      const { version, counts, wheels } = answer.content;
      wheel = wheels.find(({ filename }) => isBinaryWheel(parseWheelFilename(filename))) ?? wheels[0];
      const found = `${count(counts.wheels, "wheel")} in ${version}, ETag ${answer.etag}`;
      return [found, answer.etag !== null && wheel !== undefined];
    });
  }
  if (answer?.status === 200 && answer.etag !== null) {
    const { etag } = answer;
    yield await look("the same, asked for with its ETag", "status 304", async () => {
      const { status } = await ask(looked, etag);
      return [`status ${status}`, status === 304];
    });
  }
  yield await look("a project that does not exist", "status 404", async () => {
    const { status } = await ask(NOBODY, null);
    return [`status ${status}`, status === 404];
  });
  return wheel;
}

/** Looks at two ranges of a wheel: its end, and the directory that it points to. */
async function* checkRanges(wheel: ListedWheel, client: Client, look: Look): AsyncGenerator<Finding> {
  const { filename, size } = wheel;
  const start = Math.max(0, size - TAIL);
  const read = (from: number, to: number) =>
    client.getRange(allowedFileUrl(client.hosts, wheel.url), { start: from, end: to, size }, refuseWhole);
  let tail: Buffer | undefined;
  let end: EndRecord | undefined;
  yield await look(`last ${size - start} bytes of ${filename}`, "exactly these, an archive's end", async () => {
    tail = await read(start, size);
    const found = findEndRecord(tail, size);
    if ("needFrom" in found) return ["no archive's end", false];
    end = found;
    return [`${tail.length} bytes, an archive's end`, true];
  });
  if (!tail || !end) return;
  const { directoryOffset: from, directorySize } = end;
  const known = tail.subarray(Math.max(0, from - start), from + directorySize - start);
  yield await look("its directory, by itself", "the same bytes once more", async () => {
    const directory = await read(from, from + directorySize);
    const { entries } = readDirectory(directory, end!);
    const isSame = directory.subarray(directory.length - known.length).equals(known);
    return [`${isSame ? "the same" : "other"} bytes, of ${entries.length} entries`, isSame];
  });
}

async function refuseWhole(): Promise<never> {
  throw new ItemError("range", "the whole file");
}

/** Looks at one thing: what that throws is what was found. */
type Look = (
  what: string,
  expected: string,
  see: () => Promise<[found: string, isExpected: boolean]>,
) => Promise<Finding>;

function lookingUntil(signal: AbortSignal): Look {
  return async (what, expected, see) => {
    try {
      const [found, isExpected] = await see();
      return { what, found, expected, isExpected };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ItemError || error instanceof RunError)) throw error;
      return { what, found: error.message, expected, isExpected: false };
    }
  };
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1e6)} MB`;
}
