/** The words of an access report, the same for text, Markdown and CSV. All text is still hostile. */
import type { AccessTable, Holding, Person } from "../model/access.ts";
import { counted, grouped } from "../model/words.ts";

/** Where a role comes from, its last day, and what the files do not cover. */
export function grantWords(person: Person, holding: Holding): readonly string[] {
  return [
    ...(holding.now ? [] : ["not in Polytomic yet"]),
    ...(holding.from.length > 0 ? holding.from : [standingWords(person)]),
    ...(holding.expires === null ? [] : [`until ${holding.expires}`]),
    ...(holding.now && !holding.planned ? ["apply would take it away"] : []),
  ];
}

function standingWords({ standing }: Person): string {
  return standing === "ignored" ? "ignored (policy.ignore)" : "not in the files";
}

/** What is known of the person as a whole; empty for most. */
export function personWords({ reason, expires }: Person): readonly string[] {
  return [
    ...(reason === null ? [] : [`reason: ${reason}`]),
    ...(expires === null ? [] : [`all access until ${expires}`]),
  ];
}

export function isAdmin({ adminRole }: AccessTable, person: Person): boolean {
  return person.holdings.some(({ role, now }) => now && role.id === adminRole.id);
}

/** `5 people in Polytomic, 2 with Admin; 1 not in the files, 1 ignored`. `escape` makes the role's name harmless. */
export function accessHeadline(table: AccessTable, escape: (text: string) => string): string {
  const present = table.people.filter(({ now }) => now);
  const admins = present.filter((person) => isAdmin(table, person)).length;
  const rest = [
    ...part(present.filter(({ standing }) => standing === "unmanaged").length, "not in the files"),
    ...part(present.filter(({ standing }) => standing === "ignored").length, "ignored"),
    ...part(table.people.length - present.length, "in the files but not in Polytomic yet"),
  ];
  const people = counted(present.length, "person", "people");
  const sum = `${people} in Polytomic, ${grouped(admins)} with ${escape(table.adminRole.name)}`;
  return [sum, ...(rest.length === 0 ? [] : [rest.join(", ")])].join("; ");
}

function part(count: number, what: string): readonly string[] {
  return count === 0 ? [] : [`${grouped(count)} ${what}`];
}
