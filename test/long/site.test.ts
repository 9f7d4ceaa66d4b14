// The site in a browser: opened as files and from a server below a path, with nothing on the console and no request elsewhere.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { openForReading } from "../../pipeline/database/database.ts";
import { readTable } from "../../pipeline/publish/catalogue.ts";
import { writeSite } from "../../pipeline/publish/site/site.ts";
import type { Row } from "../../pipeline/publish/table.ts";
import { EDITION } from "../harness.ts";
import { surveyMonths } from "../recorded-months.ts";
import { launchBrowser } from "./browser.ts";
import { pythonWith } from "./python.ts";

const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const SITE = join(folder, "site");
const BELOW = "/some/path/";
let launched: Awaited<ReturnType<typeof launchBrowser>>;
let server: Server;
let bases: { file: string; server: string };
let libraries: Row[];
let sharedHash = "";

before(async () => {
  const db = openForReading(await surveyMonths(folder));
  libraries = readTable(db, "libraries", EDITION).rows;
  sharedHash = String(readTable(db, "shared", EDITION).rows[0]![0]);
  await writeSite(db, SITE, { datasets: null });
  db.close();
  server = createServer((request, response) => {
    const path = join(SITE, decodeURIComponent(new URL(request.url!, "http://a").pathname.slice(BELOW.length)));
    if (!request.url!.startsWith(BELOW) || !statSync(path, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
    createReadStream(path).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  bases = {
    file: `${pathToFileURL(SITE)}/`,
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BELOW}`,
  };
  launched = await launchBrowser();
});

after(async () => {
  if (launched && "browser" in launched) await launched.browser.close();
  server.close();
});

const TYPES: Record<string, string> = {
  ...{ ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" },
  ...{ ".xml": "application/atom+xml", ".json": "application/json", ".csv": "text/csv" },
};

/** The browser; the test is skipped, and says why, where there is none. */
function browserFor(t: TestContext): Browser | undefined {
  if ("browser" in launched) return launched.browser;
  t.skip(launched.missing);
  return undefined;
}

/** A page that remembers what it should not do: say something on the console, fail, or ask another address. */
async function open(browser: Browser, base: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => {
    const left = request.failure()?.errorText === "net::ERR_ABORTED"; // By going on to another page.
    if (!left) faults.push(`failed: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) faults.push(`elsewhere: ${request.url()}`);
  });
  return { page, faults, close: () => context.close() };
}

const results = (page: Page) => page.locator("#results a");

for (const kind of ["file", "server"] as const) {
  test(`search, the ranked table, sorting and SQL work ${kind === "file" ? "in files" : "from a server below a path"}`, async (t) => {
    const browser = browserFor(t);
    if (!browser) return;
    const { page, faults, close } = await open(browser, bases[kind]);
    await page.goto(`${bases[kind]}index.html`);
    assert.equal(await page.locator("input").first().getAttribute("type"), "search");

    await t.test("search finds a library, and back leads to the front page again", async () => {
      await page.fill("#search", "libwebp");
      await results(page).first().waitFor();
      const found = await results(page).allTextContents();
      assert.ok(
        found.some((text) => text.startsWith("libwebp.so")),
        found.join(),
      );
      assert.match(found[0]!, /^libwebp/);
      await results(page).filter({ hasText: "libwebp.so" }).click();
      await page.waitForURL(/libraries\/libwebp\.so\.html$/);
      assert.equal(await page.locator("h1").textContent(), "libwebp.so");
      await page.goBack();
      assert.equal(await page.locator("h1").textContent(), "What Python wheels carry inside");
    });

    await t.test("by keyboard: a component, a project, a file's hash, nothing", async () => {
      await page.fill("#search", "openssl");
      await results(page).first().waitFor();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForURL(/components\/openssl\.html$/);
      await page.fill("#search", "numpy");
      await results(page).filter({ hasText: "project" }).first().waitFor();
      await page.keyboard.press("Enter");
      await page.waitForURL(/projects\/numpy\.html$/);
      for (const asked of [sharedHash, sharedHash.slice(0, 12).toUpperCase()]) {
        await page.fill("#search", asked);
        await results(page)
          .filter({ hasText: sharedHash.slice(0, 12) })
          .first()
          .waitFor();
        assert.ok((await results(page).count()) >= 2);
      }
      await page.keyboard.press("Enter");
      await page.waitForURL(/projects\/(?!numpy\.)/);
      assert.ok((await page.content()).includes(sharedHash));
      await page.fill("#search", "no such thing");
      await page.locator("#results span").waitFor();
      await page.keyboard.press("Escape");
      assert.equal(await page.locator("#results li").count(), 0);
    });

    await t.test("the ranked table in another order, by platform, and longer", async () => {
      await page.goto(`${bases[kind]}index.html`);
      const cells = (nth: number) => page.locator(`#ranking tbody tr td:nth-child(${nth})`).allTextContents();
      const most = [...libraries].sort((one, other) => Number(other[5]) - Number(one[5]));
      await page.click("#ranking th:nth-child(6) button");
      await page
        .locator(`#ranking tbody tr:first-child td:nth-child(6)`)
        .filter({ hasText: `${most[0]![5]}` })
        .waitFor();
      assert.deepEqual(
        (await cells(6)).map(Number),
        most.slice(0, 25).map((row) => row[5]),
      );
      assert.equal(await page.locator("#ranking th:nth-child(6)").getAttribute("aria-sort"), "descending");
      await page.click("#ranking th:nth-child(1) button");
      await page.selectOption("#family", "macos");
      await page
        .locator("#shown")
        .filter({ hasText: /^(?!.*647)/ })
        .waitFor();
      const columns = ["rank", "library", "packages", "percent", "files", "wheels", "manylinux", "manylinux_percent"];
      const at = columns.length + 2; // macos: behind musllinux and its share.
      const onMac = libraries.filter((row) => Number(row[at]) > 0);
      assert.ok(onMac.length > 25);
      await page
        .locator("#shown")
        .filter({ hasText: ` of ${onMac.length}` })
        .waitFor();
      const counts = onMac.map((row) => Number(row[at])).sort((one, other) => other - one);
      assert.deepEqual((await cells(3)).map(Number), counts.slice(0, 25));
      assert.equal((await cells(4))[0], String(onMac.find((row) => row[at] === counts[0])![at + 1]));
      await page.click("#more");
      await page.locator("#ranking tbody tr:nth-child(26)").waitFor();
    });

    await t.test("any table in another order", async () => {
      await page.goto(`${bases[kind]}components/openssl.html`);
      const table = page.locator("table", { has: page.locator("caption", { hasText: "Files of OpenSSL" }) });
      const at = (await table.locator("th").allTextContents()).indexOf("size") + 1;
      await table.locator(`th:nth-child(${at}) button`).click();
      const sizes = (await table.locator(`tbody td:nth-child(${at})`).allTextContents()).map((text) =>
        Number(text.replaceAll(",", "")),
      );
      assert.deepEqual(
        sizes,
        [...sizes].sort((one, other) => other - one),
      );
      assert.ok(sizes[0]! > 1000);
    });

    await t.test("SQL: each question of the page, what is wrong with another, and an answer as CSV", async () => {
      await page.goto(`${bases[kind]}ask.html`);
      const questions = await page.locator("#example option").count();
      for (let nth = 1; nth < questions; nth += 1) {
        await page.selectOption("#example", { index: nth });
        await page.click("#ask button[type=submit]");
        await page
          .locator("#said")
          .filter({ hasText: /^[\d,]+ rows? in/ })
          .waitFor();
        const sql = (await page.locator("#example option").nth(nth).getAttribute("value"))!;
        const isOfBytes = /\b(?:library_contents|linked_component)\b/.test(sql); // Of the recorded wheels only the ends are there.
        assert.equal((await page.locator("#answer tbody tr").count()) === 0, isOfBytes, sql);
        await page.evaluate(() => {
          document.getElementById("said")!.textContent = "";
        });
      }
      for (const [sql, wrong] of [
        ["SELECT nope FROM native_file", "no such column: nope"],
        ["DELETE FROM path", "readonly database"],
        ["SELECT 1; SELECT 2", "Several statements, expected one"],
        ["-- nothing", "No SQL, expected one statement"],
      ] as const) {
        await page.fill("#sql", sql);
        await page.click("#ask button[type=submit]");
        await page.locator("#said").filter({ hasText: wrong }).waitFor();
        assert.equal(await page.locator("#answer").isVisible(), false);
      }
      await page.fill("#sql", `SELECT '=1+1' AS "a,b", NULL AS c, 2 AS d UNION ALL SELECT 'x"y', 'z', 3`);
      await page.keyboard.press("Control+Enter");
      await page.locator("#said").filter({ hasText: "2 rows" }).waitFor();
      const [download] = await Promise.all([page.waitForEvent("download"), page.click("#csv")]);
      assert.equal(readFileSync(await download.path(), "utf8"), `"a,b",c,d\n'=1+1,,2\n"x""y",z,3\n`);
    });

    assert.deepEqual(faults, []);
    await close();
  });
}

/** A page of each kind. */
const KINDS = [
  ...["index", "tables", "tables/libraries", "tables/versions", "components/openssl", "libraries/libcrypto.so"],
  ...["projects/opencv-python", "projects/psycopg-binary", "editions", `editions/${EDITION}`, "about", "ask"],
].map((name) => `${name}.html`);

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe-core finds nothing, and no page is wider than a phone or a window at 200 %, ${colorScheme}`, async (t) => {
    const browser = browserFor(t);
    if (!browser) return;
    // axe-core is put into the page, which the pages' own policy forbids to others.
    const { page, faults, close } = await open(browser, bases.server, { colorScheme, bypassCSP: true });
    const papers = new Set<string>();
    for (const name of KINDS) {
      for (const width of [1280, 640, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(bases.server + name);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${name}: ${wide} pixels wide in ${width}`);
      }
      await page.addScriptTag({ path: AXE });
      const found = await page.evaluate(async () => {
        // biome-ignore lint/suspicious/noExplicitAny: a script that was put into the page.
        const { violations } = await (globalThis as any).axe.run({ preload: false });
        return violations.map(
          (each: { id: string; nodes: { html: string }[] }) => `${each.id}: ${each.nodes[0]!.html}`,
        );
      });
      assert.deepEqual(found, [], name);
      papers.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    }
    assert.deepEqual([...papers], [colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(13, 18, 24)"]);
    assert.deepEqual(faults, []);
    await close();
  });
}

test("without script every page says what it has to say, and offers nothing that does not work", async (t) => {
  const browser = browserFor(t);
  if (!browser) return;
  const { page, faults, close } = await open(browser, bases.file, { javaScriptEnabled: false });
  await page.goto(`${bases.file}index.html`);
  assert.equal(await page.locator("#ranking tbody tr").count(), 25);
  for (const hidden of ["search", ".controls", "#more"]) assert.equal(await page.locator(hidden).isVisible(), false);
  await page.click("text=All 647 libraries");
  await page.waitForURL(/tables\/libraries\.html$/); // Loaded to its end: a click alone waits for its first rows.
  assert.equal(await page.locator("tbody tr").count(), 647);
  await page.goto(`${bases.file}ask.html`);
  assert.equal(await page.locator("#ask").isVisible(), false);
  assert.ok(await page.getByText("needs JavaScript").isVisible());
  assert.deepEqual(faults, []);
  await close();
});

test("each page is valid by the Nu checker", { timeout: 600_000 }, (t) => {
  const tools = join(folder, "tools");
  const words = ["install", "--prefix", tools, "--no-save", "--ignore-scripts", "--silent", "vnu-jar@26.9.27"];
  const { status, stderr } = spawnSync("npm", words, { encoding: "utf8" });
  if (status !== 0)
    return t.skip(`npm ${words.join(" ")}: ${stderr.trim().split("\n").at(-1)}, expected to install vnu-jar`);
  const jar = join(tools, "node_modules/vnu-jar/build/dist/vnu.jar");
  const checked = spawnSync("java", ["-jar", jar, "--errors-only", "--skip-non-html", SITE], { encoding: "utf8" });
  if (checked.error) return t.skip(`java: ${checked.error.message}, expected Java 17`);
  assert.equal(checked.stderr, "");
  assert.equal(checked.status, 0);
});

test("feeds are read by Python's feedparser, entries and all", { timeout: 300_000 }, (t) => {
  const made = pythonWith(["feedparser"]);
  if ("missing" in made) return t.skip(made.missing);
  const program = `import feedparser, glob, sys
for path in glob.glob(sys.argv[1] + "/**/*.xml", recursive=True):
    feed = feedparser.parse(path)
    assert not feed.bozo, (path, feed.bozo_exception)
    assert feed.version == "atom10" and feed.feed.id and feed.feed.updated_parsed, path
    assert all(entry.id and entry.updated_parsed and entry.summary for entry in feed.entries), path
print(len(feedparser.parse(sys.argv[1] + "/editions.xml").entries))`;
  const { status, stdout, stderr } = spawnSync(made.python, ["-c", program, SITE], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, "2\n");
  assert.ok(readdirSync(join(SITE, "projects")).some((name) => name.endsWith(".xml")));
});
