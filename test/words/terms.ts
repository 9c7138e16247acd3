/**
 * The terms of docs/glossary.md as a table: what users read must use no other word for them. Where a row is wrong in
 * a phrase, that phrase is listed under `except`.
 */

export interface Term {
  /** The term to use. */
  readonly use: string;
  /** The words not to use: a regular expression for whole words, in any case. */
  readonly not: string;
  /** Phrases in which the words mean something else. */
  readonly except?: readonly string[];
}

export const TERMS: readonly Term[] = [
  {
    use: "user",
    not: "persons?|people|somebody|someone|anybody|anyone|nobody|everybody|everyone|whoever",
    except: ["anyone who may push"],
  },
  { use: "user", not: "members?" },
  {
    use: "organization",
    not: "organisations?|tenants?|workspaces?|company|companies",
  },
  { use: "e-mail address", not: "email address(?:es)?|an email|emails" },
  { use: "add", not: "invit(?:e|es|ed|ing)|onboard(?:s|ed|ing)?" },
  { use: "remove", not: "(?:delet|offboard)(?:e|es|ed|ing)? (?:the |a |this )?users?" },
  { use: "admin role", not: "administrator role|superusers?" },
  { use: "rate limit", not: "throttl(?:e|es|ed|ing)|quota" },
  { use: "retry", not: "re-tr(?:y|ies|ied)|tr(?:y|ies|ied|ying) again" },
  { use: "saved plan", not: "plan files?|stored plans?" },
  { use: "guard", not: "safety (?:checks?|guards?)|safeguards?|guardrails?" },
  { use: "--dry-run (the flag) or dry run", not: "dry-run|dryrun", except: ["--dry-run"] },
  { use: "sign in", not: "log-ins?|log(?:s|ged|ging) in|logins?" },
  { use: "read back", not: "readbacks?" },
  { use: "response, return", not: "answers?|answered|answering" },
  { use: "folder", not: "director(?:y|ies)", except: ["working directory"] },
  { use: "expire", not: "lapse[sd]?|lapsing" },
  { use: "pull request, merge request", not: "PRs?|MRs?" },
  { use: "skip, omit", not: "leav(?:e|es|ing) out|left out" },
  { use: "color", not: "colou?red|colours?" },
  { use: "say, show, report", not: "told|tells?|telling" },
  { use: "previous address", not: "(?:former|old) address(?:es)?" },
  { use: "grant (of files: grant, contain, list)", not: "files? sa(?:y|ys|id)" },
  { use: "case-sensitive", not: "upper and lower case are the same|match in any case" },
  { use: "25%, without a space", not: "\\d+ %" },
  { use: "is not allowed to", not: "key may not" },
  { use: "can reach, cannot reach", not: "reaches no(?:ne)?" },
  { use: "working directory", not: "(?:working|current) folders?" },
  { use: "start date, when", not: "since which" },
];

export interface Finding {
  readonly line: number;
  readonly found: string;
  readonly use: string;
}

/** The places where a text uses another word for a term. */
export function findingsIn(text: string, terms: readonly Term[] = TERMS): readonly Finding[] {
  return text.split("\n").flatMap((line, index) =>
    terms.flatMap(({ use, not, except = [] }) => {
      const rest = except.reduce((shorter, phrase) => shorter.replaceAll(phrase, ""), line);
      const words = new RegExp(`(?<![\\w@./-])(?:${not})(?![\\w@/]|[.-]\\w)`, "giu");
      return [...rest.matchAll(words)].map(([found]) => ({ line: index + 1, found, use }));
    }),
  );
}
