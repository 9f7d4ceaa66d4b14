// What holds for every page of a site: links lead somewhere, nothing runs but the site's own scripts, nothing is loaded from elsewhere.
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseHTML } from "linkedom";

/** A page as a tree. */
export type Tree = ReturnType<typeof parseHTML>["document"];

/** Every file of a folder, as paths from it with slashes, in their order. */
export function filesOf(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = found.map((entry) =>
    join(entry.parentPath, entry.name)
      .slice(folder.length + 1)
      .replaceAll("\\", "/"),
  );
  return paths.sort();
}

/** A page of a site, read. */
export function readPage(folder: string, path: string): Tree {
  return parseHTML(readFileSync(join(folder, path), "utf8")).document;
}

const SCRIPTS = /^(\.\.\/)?assets\/(site|ask)\.js$/;
const DATA_SCRIPTS = /^(data|assets)\//;

/** What is wrong with a site, a line each; `look` sees every page. */
export function faultsOf(folder: string, look: (path: string, page: Tree) => void = () => {}): string[] {
  const files = new Set(filesOf(folder));
  const pages = [...files].filter((path) => path.endsWith(".html"));
  const ids = new Map<string, Set<string>>();
  const links: { from: string; to: string }[] = [];
  const faults: string[] = [];
  for (const path of pages) {
    const page = readPage(folder, path);
    look(path, page);
    const fault = (text: string) => faults.push(`${path}: ${text}`);
    const own = [...page.querySelectorAll("[id]")].map((element) => element.id);
    if (new Set(own).size < own.length) fault("an id twice");
    ids.set(path, new Set(own));
    if (page.querySelectorAll("h1").length !== 1) fault("not one h1");
    if (!page.title) fault("no title");
    if (!/script-src 'self' 'wasm-unsafe-eval';/.test(policyOf(page))) fault("no policy");
    for (const element of page.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        if (/^on/i.test(name) || name === "style") fault(`${element.tagName} has ${name}`);
        if (/^\s*(javascript|data|vbscript):/i.test(value) && name !== "content")
          fault(`${name}=${value.slice(0, 60)}`);
      }
      if (/^(style|iframe|object|embed|base)$/i.test(element.tagName)) fault(`a ${element.tagName}`);
    }
    for (const script of page.querySelectorAll("script"))
      if (!SCRIPTS.test(script.getAttribute("src") ?? "") || script.textContent)
        fault("a script that is not the site's");
    for (const element of page.querySelectorAll("[href], [src]")) {
      const to = element.getAttribute("href") ?? element.getAttribute("src") ?? "";
      if (!/^https:/.test(to)) links.push({ from: path, to });
      else if (element.tagName !== "A") fault(`${element.tagName} loads ${to}`);
    }
  }
  for (const { from, to } of links) {
    const [address = "", anchor] = to.split("#");
    const path = address === "" ? from : posix.join(posix.dirname(from), decodeURI(address));
    if (!files.has(path)) faults.push(`${from}: no ${to}`);
    else if (anchor !== undefined && !ids.get(path)?.has(anchor)) faults.push(`${from}: no ${to}`);
  }
  for (const path of files) {
    const text = readFileSync(join(folder, path), "latin1");
    if (path.endsWith(".js") && DATA_SCRIPTS.test(path) && /<\/script|<!--/i.test(text) && !/sql-wasm\.js$/.test(path))
      faults.push(`${path}: ends a script`);
    if (path.endsWith(".xml")) faults.push(...feedFaults(folder, path, files));
  }
  return faults;
}

function policyOf(page: Tree): string {
  return page.querySelector("meta[http-equiv='Content-Security-Policy']")?.getAttribute("content") ?? "";
}

/** What is wrong with an Atom feed, as RFC 4287 has it, and with its links. */
function feedFaults(folder: string, path: string, files: ReadonlySet<string>): string[] {
  const text = readFileSync(join(folder, path), "utf8");
  const faults: string[] = [];
  const fault = (what: string) => faults.push(`${path}: ${what}`);
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text)) fault("a character that XML has not");
  for (const part of [text.split("<entry>")[0]!, ...text.split("<entry>").slice(1)])
    for (const element of ["title", "id", "updated"])
      if ([...part.matchAll(new RegExp(`<${element}>[^<]+</${element}>`, "g"))].length !== 1) fault(`no ${element}`);
  for (const [, to = ""] of text.matchAll(/href="([^"]*)"/g))
    if (!files.has(posix.join(posix.dirname(path), decodeURI(to)))) fault(`no ${to}`);
  const seen = [...text.matchAll(/<id>([^<]+)<\/id>/g)].map(([, id]) => id);
  if (new Set(seen).size < seen.length) fault("an id twice");
  return faults;
}
