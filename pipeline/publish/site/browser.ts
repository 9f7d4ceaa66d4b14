// What runs in the browser: the site's own styles and scripts, and SQLite's WebAssembly for the page on which people ask.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { SiteFile } from "./files.ts";
import { dataFile } from "./scripts.ts";

const OURS = ["site.css", "site.js", "ask.js", "icon.svg"];
const require = createRequire(import.meta.url);
const engine = (name: string) => require.resolve(`sql.js/dist/${name}`);

/** assets/. */
export function* browserFiles(): Generator<SiteFile> {
  for (const name of OURS)
    yield { path: `assets/${name}`, parts: [readFileSync(new URL(`browser/${name}`, import.meta.url))] };
  yield { path: "assets/sql-wasm.js", parts: [readFileSync(engine("sql-wasm.js"))] };
  yield dataFile("assets/sql-wasm-binary.js", "engine", [readFileSync(engine("sql-wasm.wasm"))]);
  yield {
    path: "assets/sql.js-LICENSE.txt",
    parts: [readFileSync(new URL("../LICENSE", `file://${engine("sql-wasm.js")}`))],
  };
}
