/** A plan's entries as lines that read like a diff: what happens, to whom, from which roles to which, and why. */
import type { Day } from "../../model/desired.ts";
import type { Entry, Kind } from "../entries.ts";
import { lineOf } from "../words.ts";
import { markup, joined, type Markup, type Piece } from "./markup.ts";

const KINDS: Readonly<Record<Kind, { readonly sign: string; readonly word: string }>> = {
  add: { sign: "+", word: "added" },
  change: { sign: "~", word: "changed" },
  rename: { sign: "~", word: "renamed" },
  demote: { sign: "~", word: "demoted instead of removed" },
  remove: { sign: "−", word: "removed" },
};

/** One list an organization, under its name where there are several. */
export function changeLists(entries: readonly Entry[], named: boolean): Piece {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.organization.id);
    if (group === undefined) groups.set(entry.organization.id, [entry]);
    else group.push(entry);
  }
  return [...groups.values()].map((group) => [
    named ? markup`<h3>${group[0]?.organization.name ?? null}</h3> ` : null,
    markup`<ul class="changes">
      ${group.map(changeLine)}
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

function changeLine(entry: Entry): Markup {
  const { sign, word } = KINDS[entry.kind];
  return markup`<li class="${entry.kind}">
    <span class="what"><span class="sign" aria-hidden="true">${sign}</span> ${word}</span>
    <span class="who">${who(entry)}</span>
    <span class="roles">${roleChange(entry)}${adminBadges(entry)}</span>
    <span class="why">${why(entry)}</span>
  </li> `;
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

function adminBadges({ kind, gainsAdmin, losesAdmin }: Entry): Piece {
  return [
    gainsAdmin === null ? null : markup` <strong class="badge alert">gains ${gainsAdmin}</strong>`,
    losesAdmin === null || kind === "remove"
      ? null
      : markup` <strong class="badge">loses ${losesAdmin}</strong>`,
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
