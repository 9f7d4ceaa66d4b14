// The page on which people ask in SQL: SQLite as WebAssembly and the database are loaded when it is first asked.

const MOST_SHOWN = 1000; // Rows in the table; the CSV has more,
const MOST_ROWS = 200_000; // but not more than these.

function startAsking() {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("ask"));
  const sql = /** @type {HTMLTextAreaElement} */ (document.getElementById("sql"));
  const example = /** @type {HTMLSelectElement} */ (document.getElementById("example"));
  const save = /** @type {HTMLButtonElement} */ (document.getElementById("csv"));
  const said = /** @type {HTMLElement} */ (document.getElementById("said"));
  const answer = /** @type {HTMLElement} */ (document.getElementById("answer"));
  /** @type {Promise<any> | undefined} */
  let database;
  /** @type {{ columns: string[], rows: any[][] }} */
  let last = { columns: [], rows: [] };
  form.hidden = false;
  document.getElementById("needs")?.remove();

  async function open() {
    const [engine = "", binary = ""] = (form.dataset.engine ?? "").split(" ");
    await survey.load(engine);
    const wasmBinary = bytesOf(await survey.take(binary, "engine"));
    const packed = bytesOf(await survey.take(form.dataset.database ?? "", "database"));
    survey.forget("engine");
    survey.forget("database");
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    const SQL = await initSqlJs({ wasmBinary: /** @type {any} */ (wasmBinary) });
    const db = new SQL.Database(bytes);
    db.run("PRAGMA query_only = ON");
    return db;
  }

  async function ask() {
    said.textContent = database ? "Asking…" : "Loading SQLite and the database…";
    await new Promise((resolve) => setTimeout(resolve)); // Lets the words be seen.
    try {
      database ??= open();
      const db = await database;
      const began = performance.now();
      last = read(db, sql.value);
      const seconds = ((performance.now() - began) / 1000).toFixed(2);
      show(last);
      const cut = last.rows.length > MOST_SHOWN ? `, the first ${MOST_SHOWN} shown` : "";
      const end = last.rows.length === MOST_ROWS ? " (there may be more)" : "";
      said.textContent = `${grouped(last.rows.length)} ${last.rows.length === 1 ? "row" : "rows"}${end} in ${seconds} s${cut}.`;
      save.disabled = last.rows.length === 0;
    } catch (error) {
      if (/cannot be loaded/.test(String(error))) database = undefined;
      said.textContent = error instanceof Error ? error.message : String(error);
      answer.hidden = true;
      save.disabled = true;
    }
  }

  /** The answer to one statement. @param {any} db @param {string} text */
  function read(db, text) {
    const statements = db.iterateStatements(text);
    const { value: statement, done } = statements.next();
    if (done) throw new Error("No SQL, expected one statement");
    /** @type {any[][]} */
    const rows = [];
    while (rows.length < MOST_ROWS && statement.step()) rows.push(statement.get());
    const columns = /** @type {string[]} */ (statement.getColumnNames());
    if (!statements.next().done) throw new Error("Several statements, expected one");
    return { columns, rows };
  }

  /** @param {{ columns: string[], rows: any[][] }} result */
  function show({ columns, rows }) {
    const isNumber = columns.map((_, at) => rows.some((row) => typeof row[at] === "number"));
    const classOf = (/** @type {number} */ at) => (isNumber[at] ? { class: "n" } : {});
    const head = make("tr", {}, ...columns.map((name, at) => make("th", { scope: "col", ...classOf(at) }, name)));
    const body = rows
      .slice(0, MOST_SHOWN)
      .map((row) => make("tr", {}, ...row.map((cell, at) => make("td", classOf(at), printable(cell)))));
    answer.replaceChildren(
      make("table", {}, make("caption", {}, "Answer"), make("thead", {}, head), make("tbody", {}, ...body)),
    );
    answer.hidden = false;
  }

  function download() {
    const lines = [last.columns, ...last.rows].map((row) => row.map(inCsv).join(","));
    const url = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
    make("a", { href: url, download: "answer.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  example.addEventListener("change", () => {
    if (example.value !== "") sql.value = example.value;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask();
  });
  sql.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void ask();
  });
  save.addEventListener("click", download);
}

/** @param {string} base64 */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A cell as people see it: what does not print is escaped. @param {any} cell */
function printable(cell) {
  if (cell === null) return "";
  if (cell instanceof Uint8Array) return [...cell].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return String(cell).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** A cell of a CSV file (RFC 4180); a text that a spreadsheet would act on gets an apostrophe. @param {any} cell */
function inCsv(cell) {
  const text =
    typeof cell === "string" && /^[=+\-@\t\r]/.test(cell)
      ? `'${cell}`
      : cell instanceof Uint8Array
        ? printable(cell)
        : String(cell ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

startAsking();
