// What a run asks of its workers: they need to be told nothing else.
import * as v from "valibot";
import { READER as CONTENTS_READER } from "../collect/contents-queue.ts";
import { READER } from "../collect/reader.ts";
import type { SurveyRequest } from "../stage/stage.ts";

/** What decides what the same bytes tell: workers of another version read nothing for the run. */
export const VERSION: string = `${READER}.${CONTENTS_READER}`;

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Settings = v.object({
  /** Another one for each start of a coordinator. */
  run: v.string(),
  version: v.string(),
  index: v.nullable(v.string()),
  fileHosts: v.array(v.string()),
  concurrency: v.nullable(v.pipe(Count, v.minValue(1), v.maxValue(256))),
  rate: v.nullable(Count),
  contact: v.nullable(v.string()),
  backoff: v.nullable(v.object({ base: Count, cap: Count })),
});

/** What a run asks of its workers: whom they may ask, how fast, and in whose name. */
export type Settings = v.InferOutput<typeof Settings>;

/** The settings of a run that asks this of the index. */
export function settingsOf(run: string, index: string | null, request: SurveyRequest): Settings {
  const { fileHosts, concurrency, rate, contact, backoff = null } = request;
  return { run, version: VERSION, index, fileHosts, concurrency, rate, contact, backoff };
}

/** The settings that a text holds; null if it holds none. */
export function parseSettings(text: string | null): Settings | null {
  if (text === null) return null;
  try {
    return v.parse(Settings, JSON.parse(text));
  } catch {
    return null;
  }
}
