/**
 * Changes as lines that read like a diff: what happens, to whom, from which roles to which, and why; after an apply
 * also what the API said against it.
 */
import type { Day } from "../../model/desired.ts";
import type { Entry, Kind } from "../entries.ts";
import type { OutcomeEntry } from "../outcomes.ts";
import { lineOf } from "../../model/words.ts";
import { markup, joined, type Markup, type Piece } from "./markup.ts";

/** planned: a plan's. done: it is so. missing: it is not so, or nobody can say: no word may claim that it is. */
export type Voice = "planned" | "done" | "missing";

const SIGNS: Readonly<Record<Kind, string>> = {
  add: "+",
  change: "~",
  rename: "~",
  demote: "~",
  remove: "−",
};

const DONE: Readonly<Record<Kind, string>> = {
  add: "added",
  change: "changed",
  rename: "renamed",
  demote: "demoted instead of removed",
  remove: "removed",
};

const MISSING: Readonly<Record<Kind, string>> = {
  add: "add",
  change: "change",
  rename: "rename",
  demote: "demote instead of removing",
  remove: "remove",
};

const ADMIN_WORDS: Readonly<Record<Voice, readonly [gains: string, loses: string]>> = {
  planned: ["gains", "loses"],
  done: ["gained", "lost"],
  missing: ["would gain", "would lose"],
};

type Line = Pick<OutcomeEntry, "whole" | "error">;

/** A plan's: one list an organization, under its name where there are several. */
export function changeLists(entries: readonly Entry[], named: boolean): Piece {
  const lines = entries.map((entry) => ({ whole: entry, error: null }));
  return outcomeLists(lines, named, "planned");
}

/** An apply's, each with its error. */
export function outcomeLists(lines: readonly Line[], named: boolean, voice: Voice): Piece {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const { id } = line.whole.organization;
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [line]);
    else group.push(line);
  }
  return [...groups.values()].map((group) => [
    named ? markup`<h3>${group[0]?.whole.organization.name ?? null}</h3> ` : null,
    markup`<ul class="changes">
      ${group.map((line) => changeLine(line, voice))}
    </ul> `,
  ]);
}

/** Roles side by side. */
export function roleList(roles: readonly string[], adminRole: string): Piece {
  if (roles.length === 0) return markup`<span class="none">no role</span>`;
  return spaced(
    roles.map(
      (role) => markup`<span class="role${role === adminRole ? " admin" : null}">${role}</span>`,
    ),
  );
}

function changeLine({ whole: entry, error }: Line, voice: Voice): Markup {
  const word = (voice === "missing" ? MISSING : DONE)[entry.kind];
  return markup`<li class="${entry.kind}">
    <span class="what"><span class="sign" aria-hidden="true">${SIGNS[entry.kind]}</span> ${word}</span>
    <span class="who">${who(entry)}</span>
    <span class="roles">${roleChange(entry)}${adminBadges(entry, voice)}</span>
    <span class="why">${why(entry)}</span>${errorLine(error)}
  </li> `;
}

function errorLine(error: string | null): Piece {
  return error === null ? null : markup` <span class="error">${error}</span>`;
}

function who({ email, formerly }: Entry): Piece {
  if (formerly === null) return email;
  return markup`<span class="formerly">${formerly}</span>${ARROW}${email}`;
}

function roleChange({ before, after, gained, lost }: Entry): Piece {
  if (gained.length === 0 && lost.length === 0)
    return [roles(after, [], null), markup` <span class="none">(the same roles)</span>`];
  return [roles(before, lost, "lost"), ARROW, roles(after, gained, "gained")];
}

const ARROW = markup` <span class="arrow" aria-hidden="true">→</span><span class="sr">to</span> `;

/** Those that are marked carry a sign as well as a colour. */
function roles(
  all: readonly string[] | null,
  marked: readonly string[],
  mark: "gained" | "lost" | null,
): Piece {
  if (all === null) return markup`<span class="none">no access</span>`;
  if (all.length === 0) return markup`<span class="none">no role</span>`;
  return spaced(
    all.map((role) =>
      marked.includes(role)
        ? markup`<span class="role ${mark}">${mark === "gained" ? "+" : "−"}${role}</span>`
        : markup`<span class="role">${role}</span>`,
    ),
  );
}

function adminBadges({ kind, gainsAdmin, losesAdmin }: Entry, voice: Voice): Piece {
  const [gains, loses] = ADMIN_WORDS[voice];
  return [
    gainsAdmin === null
      ? null
      : markup` <strong class="badge alert">${gains} ${gainsAdmin}</strong>`,
    losesAdmin === null || kind === "remove"
      ? null
      : markup` <strong class="badge">${loses} ${losesAdmin}</strong>`,
  ];
}

function why({ reasons, until, source }: Entry): Piece {
  const words: Piece[] = [...reasons, lastDay(until)];
  if (source !== null) words.push(markup`<code>${lineOf(source)}</code>`);
  return joined(words, " · ");
}

function lastDay(until: Day | null): string | null {
  return until === null ? null : `until ${until}`;
}

function spaced(pieces: readonly Piece[]): Piece {
  return joined(pieces, " ");
}
