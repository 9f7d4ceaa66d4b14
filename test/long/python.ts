// A Python with packages from PyPI, for tests that load what we publish with the programs that others load it with.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The Python of a virtual environment with the newest of these packages, removed at exit; or why there is none. */
export function pythonWith(packages: string[]): { python: string } | { missing: string } {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-python-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const python = join(folder, "bin", "python");
  for (const [program, words] of [
    ["python3", ["-m", "venv", folder]],
    [python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]],
  ] as const) {
    const { status, stderr, error } = spawnSync(program, words, { encoding: "utf8" });
    if (status === 0) continue;
    const said = error?.message ?? stderr.trim().split("\n").at(-1);
    return { missing: `${program} ${words.join(" ")}: ${said}, expected to install ${packages.join(", ")}` };
  }
  return { python };
}
