// Debian's Chromium, driven by playwright-core.
import { spawnSync } from "node:child_process";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** A browser without a window, or why there is none. */
export async function launchBrowser(): Promise<{ browser: Browser } | { missing: string }> {
  const found = NAMES.map((name) => spawnSync("which", [name], { encoding: "utf8" }).stdout.trim()).find(Boolean);
  if (!found) return { missing: `none of ${NAMES.join(", ")}, expected Chromium` };
  return { browser: await chromium.launch({ executablePath: found, args: ["--no-sandbox"] }) };
}
