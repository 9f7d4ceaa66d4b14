// `status`: what a database holds of each edition, stage by stage, for the person who looks after the survey.
import { Command } from "@commander-js/extra-typings";
import { markdownTable } from "markdown-table";
import { type Db, openForReading } from "../database/database.ts";
import { existingEdition } from "../editions/edition.ts";
import { printable } from "../progress.ts";
import type { Stage } from "../stage/stage.ts";
import { STAGES } from "../stages.ts";
import { databaseOption, editionOption } from "./options.ts";

/** The command. */
export const statusCommand = () =>
  new Command("status")
    .description("say for each stage of each edition what is done, pending and failed")
    .addOption(databaseOption())
    .addOption(editionOption("only this edition"))
    .action(({ database, edition }) => {
      const db = openForReading(database);
      try {
        if (edition) existingEdition(db, edition);
        process.stdout.write(statusText(db, STAGES, edition ?? null));
      } finally {
        db.close();
      }
    });

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
      `SELECT s.stage, sum(s.seconds) AS seconds, max(c.requests) AS requests, max(c.bytes) AS bytes
       FROM run r JOIN run_stage s USING (run_id) LEFT JOIN cost c ON c.edition = r.edition AND c.stage = s.stage
       WHERE r.edition = ? GROUP BY s.stage`,
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
