// @ts-check
/**
 * The users × roles table in the page: search, filters, sorting. This file runs in the reader's browser unchanged. All
 * text that it shows comes from the page's JSON and is set as text, never as markup.
 *
 * Only the first matching rows are in the document. More are added on scrolling or on request, and all of them for
 * printing. This keeps the page fast with thousands of users.
 */

/** @typedef {import("./matrix.ts").Matrix} Matrix */
/** @typedef {import("./matrix.ts").MatrixRow} Row */
/** @typedef {import("./matrix.ts").MatrixCell} Cell */
/** @typedef {import("./matrix.ts").MatrixColumn} Column */
/** @typedef {{ text: string, at: number, row: Row }} User */

"use strict";

(() => {
  /** At first what a large window shows, then this much more at a time. */
  const CELLS_AT_FIRST = 1200;
  const CELLS_MORE = 3000;
  /** Where there are more roles, their names stand upright. */
  const ROLES_LYING = 8;
  const SIGNS = { kept: "•", gained: "+", lost: "−" };
  const PLANNED = { kept: "has", gained: "gains", lost: "loses" };
  const APPLIED = { kept: "has", gained: "gained", lost: "lost" };
  const STATES = { managed: "", unmanaged: "unmanaged", ignored: "ignored" };
  const CHANGES = ["removed", "added", "renamed", "changed", "unchanged"];

  const box = document.getElementById("matrix");
  if (box === null) return;
  /** @type {Matrix} */
  const data = JSON.parse(find("data").textContent ?? "");
  const markWords = data.view === "apply" ? APPLIED : PLANNED;
  const users = data.rows.map(user);
  const someEnd = data.rows.some(({ ends }) => ends !== null);
  const table = find("matrix", "table");
  const head = find("matrix", "thead");
  const body = find("matrix", "tbody");

  /** The columns on show, and the matching users, in order. @type {Column[]} */
  let columns = [];
  /** @type {User[]} */
  let matching = [];
  let shown = 0;
  let sort = { key: "", descending: false };
  /** Users whose roles are explained. @type {Set<number>} */
  const open = new Set();

  // Words

  /** @param {number} count */
  function figure(count) {
    return count.toLocaleString("en-US");
  }

  /** @param {Row} row @param {number} at @returns {User} */
  function user(row, at) {
    const organization = data.organizations[row.organization] ?? "";
    const granted = row.cells.map((cell) => cell.words);
    const text = [row.email, organization, ...row.words, ...granted].join("\n");
    return { at, row, text: text.toLowerCase() };
  }

  /** @param {Cell} cell */
  function explanation(cell) {
    return `${markWords[cell.mark]} ${data.columns[cell.column]?.name}: ${cell.words}`;
  }

  // Elements

  /** @param {string} id @param {string} [inside] @returns {HTMLElement} */
  function find(id, inside) {
    const found = document.querySelector(inside === undefined ? `#${id}` : `#${id} ${inside}`);
    if (!(found instanceof HTMLElement)) throw new Error(`The page has no ${id}`);
    return found;
  }

  /** @param {string} id */
  function chosen(id) {
    const control = document.getElementById(id);
    return control instanceof HTMLSelectElement || control instanceof HTMLInputElement
      ? control.value
      : "";
  }

  /**
   * @template {keyof HTMLElementTagNameMap} Tag
   * @param {Tag} tag
   * @param {string} kind
   * @param {(Node | string)[]} content
   */
  function element(tag, kind, ...content) {
    const made = document.createElement(tag);
    if (kind !== "") made.className = kind;
    made.append(...content);
    return made;
  }

  // Which rows, in which order

  /** @returns {(user: User) => boolean} */
  function filter() {
    const words = chosen("search").toLowerCase().split(/\s+/).filter(Boolean);
    const [change, state] = [chosen("change"), chosen("state")];
    const organization = chosen("organization");
    const role = chosen("role") === "" ? null : Number(chosen("role"));
    return ({ row, text }) =>
      (state === "" || row.state === state) &&
      (change === "" ||
        row.change === change ||
        (change === "any" && row.change !== "unchanged")) &&
      (organization === "" || row.organization === Number(organization)) &&
      (role === null || row.cells.some((cell) => cell.column === role)) &&
      words.every((word) => text.includes(word));
  }

  /** What a column sorts by; empty values come last in either direction. @param {User} user */
  function sortValue({ row }) {
    if (sort.key === "user") return row.email;
    if (sort.key === "organization") return data.organizations[row.organization] ?? "";
    if (sort.key === "change") return String(CHANGES.indexOf(row.change));
    if (sort.key === "ends") return row.ends ?? "";
    const cell = row.cells.find(({ column }) => String(column) === sort.key);
    return cell === undefined ? "" : String(["gained", "lost", "kept"].indexOf(cell.mark));
  }

  /** @param {User[]} list */
  function sorted(list) {
    if (sort.key === "") return list;
    const direction = sort.descending ? -1 : 1;
    return list
      .map((user) => ({ user, value: sortValue(user) }))
      .sort((a, b) => {
        if (a.value === b.value) return a.user.at - b.user.at;
        if (a.value === "" || b.value === "") return a.value === "" ? 1 : -1;
        return a.value < b.value ? -direction : direction;
      })
      .map(({ user }) => user);
  }

  // The table

  function renderHead() {
    const organization = chosen("organization");
    columns = data.columns.filter(
      (column) => organization === "" || column.organizations.includes(Number(organization)),
    );
    find("matrix").classList.toggle("narrow", columns.length > ROLES_LYING);
    const several = data.organizations.length > 1;
    const row = element("tr", "", header("User", "user", ""));
    if (several) row.append(header("Organization", "organization", ""));
    if (data.view !== "report") row.append(header("Change", "change", ""));
    if (someEnd) row.append(header("Earliest expiry", "ends", ""));
    for (const column of columns) {
      row.append(header(column.name, String(data.columns.indexOf(column)), roleClass(column)));
    }
    head.replaceChildren(row);
  }

  /** @param {Column} column */
  function roleClass({ admin }) {
    return admin ? "role-column admin-column" : "role-column";
  }

  /** @param {string} label @param {string} key @param {string} kind */
  function header(label, key, kind) {
    const button = element("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => sortBy(key));
    const cell = element("th", kind, button);
    cell.scope = "col";
    cell.dataset["key"] = key;
    cell.ariaSort = "none";
    return cell;
  }

  /** @param {string} key */
  function sortBy(key) {
    sort = { key, descending: sort.key === key && !sort.descending };
    renderSort();
    renderRows();
  }

  function renderSort() {
    for (const cell of head.querySelectorAll("th")) {
      const direction = sort.descending ? "descending" : "ascending";
      cell.ariaSort = cell.dataset["key"] === sort.key ? direction : "none";
    }
  }

  /** A row without content, to be copied: much quicker than making each cell. */
  function emptyRow() {
    const row = document.createElement("tr");
    const name = element("th", "", element("button", ""));
    name.scope = "row";
    row.append(name);
    if (data.organizations.length > 1) row.append(labelled("", "Organization"));
    if (data.view !== "report") row.append(labelled("kind", "Change"));
    if (someEnd) row.append(labelled("day", "Earliest expiry"));
    for (const column of columns) row.append(labelled(roleClass(column), column.name));
    return row;
  }

  /** A cell that says what it is where there is no head above it. @param {string} kind @param {string} label */
  function labelled(kind, label) {
    const cell = element("td", kind);
    cell.dataset["label"] = label;
    return cell;
  }

  /** An address may break after `@` and `.`. @param {string} text */
  function breakable(text) {
    const parts = text.split(/(?<=[@.])(?=.)/);
    return parts.flatMap((part, at) => (at === 0 ? [part] : [document.createElement("wbr"), part]));
  }

  /** @param {HTMLTableRowElement} template @param {User} user @param {Map<number, number>} places */
  function userRow(template, { row, at }, places) {
    const copy = /** @type {HTMLTableRowElement} */ (template.cloneNode(true));
    const cells = copy.cells;
    const button = copy.querySelector("button");
    if (button !== null) {
      button.type = "button";
      button.append(element("span", "", ...breakable(row.email)));
      button.dataset["user"] = String(at);
      button.ariaExpanded = String(open.has(at));
    }
    const state = STATES[row.state];
    if (state !== "") cells[0]?.append(element("span", "tag", state));
    let next = 1;
    if (data.organizations.length > 1) {
      cells[next++]?.append(data.organizations[row.organization] ?? "");
    }
    if (data.view !== "report") {
      cells[next]?.classList.add(row.change);
      cells[next++]?.append(row.change);
    }
    if (someEnd) cells[next++]?.append(row.ends ?? "");
    for (const cell of row.cells) {
      const place = places.get(cell.column);
      if (place !== undefined) cells[next + place]?.append(...mark(cell));
    }
    return copy;
  }

  /** @param {Cell} cell */
  function mark(cell) {
    const [sign, word] = [SIGNS[cell.mark], markWords[cell.mark]];
    const drawn = element("span", `mark ${cell.mark}`, cell.expires === null ? sign : `${sign}*`);
    drawn.ariaHidden = "true";
    const words = cell.expires === null ? word : `${word}, expires ${cell.expires}`;
    return [drawn, element("span", "sr", words)];
  }

  /** @param {User} user @param {number} width */
  function detailRow({ row }, width) {
    const lines = [...row.cells.map(explanation), ...row.words];
    const list = element("ul", "", ...lines.map((line) => element("li", "", line)));
    const cell = element("td", "", list);
    cell.colSpan = width;
    return element("tr", "detail", cell);
  }

  /** @param {number} count how many more */
  function append(count) {
    const template = emptyRow();
    const places = new Map(columns.map((column, place) => [data.columns.indexOf(column), place]));
    const rows = document.createDocumentFragment();
    for (const user of matching.slice(shown, shown + count)) {
      rows.append(userRow(template, user, places));
      if (open.has(user.at)) rows.append(detailRow(user, template.cells.length));
    }
    body.append(rows);
    shown = Math.min(matching.length, shown + count);
    find("more").hidden = shown === matching.length;
    announce();
  }

  function announce() {
    // With several organizations a user has a row in each of them.
    const [one, many] = data.organizations.length > 1 ? ["entry", "entries"] : ["user", "users"];
    const all = `${figure(users.length)} ${users.length === 1 ? one : many}`;
    const found = matching.length === users.length ? all : `${figure(matching.length)} of ${all}`;
    const first = shown < matching.length ? `, the first ${figure(shown)} in the table` : "";
    const text = `${found}${first}`;
    if (find("shown").textContent !== text) find("shown").textContent = text;
    find("none").hidden = matching.length > 0;
  }

  /** @param {number} cells */
  function rowsOf(cells) {
    return Math.max(36, Math.round(cells / (columns.length + 4)));
  }

  function renderRows() {
    matching = sorted(users.filter(filter()));
    shown = 0;
    body.replaceChildren();
    append(rowsOf(CELLS_AT_FIRST));
    table.parentElement?.scrollTo({ top: 0 });
  }

  /** @param {number} at @param {HTMLButtonElement} button */
  function toggle(at, button) {
    const row = button.closest("tr");
    const user = users[at];
    if (row === null || user === undefined) return;
    if (open.delete(at)) row.nextElementSibling?.remove();
    else {
      open.add(at);
      row.after(detailRow(user, row.cells.length));
    }
    button.ariaExpanded = String(open.has(at));
  }

  // Events

  const filters = find("filters");
  let due = 0;

  /** A burst of keys costs one rendering: the last one, in the next frame. */
  function soon() {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(renderRows);
  }

  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("input", (event) => {
    const control = event.target;
    if (!(control instanceof HTMLElement)) return;
    if (control.id === "organization") {
      renderHead();
      renderSort();
    }
    if (control instanceof HTMLInputElement && control.id === "sources") {
      open.clear();
      if (control.checked) for (const { at } of users) open.add(at);
    }
    soon();
  });
  filters.addEventListener("reset", () => {
    open.clear();
    sort = { key: "", descending: false };
    // The fields are empty only after this event.
    setTimeout(() => {
      renderHead();
      renderRows();
    });
  });

  body.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button !== null) toggle(Number(button.dataset["user"]), button);
  });

  /** The arrow keys go from user to user. */
  body.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || !(event.target instanceof HTMLButtonElement)) return;
    const buttons = [...body.querySelectorAll("button")];
    const next = buttons[buttons.indexOf(event.target) + step];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  });

  find("show-more").addEventListener("click", () => append(rowsOf(CELLS_MORE)));
  find("show-all").addEventListener("click", () => append(matching.length));
  new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting) && shown < matching.length) {
        append(rowsOf(CELLS_MORE));
      }
    },
    { root: box, rootMargin: "400px" },
  ).observe(box.appendChild(element("div", "end")));

  addEventListener("beforeprint", () => append(matching.length));
  matchMedia("print").addEventListener("change", ({ matches }) => {
    if (matches) append(matching.length);
  });

  // Begin

  renderHead();
  renderRows();
  for (const hidden of document.querySelectorAll("#users [hidden]:not(#more, #none)")) {
    hidden.removeAttribute("hidden");
  }
})();
