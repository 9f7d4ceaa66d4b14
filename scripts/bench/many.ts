// One edition of many projects with ten wheels each, stored without a network; then derived anew and reported by the program, and asked what people ask.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openForWriting } from "../../pipeline/database/database.ts";
import { ask, buildHistory, sizesOf } from "./history.ts";
import { machineLine, type Report, table } from "./report.ts";
import { runProgram } from "./scale.ts";

const EACH = { pythons: 2, platforms: 5 }; // Ten wheels of a project.

const BOUNDED = ["--max-old-space-size=128", "--max-semi-space-size=4"]; // Otherwise V8 keeps garbage as the machine has memory.

/** Builds the edition and measures it: CPU of its stages, memory of what the program does with it, and seconds of each question. */
export async function measureMany(wheels: number, tell: (line: string) => void): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "wheel-survey-"));
  const database = join(folder, "survey.sqlite");
  const machine = machineLine();
  try {
    const { db, close } = openForWriting(database);
    const { editions, months } = await buildHistory(
      db,
      { editions: 1, wheels, hasManyNames: false, ...EACH },
      folder,
      tell,
    );
    const answers = ask(db, editions);
    const sizes = sizesOf(db, database);
    db.exec("DELETE FROM derivation");
    close();
    const places = ["--edition", editions[0]!, "--database", database, "--reports", join(folder, "again")];
    const runs = [];
    for (const [what, words] of [
      ["derive all of it anew", ["upgrade", "--database", database]],
      ["write its reports", ["reports", ...places]],
      ["nothing new", ["libraries", "components", "sboms", "linked", "origins", "ranks", ...places]],
    ] as const) {
      tell(what);
      runs.push({ what, ...(await runProgram(words, join(folder, "usage.json"), BOUNDED)) });
    }
    const stages = Object.entries(months[0]!).map(([stage, seconds]) => ({ stage, seconds }));
    const parts = [
      `${wheels / 10} projects with ten wheels each: ${sizes.members} members, ${sizes.files} distinct files; the database has ${(sizes.file / 1e6).toFixed(0)} MB.`,
      machine,
      table(stages, [
        ["stage, storing", ({ stage }) => stage],
        ["CPU s", ({ seconds }) => seconds.toFixed(1)],
        ["CPU ms a wheel", ({ seconds }) => ((1000 * seconds) / wheels).toFixed(2)],
      ]),
      table(runs, [
        [`the program, node ${BOUNDED.join(" ")}`, ({ what }) => what],
        ["seconds", ({ seconds }) => seconds.toFixed(1)],
        ["CPU s", ({ cpu }) => cpu.toFixed(1)],
        ["peak RSS, MB", ({ memory }) => memory.toFixed(0)],
      ]),
      table(answers, [
        ["question", ({ name }) => name],
        ["rows", ({ rows }) => rows],
        ["seconds", ({ seconds }) => seconds.toFixed(3)],
      ]),
    ];
    return { parts, figures: { machine, stages, runs, answers, sizes }, isSound: true };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
