// The site of two years of full editions: how long it takes to write, how large it is, and how fast its front page is in a browser.
import { cpSync, createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { openForWriting } from "../../pipeline/database/database.ts";
import { launchBrowser } from "../../test/long/browser.ts";
import { measured } from "../../test/torture/memory.ts";
import { buildHistory, FULL, type Size } from "./history.ts";
import { machineLine, type Report, table } from "./report.ts";

const MANY_LIBRARIES: Size = { ...FULL, hasManyNames: true };
const GOALS = { seconds: 30, megabytes: 300, size: 60e6, interactive: 1000, loaded: 300e3, found: 300 };

/** Builds the editions, writes their site twice, and opens it; `keep` is where the site is left, if anywhere. */
export async function measureSite(
  keep: string | null,
  tell: (line: string) => void,
  size = MANY_LIBRARIES,
): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const machine = machineLine();
  try {
    const database = join(folder, "survey.sqlite");
    const { db, close } = openForWriting(database);
    const { editions } = await buildHistory(db, size, folder, tell);
    const [libraries, projects] = db
      .prepare(
        "SELECT sum(counted_by = 'library'), (SELECT count(*) FROM candidate WHERE edition = :edition) FROM rank WHERE edition = :edition",
      )
      .raw()
      .get({ edition: editions.at(-1) }) as [number, number];
    close();
    const [first, second] = [await write(database, join(folder, "one")), await write(database, join(folder, "two"))];
    const sums = ["one", "two"].map((name) => readFileSync(join(folder, name, "SHA256SUMS"), "utf8"));
    tell(first.said);
    const opened = await openFront(join(folder, "one"));
    if (keep !== null) cpSync(join(folder, "one"), keep, { recursive: true });
    const { pages, files, bytes } = first;
    return {
      parts: [
        `${editions.length} editions of ${size.wheels} wheels, ${projects} projects, ${libraries} libraries in the last: ${pages} pages, ${files} files.`,
        machine,
        table(
          [
            { what: "seconds to write it", seen: first.seconds.toFixed(1), goal: GOALS.seconds },
            { what: "seconds again", seen: second.seconds.toFixed(1), goal: GOALS.seconds },
            { what: "MB of memory", seen: String(Math.max(first.megabytes, second.megabytes)), goal: GOALS.megabytes },
            { what: "MB of files", seen: (bytes / 1e6).toFixed(1), goal: GOALS.size / 1e6 },
            ...opened,
          ],
          [
            ["", ({ what }) => what],
            ["seen", ({ seen }) => seen],
            ["goal", ({ goal }) => String(goal)],
          ],
        ),
        sums[0] === sums[1] ? "The second build changed no byte." : "**The second build is another.**",
      ],
      figures: { first, second, opened, libraries, projects },
      isSound: sums[0] === sums[1],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes the site in a process of its own. */
async function write(database: string, out: string) {
  const began = performance.now();
  const { code, stderr, megabytes } = await measured(["site", "--database", database, "--out", out]);
  const seconds = (performance.now() - began) / 1000;
  const [, pages, files] = /site: ([\d,]+) pages, ([\d,]+) files/.exec(stderr) ?? [];
  if (code !== 0 || !pages || !files) throw new Error(`site: exit code ${code}, ${stderr}`);
  const paths = readFileSync(join(out, "SHA256SUMS"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(66));
  const bytes = paths.reduce((sum, path) => sum + statSync(join(out, path)).size, 0);
  return { seconds, megabytes, pages, files, bytes, said: stderr.trim() };
}

/** The front page from a server on loopback: when it can be used, what it loads for that, and how long the search takes to answer. */
async function openFront(site: string): Promise<{ what: string; seen: string; goal: number }[]> {
  const launched = await launchBrowser();
  if ("missing" in launched) return [{ what: `front page (${launched.missing})`, seen: "-", goal: GOALS.interactive }];
  let loaded = 0;
  const server = createServer((request, response) => {
    const path = join(site, decodeURIComponent(request.url!));
    loaded += statSync(path).size;
    response.setHeader(
      "content-type",
      { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" }[extname(path)] ??
        "",
    );
    createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const page = await launched.browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`, {
      waitUntil: "networkidle",
    });
    const interactive = await page.evaluate(
      () => performance.getEntriesByType("navigation")[0]!.toJSON().domContentLoadedEventEnd as number,
    );
    const before = loaded;
    const found = await page.evaluate(async () => {
      const field = document.getElementById("search") as HTMLInputElement;
      const list = document.getElementById("results")!;
      const times: number[] = [];
      for (const text of ["l", "li", "lib", "libs", "libss", "libssl"]) {
        const began = performance.now();
        const answered = new Promise<void>((resolve) => {
          const watch = new MutationObserver(() => {
            watch.disconnect();
            resolve();
          });
          watch.observe(list, { childList: true });
        });
        field.value = text;
        field.dispatchEvent(new Event("input"));
        await answered;
        times.push(performance.now() - began);
      }
      return times;
    });
    return [
      { what: "ms until the front page can be used", seen: interactive.toFixed(0), goal: GOALS.interactive },
      { what: "KB loaded for it", seen: (before / 1e3).toFixed(0), goal: GOALS.loaded / 1e3 },
      { what: "ms until the first search is answered", seen: found[0]!.toFixed(0), goal: GOALS.found },
      { what: "ms for each further letter, at most", seen: Math.max(...found.slice(1)).toFixed(0), goal: GOALS.found },
    ];
  } finally {
    await launched.browser.close();
    server.close();
  }
}
