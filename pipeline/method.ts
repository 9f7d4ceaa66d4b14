// What makes the numbers, beside the facts: the method, the derivers that carry it out, and the rules in data/.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";

/** The version of the method: it goes up, with a line in CHANGELOG.md, whenever a change moves the numbers. */
export const METHOD = "2";

/**
 * The version of each deriver: what it made is made anew when it goes up. test/docs.test.ts makes you raise it when the
 * outputs on a fixed corpus change.
 */
export const DERIVERS = { names: 2, components: 2, sboms: 4, linked: 1, origins: 5, ranks: 2, reports: 16 } as const;

type Deriver = keyof typeof DERIVERS;

const data = (path: string) => new URL(`../data/${path}`, import.meta.url);

/** What derivers read beside the database: files of rules, or folders of them. */
const RULES: Partial<Record<Deriver, URL[]>> = {
  names: [data("naming/")],
  origins: [data("fingerprints.csv"), data("distributions.json"), data("base-images.json")],
  linked: [data("components/")],
  components: [data("components/"), data("renamed-copies.json")],
  reports: [data("breaks.json"), data("security-components.json"), data("all-of-pypi-2023-10.json")],
};

/** What a deriver's outputs are stamped with: the method, its own version, and the SHA-256 of the rules that it reads, in hex. */
export function stampOf(deriver: Deriver): string {
  const rules = RULES[deriver];
  return [METHOD, DERIVERS[deriver], ...(rules ? [hashRules(rules)] : [])].join(" ");
}

function hashRules(rules: URL[]): string {
  const hash = createHash("sha256");
  for (const file of rules.flatMap(filesOf))
    hash.update(`${file.pathname.split("/").at(-1)}\n`).update(readFileSync(file));
  return hash.digest("hex");
}

function filesOf(place: URL): URL[] {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place)
    .sort()
    .map((name) => new URL(name, place));
}
