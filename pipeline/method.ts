// What makes the numbers, beside the facts and the rules in data/: the method, and the code that carries it out.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** The version of the method: it goes up, with a line in CHANGELOG.md, whenever a change moves the numbers. */
export const METHOD = "1";

const HERE = new URL("./", import.meta.url);

/** The SHA-256, in hex, over the sources in these folders (below this one, with their slash): what they made is outdated when it changes. */
export function hashSources(folders: string[]): string {
  const hash = createHash("sha256");
  for (const folder of folders.map((path) => new URL(path, HERE))) {
    for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
      if (/\.(js|ts|sql)$/.test(name)) hash.update(`${name}\n`).update(readFileSync(new URL(name, folder)));
    }
  }
  return hash.digest("hex");
}
