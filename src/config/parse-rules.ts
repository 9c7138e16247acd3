/**
 * `policy.rules` of one file, after the schema has checked it → rules with positions and compiled patterns. The
 * header of `users-format.ts` lists the files that handle the other keys of `policy`.
 */
import { errorMessage } from "../model/failure.ts";
import { type Day, isDay } from "../model/days.ts";
import { type Report, reportDay } from "../model/problem.ts";
import type { Assertion, Rule, RuleException, RuleRole } from "../model/rule.ts";
import type { RawException, RawRule } from "./raw-file.ts";
import type { Path, YamlDocument } from "./yaml-document.ts";

/** Compiles a pattern in RE2 syntax, which cannot take exponential time. Throws where it is not one. */
type Compile = (pattern: string) => (text: string) => boolean;

export async function parseRules(
  raw: readonly (RawRule | undefined)[],
  document: YamlDocument,
  report: Report,
): Promise<readonly Rule[]> {
  if (raw.length === 0) return [];
  const compile = raw.some((rule) => rule?.reason !== undefined) ? await loadRe2() : null;
  return raw.flatMap((rule, index) => {
    const path = ["policy", "rules", index];
    if (rule?.name === undefined) return [];
    const assertion = parseAssertion(rule, path, { document, report, compile });
    if (assertion === null) return [];
    const except = (rule.except ?? []).flatMap((exception, number) =>
      exception === undefined
        ? []
        : [parseException(exception, [...path, "except", number], document, report)],
    );
    return [
      {
        name: rule.name,
        level: rule.level ?? "error",
        who: rule.who?.filter((pattern) => pattern !== undefined) ?? null,
        roles:
          rule.roles === undefined ? null : parseRoles(rule.roles, [...path, "roles"], document),
        assertion,
        except,
        place: document.locate([...path, "name"]),
      },
    ];
  });
}

async function loadRe2(): Promise<Compile> {
  const { RE2JS } = await import("re2js");
  return (pattern) => {
    const compiled = RE2JS.compile(pattern);
    return (text) => compiled.matcher(text).find();
  };
}

interface Context {
  readonly document: YamlDocument;
  readonly report: Report;
  readonly compile: Compile | null;
}

/** Null if it has no valid assertion, which was reported. */
function parseAssertion(rule: RawRule, path: Path, context: Context): Assertion | null {
  const { document } = context;
  if (rule.conflict !== undefined) {
    return {
      kind: "conflict",
      roles: parseRoles(rule.conflict, [...path, "conflict"], document),
    };
  }
  if (rule.expires_within !== undefined) {
    return { kind: "expires_within", days: parseDays(rule.expires_within) };
  }
  if (rule.reason !== undefined) return parseReason(rule.reason, [...path, "reason"], context);
  if (rule.domains !== undefined) {
    return { kind: "domains", domains: rule.domains.filter((domain) => domain !== undefined) };
  }
  if (rule.at_most !== undefined) return { kind: "at_most", count: rule.at_most };
  if (rule.through !== undefined) return { kind: "through", through: rule.through };
  if (rule.reviewed_within === undefined) return null;
  return { kind: "reviewed_within", days: parseDays(rule.reviewed_within) };
}

function parseReason(
  pattern: string,
  path: Path,
  { document, report, compile }: Context,
): Assertion | null {
  if (compile === null) return null;
  try {
    return { kind: "reason", pattern, matches: compile(pattern) };
  } catch (error) {
    const reason = errorMessage(error).replace(/^error parsing regexp: /, "");
    report(document.locate(path), "bad-regular-expression", { pattern, reason });
    return null;
  }
}

/** `90d` */
function parseDays(duration: string): number {
  return Number.parseInt(duration, 10);
}

function parseRoles(
  names: readonly (string | undefined)[],
  path: Path,
  document: YamlDocument,
): readonly RuleRole[] {
  return names.flatMap((name, index) =>
    name === undefined ? [] : [{ name, place: document.locate([...path, index]) }],
  );
}

function parseException(
  { email, until, reason }: RawException,
  path: Path,
  document: YamlDocument,
  report: Report,
): RuleException {
  const day: Day = until;
  if (!isDay(day)) reportDay("until", day, document.locate([...path, "until"]), report);
  return { email, until: day, reason: reason ?? null, place: document.locate([...path, "until"]) };
}
