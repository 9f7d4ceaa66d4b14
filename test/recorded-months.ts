// Both months of the recorded slice, surveyed.
import assert from "node:assert/strict";
import { join } from "node:path";
import { requestTo, survey } from "./harness.ts";
import { startIndex } from "./loopback/index-server.ts";
import { type Month, recordedSource } from "./loopback/recorded-source.ts";

/** The months, the earlier one first. */
export const MONTHS: readonly Month[] = ["2026-10", "2026-11"];

/** Surveys both months into a database in the folder; gives its path. */
export async function surveyMonths(folder: string): Promise<string> {
  for (const edition of MONTHS) {
    const index = await startIndex(recordedSource(edition));
    assert.equal(await survey(requestTo(index, folder, { edition, top: 160 })), 0);
    await index.close();
  }
  return join(folder, "survey.sqlite");
}
