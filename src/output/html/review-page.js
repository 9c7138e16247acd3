// @ts-check
/**
 * The worksheet of an access review in the page: filters, decisions, and the CSV to save. It runs in the reader's
 * browser, as it stands here, and asks nobody for anything. What it shows is set as text, never as markup.
 */

/** @typedef {import("./review.ts").ReviewData} ReviewData */
/** @typedef {"" | "keep" | "revoke"} Decision */

"use strict";

(() => {
  const ROWS_AT_ONCE = 300;
  /** @type {ReviewData} */
  const data = JSON.parse(find("data").textContent ?? "");
  const [ORGANIZATION, EMAIL, ROLE] = [0, 1, 2];
  const given = data.rows[0]?.length ?? data.columns.length - 3;
  const admins = new Set(data.admins);
  /** @type {Decision[]} */
  const decisions = data.rows.map(() => "");
  const notes = data.rows.map(() => "");
  const reviewers = data.rows.map(() => "");
  const texts = data.rows.map((cells) => cells.join("\n").toLowerCase());

  const search = input("search");
  const reviewer = input("reviewer");
  const state = select("state");
  const organization = select("organization");
  const head = find("review", "thead");
  const body = find("review", "tbody");
  const names = [...new Set(data.rows.map((cells) => cells[ORGANIZATION] ?? ""))];
  const several = names.length > 1;
  /** Indexes of the rows that match, in order; the first of them are in the document. @type {number[]} */
  let matching = [];
  let shown = 0;
  let unsaved = false;

  /** @param {string} id @param {string} [inside] @returns {HTMLElement} */
  function find(id, inside) {
    const element = document.querySelector(inside === undefined ? `#${id}` : `#${id} ${inside}`);
    if (!(element instanceof HTMLElement)) throw new Error(`#${id} is missing`);
    return element;
  }

  /** @param {string} id @returns {HTMLInputElement} */
  function input(id) {
    const element = find(id);
    if (!(element instanceof HTMLInputElement)) throw new Error(`#${id} is no input`);
    return element;
  }

  /** @param {string} id @returns {HTMLSelectElement} */
  function select(id) {
    const element = find(id);
    if (!(element instanceof HTMLSelectElement)) throw new Error(`#${id} is no select`);
    return element;
  }

  /** @param {string} tag @param {string} [text] @param {string} [className] */
  function make(tag, text, className) {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className !== undefined) element.className = className;
    return element;
  }

  // Rows

  /** @param {number} at */
  function rowOf(at) {
    const cells = data.rows[at] ?? [];
    const row = make("tr");
    row.dataset["row"] = String(at);
    row.tabIndex = -1;
    cells.forEach((text, column) => {
      if (column === ORGANIZATION && !several) return;
      const cell = make(column === EMAIL ? "th" : "td");
      if (column === EMAIL) cell.setAttribute("scope", "row");
      if (column === ROLE && admins.has(at)) cell.append(make("span", text, "role admin"));
      else cell.textContent = text;
      row.append(cell);
    });
    const decision = make("td");
    for (const word of ["keep", "revoke"]) {
      const button = make("button", word === "keep" ? "Keep" : "Revoke");
      button.setAttribute("type", "button");
      button.dataset["decision"] = word;
      button.setAttribute("aria-label", `${word} ${cells[ROLE]} of ${cells[EMAIL]}`);
      decision.append(button, " ");
    }
    const note = make("td");
    const field = document.createElement("input");
    field.type = "text";
    field.value = notes[at] ?? "";
    field.setAttribute("aria-label", `note on ${cells[ROLE]} of ${cells[EMAIL]}`);
    note.append(field);
    row.append(decision, note);
    showDecision(row, at);
    return row;
  }

  /** @param {HTMLElement} row @param {number} at */
  function showDecision(row, at) {
    const decision = decisions[at] ?? "";
    row.dataset["decision"] = decision;
    for (const button of row.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset["decision"] === decision));
    }
  }

  function showMore() {
    const next = matching.slice(shown, shown + ROWS_AT_ONCE);
    body.append(...next.map(rowOf));
    shown += next.length;
    find("more").hidden = shown >= matching.length;
  }

  /** Decided rows stay in sight until something is searched for again. */
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/);
    matching = data.rows.flatMap((cells, at) => {
      const matches =
        words.every((word) => texts[at]?.includes(word)) &&
        (state.value === "all" || decisions[at] === state.value) &&
        (organization.value === "" || cells[ORGANIZATION] === organization.value);
      return matches ? [at] : [];
    });
    body.replaceChildren();
    shown = 0;
    showMore();
    find("empty").hidden = matching.length > 0;
    showProgress();
  }

  function showProgress() {
    const open = decisions.filter((one) => one === "").length;
    const all = decisions.length;
    const revoked = decisions.filter((one) => one === "revoke").length;
    const listed = matching.length === all ? "" : `; ${matching.length} shown`;
    find("progress").textContent =
      `${open} of ${all} undecided, ${all - open - revoked} to keep, ${revoked} to revoke${listed}`;
    find("keep-all").textContent = `Keep all ${matching.length} shown`;
    find("clear-all").textContent = `Clear all ${matching.length} shown`;
  }

  /** @param {number} at @param {Decision} decision */
  function decide(at, decision) {
    decisions[at] = decision;
    reviewers[at] = decision === "" ? "" : reviewer.value.trim();
    unsaved = true;
  }

  /** @param {Decision} decision */
  function decideShown(decision) {
    for (const at of matching) decide(at, decision);
    for (const row of body.querySelectorAll("tr")) showDecision(row, Number(row.dataset["row"]));
    showProgress();
  }

  // The file

  /** As the program writes it. @param {string} text */
  function field(text) {
    const safe = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  }

  function csv() {
    const lines = data.rows.map((cells, at) =>
      [...cells, decisions[at] ?? "", reviewers[at] ?? "", notes[at] ?? ""].map(field).join(","),
    );
    return [data.columns.map(field).join(","), ...lines].map((line) => `${line}\r\n`).join("");
  }

  function save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
    link.download = "review.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    unsaved = false;
  }

  // Events

  body.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("button") : null;
    const row = button?.closest("tr");
    if (!row || !button) return;
    const at = Number(row.dataset["row"]);
    const word = button.dataset["decision"] === "keep" ? "keep" : "revoke";
    decide(at, decisions[at] === word ? "" : word);
    showDecision(row, at);
    showProgress();
  });
  body.addEventListener("input", ({ target }) => {
    const row = target instanceof Element ? target.closest("tr") : null;
    if (!row || !(target instanceof HTMLInputElement)) return;
    notes[Number(row.dataset["row"])] = target.value;
    unsaved = true;
  });

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) {
      if (key === "Escape") target.blur();
      return;
    }
    const current = document.activeElement?.closest("#review tbody tr") ?? null;
    if (key === "/") {
      event.preventDefault();
      search.focus();
    } else if (key === "j" || key === "k") {
      move(current, key === "j");
    } else if (current instanceof HTMLElement && ["y", "n", "u"].includes(key)) {
      const at = Number(current.dataset["row"]);
      decide(at, key === "y" ? "keep" : key === "n" ? "revoke" : "");
      showDecision(current, at);
      showProgress();
      if (key !== "u") move(current, true);
    }
  });

  /** @param {Element | null} current @param {boolean} down */
  function move(current, down) {
    if (down && current !== null && current.nextElementSibling === null) showMore();
    const next =
      current === null
        ? body.firstElementChild
        : down
          ? current.nextElementSibling
          : current.previousElementSibling;
    if (next instanceof HTMLElement) next.focus();
  }

  reviewer.addEventListener("change", () => {
    decisions.forEach((decision, at) => {
      if (decision !== "" && reviewers[at] === "") reviewers[at] = reviewer.value.trim();
    });
  });
  search.addEventListener("input", filter);
  state.addEventListener("change", filter);
  organization.addEventListener("change", filter);
  find("keep-all").addEventListener("click", () => decideShown("keep"));
  find("clear-all").addEventListener("click", () => decideShown(""));
  find("save").addEventListener("click", save);
  find("more").addEventListener("click", showMore);
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // The start

  const row = make("tr");
  data.columns.slice(0, given).forEach((name, column) => {
    if (column === ORGANIZATION && !several) return;
    const cell = make("th", name);
    cell.setAttribute("scope", "col");
    row.append(cell);
  });
  for (const name of ["decision", "note"]) {
    const cell = make("th", name);
    cell.setAttribute("scope", "col");
    row.append(cell);
  }
  head.append(row);
  organization.append(...names.map((name) => new Option(name, name)));
  const box = organization.closest(".field");
  if (box instanceof HTMLElement) box.hidden = !several;
  filter();
})();
