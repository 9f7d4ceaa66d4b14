// One wheel that somebody asks about: a file, an address, or a project's; read as a survey reads it, into a database of its own.
import { createHash } from "node:crypto";
import { createReadStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Db } from "../database/database.ts";
import { storeAnswer, storeRelease } from "../editions/release.ts";
import { EXIT, ItemError, RunError } from "../errors.ts";
import { type ListedWheel, readProjectDocument } from "../formats/pypi/project-document.ts";
import { isProjectName, normalizeProjectName } from "../formats/pypi/project-name.ts";
import { isBinaryWheel, parseWheelFilename, type WheelFilename } from "../formats/wheel/filename.ts";
import type { Client } from "../network/client.ts";
import { openDoor } from "../network/door.ts";
import { parseHosts, projectUrl } from "../network/hosts.ts";
import { ProcessLimiter } from "../network/limiter.ts";
import type { ContentsLevel } from "../stage/stage.ts";
import { readContentsOf } from "./contents.ts";
import { isUrl } from "./fetch-public.ts";
import { readWheel, storeWheelFacts, type WheelFacts } from "./members.ts";
import { DOCUMENT_LIMIT } from "./releases.ts";
import { localWheelBytes, openWheelBytes, type RemoteFile } from "./wheel-bytes.ts";

/** Who may be asked, and how. */
export interface Places {
  index: string | null;
  fileHosts: string[];
  contact: string | null;
  signal: AbortSignal;
}

/** The edition under which the wheel stands in its database. */
export const INSPECTED = "0000-00";

/** The wheel that was read, and the other binary wheels of its release. */
export interface OneWheel {
  filename: string;
  others: string[];
}

/** Reads the contents of the wheel that was read into this database, once its names are judged. RunError 4 if they cannot be had. */
export async function readOneContents(db: Db, given: string, level: ContentsLevel, places: Places): Promise<void> {
  const sql = "SELECT url, size, lower(hex(sha256)) AS sha256 FROM release_file JOIN wheel USING (wheel_id)";
  const file = db.prepare<[], RemoteFile>(sql).get()!;
  try {
    if (!isUrl(file.url)) return await readContentsOf(db, INSPECTED, level, localWheelBytes(file.url).read);
    await withClient(isUrl(given) ? placesOf(new URL(given), places) : places, async (client, spool) => {
      const bytes = openWheelBytes(file, client, spool);
      try {
        await readContentsOf(db, INSPECTED, level, bytes.read);
      } finally {
        bytes.close();
      }
    });
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    throw new RunError(EXIT.source, `inspect ${given}: ${error.message}`);
  }
}

/** Reads a wheel into an empty database: `wanted` is one of a project's by its name. RunError 2 if it is none, 4 if it cannot be had. */
export async function readOneWheel(db: Db, given: string, wanted: string | null, places: Places): Promise<OneWheel> {
  try {
    if (isUrl(given)) return await fromUrl(db, given, places);
    if (statSync(given, { throwIfNoEntry: false })?.isFile()) return await fromFile(db, given);
    if (isProjectName(given) && !/\.whl$/.test(given)) return await fromIndex(db, given, wanted, places);
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    throw new RunError(error.kind === "name" ? EXIT.usage : EXIT.source, `inspect ${given}: ${error.message}`);
  }
  throw new RunError(
    EXIT.usage,
    `inspect ${given}: no such file, expected a wheel's file or address, or a project's name`,
  );
}

async function fromFile(db: Db, path: string): Promise<OneWheel> {
  const filename = basename(path);
  const { distribution } = binaryWheelName(filename);
  const { size } = statSync(path);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const wheel = listed(filename, path, size, hash.digest("hex"));
  store(db, distribution, wheel, await readWheel({ filename, size, known: [] }, localWheelBytes(path)));
  return { filename, others: [] };
}

async function fromUrl(db: Db, address: string, places: Places): Promise<OneWheel> {
  const url = new URL(address);
  const filename = decodeURIComponent(basename(url.pathname));
  const { distribution } = binaryWheelName(filename);
  return withClient(placesOf(url, places), async (client, spool) => {
    const size = await client.getSize(url);
    const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1] ?? createHash("sha256").update(address).digest("hex");
    const facts = await readRemote({ url: url.href, size, sha256 }, filename, client, spool);
    store(db, distribution, listed(filename, url.href, size, sha256), facts);
    return { filename, others: [] };
  });
}

const placesOf = (url: URL, places: Places): Places => ({ ...places, index: url.origin, fileHosts: [] });

function binaryWheelName(filename: string): WheelFilename {
  const name = parseWheelFilename(filename);
  if (isBinaryWheel(name)) return name;
  throw new RunError(EXIT.usage, `inspect ${filename}: a pure wheel, expected a binary one; surveys read no other`);
}

async function fromIndex(db: Db, project: string, wanted: string | null, places: Places): Promise<OneWheel> {
  return withClient(places, async (client, spool) => {
    const url = projectUrl(client.hosts.index, normalizeProjectName(project));
    const answer = await client.getDocument(url, { etag: null, limit: DOCUMENT_LIMIT }, readProjectDocument);
    if (answer.status !== 200)
      throw new RunError(EXIT.source, `inspect ${project}: status ${answer.status}, expected a project of the index`);
    const binary = answer.content.wheels.filter(({ filename }) => isBinaryWheel(parseWheelFilename(filename)));
    const wheel = wanted === null ? mostUsual(binary) : binary.find(({ filename }) => filename === wanted);
    if (!wheel) {
      const found = wanted === null ? "no binary wheel in its latest release" : `no wheel ${wanted}`;
      throw new RunError(
        EXIT.usage,
        `inspect ${project}: ${found}, expected ${binary.length > 0 ? `one of ${binary.map(({ filename }) => filename).join(", ")}` : "one"}`,
      );
    }
    store(db, project, wheel, await readRemote(wheel, wheel.filename, client, spool));
    return {
      filename: wheel.filename,
      others: binary.filter((each) => each !== wheel).map(({ filename }) => filename),
    };
  });
}

/** The wheel that most people would get: for Linux on x86-64 and the newest Python, if there is one. */
function mostUsual(wheels: ListedWheel[]): ListedWheel | undefined {
  const byName = new Intl.Collator("en", { numeric: true });
  const usual = (filename: string) => Number(/manylinux\S*x86_64/.test(filename));
  return [...wheels].sort((a, b) => usual(b.filename) - usual(a.filename) || byName.compare(b.filename, a.filename))[0];
}

async function withClient<T>(places: Places, work: (client: Client, spool: string) => Promise<T>): Promise<T> {
  const { contact, signal } = places;
  const hosts = parseHosts(places.index, places.fileHosts);
  const door = openDoor({ hosts, concurrency: 1, limiter: new ProcessLimiter(() => 0), contact, signal });
  const spool = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  try {
    return await work(door.client(), spool);
  } finally {
    await door.close();
    rmSync(spool, { recursive: true, force: true });
  }
}

async function readRemote(file: RemoteFile, filename: string, client: Client, spool: string): Promise<WheelFacts> {
  const bytes = openWheelBytes(file, client, spool);
  try {
    return await readWheel({ filename, size: file.size, known: [] }, bytes);
  } finally {
    bytes.close();
  }
}

function listed(filename: string, url: string, size: number, sha256: string): ListedWheel {
  return { filename, size, sha256, url, uploadedAt: null, yanked: false };
}

function store(db: Db, distribution: string, wheel: ListedWheel, facts: WheelFacts): void {
  const project = normalizeProjectName(distribution);
  const { version } = parseWheelFilename(wheel.filename);
  db.transaction(() => {
    db.prepare(
      `INSERT INTO edition (edition, kind, top_n, index_url, ranking_source, ranking_sha256) VALUES (?, 'projects', 1, '', 'inspect', x'')`,
    ).run(INSPECTED);
    db.prepare("INSERT INTO ranked_project VALUES (?, 1, ?, NULL)").run(INSPECTED, project);
    const counts = { wheels: 1, sdists: 0 };
    const id = storeRelease(db, project, {
      version,
      licence: null,
      files: 1,
      counts,
      wheels: [wheel],
      unusable: [],
      unknown: [],
    });
    storeAnswer(db, INSPECTED, { project, releaseId: id, etag: null, askedOn: null });
    storeWheelFacts(db, { edition: INSPECTED }, wheel, facts);
  })();
}
