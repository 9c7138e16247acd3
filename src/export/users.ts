/**
 * The users of an organization as a file can list them. A user that a file cannot describe is an error, never
 * omitted silently.
 */
import { implausibleText } from "../model/plan-words.ts";
import { validate } from "../generated/users.ts";
import type { CurrentState } from "../model/current.ts";
import { Failure } from "../model/failure.ts";
import { compareText } from "../model/place.ts";
import { counted } from "../model/text.ts";
import type { Matcher } from "../model/patterns.ts";
import { indexCurrentUsers, type CurrentUser } from "../plan/current-users.ts";
import { type NamedState, roleBook } from "../plan/roles.ts";

/**
 * Sorted by address, without the ignored. Users that a file cannot describe go to `leftOut`, a sentence each; without
 * it they are refused. Throws `Failure`.
 */
export function listedUsers(
  state: NamedState,
  ignored: Matcher,
  leftOut: string[] | null = null,
): readonly CurrentUser[] {
  const { byEmail, implausible } = indexCurrentUsers(state, roleBook({ aliases: [] }, state.roles));
  if (implausible.length > 0) {
    throw new Failure(
      `${nameOf(state)} cannot be exported: Polytomic's response is implausible: ${implausible.map(implausibleText).join("; ")}`,
      { hint: "run the command again; if it persists, contact Polytomic support" },
    );
  }
  const users = [...byEmail.values()]
    .filter(({ email }) => !ignored(email))
    .sort((a, b) => compareText(a.email, b.email));
  const known = new Set(state.roles.map(({ id }) => id));
  const problems = users.map((user) => problemWith(user, known, state.listed));
  const sentences = users.flatMap(({ email }, index) => {
    const problem = problems[index] ?? null;
    return problem === null ? [] : [`${quoted(email)} ${problem}`];
  });
  if (leftOut === null) refuse(sentences, state);
  else leftOut.push(...sentences);
  return users.filter((_, index) => problems[index] === null);
}

function refuse(problems: readonly string[], state: NamedState): void {
  if (problems.length === 0) return;
  const listing = state.listed
    ? ""
    : "use an API key of the organization, which lists the roles with their ids; otherwise ";
  throw new Failure(
    `${nameOf(state)} cannot be exported, because a file cannot describe ${counted(problems.length, "user")}: ${listed(problems)}`,
    {
      hint: `${listing}fix it in Polytomic, or omit these users: --ignore PATTERN for a new file, policy.ignore in an existing file`,
    },
  );
}

function problemWith(
  { email, roles, basis }: CurrentUser,
  known: ReadonlySet<string>,
  listed: boolean,
): string | null {
  if (!isAcceptedEmail(email)) return "is not an e-mail address that a users file accepts";
  if (basis === "nothing") return "has roles that Polytomic's response does not include";
  if (roles.length === 0) return "has no role";
  const strange = roles.filter(({ id }) => !known.has(id));
  if (strange.length === 0) return null;
  const ids = strange.map(({ id }) => quoted(id)).join(", ");
  return listed
    ? `has a role that List Roles does not return (${ids})`
    : `has a role without an id (${ids}), and this key is not allowed to list roles`;
}

/** Uses the schema, so that the two agree. */
function isAcceptedEmail(email: string): boolean {
  return validate({ version: 1, users: [{ email, roles: ["a role"] }] });
}

export function nameOf({ organization: { id, name } }: CurrentState): string {
  return `${quoted(name)} (${id})`;
}

const LISTED_AT_MOST = 20;

export function listed(parts: readonly string[]): string {
  const more = parts.length - LISTED_AT_MOST;
  const shown = parts.slice(0, LISTED_AT_MOST).join("; ");
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= 254 ? text : `${text.slice(0, 253)}…`);
}
