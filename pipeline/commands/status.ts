// What a database holds of each edition, stage by stage, for the person who looks after the survey.
import { markdownTable } from "markdown-table";
import type { Db } from "../database/database.ts";
import { printable } from "../progress.ts";
import type { Stage } from "../stage/stage.ts";

/** The status of one edition, or of all, as text: what is done, pending and failed, what it cost, what failed. */
export function statusText(db: Db, stages: Stage[], edition: string | null): string {
  const editions = db
    .prepare("SELECT edition FROM edition WHERE @edition IS NULL OR edition = @edition ORDER BY edition")
    .pluck()
    .all({ edition }) as string[];
  if (editions.length === 0) return `no edition${edition ? ` ${edition}` : ""} in this database\n`;
  return editions.map((each) => editionStatus(db, stages, each)).join("\n");
}

function editionStatus(db: Db, stages: Stage[], edition: string): string {
  const spent = db
    .prepare(
      `SELECT stage, sum(seconds) AS seconds, (SELECT sum(requests) FROM cost c WHERE c.edition = r.edition AND c.stage = s.stage) AS requests,
         (SELECT sum(bytes) FROM cost c WHERE c.edition = r.edition AND c.stage = s.stage) AS bytes
       FROM run_stage s JOIN run r USING (run) WHERE r.edition = ? GROUP BY stage`,
    )
    .all(edition) as { stage: string; seconds: number; requests: number | null; bytes: number | null }[];
  const rows = stages.map(({ name, tally }) => {
    const { done, pending, failed } = tally(db, edition);
    const cost = spent.find(({ stage }) => stage === name);
    return [name, done, pending, failed, cost?.requests ?? 0, cost?.bytes ?? 0, (cost?.seconds ?? 0).toFixed(1)].map(
      String,
    );
  });
  const header = ["stage", "done", "pending", "failed", "requests", "bytes", "seconds"];
  const table = markdownTable([header, ...rows], {
    align: ["left", "right", "right", "right", "right", "right", "right"],
  });
  const failures = db
    .prepare(
      "SELECT stage || ' ' || item || ': ' || kind || ': ' || message || ' (tries: ' || tries || ')' FROM failure WHERE edition = ? ORDER BY stage, item",
    )
    .pluck()
    .all(edition) as string[];
  return [
    `edition ${edition}`,
    table,
    wheelShare(db, edition),
    ...failures.map((line) => printable(`failed: ${line}`)),
    "",
  ].join("\n");
}

function wheelShare(db: Db, edition: string): string {
  const cost = db
    .prepare("SELECT wheels, requests, bytes, wheel_bytes FROM survey_cost WHERE edition = ?")
    .get(edition) as {
    wheels: number;
    requests: number;
    bytes: number;
    wheel_bytes: number;
  };
  if (cost.wheels === 0) return "no wheel was first read for this edition";
  const share = ((100 * cost.bytes) / cost.wheel_bytes).toFixed(2);
  const each = (cost.requests / cost.wheels).toFixed(2);
  return `${cost.wheels} wheels read with ${cost.requests} requests (${each} each) and ${cost.bytes} bytes, ${share} % of the wheels' own ${cost.wheel_bytes}`;
}
