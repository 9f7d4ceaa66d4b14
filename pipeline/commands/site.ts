// `site`: the pages that people open first, of all editions.
import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { openForReading } from "../database/database.ts";
import { showProgress } from "../progress.ts";
import { count } from "../words.ts";
import { databaseOption } from "./options.ts";
import { printLine } from "./output.ts";

const OUT = "site";

/** The command. */
export const siteCommand = () =>
  new Command("site")
    .description("write a static site of all editions: pages to look at, search in, and send links to")
    .addOption(databaseOption())
    .addOption(new Option("--out <DIR>", "for the site; DIR/index.html is its front page").default(OUT, OUT))
    .addOption(
      new Option("--datasets <URL>", "where others get the datasets: URL/EDITION is linked").argParser(parseAddress),
    )
    .action(async ({ database, out, datasets = null }) => {
      const { writeSite } = await import("../publish/site/site.ts");
      const db = openForReading(database);
      const progress = showProgress();
      try {
        progress.begin("site");
        const { pages, files, bytes } = await writeSite(db, out, { datasets });
        progress.end(`${count(pages, "page")}, ${count(files, "file")}, ${(bytes / 1e6).toFixed(1)} MB`);
        await printLine(`${out}/index.html`);
      } finally {
        db.close();
      }
    });

/** An https address without a slash at its end. */
function parseAddress(text: string): string {
  if (!/^https:\/\/[^\s"<>]+$/.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError("expected an address that begins with https://");
  return text.replace(/\/+$/, "");
}
