// The workflows of GitHub Actions, as far as they can be checked without GitHub.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const UNAVAILABLE = 77;

test("zizmor finds nothing in .github, and GitHub's schemas fit", { timeout: 300_000 }, (t) => {
  const { status, stdout, stderr } = spawnSync(fileURLToPath(new URL("scripts/lint-workflows", ROOT)), {
    encoding: "utf8",
  });
  if (status === UNAVAILABLE) return t.skip(stderr.trim());
  assert.equal(status, 0, `${stdout}${stderr}`);
});

const workflows = new URL(".github/workflows/", ROOT);
for (const name of readdirSync(workflows)) {
  test(`${name}: each action is pinned by commit, and where the pin was seen stands at the top`, () => {
    const text = readFileSync(new URL(name, workflows), "utf8");
    const used = [...text.matchAll(/uses: (\S+)@(\S+)(.*)/g)];
    assert.ok(used.length > 0);
    const head = text.slice(0, text.indexOf("\nname:"));
    for (const [, action = "", pin = "", comment = ""] of used) {
      assert.match(pin, /^[0-9a-f]{40}$/, action);
      assert.match(comment, /^ # v\d+\.\d+\.\d+$/, action);
      assert.ok(head.includes(action.split("/")[1]!), `${action}: no source`);
    }
  });
}

test("npm packages that leave Node.js 20 behind are ignored from the major that does so", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8"));
  const versions: Record<string, string> = { ...dependencies, ...devDependencies };
  const dependabot = readFileSync(new URL(".github/dependabot.yml", ROOT), "utf8");
  const ignored = [...dependabot.matchAll(/dependency-name: "?([\w@/-]+)"?[^\n]*\n\s+versions: \[">=(\d+)"\]/g)];
  assert.equal(ignored.length, 6);
  for (const [, name = "", major] of ignored)
    assert.equal(Number(versions[name]?.split(".")[0]), Number(major) - 1, name);
});
