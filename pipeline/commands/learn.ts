// `learn`: what the SBOMs of a database, or the packages of a distribution, prove goes into the ledger, so that every survey knows it.
import { statSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { librariesOf, packagesIn } from "../collect/packages.ts";
import { openForReading } from "../database/database.ts";
import { type LedgerRow, learnedIn, mergeLedger, readLedger, writeLedger } from "../derive/ledger.ts";
import { EXIT, ItemError, RunError } from "../errors.ts";
import { loadDistributions } from "../naming/distributions.ts";
import { count } from "../words.ts";
import { databaseOption, parseWord } from "./options.ts";
import { printLine, say } from "./output.ts";

const LEDGER = "data/fingerprints.csv";

/** The command. */
export const learnCommand = () =>
  new Command("learn")
    .description(
      "add to the ledger of fingerprints what proves of which packages libraries are copies: the SBOMs of a database, or with FOLDER a distribution's own packages (deb, rpm, apk)",
    )
    .argument("[FOLDER]", "packages, in it and in the folders below it", parseWord)
    .option(
      "--distribution <ID>",
      "whose packages they are: the namespace of their URLs, such as debian",
      parseDistribution,
    )
    .addOption(databaseOption())
    .addOption(
      new Option("--ledger <FILE>", "the ledger, CSV: original, digits, purl, learned").default(LEDGER, LEDGER),
    )
    .action(async (folder, { distribution, database, ledger }) => {
      if (folder === undefined && distribution !== undefined)
        throw new RunError(
          EXIT.usage,
          `learn: --distribution ${distribution} without a folder, expected the packages that are its`,
        );
      const learned = folder === undefined ? fromDatabase(database) : await fromPackages(folder, distribution);
      try {
        const { rows, added, conflicts } = mergeLedger(readLedger(ledger), learned.rows);
        for (const { original, digits, purls } of conflicts)
          say(`${original} ${digits}: ${purls.join(" and ")}, expected one package; neither is taken`);
        if (added > 0) writeLedger(ledger, rows);
        await printLine(`${ledger}: ${count(added, "file")} learned, ${count(rows.length, "file")} in all`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code?.startsWith("E"))
          throw new RunError(
            EXIT.output,
            `ledger ${ledger}: ${(error as Error).message}, expected to read and write it`,
          );
        throw error;
      }
      if (learned.failed > 0)
        throw new RunError(
          EXIT.failures,
          `${count(learned.failed, "package")} not read, as said above; what the others prove is learned`,
        );
    });

interface Learned {
  rows: LedgerRow[];
  failed: number;
}

function fromDatabase(database: string): Learned {
  const db = openForReading(database);
  try {
    return { rows: learnedIn(db), failed: 0 };
  } finally {
    db.close();
  }
}

async function fromPackages(folder: string, distribution: string | undefined): Promise<Learned> {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new RunError(EXIT.usage, `learn ${folder}: no such folder, expected one with packages (.deb, .rpm, .apk)`);
  const packages = packagesIn(folder);
  if (packages.length === 0)
    throw new RunError(EXIT.usage, `learn ${folder}: no package in it, expected files that end in .deb, .rpm or .apk`);
  if (distribution === undefined)
    throw new RunError(
      EXIT.usage,
      `learn ${folder}: --distribution is missing, expected whose packages these are, as they do not say it`,
    );
  const learned: Learned = { rows: [], failed: 0 };
  for (const { path, type } of packages) {
    try {
      learned.rows.push(...(await librariesOf(path, type, distribution)));
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      say(`${path}: ${error.message}`);
      learned.failed += 1;
    }
  }
  return learned;
}

/** A namespace of package URLs: one that data/distributions.json has, or of another distribution. */
function parseDistribution(text: string): string {
  if (/^[a-z][a-z0-9._-]*$/.test(text)) return text;
  const known = loadDistributions().map(({ distribution }) => distribution);
  throw new InvalidArgumentError(
    `expected a distribution's ID in lower case (os-release), such as ${known.join(", ")}`,
  );
}
