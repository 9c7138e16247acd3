// @ts-check
/**
 * The worksheet of an access review in the page: filters, decisions, and the CSV to save. This file runs in the
 * reader's browser unchanged, and sends no request. All text that it shows is set as text, never as markup.
 */

/** @typedef {import("./review.ts").ReviewData} ReviewData */
/** @typedef {"" | "keep" | "revoke"} Decision */

"use strict";

(() => {
  const ROWS_AT_ONCE = 300;
  /** @type {ReviewData} */
  const data = JSON.parse(find("data").textContent ?? "");
  const [ORGANIZATION, EMAIL, ROLE] = [0, 1, 2];
  const NEEDED = ["organization", "email", "role", "source", "expires", "decision"];
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

  /** It breaks after `@` and `.` only. @param {HTMLElement} cell @param {string} text */
  function appendAddress(cell, text) {
    for (const part of text.split(/(?<=[@.])(?=.)/)) cell.append(part, make("wbr"));
    cell.lastElementChild?.remove();
  }

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
      else if (column === EMAIL) appendAddress(cell, text);
      else cell.textContent = text;
      const name = data.columns[column] ?? "";
      cell.dataset["label"] = name;
      if (["since", "expires", "reviewed"].includes(name)) cell.className = "day";
      row.append(cell);
    });
    const decision = make("td");
    decision.dataset["label"] = "decision";
    for (const word of ["keep", "revoke"]) {
      const button = make("button", word === "keep" ? "Keep" : "Revoke");
      button.setAttribute("type", "button");
      button.dataset["decision"] = word;
      button.setAttribute("aria-label", `${word} ${cells[ROLE]} of ${cells[EMAIL]}`);
      decision.append(button, " ");
    }
    const note = make("td");
    note.dataset["label"] = "note";
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

  // Saved files: what they decide is taken where the row is still the same, and listed where it is not.

  /** @param {string} text */
  const withoutQuote = (text) => text.trim().replace(/^'/, "").trim();
  /** @param {readonly (string | undefined)[]} cells */
  const keyOf = (cells) => cells.map((cell) => withoutQuote(cell ?? "").toLowerCase()).join("\n");
  const rowsByKey = new Map(data.rows.map((cells, at) => [keyOf(cells.slice(0, ROLE + 1)), at]));

  /** @param {string} text @returns {{ line: number, cells: string[] }[]} */
  function parseCsv(text) {
    const [head = ""] = text.split("\n", 1);
    const delimiter = [",", ";", "\t"].reduce((best, sign) =>
      head.split(sign).length > head.split(best).length ? sign : best,
    );
    /** @type {{ line: number, cells: string[] }[]} */
    const records = [];
    let [cells, cell, quoted, line, start] = [/** @type {string[]} */ ([]), "", false, 1, 1];
    const end = () => {
      cells.push(cell);
      if (cells.length > 1 || cell.trim() !== "") records.push({ line: start, cells });
      [cells, cell, start] = [[], "", line];
    };
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at] ?? "";
      if (character === "\n") line += 1;
      if (quoted && character === '"' && text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (character === '"' && (quoted || cell === "")) quoted = !quoted;
      else if (quoted) cell += character;
      else if (character === delimiter) {
        cells.push(cell);
        cell = "";
      } else if (character === "\n") end();
      else if (character !== "\r") cell += character;
    }
    end();
    return records;
  }

  /** Lines move without a change of access; spreadsheets write days in their own way. @param {string} text */
  const sourceOf = (text) => withoutQuote(text).replaceAll(/:\d+/g, "");
  /** @param {string} text */
  const numbersOf = (text) =>
    (text.match(/\d+/g) ?? [])
      .map((one) => Number(one) % 2000)
      .sort((a, b) => a - b)
      .join(" ");
  /** @param {string} written @param {string} day */
  const isSameDay = (written, day) =>
    written === "" || /^\d{4}-\d\d-\d\d$/.test(written)
      ? written === day
      : numbersOf(written) === numbersOf(day);

  /** Takes what the file decides. @param {string} text @returns {{ taken: number, problems: string[] }} */
  function takeDecisions(text) {
    const [head, ...records] = parseCsv(text.replace(/^\uFEFF/, ""));
    const columns = (head?.cells ?? []).map((name) => name.trim().toLowerCase());
    const missing = NEEDED.filter((name) => !columns.includes(name));
    if (missing.length > 0) {
      return { taken: 0, problems: [`no worksheet: columns are missing (${missing.join(", ")})`] };
    }
    const problems = [];
    let taken = 0;
    for (const { line, cells } of records) {
      /** @param {string} name */
      const cell = (name) => (cells[columns.indexOf(name)] ?? "").trim();
      const decision = cell("decision").toLowerCase();
      const note = cell("note").replace(/^'(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/, "");
      if (decision === "" && note === "") continue;
      const key = ["organization", "email", "role"].map(cell);
      const at = rowsByKey.get(keyOf(key));
      const now = data.rows[at ?? -1] ?? [];
      /** @param {string} name */
      const current = (name) => now[data.columns.indexOf(name)] ?? "";
      const known = decisions[at ?? -1] ?? "";
      const problem =
        decision !== "" && decision !== "keep" && decision !== "revoke"
          ? `"${decision}" is neither keep nor revoke`
          : at === undefined
            ? "not in this worksheet"
            : sourceOf(cell("source")) !== sourceOf(current("source")) ||
                !isSameDay(withoutQuote(cell("expires")), current("expires"))
              ? "changed since that worksheet was made"
              : known !== "" && decision !== "" && known !== decision
                ? `${decision} there, ${known} here: the decision here stays`
                : null;
      if (problem !== null || at === undefined) {
        problems.push(
          `line ${line}: ${key[EMAIL]} ${key[ROLE]} (${key[ORGANIZATION]}): ${problem}`,
        );
        continue;
      }
      if (decision === "keep" || decision === "revoke") {
        decisions[at] = decision;
        reviewers[at] ||= cell("reviewer");
        taken += 1;
      }
      notes[at] ||= note;
    }
    return { taken, problems };
  }

  /** @param {Iterable<File>} files */
  async function load(files) {
    const report = find("loaded");
    report.replaceChildren();
    for (const file of files) {
      const hadWork = decisions.some((one) => one !== "") || notes.some((one) => one !== "");
      const text = await file.text();
      const isText = !/[\0\uFFFD]/.test(text);
      const { taken, problems } = isText
        ? takeDecisions(text)
        : { taken: 0, problems: ["not UTF-8: save it as CSV UTF-8"] };
      // What one file has is not lost with the page; what several have together is.
      if (hadWork && taken > 0) unsaved = true;
      const left = problems.length === 0 ? "" : `; not loaded: ${problems.length}`;
      const decided = `${taken} ${taken === 1 ? "decision" : "decisions"} loaded`;
      report.append(make("p", `${file.name}: ${decided}${left}`));
      if (problems.length === 0) continue;
      const list = make("ul", undefined, "messages");
      list.append(...problems.map((problem) => make("li", problem)));
      list.tabIndex = 0;
      report.append(list);
    }
    filter();
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
  const file = input("file");
  find("load").addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    const chosen = [...(file.files ?? [])];
    file.value = ""; // the same file can be chosen again
    void load(chosen);
  });
  // Without these the browser would leave the page for the file.
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    void load(event.dataTransfer?.files ?? []);
  });
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
