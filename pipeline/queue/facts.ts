// What workers send, checked before it is believed: of the shape that is stored, and of the item that was asked for.
import * as v from "valibot";
import type { Target as ContentsTarget } from "../collect/contents-queue.ts";
import { KEPT } from "../collect/members.ts";
import type { Target as WheelTarget } from "../collect/pending-wheels.ts";
import { DOCUMENT_LIMIT } from "../collect/wheel-end.ts";
import { ITEM_ERRORS, type ItemErrorKind } from "../errors.ts";
import { normalizeProjectName } from "../formats/pypi/project-name.ts";
import { parseWheelFilename } from "../formats/wheel/filename.ts";
import { findDistInfo } from "../formats/wheel/info.ts";
import { decodeListing, type ListedEntry } from "../formats/wheel/listing.ts";
import type { Collected } from "../stage/executor.ts";

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const Base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]*={0,2}$/));
const Line = v.pipe(v.string(), v.maxLength(100_000));
const MaybeLine = v.nullable(Line);
const Kind = v.picklist(Object.keys(ITEM_ERRORS) as [ItemErrorKind, ...ItemErrorKind[]]);

const Listed = v.object({
  ...{ filename: Line, size: v.pipe(Count, v.minValue(1)), sha256: Hash },
  ...{ url: Line, uploadedAt: MaybeLine, yanked: v.boolean() },
});
const Answer = v.union([
  v.literal("unchanged"),
  v.object({
    etag: MaybeLine,
    release: v.object({
      ...{ version: MaybeLine, licence: MaybeLine, files: Count, wheels: v.array(Listed) },
      counts: v.object({ wheels: Count, sdists: Count }),
      unusable: v.array(v.object({ filename: Line, kind: Kind, message: Line })),
      unknown: v.array(Line),
    }),
  }),
]);

const Member = v.object({
  ...{ path: Line, size: Count, compressedSize: Count, crc32: Count, mode: Count, method: Count },
  ...{ headerOffset: Count, nextOffset: v.nullable(Count), sha256: v.nullable(Hash) },
});
const WheelEnd = v.object({
  ...{ size: Count, entries: Count, uncompressedSize: Count, directorySize: Count, tailNeeded: Count },
  ...{ distInfo: MaybeLine, readWhole: v.boolean(), listing: Base64, members: v.array(Member) },
  documents: v.array(v.object({ name: Line, content: Base64 })),
  anomalies: v.array(v.object({ tag: Line, detail: Line })),
});

const Binary = v.object({
  ...{ format: v.picklist(["elf", "pe", "macho"]), form: v.nullable(v.picklist(["library", "executable", "object"])) },
  ...{ machine: Line, identity: MaybeLine, soname: MaybeLine, needed: v.nullable(v.array(Line)), glibc: MaybeLine },
  ...{ compiler: MaybeLine, debuglink: MaybeLine, debugId: MaybeLine, resourceVersion: MaybeLine },
  ...{ dylibVersion: MaybeLine, parts: v.array(Line) },
});
const Contents = v.array(
  v.object({
    ...{ known: Count, facts: v.nullable(Binary), inits: v.array(Line), problem: MaybeLine },
    texts: v.array(
      v.object({
        ...{ at: Count, kind: v.picklist(["own", "resource", "dylib", "linked", "package"]) },
        ...{ component: Line, text: Line, version: MaybeLine },
      }),
    ),
  }),
);

const Cost = v.object({ requests: Count, bytes: Count });
const Result = v.union([
  v.object({ worker: Line, cost: Cost, facts: v.unknown() }),
  v.object({ worker: Line, cost: Cost, failure: v.object({ kind: Kind, message: Line }) }),
  v.object({ worker: Line, stop: Line }),
]);

/** What a worker says of an item: what it came to, or `stop`, for which reason nobody should be asked any more. */
export type Result = { worker: string } & (Collected<unknown> | { stop: string });

/** Reads a worker's result; Error if it has another shape. */
export function parseResult(text: string): Result {
  return v.parse(Result, JSON.parse(text)) as Result;
}

/** How facts of an item are checked: `isSure` is false of those that may be true and cannot be told from another item's. Error if they are not its facts. */
export type Check = (item: unknown, facts: unknown) => { isSure: boolean };

/** The checks of the stages whose items workers collect. */
export const CHECKS: Record<string, Check> = { releases: checkAnswer, members: checkWheel, contents: checkContents };

function checkAnswer(item: unknown, facts: unknown): { isSure: boolean } {
  const { project, etag } = item as { project: string; etag: string | null };
  const answer = v.parse(Answer, facts);
  if (answer === "unchanged") {
    expect(etag !== null, "unchanged since never");
    return { isSure: true };
  }
  const { wheels, files, counts, unusable } = answer.release;
  expect(new Set(wheels.map(({ filename }) => filename)).size === wheels.length, "a wheel listed twice");
  expect(new Set(unusable.map(({ filename }) => filename)).size === unusable.length, "an unusable file listed twice");
  expect(wheels.length <= counts.wheels && counts.wheels + counts.sdists <= files, "more wheels than files");
  const names = wheels.map(({ filename }) => normalizeProjectName(parseWheelFilename(filename).distribution));
  return { isSure: names.every((name) => name === project) };
}

function checkWheel(item: unknown, facts: unknown): { isSure: boolean } {
  const { filename, size } = item as WheelTarget;
  const found = v.parse(WheelEnd, facts);
  const listed = decodeListing(Buffer.from(found.listing, "base64"));
  const { distribution, version } = parseWheelFilename(filename);
  expect(found.size === size, `a file of ${found.size} bytes, and not of ${size}`);
  expect(listed.length === found.entries, `${listed.length} entries in the listing, and ${found.entries}`);
  expect(found.directorySize <= size && found.tailNeeded <= size, "an end that is longer than the wheel");
  const sum = listed.reduce((total, entry) => total + entry.size, 0);
  expect(sum === found.uncompressedSize, `${found.uncompressedSize} bytes, and ${sum} in the listing`);
  const byPath = new Map<string, ListedEntry>(listed.map((entry) => [entry.path, entry]));
  expect(new Set(found.members.map(({ path }) => path)).size === found.members.length, "a member twice");
  for (const { path, ...member } of found.members) {
    const entry = byPath.get(path);
    expect(
      entry !== undefined && entry.size === member.size && entry.crc32 === member.crc32 && entry.mode === member.mode,
      `the member ${path}, which the listing has otherwise`,
    );
    expect(member.headerOffset < size && (member.nextOffset ?? 0) <= size, "a member beyond the wheel's end");
  }
  const own = findDistInfo(byPath.keys(), distribution, version);
  expect(found.distInfo === own, `${found.distInfo} as its .dist-info, and ${own} by the listing`);
  for (const { name, content } of found.documents)
    expect(
      KEPT.test(name) && Buffer.byteLength(content, "base64") <= DOCUMENT_LIMIT,
      `the document ${name}, of more bytes or another kind than are read`,
    );
  for (const names of [found.documents.map(({ name }) => name), found.anomalies.map(({ tag }) => tag)])
    expect(new Set(names).size === names.length, "a document or an anomaly twice");
  // One .dist-info of another name may be an odd wheel's, or another wheel's.
  return { isSure: own !== null && findDistInfo([`${own}x`, "another-0.dist-info/x"], distribution, version) !== null };
}

function checkContents(item: unknown, facts: unknown): { isSure: boolean } {
  const files = item as ContentsTarget[];
  const found = v.parse(Contents, facts);
  expect(found.length === files.length, `${found.length} files, and ${files.length} asked for`);
  for (const [nth, { known, texts }] of found.entries())
    expect(
      known <= files[nth]!.size && texts.every(({ at }) => at <= files[nth]!.size),
      "more bytes than the file has",
    );
  return { isSure: true };
}

function expect(isTrue: boolean, found: string): void {
  if (!isTrue) throw new Error(found);
}
