// A project's document in the index's JSON API: https://docs.pypi.org/api/json/
// Only the fields that a survey needs are looked at; unknown and missing ones are no error.
import * as v from "valibot";
import { ItemError, type ItemErrorKind } from "../../errors.ts";
import { isBinaryWheel, parseWheelFilename } from "../wheel/filename.ts";
import { scanJson, type Wanted } from "./json-scan.ts";

/** A wheel as the index lists it: size in bytes, `sha256` of the whole file in hex, `uploadedAt` in UTC (ISO 8601). */
export interface ListedWheel {
  filename: string;
  size: number;
  sha256: string;
  url: string;
  uploadedAt: string | null;
  yanked: boolean;
}

/** The latest release of a project: its version (null: there is no such project), its licence as an SPDX expression (null: not said), its files counted, its wheels, those that cannot be used, and the names of files of unknown kinds. */
export interface Release {
  version: string | null;
  licence: string | null;
  files: number;
  counts: { wheels: number; sdists: number };
  wheels: ListedWheel[];
  unusable: { filename: string; kind: ItemErrorKind; message: string }[];
  unknown: string[];
}

const File = v.object({
  filename: v.string(),
  packagetype: v.nullish(v.string()),
  size: v.nullish(v.number()),
  digests: v.nullish(v.object({ sha256: v.nullish(v.string()) })),
  url: v.string(),
  upload_time_iso_8601: v.nullish(v.string()),
  yanked: v.nullish(v.union([v.boolean(), v.string()])),
});

const Licence = v.pipe(v.string(), v.minLength(1), v.maxLength(1_000));

const Head = v.object({
  info: v.object({
    version: v.pipe(v.string(), v.minLength(1)),
    license_expression: v.fallback(v.nullish(Licence), null),
  }),
  urls: v.array(v.unknown()),
});

// Most of a document is `releases`, the files of all older versions: deprecated, and not wanted.
const WANTED: Wanted = { info: { version: true, license_expression: true }, urls: [true] };
const MOST_WHEELS = 5_000; // Binary ones of a release, and pure ones: the largest releases have some hundred.
const BEGINNING = 40; // Characters of what is no project document that are told.

/** What PyPI has taken over the years beside wheels: source distributions, and built ones of older kinds. */
const KNOWN_KINDS = /\.(tar(\.(gz|bz2|xz|Z))?|tgz|zip|egg|exe|msi|rpm|deb|dmg)$/i;
const SHA256 = /^[0-9a-f]{64}$/i;
const UPLOAD_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Reads a project's document as it comes down to its latest release, one file at a time; ItemError `document` if it is not one, `too-large` if it lists too many wheels. */
export async function readProjectDocument(body: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<Release> {
  const head: Record<string, unknown> = {};
  let files = collectFiles();
  const scan = scanJson(WANTED, ([name, inner], value) => {
    if (name === "urls" && inner !== undefined) return files.add(value);
    if (name === "urls") files = collectFiles();
    head[name!] = inner === undefined ? value : { ...(head[name!] as object | undefined), [inner]: value };
  });
  let beginning = "";
  try {
    for await (const chunk of body) {
      if (beginning.length < BEGINNING) beginning += chunk.toString("utf8", 0, BEGINNING);
      scan.push(chunk);
    }
    scan.end();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const start = JSON.stringify(beginning.slice(0, BEGINNING));
    const found = `no JSON object, ${error.message}, it begins with ${start}`;
    throw new ItemError("document", `project document: ${found}, expected a JSON object`);
  }
  const parsed = v.safeParse(Head, head, { abortEarly: true });
  if (!parsed.success) throw misshapen(parsed.issues[0]);
  const { version, license_expression: licence = null } = parsed.output.info;
  return { ...files.release(version), licence };
}

/** What the files of a release come to, taken one after the other: the first that is none, else the release. */
function collectFiles() {
  const wheels: ListedWheel[] = [];
  const unusable: Release["unusable"] = [];
  const unknown: string[] = [];
  const seen = new Map<string, string>();
  const counts = { files: 0, wheels: 0, sdists: 0 };
  let binaries = 0;
  let wrong: ItemError | undefined;
  return {
    add(value: unknown): void {
      if (wrong) return;
      const parsed = v.safeParse(File, value, { abortEarly: true });
      if (!parsed.success) {
        wrong = misshapen(parsed.issues[0], `urls.${counts.files}`);
        return;
      }
      const file = parsed.output;
      counts.files += 1;
      if (file.packagetype === "sdist") counts.sdists += 1;
      if (!file.filename.endsWith(".whl")) {
        if (!KNOWN_KINDS.test(file.filename)) unknown.push(file.filename);
        return;
      }
      counts.wheels += 1;
      try {
        const binary = isBinaryWheel(parseWheelFilename(file.filename));
        const said = JSON.stringify(file);
        const before = seen.get(file.filename);
        if (before === said || (before !== undefined && !binary)) return;
        if (before !== undefined) throw invalid(file.filename, "listed twice, differently", "each file once");
        if (binaries === MOST_WHEELS) throw tooMany();
        if (!binary && wheels.length - binaries === MOST_WHEELS) return; // Counted, and not listed.
        seen.set(file.filename, said);
        wheels.push(listedWheel(file));
        if (binary) binaries += 1;
      } catch (error) {
        if (!(error instanceof ItemError) || error.kind === "too-large") throw error;
        if (isPure(file.filename)) return; // It is not surveyed, so what is odd about its entry costs nothing.
        unusable.push({ filename: file.filename, kind: error.kind, message: error.message });
      }
    },
    release(version: string): Omit<Release, "licence"> {
      if (wrong) throw wrong;
      // A name that is no wheel's costs that file alone, unless there is no other wheel by which to judge the project.
      const isAll = unusable.length === counts.wheels;
      const first = unusable.find(({ kind }) => isAll || kind !== "name");
      if (binaries === 0 && first) throw new ItemError(first.kind, first.message);
      const { files, ...others } = counts;
      return { version, files, counts: others, wheels, unusable, unknown };
    },
  };
}

function isPure(filename: string): boolean {
  try {
    return !isBinaryWheel(parseWheelFilename(filename));
  } catch {
    return false;
  }
}

function listedWheel(file: v.InferOutput<typeof File>): ListedWheel {
  const sha256 = file.digests?.sha256 ?? "";
  const size = file.size ?? -1;
  if (!SHA256.test(sha256)) throw invalid(file.filename, `sha256 ${JSON.stringify(sha256)}`, "64 hex digits");
  if (!Number.isSafeInteger(size) || size <= 0) throw invalid(file.filename, `size ${file.size}`, "a number of bytes");
  const time = file.upload_time_iso_8601 ?? null;
  return {
    filename: file.filename,
    size,
    sha256: sha256.toLowerCase(),
    url: file.url,
    uploadedAt: time !== null && UPLOAD_TIME.test(time) ? time : null,
    yanked: Boolean(file.yanked),
  };
}

function invalid(filename: string, found: string, expected: string): ItemError {
  return new ItemError("document", `project document, file ${filename}: ${found}, expected ${expected}`);
}

function tooMany(): ItemError {
  return new ItemError("too-large", `project document, urls: more than ${MOST_WHEELS} binary wheels, expected fewer`);
}

function misshapen(issue: v.BaseIssue<unknown>, where?: string): ItemError {
  const place = [where, v.getDotPath(issue)].filter(Boolean).join(".");
  const expected = "{info: {version}, urls: [file, …]}";
  return new ItemError("document", `project document, ${place}: ${issue.message}, expected ${expected}`);
}
