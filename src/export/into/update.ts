/** A file's text, brought up to date with what is there: what does not differ stays byte for byte. */
import type { YAMLMap } from "yaml";
import type { CurrentState } from "../../model/current.ts";
import {
  type Day,
  type DesiredOrganization,
  type DesiredUser,
  emailKey,
} from "../../model/desired.ts";
import { Failure } from "../../model/failure.ts";
import { hasEnded } from "../../plan/days.ts";
import { type RoleBook, roleBook, sortedRoles } from "../../plan/roles.ts";
import { listed } from "../people.ts";
import { moveAnchors } from "./anchors.ts";
import { type Difference, differencesOf } from "./differences.ts";
import { Edits } from "./edits.ts";
import { type Parsed, parsed, usersByEmail } from "./parsed.ts";
import { addRoleNames, roleNames } from "./role-aliases.ts";
import { changeRoleLists } from "./role-lists.ts";
import { type Editing, editUser, userAt, type UserChange, writtenEntries } from "./user.ts";
import { editUsers } from "./users.ts";

export interface Updated {
  readonly text: string;
  /** People: how many are new, gone from the file, or different in it. */
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** What happened to something that somebody wrote by hand. */
  readonly notes: readonly string[];
}

/** `text` is what `desired` was read from. Throws `Failure` where this file alone cannot say what is there. */
export function updateText(
  text: string,
  desired: DesiredOrganization,
  state: CurrentState,
  asOf: Day,
): Updated {
  const differences = differencesOf(desired, state, asOf);
  refuseIncluded(differences, desired);
  const counts = countsOf(differences);
  if (differences.length === 0) return { text, ...counts, notes: [] };
  const editing: Editing = { file: parsed(text), edits: new Edits(), changed: new Set() };
  const indexes = usersByEmail(editing.file);
  const rewritten = rewritesOf(differences, indexes, editing.file, {
    book: roleBook(desired, state.roles),
    asOf,
  });
  const arrived = differences.flatMap((one) => (one.kind === "new" ? [one.person] : []));
  const used = [
    ...rewritten.flatMap(({ lists }) => lists.addedRoles),
    ...arrived.flatMap(({ roles }) => roles),
  ];
  const names = roleNames(sortedRoles(used), desired, state);
  addRoleNames(names.news, editing);
  for (const { entry, ...change } of rewritten) {
    editUser(entry, { ...change, added: change.lists.addedRoles.map(names.write) }, editing);
  }
  const gone = differences.flatMap((one) =>
    one.kind === "gone" ? (indexes.get(emailKey(one.user.email)) ?? []) : [],
  );
  const entries = arrived.map(({ email, roles }) => ({ email, roles: roles.map(names.write) }));
  editUsers([...indexes.keys()], new Set(gone), entries, editing);
  moveAnchors(editing);
  return {
    text: trimmed(editing.edits.applyTo(text), text),
    ...counts,
    notes: differences.flatMap((one) => noteOf(one, asOf)),
  };
}

interface Rewrite extends Omit<UserChange, "added"> {
  readonly entry: YAMLMap;
}

/** What has to become of the entries of people who are in the file and there, but not alike. */
function rewritesOf(
  differences: readonly Difference[],
  indexes: ReadonlyMap<string, number>,
  file: Parsed,
  { book, asOf }: { readonly book: RoleBook; readonly asOf: Day },
): readonly Rewrite[] {
  return differences.flatMap((one) => {
    if (one.kind !== "changed" && one.kind !== "not-renamed") return [];
    const entry = userAt(file, indexes.get(emailKey(one.user.email)) ?? -1);
    const written = {
      roles: writtenEntries(entry, "roles", file),
      groups: writtenEntries(entry, "groups", file),
    };
    return [
      {
        entry,
        written,
        lists: changeRoleLists(one.user, written, one.person, book, asOf),
        dropsExpiry: hasEnded(one.user.expires, asOf),
        address: one.kind === "not-renamed" ? one.person.email : null,
      },
    ];
  });
}

/** Nothing is written of half an answer: an included file may be shared by others. */
function refuseIncluded(differences: readonly Difference[], desired: DesiredOrganization): void {
  const elsewhere = differences.flatMap((one) =>
    one.kind === "new" || one.user.place.path === desired.source ? [] : [whatDiffers(one)],
  );
  if (elsewhere.length === 0) return;
  throw new Failure(
    `${desired.source} alone cannot be brought up to date, because people of files that it includes differ: ${listed(elsewhere)}`,
    {
      hint: "change the included files by hand, or move these people into the file; nothing was written",
    },
  );
}

function whatDiffers(one: Exclude<Difference, { kind: "new" }>): string {
  const where = `${one.user.email} (${placeText(one.user)})`;
  switch (one.kind) {
    case "gone":
      return `${where} is not there`;
    case "not-renamed":
      return `${where} is still ${one.person.email}`;
    case "changed":
      return `${where} has ${one.person.roles.map(({ name }) => name).join(", ")}`;
  }
}

function placeText({ place }: DesiredUser): string {
  return `${place.path}:${place.line}`;
}

function countsOf(
  differences: readonly Difference[],
): Pick<Updated, "added" | "removed" | "changed"> {
  const of = (...kinds: readonly Difference["kind"][]): number =>
    differences.filter(({ kind }) => kinds.includes(kind)).length;
  return { added: of("new"), removed: of("gone"), changed: of("changed", "not-renamed") };
}

function noteOf(one: Difference, asOf: Day): readonly string[] {
  if (one.kind === "not-renamed") {
    return [`${one.user.email} is still ${one.person.email}: the rename is taken out of the file`];
  }
  if (one.kind !== "changed" || !hasEnded(one.user.expires, asOf)) return [];
  return [
    `${one.user.email} still has access, though it ended ${one.user.expires}: that date is taken out of the file`,
  ];
}

/** A blank line that the last entry had before it does not stay behind at the end of the file. */
function trimmed(text: string, before: string): string {
  return /\n[ \t\r]*\n$/.test(before) ? text : text.replace(/(\r?\n)(?:[ \t]*\r?\n)+$/, "$1");
}
