/** The wording of rule findings: the rule, what breaks it, and what to do. Contains untrusted text. */
import { firstOf } from "./text.ts";
import { compareText } from "./place.ts";
import type { RuleFinding } from "./rule.ts";

export function findingText(finding: RuleFinding): string {
  if (finding.kind === "saved") return finding.text;
  return `rule ${JSON.stringify(finding.rule)}: ${sentence(finding)}`;
}

function sentence(finding: Exclude<RuleFinding, { kind: "saved" }>): string {
  switch (finding.kind) {
    case "conflict":
      return `${finding.email} has ${list(finding.roles)}, which may not be combined: remove one of them`;
    case "expires_within": {
      const ends = finding.until === null ? "never expires" : `expires ${finding.until}`;
      return `${finding.email} has ${finding.role}, which ${ends}; it must expire by ${finding.latest} (within ${finding.days} days): set expires: to that date or earlier`;
    }
    case "reason": {
      const written =
        finding.reason === null
          ? "has no reason"
          : `has the reason ${JSON.stringify(finding.reason)}`;
      return `${finding.email} ${written}, which must match ${finding.pattern}: write the ticket or the cause in reason:`;
    }
    case "domains":
      return `${finding.email} is not in ${list(finding.domains, "or")}: remove the user, or add the domain to the rule`;
    case "at_most": {
      const { holders, limit, roles } = finding;
      const what = roles === null ? "access" : list(roles, "or");
      return `${holders.length} users have ${what} (${firstOf(holders, 10)}), but at most ${limit} may: remove it from ${holders.length - limit} of them`;
    }
    case "through":
      return finding.inFiles
        ? `${finding.email} is granted ${finding.role} directly: grant it through a group`
        : `${finding.email} has ${finding.role} in Polytomic without a group in the files: grant it through a group, or remove it`;
    case "reviewed_within": {
      const when =
        finding.reviewed === null ? "was never reviewed" : `was last reviewed ${finding.reviewed}`;
      return `the access of ${finding.email} ${when}; it must be reviewed every ${finding.days} days: confirm it and set reviewed: to the date`;
    }
    case "exception-ended":
      return `the exception for ${finding.email} ended ${finding.until}: remove it, or extend it`;
  }
}

function list(names: readonly string[], word = "and"): string {
  const sorted = [...new Set(names)].sort(compareText);
  const last = sorted.pop() ?? "";
  return sorted.length === 0 ? last : `${sorted.join(", ")} ${word} ${last}`;
}
