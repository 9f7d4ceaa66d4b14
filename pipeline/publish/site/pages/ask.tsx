// The page on which people ask a slim database of the newest edition in SQL, in their browser.
import { dictionary } from "../../../database/dictionary.ts";
import type { Site } from "../contents.ts";
import type { SiteFile } from "../files.ts";
import { Frame } from "../parts/frame.tsx";
import { pageFile } from "../parts/page.tsx";
import { questionsOf } from "../questions.ts";
import { DATABASE_SCRIPT } from "../slim-database.ts";

/** ask.html. */
export function* askPage(site: Site): Generator<SiteFile> {
  const questions = questionsOf(site);
  yield pageFile({
    ...{ site, at: "ask.html", title: `Ask edition ${site.edition}` },
    about: "SQL over the newest edition, in the browser: nothing is sent anywhere.",
    scripts: ["assets/ask.js"],
    children: (
      <>
        <h1>Ask edition {site.edition}</h1>
        <p class="lead">
          The views and tables of the edition, in SQLite, here in your browser: nothing that you ask is sent anywhere.
          Other editions, documents and whole listings are in the dataset.
        </p>
        <p id="needs">This page needs JavaScript and WebAssembly.</p>
        <form
          id="ask"
          hidden
          data-database={DATABASE_SCRIPT}
          data-engine="assets/sql-wasm.js assets/sql-wasm-binary.js"
        >
          <p>
            <label for="example">Questions</label>
            <select id="example">
              <option value="">your own</option>
              {questions.map(({ number, question, sql }) => (
                <option value={sql} key={number}>
                  {question}
                </option>
              ))}
            </select>
          </p>
          <p>
            <label for="sql">SQL</label>
            <textarea id="sql" rows={9} spellcheck={false} autocomplete="off" autocapitalize="off">
              {questions[0]?.sql ?? `SELECT * FROM library_rank WHERE edition = '${site.edition}' LIMIT 20;`}
            </textarea>
          </p>
          <p>
            <button type="submit">Ask</button>{" "}
            <button type="button" id="csv" disabled>
              Save as CSV
            </button>
          </p>
        </form>
        <output id="said" />
        <div id="answer" hidden>
          <Frame label="Answer">{null}</Frame>
        </div>
        <h2 id="views">Views</h2>
        <dl class="views">
          {dictionary()
            .filter(({ kind }) => kind === "view")
            .map(({ name, about, columns }) => (
              <div key={name}>
                <dt>
                  <code>{name}</code>: {about}
                </dt>
                <dd>
                  {columns.map((column, at) => (
                    <>
                      {at > 0 && ", "}
                      <code title={column.meaning}>{column.name}</code>
                    </>
                  ))}
                </dd>
              </div>
            ))}
        </dl>
      </>
    ),
  });
}
