// Two years of full editions in one database, and the questions that people ask of it. The wheels are made of the recorded listings:
// releases of 30 wheels, of which a share is new each month, as an executor that needs no network gives them to the stages.
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { members, type WheelFacts } from "../../pipeline/collect/members.ts";
import { type Answer as ProjectAnswer, releases } from "../../pipeline/collect/releases.ts";
import { type Db, openForWriting } from "../../pipeline/database/database.ts";
import { components } from "../../pipeline/derive/components.ts";
import { libraries } from "../../pipeline/derive/libraries.ts";
import { origins } from "../../pipeline/derive/origins.ts";
import { ranks } from "../../pipeline/derive/ranks.ts";
import { sboms } from "../../pipeline/derive/sboms.ts";
import { encodeListing } from "../../pipeline/formats/wheel/listing.ts";
import { isNativeMember, nameLibrary } from "../../pipeline/naming/library-name.ts";
import { SILENT } from "../../pipeline/progress.ts";
import { reports } from "../../pipeline/publish/reports.ts";
import { sbomArchive } from "../../pipeline/publish/sbom/archive.ts";
import type { Collected, Executor } from "../../pipeline/stage/executor.ts";
import type { Run, Stage } from "../../pipeline/stage/stage.ts";
import { requestTo } from "../../test/harness.ts";
import { recordedListings } from "../../test/loopback/recorded-source.ts";
import { machineLine, type Report, table } from "./report.ts";
import { PLATFORMS, PYTHONS } from "./synthetic.ts";

/** How large a history is; with many names nine of ten libraries are in one project alone, on one platform. */
export interface Size {
  editions: number;
  wheels: number;
  hasManyNames: boolean;
  /** Pythons and platforms for which a release has wheels; all unless given. */
  pythons?: number;
  platforms?: number;
}

/** Two years of full editions. */
export const FULL: Size = { editions: 24, wheels: 15_000, hasManyNames: false };
const NEW_RELEASE = 0.45; // Of the projects, each month;
const NEW_LIBRARIES = 0.6; // of these releases so many bring other builds of their libraries, the others the same files.
const OWN_LIBRARIES = 0.5; // Share of libraries that no other project has,
const OWN_OF_MANY = 0.9; // and that where there are many names.
const MOST_NATIVES = 200; // Native files of a wheel: 12.0 then, on average over the recorded wheels of both months.

/** What was asked of version 1 of the schema, on as many wheels, in seconds. */
const BEFORE = {
  rank: 16,
  history: 30,
  comparison: 22,
  "project's files": null,
  hash: 2.7,
  derive: 101,
  reports: 39,
  sboms: null,
};

const QUESTIONS: [name: keyof typeof BEFORE, sql: string][] = [
  ["rank", "SELECT * FROM library_rank WHERE edition = :last ORDER BY rank"],
  ["history", "SELECT edition, rank, packages FROM library_rank WHERE library = :library ORDER BY edition"],
  [
    "comparison",
    `SELECT library, n.packages, b.packages FROM library_rank n JOIN library_rank b USING (library)
     WHERE n.edition = :last AND b.edition = :first`,
  ],
  ["project's files", "SELECT * FROM native_file WHERE edition = :last AND project = :project"],
  ["hash", "SELECT edition, project, wheel, path FROM native_file WHERE sha256 = :sha256"],
];

/** A wheel's native files and how many entries it has, after which the synthetic ones are made. */
interface Model {
  natives: { path: string; size: number }[];
  entries: { path: string; size: number; crc32: number; mode: number }[];
}

/** Builds the editions and asks the questions; `keep` is where the database is left, if anywhere. */
export async function measureHistory(
  keep: string | null,
  tell: (line: string) => void,
  size: Size = FULL,
): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const database = join(folder, "survey.sqlite");
  const machine = machineLine();
  try {
    const { db, close } = openForWriting(database);
    const { editions, months } = await buildHistory(db, size, folder, tell);
    const answers = ask(db, editions);
    const sboms = measureArchive(db, editions.at(-1)!);
    const sizes = sizesOf(db, database);
    close();
    if (keep !== null) copyFileSync(database, keep);
    return report(machine, size, months, answers, sboms, sizes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Fills a database with editions; gives their names, and the CPU seconds of each stage in each. */
export async function buildHistory(db: Db, size: Size, folder: string, tell: (line: string) => void) {
  const world = makeWorld(size);
  const editions = Array.from({ length: size.editions }, (_, month) => editionOf(month));
  const months: Record<string, number>[] = [];
  for (const [month, edition] of editions.entries()) {
    world.turn(month);
    months.push(await buildEdition(db, world, edition, folder));
    tell(`${edition}: ${describe(months.at(-1)!)}`);
  }
  db.exec("ANALYZE");
  return { editions, months };
}

function editionOf(month: number): string {
  return `${2025 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
}

function describe(month: Record<string, number>): string {
  return Object.entries(month)
    .map(([stage, seconds]) => `${stage} ${seconds.toFixed(1)} s`)
    .join(", ");
}

/** Runs the stages of an edition; gives the CPU seconds of each. */
async function buildEdition(db: Db, world: World, edition: string, folder: string): Promise<Record<string, number>> {
  beginEdition(db, world, edition);
  const request = { ...requestTo({ url: "", rankingUrl: "" }, folder, { edition }) };
  const run: Run = {
    ...{ db, edition, run: 0, request, executor: world.executor, progress: SILENT },
    ...{ signal: new AbortController().signal, succeeded() {} },
  };
  const spent: Record<string, number> = {};
  for (const stage of [releases, members, libraries, components, sboms, origins, ranks, reports] as Stage[]) {
    const before = process.cpuUsage();
    await stage.run(run);
    const { user, system } = process.cpuUsage(before);
    spent[stage.name] = (user + system) / 1e6;
  }
  return spent;
}

function beginEdition(db: Db, world: World, edition: string): void {
  db.transaction(() => {
    db.prepare(
      `INSERT INTO edition (edition, kind, top_n, index_url, ranking_source, ranking_sha256)
       VALUES (?, 'ranking', ?, 'http://127.0.0.1', 'synthetic', x'')`,
    ).run(edition, world.projects.length);
    const insert = db.prepare("INSERT INTO ranked_project VALUES (?, ?, ?, ?)");
    world.projects.forEach((project, at) => {
      insert.run(edition, at + 1, project.name, 1_000_000 - at);
    });
  })();
}

interface Project {
  name: string;
  model: Model;
  /** How many projects before it are made after the same wheel. */
  copy: number;
  /** How many releases it has had, and in which of them its libraries were last built anew. */
  release: number;
  built: number;
  isNew: boolean;
}

type World = ReturnType<typeof makeWorld>;

/** The index of a month: projects, some of them with a new release since the month before, and who collects from it. */
function makeWorld({ wheels, hasManyNames, pythons = PYTHONS.length, platforms = PLATFORMS.length }: Size) {
  const models = recordedModels();
  const tags = PYTHONS.slice(0, pythons).flatMap((python) =>
    PLATFORMS.slice(0, platforms).map((platform) => `${python}-${python}-${platform}`),
  );
  const projects: Project[] = Array.from({ length: Math.ceil(wheels / tags.length) }, (_, at) => ({
    ...{ name: `project${at}`, model: models[at % models.length]!, copy: Math.floor(at / models.length) },
    ...{ release: 0, built: 0, isNew: true },
  }));
  const byName = new Map(projects.map((project) => [project.name, project]));
  return {
    projects,
    turn(month: number): void {
      for (const project of projects) {
        project.isNew = month === 0 || chance(`${project.name} ${month}`) < NEW_RELEASE;
        if (!project.isNew || month === 0) continue;
        project.release += 1;
        if (chance(`${project.name} ${month} built`) < NEW_LIBRARIES) project.built = project.release;
      }
    },
    executor: executorOf((item: { project: string; filename?: string }) => {
      const project = byName.get(item.project)!;
      return item.filename === undefined ? answerOf(project, tags) : factsOf(project, item.filename, hasManyNames);
    }),
  };
}

function executorOf(answer: (item: never) => ProjectAnswer | WheelFacts): Executor {
  return {
    concurrency: 64,
    async collect(_, item) {
      return { cost: { requests: 1, bytes: 1000 }, facts: answer(item as never) } as Collected<never>;
    },
  };
}

function answerOf(project: Project, tags: string[]): ProjectAnswer {
  if (!project.isNew) return "unchanged";
  const version = `1.${project.release}`;
  const wheels = tags.map((tag) => {
    const filename = `${project.name}-${version}-${tag}.whl`;
    const sha256 = hex(filename);
    const url = `https://files.example/packages/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256.slice(4)}/${filename}`;
    return { filename, size: 3_000_000, sha256, url, uploadedAt: "2026-01-02T03:04:05.678901Z", yanked: false };
  });
  const counts = { wheels: wheels.length, sdists: 1 };
  return {
    release: { version, licence: null, files: wheels.length + 1, counts, wheels, unusable: [], unknown: [] },
    etag: hex(version),
  };
}

function factsOf({ name, model, copy, release, built }: Project, filename: string, hasManyNames: boolean): WheelFacts {
  const [, , python = "", , platform = ""] = filename.slice(0, -".whl".length).split("-");
  const distInfo = `${name}-1.${release}.dist-info/`;
  const members = model.natives.map(({ path: recorded, size }, at) => {
    const build = hex(`${name} ${built} ${platform} ${recorded}`); // The same for every Python, until it is built anew.
    const renamed = recorded.replace(/-[0-9a-f]{8}(?=[.-])/g, `-${build.slice(0, 8)}`);
    const isShared = nameLibrary(recorded).kind !== "extension-module";
    const isOwn = hasManyNames
      ? chance(`${name} ${recorded}`) < OWN_OF_MANY
      : copy > 0 && chance(recorded) < OWN_LIBRARIES;
    const whose = hasManyNames ? `${name}-${platform}-` : `${copy}`;
    const path = isOwn ? renamed.replace(/(?<=\/(?:lib)?)(?=\w+[.-][^/]*$)/, whose) : renamed;
    const sha256 = isShared ? build : hex(`${filename} ${recorded}`);
    return {
      ...{
        path: `${name}/${path}`,
        size,
        compressedSize: size >> 1,
        crc32: Number.parseInt(sha256.slice(0, 8), 16),
      },
      ...{ mode: 0o100755, method: 8, headerOffset: at * size, nextOffset: (at + 1) * size, sha256 },
    };
  });
  const wheel = `Wheel-Version: 1.0\nGenerator: bdist_wheel (0.${release})\nRoot-Is-Purelib: false\nTag: ${python}-${python}-${platform}\n`;
  return {
    ...{ size: 9_000_000, entries: model.entries.length, uncompressedSize: 9_000_000 },
    ...{ directorySize: 40_000, tailNeeded: 60_000 },
    ...{ distInfo, readWhole: false, listing: listingOf(model), members, anomalies: [] },
    documents: [{ name: "WHEEL", content: Buffer.from(wheel).toString("base64") }],
  };
}

const listings = new WeakMap<Model, string>();

function listingOf(model: Model): string {
  const listing = listings.get(model) ?? encodeListing(model.entries).toString("base64");
  listings.set(model, listing);
  return listing;
}

function recordedModels(): Model[] {
  return recordedListings().map(({ entries }) => ({
    natives: entries.filter(({ path }) => isNativeMember(path)).slice(0, MOST_NATIVES),
    entries: entries.map(({ path, size, crc32 }) => ({ path, size, crc32, mode: 0o100644 })),
  }));
}

function hex(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A number from 0 to 1 that depends on the text alone. */
function chance(text: string): number {
  return Number.parseInt(hex(text).slice(0, 8), 16) / 0x1_0000_0000;
}

interface Answer {
  name: keyof typeof BEFORE;
  seconds: number;
  rows: number;
}

/** Asks what people ask of a database of these editions. */
export function ask(db: Db, editions: string[]): Answer[] {
  const last = editions.at(-1)!;
  const [library] = db
    .prepare("SELECT library FROM library_rank WHERE edition = ? ORDER BY rank LIMIT 1")
    .pluck()
    .all(last);
  const [file] = db
    .prepare(
      "SELECT project, sha256 FROM native_file WHERE edition = ? AND kind = 'shared-library' AND sha256 IS NOT NULL LIMIT 1",
    )
    .all(last) as { project: string; sha256: string }[];
  const values = { last, first: editions[0], library, ...file };
  return QUESTIONS.map(([name, sql]) => {
    const began = performance.now();
    const rows = db.prepare(sql).all(values).length;
    return { name, rows, seconds: (performance.now() - began) / 1000 };
  });
}

/** The CPU seconds that the archive of an edition's SBOMs takes. */
function measureArchive(db: Db, edition: string): number {
  const before = process.cpuUsage();
  for (const _ of sbomArchive(db, edition));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Bytes of a database and of its listings, and how many wheels, members and distinct files it has. */
export function sizesOf(
  db: Db,
  database: string,
): Record<"file" | "listings" | "wheels" | "members" | "files", number> {
  const count = (sql: string) => db.prepare(sql).pluck().get() as number;
  db.pragma("wal_checkpoint(TRUNCATE)");
  return {
    file: statSync(database).size,
    listings: count("SELECT sum(pgsize) FROM dbstat WHERE name = 'listing'"),
    wheels: count("SELECT count(*) FROM wheel WHERE reader IS NOT NULL"),
    members: count("SELECT count(*) FROM member"),
    files: count("SELECT count(*) FROM file"),
  };
}

function report(
  machine: string,
  { editions, wheels }: Size,
  months: Record<string, number>[],
  answers: Answer[],
  sboms: number,
  sizes: ReturnType<typeof sizesOf>,
): Report {
  const last = months.at(-1)!;
  const derive = last.libraries! + last.components! + last.sboms! + last.origins! + last.ranks!;
  const rows = [
    ...answers.map(({ name, seconds, rows }) => ({ name, seconds, note: `${rows} rows` })),
    { name: "derive" as const, seconds: derive, note: "CPU, the last month's news" },
    { name: "reports" as const, seconds: last.reports!, note: "CPU, the last edition's" },
    { name: "sboms" as const, seconds: sboms, note: "CPU, the archive of the last edition's SBOMs" },
  ];
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  return {
    parts: [
      `${editions} editions of ${wheels} wheels, ${sizes.wheels} of them distinct, with ${sizes.members} members, ${sizes.files} distinct files; ` +
        `the database has ${megabytes(sizes.file)}, ${megabytes(sizes.listings)} of it listings.`,
      machine,
      table(rows, [
        ["", ({ name }) => name],
        ["seconds with version 1", ({ name }) => BEFORE[name] ?? ""],
        ["seconds", ({ seconds }) => seconds.toFixed(3)],
        ["", ({ note }) => note],
      ]),
    ],
    figures: { months, answers, sizes },
    isSound: true,
  };
}
