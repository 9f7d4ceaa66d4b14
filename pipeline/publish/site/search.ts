// What the search field finds: names, and the SHA-256 of bundled files, each with the page that tells of it.
import { escapeName } from "../escape.ts";
import { recordsOf } from "../table.ts";
import { BUILDS } from "../tables/carried.ts";
import { addressOf } from "./addresses.ts";
import type { Site } from "./contents.ts";
import type { SiteFile } from "./files.ts";
import { rankingData } from "./parts/ranking.tsx";
import { dataScript } from "./scripts.ts";

/** Digits of a hash that name the script in which it is. */
const SHARD = 2;

/** data/search.js, data/hashes/<two digits>.js, and the ranked table. */
export function* searchFiles(site: Site): Generator<SiteFile> {
  yield dataScript("data/search.js", "search", namesOf(site));
  yield* hashScripts(site);
  yield* rankingData(site);
}

/** Kind, name, what is said beside it, and address of everything that has a page. */
function namesOf(site: Site): [kind: string, name: string, note: string, address: string][] {
  const counts = (table: string, column: string) =>
    new Map(recordsOf(site.read(table)).map((row) => [String(row[column]), Number(row.packages)]));
  const carried = (count: number | undefined) =>
    count === undefined ? "" : `${count} ${count === 1 ? "project" : "projects"}`;
  const names = site.db.prepare<[], [string, string]>("SELECT component, name FROM component").raw().all();
  const byComponent = new Map(names);
  const [components, libraries] = [counts("components", "component"), counts("libraries", "library")];
  const all = new Set([...site.libraries, ...libraries.keys()]);
  return [
    ...site.components.map((key) => {
      const name = byComponent.get(key) ?? key;
      const shown = name.toLowerCase() === key ? name : `${key} (${name})`;
      return ["component", shown, carried(components.get(key)), addressOf("component", key)] as const;
    }),
    ...[...all].sort().map((name) => {
      const address = site.find("library", name) ?? "";
      return ["library", escapeName(name), carried(libraries.get(name)), address] as const;
    }),
    ...[...site.projects.keys()].map((name) => ["project", name, "", addressOf("project", name)] as const),
  ].map((entry) => [...entry]);
}

/** For each hash the pages of the projects that carry it, as places in a list of addresses, and what the file is called. */
function* hashScripts(site: Site): Generator<SiteFile> {
  const at = (name: string) => BUILDS.columns.findIndex((column) => column.name === name);
  const [project, file, sha256] = [at("project"), at("file_name"), at("sha256")];
  const shards = new Map<string, Map<string, { name: string; addresses: Set<string> }>>();
  const add = (hash: string, name: string, address: string | null) => {
    if (address === null) return;
    const shard = hash.slice(0, SHARD);
    const hashes = shards.get(shard) ?? new Map<string, { name: string; addresses: Set<string> }>();
    const found = hashes.get(hash) ?? { name, addresses: new Set<string>() };
    found.addresses.add(address);
    shards.set(shard, hashes.set(hash, found));
  };
  for (const build of site.builds)
    if (build[sha256] !== null)
      add(String(build[sha256]), String(build[file]), site.find("project", String(build[project])));
  for (const [shard, hashes] of [...shards].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const addresses = [...new Set([...hashes.values()].flatMap((found) => [...found.addresses]))].sort();
    const places = new Map(addresses.map((address, place) => [address, place]));
    const rows = [...hashes]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([hash, { name, addresses: found }]) => [
        hash,
        escapeName(name),
        [...found].map((address) => places.get(address)),
      ]);
    yield dataScript(`data/hashes/${shard}.js`, `hashes/${shard}`, { addresses, rows });
  }
}
