// The seam between who collects and who stores: what passes it is JSON, so another machine can take part.
import assert from "node:assert/strict";
import { test } from "node:test";
import { members } from "../pipeline/collect/members.ts";
import { releases } from "../pipeline/collect/releases.ts";
import { openForWriting } from "../pipeline/database/database.ts";
import { openDoor } from "../pipeline/network/door.ts";
import { parseHosts } from "../pipeline/network/hosts.ts";
import { ProcessLimiter } from "../pipeline/network/limiter.ts";
import { SILENT } from "../pipeline/progress.ts";
import { type Executor, localExecutor } from "../pipeline/stage/executor.ts";
import { everything, indexFor, requestTo, scratchFolder, survey } from "./harness.ts";
import { smallSource, TAKEN } from "./torture/small-index.ts";

const NEVER = new AbortController().signal;

test("items and what they came to can be sent as JSON: the database is the same", async (t) => {
  const index = await indexFor(t, smallSource());
  const here = requestTo(index, scratchFolder(t), { top: TAKEN });
  await survey(here);
  const there = requestTo(index, scratchFolder(t), { top: TAKEN });
  await survey(there, ["ranking"]);

  const door = openDoor({
    ...{ hosts: parseHosts(index.url, []), concurrency: 4, limiter: new ProcessLimiter(() => 0) },
    ...{ contact: null, signal: NEVER },
  });
  const { db, close } = openForWriting(there.database);
  const run = { db, edition: there.edition, run: 9, request: there, signal: NEVER, progress: SILENT, succeeded() {} };
  const executor = overJson(localExecutor(door, 4, scratchFolder(t)));
  for (const stage of [releases, members]) await stage.run({ ...run, executor });
  await door.close();
  close();

  await survey(there);
  assert.deepEqual(everything(there.database), everything(here.database));
});

/** An executor to which items, and from which results, go as text. */
function overJson(executor: Executor): Executor {
  const sent = <T>(value: T): T => JSON.parse(JSON.stringify(value));
  return {
    concurrency: executor.concurrency,
    collect: async (collector, item) => sent(await executor.collect(collector, sent(item))),
  };
}
