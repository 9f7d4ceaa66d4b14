// `worker`: collects for a survey that another machine runs with --queue.
import { Command } from "@commander-js/extra-typings";
import { showProgress } from "../progress.ts";
import { STAGES } from "../stages.ts";
import { parseConcurrency, queueOption } from "./options.ts";
import { stopSignal } from "./output.ts";

/** The command. */
export const workerCommand = () =>
  new Command("worker")
    .description(
      "collect for a survey that runs with --queue on another machine, until it is stopped (SIGINT, SIGTERM)",
    )
    .addOption(queueOption("the survey's Redis or Valkey server (required)").makeOptionMandatory())
    .option("--concurrency <N>", "requests at a time (default: as the survey says)", parseConcurrency)
    .action(async ({ queue, concurrency = null }) => {
      const { work } = await import("../queue/worker.ts");
      const collectors = new Map(STAGES.flatMap(({ name, collector }) => (collector ? [[name, collector]] : [])));
      await work({ queue, concurrency }, collectors, showProgress(), stopSignal());
    });
