// `status`: what a database holds of each edition, stage by stage, for the person who looks after the survey.
import { Command } from "@commander-js/extra-typings";
import { markdownTable } from "markdown-table";
import { type Db, openForReading } from "../database/database.ts";
import { readImported } from "../editions/coverage.ts";
import { type Edition, existingEdition } from "../editions/edition.ts";
import { printable } from "../progress.ts";
import type { Stage, Tally } from "../stage/stage.ts";
import { STAGES } from "../stages.ts";
import { count, countDone, grouped, type Unit } from "../words.ts";
import { databaseOption, editionOption } from "./options.ts";

/** The command. */
export const statusCommand = () =>
  new Command("status")
    .description("say for each stage of each edition what is done, to do and failed, and what it cost")
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
    .prepare<[object], Edition>("SELECT * FROM edition WHERE @edition IS NULL OR edition = @edition ORDER BY edition")
    .all({ edition });
  if (editions.length === 0) return "no edition in this database\n";
  const texts = editions.map((each) =>
    each.kind === "imported" ? importedStatus(db, stages, each) : surveyStatus(db, stages, each),
  );
  return texts.map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/** What one stage has done for an edition, and what that took. */
interface StageStatus extends Tally {
  name: string;
  unit: Unit;
  requests: number;
  bytes: number;
  seconds: number;
}

function readStages(db: Db, stages: Stage[], edition: string): StageStatus[] {
  const spent = db.prepare(SPENT);
  return stages.map(({ name, unit, tally }) => {
    const cost = spent.get({ edition, stage: name }) as Pick<StageStatus, "requests" | "bytes" | "seconds">;
    return { name, unit, ...tally(db, edition), ...cost };
  });
}

const SPENT = `
SELECT coalesce(max(c.requests), 0) AS requests, coalesce(max(c.bytes), 0) AS bytes,
  (SELECT coalesce(sum(s.seconds), 0) FROM run r JOIN run_stage s USING (run_id)
    WHERE r.edition = :edition AND s.stage = :stage) AS seconds
FROM cost c WHERE c.edition = :edition AND c.stage = :stage`;

type Column = [heading: string, cell: (stage: StageStatus) => string];

const TALLY: Column[] = [
  ["stage", ({ name }) => name],
  ["done", ({ done, unit }) => countDone(done, unit)],
  ["to do", ({ pending }) => grouped(pending)],
];
const COST: Column[] = [
  ["failed", ({ failed }) => grouped(failed)],
  ["requests", ({ requests }) => grouped(requests)],
  ["bytes", ({ bytes }) => grouped(bytes)],
  ["seconds", ({ seconds }) => seconds.toFixed(1)],
];

function stageTable(stages: StageStatus[], columns: Column[]): string {
  const rows = stages.map((stage) => columns.map(([, cell]) => cell(stage)));
  const align = columns.map((_, nth) => (nth === 0 ? "left" : "right"));
  return markdownTable([columns.map(([heading]) => heading), ...rows], { align });
}

function surveyStatus(db: Db, stages: Stage[], { edition, shard }: Edition): string[] {
  const failures = db
    .prepare(
      "SELECT stage || ' ' || item || ': ' || kind || ': ' || message || ' (tries: ' || tries || ')' FROM failure WHERE edition = ? ORDER BY stage, item",
    )
    .pluck()
    .all(edition) as string[];
  return [
    `edition ${edition}${shard === null ? "" : `, shard ${shard}`}`,
    stageTable(readStages(db, stages, edition), [...TALLY, ...COST]),
    wheelShare(db, edition),
    ...workersOf(db, edition),
    ...failures.map((line) => printable(`failed: ${line}`)),
  ];
}

// Nothing was collected for it: what there is to say is how much it holds, and whether all of that has been judged.
function importedStatus(db: Db, stages: Stage[], { edition, ranking_source }: Edition): string[] {
  const { files, projects } = readImported(db, edition);
  const derived = stages.filter(({ kind }) => kind !== "collect");
  return [
    printable(
      `edition ${edition}: imported, ${count(files, "file")} of ${count(projects, "project")}, from ${ranking_source}`,
    ),
    stageTable(readStages(db, derived, edition), TALLY),
  ];
}

/** Who has collected for the edition's last run that had workers. */
function workersOf(db: Db, edition: string): string[] {
  const rows = db.prepare(WORKERS).all({ edition }) as { worker: string; done: number; failed: number }[];
  return rows.map(({ worker, done, failed }) =>
    printable(`worker ${worker}: ${count(done, "item")} collected, ${grouped(failed)} failed`),
  );
}

const WORKERS = `
SELECT worker, done, failed FROM run_worker
WHERE run_id = (SELECT max(run_id) FROM run_worker JOIN run USING (run_id) WHERE edition = :edition) ORDER BY done DESC, worker`;

function wheelShare(db: Db, edition: string): string {
  const cost = db
    .prepare("SELECT wheels, requests, bytes, wheel_bytes FROM survey_cost WHERE edition = ?")
    .get(edition) as Record<"wheels" | "requests" | "bytes" | "wheel_bytes", number>;
  if (cost.wheels === 0) return "no wheel was first read for this edition";
  const share = ((100 * cost.bytes) / cost.wheel_bytes).toFixed(2);
  const each = (cost.requests / cost.wheels).toFixed(2);
  return `${count(cost.wheels, "wheel")} read with ${count(cost.requests, "request")} (${each} each) and ${count(cost.bytes, "byte")}, ${share} % of the wheels' own ${grouped(cost.wheel_bytes)}`;
}
