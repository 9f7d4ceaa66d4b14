// The command line: hands over to commands/, and says in one line what stopped one.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "@commander-js/extra-typings";
import { checkCommand } from "./commands/check.ts";
import { datasetCommand } from "./commands/dataset.ts";
import { diffCommand } from "./commands/diff.ts";
import { import2023Command } from "./commands/import-2023.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { learnCommand } from "./commands/learn.ts";
import { mergeCommand } from "./commands/merge.ts";
import { nameCommand } from "./commands/name.ts";
import { queryCommand } from "./commands/query.ts";
import { sbomCommand } from "./commands/sbom.ts";
import { showCommand } from "./commands/show.ts";
import { siteCommand } from "./commands/site.ts";
import { statusCommand } from "./commands/status.ts";
import { surveyCommand, TOUR } from "./commands/survey.ts";
import { upgradeCommand } from "./commands/upgrade.ts";
import { verdictsCommand } from "./commands/verdicts.ts";
import { whoCommand } from "./commands/who.ts";
import { workerCommand } from "./commands/worker.ts";
import { EXIT, RunError } from "./errors.ts";
import { printable } from "./progress.ts";

const commands = () => [
  checkCommand(),
  statusCommand(),
  whoCommand(),
  showCommand(),
  diffCommand(),
  queryCommand(),
  inspectCommand(),
  nameCommand(),
  sbomCommand(),
  datasetCommand(),
  siteCommand(),
  verdictsCommand(),
  import2023Command(),
  learnCommand(),
  mergeCommand(),
  upgradeCommand(),
  workerCommand(),
];

const PACKAGE = new URL("../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string };

/** Where help goes, and the one line that says what stopped a command, both with their line ends. */
export interface Output {
  out: (text: string) => void;
  err: (line: string) => void;
}

/** Does what the words of a command line say; gives the exit code of what stopped it, undefined if nothing did. */
export async function runCommandLine(words: string[], output: Output): Promise<number | undefined> {
  try {
    await makeProgram(output).parseAsync(words, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof RunError) {
      output.err(`${printable(error.message)}\n`);
      return error.exitCode;
    }
    output.err(`a bug, please report it: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.bug;
  }
}

function makeProgram({ out, err }: Output): Command {
  const survey = surveyCommand();
  const program = new Command()
    .name("npm run survey --")
    .description("Surveys the native libraries that the wheels of PyPI's most downloaded projects carry inside.")
    .usage("[stages...] [options of survey]\n       npm run survey -- <command> [options of the command]")
    .version(version, "-V, --version", "show the program's version")
    .helpCommand(false)
    .addCommand(survey, { isDefault: true });
  for (const command of commands()) program.addCommand(command);
  program
    .command("help")
    .description("show what a command does, and its options")
    .argument("[command]")
    .action((name) => {
      const known = program.commands.map((command) => command.name());
      const found = name === undefined ? program : program.commands[known.indexOf(name)];
      if (!found) throw new RunError(EXIT.usage, `command: ${JSON.stringify(name)}, expected ${known.join(", ")}`);
      found.outputHelp();
    });
  program.addHelpText("after", () => `\nOptions of survey:\n${optionsOf(survey.helpInformation())}\n${TOUR}`);

  for (const command of [program, ...program.commands]) {
    command.helpOption("-h, --help", "show this");
    command.exitOverride().configureOutput({ writeOut: out, writeErr: (message) => err(oneLine(message)) });
  }
  return program;
}

function optionsOf(help: string): string {
  return help.slice(help.indexOf("Options:\n") + "Options:\n".length).trimEnd();
}

function oneLine(message: string): string {
  const text = message.replace(/^error: /, "").trim();
  return `${printable(text.replace(/\s*\n\s*/g, " "))}\n`;
}
