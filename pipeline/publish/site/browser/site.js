// The script of every page: search, tables in another order, the ranked table by platform. Pages do without it but for search.

/** Data come as scripts that hand them over, since a page that is opened as a file can fetch nothing. */
const survey = (() => {
  const root = document.documentElement.dataset.root ?? "";
  /** @type {Map<string, any>} */
  const received = new Map();
  /** @type {Map<string, Promise<void>>} */
  const asked = new Map();

  /** @param {string} address from the site's root */
  function load(address) {
    const known = asked.get(address);
    if (known) return known;
    const loading = /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = root + address;
        script.onload = () => resolve();
        script.onerror = () => {
          asked.delete(address);
          reject(new Error(`${address} cannot be loaded`));
        };
        document.head.append(script);
      })
    );
    asked.set(address, loading);
    return loading;
  }

  return {
    root,
    /** @param {string} name @param {any} value */
    receive(name, value) {
      received.set(name, value);
    },
    load,
    /** What a script hands over under a name. @param {string} address @param {string} name @returns {Promise<any>} */
    async take(address, name) {
      await load(address);
      return received.get(name);
    },
    /** @param {string} name */
    forget(name) {
      received.delete(name);
    },
  };
})();

/** An element with attributes and children. @param {string} name @param {Record<string, string>} [attributes] @param {(Node | string)[]} children */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** @param {number | string} value */
function grouped(value) {
  const [whole = "", fraction] = String(value).split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

// ── Search ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const MOST_RESULTS = 12;
const KINDS = { component: "upstream project", library: "library", project: "project" };

function startSearch() {
  const place = /** @type {HTMLElement} */ (document.querySelector("search"));
  const form = /** @type {HTMLFormElement} */ (place.querySelector("form"));
  const field = /** @type {HTMLInputElement} */ (document.getElementById("search"));
  const list = /** @type {HTMLElement} */ (document.getElementById("results"));
  const status = /** @type {HTMLElement} */ (document.getElementById("found"));
  place.hidden = false;
  let turn = 0;

  /** @param {HTMLElement[]} items @param {string} words */
  function show(items, words) {
    list.replaceChildren(...items.map((item) => make("li", {}, item)));
    status.textContent = words;
  }

  async function search() {
    turn += 1;
    const mine = turn;
    const asked = field.value.trim().toLowerCase();
    if (asked === "") return show([], "");
    try {
      const found = /^[0-9a-f]{8,64}$/.test(asked) ? await findHash(asked) : [];
      const named = await findNames(asked);
      if (mine !== turn) return;
      const items = [...found, ...named].slice(0, MOST_RESULTS);
      if (items.length === 0) show([make("span", {}, `Nothing is called ${field.value.trim()}`)], "Nothing found");
      else show(items, `${items.length} results, arrow down to reach them`);
    } catch (error) {
      show([make("span", {}, String(error))], String(error));
    }
  }

  /** @param {string} asked */
  async function findNames(asked) {
    /** @type {[kind: keyof typeof KINDS, name: string, note: string, address: string][]} */
    const names = await survey.take("data/search.js", "search");
    return names
      .map((entry, place) => ({ entry, place, rank: rankOf(entry[1].toLowerCase(), asked) }))
      .filter(({ rank }) => rank < 4)
      .sort((one, other) => one.rank - other.rank || one.place - other.place)
      .slice(0, MOST_RESULTS)
      .map(({ entry: [kind, name, note, address] }) =>
        resultOf(name, note ? `${KINDS[kind]}, ${note}` : KINDS[kind], address),
      );
  }

  field.addEventListener("input", search);
  field.addEventListener("focus", () => survey.load("data/search.js").catch(() => {}));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = /** @type {HTMLAnchorElement | null} */ (list.querySelector("a"));
    first?.click();
  });
  form.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")];
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    if (event.key === "Escape") {
      show([], "");
      field.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      if (next < 0) field.focus();
      else links[Math.min(next, links.length - 1)]?.focus();
    }
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(/** @type {Node} */ (event.target))) show([], "");
  });
  if (field.value !== "") void search();
}

/** How well a name fits: 0 the same, 1 but for `lib` and what follows the first dot, 2 it begins so, 3 it holds it. @param {string} name @param {string} asked */
function rankOf(name, asked) {
  const bare = name.replace(/^lib/, "").replace(/\..*/, "");
  if (name === asked) return 0;
  if (bare === asked.replace(/^lib/, "")) return 1;
  if (name.startsWith(asked) || bare.startsWith(asked)) return 2;
  return name.includes(asked) ? 3 : 4;
}

/** @param {string} asked */
async function findHash(asked) {
  const shard = asked.slice(0, 2);
  /** @type {{ addresses: string[], rows: [hash: string, name: string, places: number[]][] } | undefined} */
  const found = await survey.take(`data/hashes/${shard}.js`, `hashes/${shard}`).catch(() => undefined);
  if (!found) return [];
  return found.rows
    .filter(([hash]) => hash.startsWith(asked))
    .flatMap(([hash, name, places]) =>
      places.map((place) => {
        const address = /** @type {string} */ (found.addresses[place]);
        const project = address.replace(/^projects\/|\.html$/g, "");
        return resultOf(`${name} in ${project}`, `${hash.slice(0, 12)}…`, address);
      }),
    );
}

/** @param {string} name @param {string} note @param {string} address */
function resultOf(name, note, address) {
  const parts = [name, make("small", {}, note)];
  return address === "" ? make("span", {}, ...parts) : make("a", { href: survey.root + address }, ...parts);
}

// ── Tables in another order ───────────────────────────────────────────────────────────────────────────────────────────

/** Makes each head of a table a button that calls `order` with its place and whether it goes down. @param {HTMLTableElement} table @param {(at: number, down: boolean) => void} order */
function makeSortable(table, order) {
  const heads = [...table.querySelectorAll("thead th")];
  for (const [at, head] of heads.entries()) {
    if (head.textContent === "trend") continue;
    const button = make("button", { type: "button" }, head.textContent ?? "");
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const down = now === null ? head.classList.contains("n") && head.textContent !== "rank" : now === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      order(at, down);
    });
  }
}

/** Compares numbers as numbers and words as words; what is empty comes last either way. @param {string} one @param {string} other @param {boolean} down */
function compare(one, other, down) {
  if (one === "" || other === "") return Number(one === "") - Number(other === "");
  const [a, b] = [Number(one.replaceAll(",", "")), Number(other.replaceAll(",", ""))];
  const sign = Number.isNaN(a - b) ? (one < other ? -1 : Number(one > other)) : a - b;
  return down ? -sign : sign;
}

function startTables() {
  for (const table of /** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("table.sortable"))) {
    makeSortable(table, (at, down) => {
      const body = /** @type {HTMLTableSectionElement} */ (table.tBodies[0]);
      const rows = [...body.rows].map((row) => ({ row, cell: row.cells[at]?.textContent ?? "" }));
      rows.sort((one, other) => compare(one.cell, other.cell, down));
      body.append(...rows.map(({ row }) => row));
    });
  }
}

// ── The ranked table ──────────────────────────────────────────────────────────────────────────────────────────────────

const STEP = 25;

/** @typedef {[rank: number, name: string, address: string, projects: number, percent: number, files: number, wheels: number, counts: number[], line: string, words: string]} Ranked */
/** @typedef {{ row: Ranked, projects: number, percent: number }} Counted */

function startRanking() {
  const found = document.getElementById("ranking");
  if (!found) return;
  const table = /** @type {HTMLTableElement} */ (found);
  const family = /** @type {HTMLSelectElement} */ (document.getElementById("family"));
  const more = /** @type {HTMLButtonElement} */ (document.getElementById("more"));
  const shown = /** @type {HTMLElement} */ (document.getElementById("shown"));
  const controls = /** @type {HTMLElement} */ (document.querySelector(".controls"));
  const address = (table.dataset.source ?? "").slice(survey.root.length);
  const hasTrend = /trend/.test(table.tHead?.textContent ?? "");
  let column = 0;
  let isDown = false;
  let most = STEP;
  controls.hidden = false;
  more.hidden = false;

  function render() {
    renderAll().catch((error) => {
      shown.textContent = String(error);
    });
  }

  async function renderAll() {
    /** @type {{ families: string[], rows: Ranked[] }} */
    const { families, rows } = await survey.take(address, "libraries");
    const at = families.indexOf(family.value);
    const counted = rows
      .map((row) => ({
        row,
        projects: at < 0 ? row[3] : (row[7][2 * at] ?? 0),
        percent: at < 0 ? row[4] : (row[7][2 * at + 1] ?? 0),
      }))
      .filter(({ projects }) => projects > 0);
    const keyOf = (/** @type {Counted} */ { row, projects, percent }) =>
      String([row[0], row[1], projects, percent, row[5], row[6]][column]);
    // By platform the rank is that of all platforms, so the order at first is by what is counted for it.
    const isFirst = column === 0 && !isDown && at >= 0;
    counted.sort((one, other) =>
      isFirst
        ? other.projects - one.projects || one.row[0] - other.row[0]
        : compare(keyOf(one), keyOf(other), isDown) || one.row[0] - other.row[0],
    );
    const visible = counted.slice(0, most);
    /** @type {HTMLTableSectionElement} */ (table.tBodies[0]).replaceChildren(...visible.map(rowOf));
    shown.textContent = `${visible.length < counted.length ? "the first " : ""}${grouped(visible.length)} of ${grouped(counted.length)}`;
    more.hidden = visible.length === counted.length;
  }

  /** @param {Counted} counted */
  function rowOf({ row: [rank, name, to, , , files, wheels, , line, words], projects, percent }) {
    const number = (/** @type {number} */ value) => make("td", { class: "n" }, grouped(value));
    const cells = [number(rank), make("td", {}, to === "" ? name : make("a", { href: survey.root + to }, name))];
    cells.push(...[projects, percent, files, wheels].map(number));
    if (hasTrend) cells.push(make("td", {}, ...(line === "" ? [] : [sparkline(line, words)])));
    return make("tr", {}, ...cells);
  }

  makeSortable(table, (at, down) => {
    column = at;
    isDown = down;
    most = STEP;
    render();
  });
  family.addEventListener("change", () => {
    most = STEP;
    render();
  });
  more.addEventListener("click", () => {
    most = most === STEP ? 100 : 2 * most;
    render();
  });
  if (family.value !== "") render();
}

/** @param {string} line @param {string} words */
function sparkline(line, words) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({
    class: "spark",
    viewBox: "0 0 72 18",
    width: "72",
    height: "18",
    role: "img",
    "aria-label": words,
  }))
    svg.setAttribute(name, value);
  const polyline = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  polyline.setAttribute("points", line);
  svg.append(polyline);
  return svg;
}

startSearch();
startTables();
startRanking();
