/** The wording of rule findings: the rule, what breaks it, and what to do. Contains untrusted text. */
import { firstOf, listed } from "./text.ts";
import { compareText } from "./place.ts";
import type { RuleFinding } from "./rule.ts";

export function findingText(finding: RuleFinding): string {
  if (finding.kind === "saved") return finding.text;
  return `${ruleName(finding)}: ${sentence(finding)}`;
}

/** Without the rule's name, for where it stands beside the text. */
export function findingSentence(finding: RuleFinding): string {
  const text = findingText(finding);
  const name = `${ruleName(finding)}: `;
  return text.startsWith(name) ? text.slice(name.length) : text;
}

/** `rule "few-admins"` */
export function ruleName({ rule }: RuleFinding): string {
  return `rule ${JSON.stringify(rule)}`;
}

function sentence(finding: Exclude<RuleFinding, { kind: "saved" }>): string {
  switch (finding.kind) {
    case "conflict":
      return `${finding.email} has ${list(finding.roles)}, which must not be combined: remove one of them`;
    case "expires_within": {
      const ends = finding.until === null ? "never expires" : `expires on ${finding.until}`;
      return `${finding.email} has ${finding.role}, which ${ends}; it must expire by ${finding.latest} (within ${finding.days} days): set expires: to that date or earlier`;
    }
    case "reason": {
      const { email, pattern, reason } = finding;
      const cure = "add the ticket or an explanation as reason:";
      return reason === null
        ? `${email} has no reason; the rule requires one that matches ${pattern}: ${cure}`
        : `${email} has the reason ${JSON.stringify(reason)}, which does not match ${pattern}: ${cure}`;
    }
    case "domains":
      return `the domain of ${finding.email} is not ${list(finding.domains, "or")}: remove the user, or add the domain to the rule`;
    case "at_most": {
      const { holders, limit, roles } = finding;
      const what = roles === null ? "access" : list(roles, "or");
      return `${holders.length} users have ${what} (${firstOf(holders, 10)}), but the rule allows at most ${limit}: revoke it for ${holders.length - limit} of them`;
    }
    case "through":
      return finding.inFiles
        ? `${finding.email} is granted ${finding.role} directly: grant it through a group`
        : `${finding.email} has ${finding.role} in Polytomic, but not through a group in the files: grant it through a group, or remove it`;
    case "reviewed_within": {
      const when =
        finding.reviewed === null
          ? "was never reviewed"
          : `was last reviewed on ${finding.reviewed}`;
      return `the access of ${finding.email} ${when}; it must be reviewed every ${finding.days} days: confirm it, and set reviewed: to today's date`;
    }
    case "exception-ended":
      return `the exception for ${finding.email} ended on ${finding.until}: remove it, or extend it`;
  }
}

function list(names: readonly string[], word = "and"): string {
  return listed([...new Set(names)].sort(compareText), word);
}
