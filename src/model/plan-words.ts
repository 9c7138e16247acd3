/** The wording of reasons, violations and differences, for every format. Contains untrusted text. */
import type { Role } from "./current.ts";
import type { Limit } from "./desired.ts";
import type { Cause, Change, Conflict, Implausible, Notice } from "./plan.ts";
import type { OrganizationPlan, Plan, Reason, Violation } from "./plan.ts";
import type { Difference } from "./result.ts";
import { findingText } from "./rule-words.ts";
import { counted, listed } from "./text.ts";

/** Notices about how a plan was made; each once, for all organizations. */
export function noticeTexts(organizations: readonly OrganizationPlan[]): readonly string[] {
  const where = (code: Notice["code"]): string => {
    const names = organizations
      .filter(({ notices }) => notices.some((notice) => notice.code === code))
      .map(({ organization }) => organization.name);
    if (names.length === 0 || organizations.length === 1) return names[0] ?? "";
    return names.length > 3 ? `${names.length} organizations` : names.join(", ");
  };
  const unlisted = where("roles-not-listed");
  const unknown = where("caller-unknown");
  const emailsOf = (code: "access-kept" | "roles-unknown"): readonly string[] =>
    organizations.flatMap(({ notices }) =>
      notices.flatMap((notice) => (notice.code === code ? notice.emails : [])),
    );
  const kept = emailsOf("access-kept");
  const roleless = emailsOf("roles-unknown");
  return [
    ...(roleless.length === 0
      ? []
      : [
          `Polytomic's response does not include the roles of ${namesOf(roleless)} (neither role_ids nor role). The plan treats ${roleless.length === 1 ? "this user" : "these users"} as having no roles, so roles that ${roleless.length === 1 ? "the user holds" : "the users hold"} may be replaced.`,
        ]),
    ...(unlisted === ""
      ? []
      : [
          `Role names come from the files: this key is not allowed to list the roles of ${unlisted}. A role without a name is shown by its id.`,
        ]),
    ...(unknown === ""
      ? []
      : [
          `The owner of the key is unknown, because Polytomic refused the request for the key's identity (Get Identity): the guard self cannot be checked.`,
        ]),
    ...(kept.length === 0
      ? []
      : [
          `The files no longer grant access to ${kept.join(", ")}, who ${kept.length === 1 ? "keeps" : "keep"} it: with policy.create: false and policy.unmanaged: keep, no user is removed. Set policy.on_removal: { demote_to: ROLE }, or remove the ${kept.length === 1 ? "user" : "users"} in the SSO or SCIM system.`,
        ]),
  ];
}

/** `a, b, c and 9 more users` */
function namesOf(emails: readonly string[]): string {
  const more = emails.length - NAMED;
  if (more <= 0) return emails.join(", ");
  return `${emails.slice(0, NAMED).join(", ")} and ${counted(more, "more user")}`;
}

const NAMED = 3;

/** Why this change is planned: a rename first, what `--since` found last. */
export function reasonTexts(change: Change): readonly string[] {
  return [
    ...renameTexts(change),
    ...change.reasons.map(reasonText),
    ...(change.cause === undefined ? [] : CAUSES[change.cause]),
  ];
}

function renameTexts(change: Change): readonly string[] {
  switch (change.action) {
    case "create":
      return change.renamedFrom === null ? [] : [`renamed from ${change.renamedFrom}`];
    case "remove":
      return change.renamedTo === null ? [] : [`renamed to ${change.renamedTo}`];
    case "update":
      return [];
  }
}

export function reasonText(reason: Reason): string {
  switch (reason.code) {
    case "group":
      return `group ${reason.group}`;
    case "not-in-files":
      return "not in the files";
    case "former-address":
      return `previous address of ${reason.of}`;
    case "access-expired":
      return `access expired on ${reason.on}`;
    case "role-expired":
      return `${reason.role} expired on ${reason.on}`;
    case "note":
    case "saved":
      return reason.text;
  }
}

export const CAUSES: Readonly<Record<Cause, readonly string[]>> = {
  drift: ["drift: changed in Polytomic, not in the files"],
  files: ["changed in the files"],
  unknown: [],
};

/** The violation with its numbers, and what to do. */
export function violationText(violation: Violation): string {
  switch (violation.guard) {
    case "max-removals":
      return `${share(violation)} would be removed${leftOutText(violation)}; ${limitText(violation)}: to allow it, raise policy.max_removals or pass --max-removals ${violation.count}`;
    case "max-role-changes":
      return `the roles of ${share(violation)} would change${leftOutText(violation)}; ${limitText(violation)}: to allow it, raise policy.max_role_changes or pass --max-role-changes ${violation.count}`;
    case "min-admins": {
      const { scope, left, adminRole, now, minimum } = violation;
      return `${SCOPES[scope]} would leave ${counted(left, "holder")} of the role ${adminRole} (${now} now); the minimum is ${minimum}: to allow it, lower policy.min_admins or pass --min-admins ${left}`;
    }
    case "self":
      return `${violation.email}, the owner of the API key, ${lossText(violation)}: keep that access in the files, or apply with another key`;
    case "protected":
      return `${violation.email} is protected and ${lossText(violation)}: to allow it, remove the address from policy.protected`;
    case "implausible-state":
      return `Polytomic's response is implausible: ${implausibleText(violation.why)}. Run the command again; if it persists, contact Polytomic support`;
    case "rule":
      return findingText(violation.finding);
    case "approved-plan": {
      const { email, conflict } = violation;
      return `${email === null ? "" : `${email}: `}${conflictText(conflict)}: make a new plan and have it reviewed`;
    }
  }
}

type Counted = Extract<Violation, { guard: "max-removals" | "max-role-changes" }>;
type Loss = Extract<Violation, { guard: "self" | "protected" }>;

const SCOPES = {
  plan: "the plan",
  whole: "the whole plan",
  only: "the part of the plan that --only selects",
} as const;

function share({ count, users }: Counted): string {
  const percent = users === 0 ? "" : ` (${Math.round((count / users) * 100)}%)`;
  return `${count} of ${counted(users, "user")}${percent}`;
}

function limitText({ limit, allowed }: Counted): string {
  return `the limit is ${limitWords(limit, allowed)}`;
}

function limitWords(limit: Limit, allowed: number): string {
  return limit.kind === "count" ? String(limit.count) : `${limit.percent}% (${allowed})`;
}

function lossText({ loses, leftOut }: Loss): string {
  const loss =
    loses === null
      ? "would be removed"
      : loses === "unknown"
        ? "may lose roles that Polytomic does not show"
        : `would lose ${loses.join(", ")}`;
  return leftOut ? `${loss} (--only skips this, but guards check the whole plan)` : loss;
}

function leftOutText({ leftOut, count }: Counted): string {
  if (leftOut === 0) return "";
  const which = count === 1 ? "it" : `${leftOut} of them`;
  return ` (--only skips ${which}, but guards check the whole plan)`;
}

export function implausibleText(why: Implausible): string {
  switch (why.code) {
    case "incomplete":
      return `${why.count} of ${counted(why.of, "user")} have no id or no e-mail address (the first is entry ${why.first} of the list)`;
    case "listed-twice":
      return `listed twice: ${why.who.slice(0, 5).join(", ")}`;
    case "other-organization":
      return `${why.count} of ${counted(why.of, "user")} belong to another organization`;
    case "caller-missing":
      return why.of === 0
        ? `there are no users at all, although the API key belongs to one (${why.caller})`
        : `the API key belongs to ${why.caller}, who is not in the list of users (${why.of} listed)`;
  }
}

export function conflictText(conflict: Conflict): string {
  switch (conflict.code) {
    case "exists":
      return `already exists, with ${roleNames(conflict.roles)}`;
    case "missing":
      return "no longer exists";
    case "recreated":
      return "was removed and added again";
    case "other-roles":
      return `had ${roleNames(conflict.before)} when the plan was made and has ${roleNames(conflict.now)} now`;
    case "access-expired":
      return `the approved access expired on ${conflict.on}`;
    case "role-missing":
      return `the ${conflict.admin ? "admin " : ""}role ${conflict.role} no longer exists`;
    case "role-renamed":
      return `the role ${conflict.role} is now named ${conflict.now}`;
  }
}

/** `198 of 200 organizations, 2 skipped`; null where none is skipped. */
export function coverageText({ organizations, failed }: Plan): string | null {
  if (failed.length === 0) return null;
  const all = counted(organizations.length + failed.length, "organization");
  return `${organizations.length} of ${all}, ${failed.length} skipped`;
}

/** What the read-back found: `should have Admin, but has Member`, `gained Viewer outside this run`. */
export function differenceText(
  { expected, found, foreign }: Difference,
  when: "outside this run" | "since the plan was made" = "outside this run",
): string {
  if (!foreign) return `should have ${accessText(expected)}, but has ${accessText(found)}`;
  if (expected === null) return `was added ${when}, with ${accessText(found)}`;
  if (found === null) return `was removed ${when}; had ${accessText(expected)}`;
  const gained = found.filter(({ id }) => expected.every((role) => role.id !== id));
  const lost = expected.filter(({ id }) => found.every((role) => role.id !== id));
  if (gained.length + lost.length === 0) return `was removed and added again ${when}`;
  const parts = [
    ...(gained.length === 0 ? [] : [`gained ${roleNames(gained)}`]),
    ...(lost.length === 0 ? [] : [`lost ${roleNames(lost)}`]),
  ];
  return `${parts.join(" and ")} ${when}`;
}

function accessText(roles: readonly Role[] | null): string {
  return roles === null ? "no access" : roleNames(roles);
}

/** `Admin and Member`, or `no role`. */
function roleNames(roles: readonly Role[]): string {
  return roles.length === 0 ? "no role" : listed(roles.map(({ name }) => name));
}
