// A project's document in the index's JSON API: https://docs.pypi.org/api/json/
// Only the fields that a survey needs are looked at; unknown and missing ones are nobody's error.
import * as v from "valibot";
import { ItemError } from "../errors.ts";
import { isBinaryWheel, parseWheelFilename } from "./wheel-filename.ts";

/** Why a project was taken into a survey or passed by. */
export const OUTCOMES = {
  taken: "its latest release has a binary wheel",
  "pure only": "its latest release has wheels, none of them binary",
  "sdist only": "its latest release has source distributions and no wheel",
  "other files": "its latest release has neither wheel nor source distribution, but other files (eggs, installers)",
  "no files": "its latest release has no file",
  "not found": "the index does not know the project (deleted, quarantined, or renamed)",
} as const;

/** A word of `candidate.outcome`. */
export type Outcome = keyof typeof OUTCOMES;

/** A binary wheel as the index lists it: size in bytes, `sha256` of the whole file, `uploadedAt` in UTC (ISO 8601). */
export interface ListedWheel {
  filename: string;
  size: number;
  sha256: Buffer;
  url: string;
  uploadedAt: string | null;
  yanked: boolean;
}

/** The latest release of a project: what it means for the survey, its binary wheels, and the files that cannot be used. */
export interface Release {
  outcome: Outcome;
  version: string | null;
  files: number;
  wheels: ListedWheel[];
  unusable: { filename: string; error: ItemError }[];
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

const Document = v.object({
  info: v.object({ version: v.pipe(v.string(), v.minLength(1)) }),
  urls: v.array(File),
});

const SHA256 = /^[0-9a-f]{64}$/i;
const UPLOAD_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Reads a project's document (its JSON text) down to its latest release; ItemError `document` if it is not one. */
export function parseProjectDocument(text: string): Release {
  const parsed = v.safeParse(Document, parseJson(text), { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new ItemError(
      "document",
      `project document, ${v.getDotPath(issue) ?? "whole"}: ${issue.message}, expected {info: {version}, urls: [file, …]}`,
    );
  }
  const { info, urls } = parsed.output;
  const wheelFiles = urls.filter((file) => file.filename.endsWith(".whl"));
  const release: Release = {
    outcome: outcomeOf(urls, wheelFiles.length),
    version: info.version,
    files: urls.length,
    wheels: [],
    unusable: [],
  };
  const seen = new Map<string, string>();
  for (const file of wheelFiles) {
    try {
      if (!isBinaryWheel(parseWheelFilename(file.filename))) continue;
      const said = JSON.stringify(file);
      if (seen.get(file.filename) === said) continue;
      if (seen.has(file.filename)) throw invalid(file.filename, "listed twice, differently", "each file once");
      seen.set(file.filename, said);
      release.wheels.push(listedWheel(file));
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      release.unusable.push({ filename: file.filename, error });
    }
  }
  if (release.wheels.length > 0) release.outcome = "taken";
  else if (release.unusable.length > 0) throw release.unusable[0]!.error;
  return release;
}

function outcomeOf(files: v.InferOutput<typeof File>[], wheels: number): Outcome {
  if (files.length === 0) return "no files";
  if (wheels > 0) return "pure only";
  return files.some((file) => file.packagetype === "sdist") ? "sdist only" : "other files";
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
    sha256: Buffer.from(sha256, "hex"),
    url: file.url,
    uploadedAt: time !== null && UPLOAD_TIME.test(time) ? time : null,
    yanked: Boolean(file.yanked),
  };
}

function invalid(filename: string, found: string, expected: string): ItemError {
  return new ItemError("document", `project document, file ${filename}: ${found}, expected ${expected}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = JSON.stringify(text.slice(0, 40));
    throw new ItemError("document", `project document: not JSON, it begins with ${start}, expected a JSON object`);
  }
}
