// The program that writes SBOMs, as they name it.
import { readFileSync } from "node:fs";

/** Its name and version, of package.json. */
export const PROGRAM: { name: string; version: string } = JSON.parse(
  readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
);
