// The index over the recorded slice of PyPI in data/recorded, described in its README.md.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Listing, parseListings } from "./listing.ts";
import type { Extent, IndexSource, SourceFile, SourceProject } from "./source.ts";
import { sparseWheel } from "./sparse-wheel.ts";

/** The recorded slice that ships with the repository. */
export const RECORDED = fileURLToPath(new URL("../../data/recorded/", import.meta.url));

/** A month that is recorded. */
export type Month = "2026-10" | "2026-11";

/** The files of a recorded slice: `earlier` are the releases of 2026-10 that 2026-11 replaced, `listings` the folder of one file for each project with binary wheels. */
export const FILES = {
  ranking: "top-pypi-packages.json",
  releases: "releases.tsv",
  earlier: "releases-2026-10.tsv",
  listings: "listings",
} as const;

/** A recorded ranking: top-pypi-packages' own shape, with the projects that are recorded and the rank they have in the whole. */
export interface RecordedRanking {
  last_update: string;
  rows: { rank: number; project: string; download_count: number }[];
}

/** The index over a recorded slice as it was in a month; wheels of which no listing is recorded are all zero. */
export function recordedSource(month: Month = "2026-11", folder: string = RECORDED): IndexSource {
  const ranking: RecordedRanking = JSON.parse(readFileSync(join(folder, FILES.ranking), "utf8"));
  const listed = listingReader(join(folder, FILES.listings));
  const newest = readReleases(join(folder, FILES.releases), listed);
  const earlier = month === "2026-10" ? readReleases(join(folder, FILES.earlier), listed) : new Map();
  return {
    lastUpdate: ranking.last_update,
    ranking: () => ranking.rows.map(({ project, download_count: downloads }) => ({ project, downloads })),
    project: (name) => earlier.get(name) ?? newest.get(name),
  };
}

type ReadListing = (project: string, filename: string) => Listing | undefined;

function readReleases(path: string, listed: ReadListing): Map<string, SourceProject> {
  const projects = new Map<string, SourceProject>();
  const [, ...rows] = readFileSync(path, "utf8").trimEnd().split("\n");
  for (const row of rows) {
    const [name = "", version = "", filename = "", size, sha256 = ""] = row.split("\t");
    const project = projects.get(name) ?? { name, version, files: [] };
    project.files.push(recordedFile(filename, Number(size), sha256, () => listed(name, filename)));
    projects.set(name, project);
  }
  return projects;
}

// The bytes are made when they are first asked for.
function recordedFile(filename: string, size: number, sha256: string, listed: () => Listing | undefined): SourceFile {
  let extents: Extent[] | undefined;
  return {
    filename,
    size,
    sha256,
    uploadTime: null,
    yanked: false,
    get content() {
      if (!extents) {
        const listing = listed();
        extents = listing ? sparseWheel(listing, size) : [];
      }
      return extents;
    },
  };
}

/** All recorded listings, by their projects' names. */
export function recordedListings(folder: string = RECORDED): Listing[] {
  const place = join(folder, FILES.listings);
  return readdirSync(place)
    .sort()
    .flatMap((name) => parseListings(readFileSync(join(place, name), "utf8")));
}

function listingReader(folder: string): ReadListing {
  const known = new Map<string, Listing[]>();
  return (project, filename) => {
    const listings = known.get(project) ?? readListings(join(folder, `${project}.tsv`));
    known.set(project, listings);
    return listings.find((listing) => listing.filename === filename);
  };
}

function readListings(path: string): Listing[] {
  try {
    return parseListings(readFileSync(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
