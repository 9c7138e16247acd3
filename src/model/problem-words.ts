/**
 * Every kind of problem: its code, its values and its wording. A message names the thing, the cause and the fix, in
 * one line. Code never parses these messages.
 */
import { compareText, formatPlace, type Place } from "./place.ts";
import { findingText } from "./rule-words.ts";
import type { RuleFinding } from "./rule.ts";
import { counted, firstOf } from "./text.ts";

/** No values. */
type None = Readonly<Record<string, never>>;
type Name = { readonly name: string };
type Near = { readonly near: string | null };
/** Names to choose from; shown up to twelve. */
type Known = { readonly known: readonly string[] };
type At = { readonly at: Place };

export const problemWords = {
  // Paths
  "file-not-found": ({ near, isDefault }: Near & { readonly isDefault: boolean }) =>
    isDefault
      ? "there is no users.yaml in this folder: name the file, or create one with `polytomic-users init` or `polytomic-users export > users.yaml`"
      : `no such file or folder${didYouMean(null, near, ": check the path")}`,
  "no-files": (_none: None) =>
    "the folder contains no *.yaml or *.yml file: name the folder or the files that describe organizations",
  "unreadable-file": ({ reason }: { readonly reason: string }) => `cannot be read: ${reason}`,
  "outside-root": ({ root }: { readonly root: string }) =>
    `a symbolic link leads out of ${quote(root)}, so the file was not read: copy the file there, or pass --root with a folder that contains both`,
  "link-to-nowhere": (_none: None) =>
    "the target of this symbolic link does not exist: correct or delete the link",
  "include-outside-root": ({
    include,
    root,
  }: {
    readonly include: string;
    readonly root: string;
  }) =>
    `${quote(include)} is outside ${quote(root)}, but included files must be inside that folder: move the file, or pass --root with a folder that contains both`,
  "include-of-folder": ({ include }: { readonly include: string }) =>
    `${quote(include)} is a folder: include its files one by one`,
  "include-not-found": ({ include, near }: { readonly include: string } & Near) =>
    `${quote(include)} does not exist (paths are relative to this file)${didYouMean(include, near, ": check the path")}`,
  "include-unreadable": ({
    include,
    reason,
  }: {
    readonly include: string;
    readonly reason: string;
  }) => `${quote(include)} cannot be read: ${reason}`,
  "include-cycle": ({ cycle }: { readonly cycle: readonly string[] }) =>
    `the files include each other in a cycle, ${cycle.join(" → ")}: remove one include`,

  // Text
  "too-large": ({ limit }: { readonly limit: string }) =>
    `the file is larger than ${limit}: split it, and combine the parts with include`,
  "not-utf8": ({ utf16 }: { readonly utf16: boolean }) =>
    utf16
      ? "the file is in UTF-16 (some Windows shells write it): save it as UTF-8"
      : "this byte is not valid UTF-8: save the file as UTF-8",
  "control-character": ({ character }: { readonly character: string }) =>
    `the character ${describeCharacter(character)} is not allowed in YAML: delete it`,

  // YAML
  "yaml-syntax": ({ mistake }: { readonly mistake: SyntaxMistake }) => syntaxWords(mistake),
  "yaml-tag": (_none: None) =>
    "YAML tags (!) are not allowed: remove the tag, or put the text in quotes",
  "yaml-directive": (_none: None) => "YAML directives (%) are not allowed: remove this line",
  "several-documents": (_none: None) =>
    "a second YAML document starts here: one file describes one organization, so split it into two files",
  "too-deep": ({ limit }: { readonly limit: number }) =>
    `more than ${limit} levels of nesting: reduce it (a users file needs at most eight levels)`,
  "merge-key": (_none: None) =>
    "merge keys (<<) are not allowed: write the keys out, or use groups",
  "duplicate-key": ({ name, at }: Name & At) =>
    `duplicate key ${quote(name)}, first at ${formatPlace(at)}: remove one`,
  "unknown-alias": ({ name }: Name) =>
    `text that starts with * is read as a YAML alias: put it in quotes, ${quote(`*${name}`)}`,
  "alias-in-itself": ({ name }: Name) =>
    `the alias ${quote(`*${name}`)} is part of its own anchor: write the value out`,
  "alias-bomb": ({ limit }: { readonly limit: number }) =>
    `aliases repeat more than ${limit} values: use groups instead`,

  // Shape
  "saved-plan": (_none: None) => "this is a saved plan: apply it with apply --plan",
  "empty-file": (_none: None) => "the file is empty: it needs at least version: 1 and users:",
  "unsupported-version": ({ version }: { readonly version: string }) =>
    `version ${version} of the format is not supported: write version: 1, or install a newer polytomic-users`,
  "unknown-key": ({
    name,
    near,
    known,
    belongs,
  }: Name & Near & Known & { /** Where the key is right. */ readonly belongs: string | null }) =>
    belongs === null
      ? `unknown key ${quote(name)}${didYouMean(name, near, `: expected one of ${list(known)}`)}`
      : `${quote(name)} is not allowed here: it belongs ${belongs}`,
  "missing-key": ({ name, what }: Name & { readonly what: string }) =>
    `${name} is missing: add ${what}`,
  "missing-assertion": ({ known }: Known) => `the rule has no assertion: add one of ${list(known)}`,
  "several-assertions": ({ found }: { readonly found: readonly string[] }) =>
    `a rule can have only one assertion, but this one has ${list(found)}: split it into ${found.length} rules`,
  "single-conflict": (_none: None) =>
    "conflict must be a list of at least two roles such as [Billing, Admin]: add the roles that must not be combined",
  "empty-list": ({
    subject,
    entry,
    otherwise,
  }: {
    readonly subject: string;
    /** What to add. */
    readonly entry: string;
    /** The other cure. */
    readonly otherwise: string;
  }) => `${subject} is empty: add at least one ${entry}, or ${otherwise}`,
  "empty-name": ({ subject, what }: { readonly subject: string; readonly what: string }) =>
    `${subject} is empty: it must be ${what}`,
  "no-roles": ({ email }: { readonly email: string | null }) =>
    `${email === null ? "this user" : quote(email)} has no roles: add roles: or groups:, or remove the entry to end the access`,
  "needs-quotes": ({ written, type }: { readonly written: string; readonly type: string }) =>
    `${written} is read as ${type}, not as text: put it in quotes, ${quote(written)}`,
  "wrong-type": mustBe,
  "bad-value": mustBe,
  "bad-email": mustBe,
  "bad-date": mustBe,
  "bad-duration": mustBe,
  "bad-limit": mustBe,
  "bad-number": mustBe,
  "bad-pattern": mustBe,
  "bad-role-id": mustBe,
  "bad-regular-expression": ({
    pattern,
    reason,
  }: {
    readonly pattern: string;
    readonly reason: string;
  }) =>
    `${quote(pattern)} is not a regular expression in RE2 syntax (${reason}): correct it; lookaround and backreferences are not supported`,

  // Several entries or files together
  "no-users": (_none: None) =>
    "neither this file nor one it includes has users: list the users, or write users: [] for none",
  conflict: ({
    key,
    value,
    other,
    at,
  }: { readonly key: string; readonly value: string; readonly other: string } & At) =>
    `${key} is ${quote(value)} here but ${quote(other)} at ${formatPlace(at)}: use the same value in both`,
  "duplicate-role-name": ({ name, at }: Name & At) => duplicate(`role name ${quote(name)}`, at),
  "duplicate-group": ({ name, at }: Name & At) => duplicate(`group ${quote(name)}`, at),
  "duplicate-rule": ({ name, at }: Name & At) =>
    `duplicate rule ${quote(name)}, also at ${formatPlace(at)}: rename one (a file cannot change a rule that it includes)`,
  "duplicate-role": ({ name, owner, at }: Name & { readonly owner: string } & At) =>
    `${owner} has the role ${quote(name)} twice, first at ${formatPlace(at)}: remove one`,
  "duplicate-membership": ({ name, owner, at }: Name & { readonly owner: string } & At) =>
    `${owner} is in the group ${quote(name)} twice, first at ${formatPlace(at)}: remove one`,
  "duplicate-user": ({ email, at }: { readonly email: string } & At) =>
    `duplicate user ${quote(email)}, also at ${formatPlace(at)}: merge the two entries`,
  "same-looking-user": ({ email, at }: { readonly email: string } & At) =>
    `${quote(email)} looks the same as the address at ${formatPlace(at)} but uses different Unicode characters (composed and decomposed accents): keep the one that Polytomic has`,
  "unknown-group": ({
    name,
    near,
    known,
    isRole,
  }: Name & Near & Known & { readonly isRole: boolean }) => {
    if (isRole) return `${quote(name)} is a role, not a group: move it to roles:`;
    const all =
      known.length === 0
        ? ": no groups are defined, so add it under groups:"
        : `: the groups are ${list(known)}`;
    return `unknown group ${quote(name)}${didYouMean(name, near, all)}`;
  },
  "rename-to-itself": (_none: None) =>
    "the previously: key has the user's own address (addresses are not case-sensitive): remove the key",
  "rename-of-listed": ({ email, at }: { readonly email: string } & At) =>
    `${quote(email)} is also a user, at ${formatPlace(at)}, and a rename removes the previous address: remove one of the two`,
  "duplicate-rename": ({
    email,
    users,
    at,
  }: { readonly email: string; readonly users: readonly [string, string] } & At) =>
    `${quote(email)} is the previous address of two users, ${quote(users[0])} and ${quote(users[1])} (${formatPlace(at)}): keep one`,
  "ignored-user": ({
    email,
    pattern,
    at,
  }: { readonly email: string; readonly pattern: string } & At) =>
    `${quote(email)} matches ${quote(pattern)} in policy.ignore (${formatPlace(at)}), so apply would never change it: remove the user or the pattern`,
  "organization-in-include": ({ by }: { readonly by: string }) =>
    `${by} includes this file, and an included file cannot describe an organization: move the shared part to a third file`,
  "same-organization": ({
    organization,
    at,
    more,
  }: {
    readonly organization: string | null;
    /** How many files beside these two. */
    readonly more: number;
  } & At) =>
    organization === null
      ? `neither this file nor ${at.path}${andMore(more)} names an organization, so ${more === 0 ? "both" : "all"} describe the organization of the API key: add organization:, or include one file in the other`
      : `${quote(organization)} is also described at ${formatPlace(at)}${andMore(more)}: keep one file, and use include for shared parts`,

  // Files and organization together
  "unknown-role": ({ name, near, known }: Name & Near & Known) =>
    `the organization has no role ${quote(name)}${didYouMean(name, near, known.length === 0 ? ": it has no roles" : `: its roles are ${list(known)}`)}`,
  "role-without-id": ({ name }: Name) =>
    `${quote(name)} has no id in this file, and this key is not allowed to list roles: add it under roles:, as ${shorten(name)}: ID (polytomic-users roles --output yaml, with an API key of this organization, prints the ids)`,
  "unknown-role-id": ({ name, id, known }: Name & { readonly id: string } & Known) =>
    `${quote(name)} is the role id ${id}, which does not exist in the organization: correct the id; its roles are ${list(known)}`,
  "misleading-role-name": ({ name, actual }: Name & { readonly actual: string }) =>
    `${quote(name)} is the name of another role in the organization, but this id is the role ${quote(actual)}: choose another name`,
  "ambiguous-role": ({ name, ids }: Name & { readonly ids: readonly string[] }) =>
    `${ids.length} roles are named ${quote(name)} (${ids.join(", ")}): choose one, add a name for its id under roles:, and use that name`,
  "bad-decision": ({ word }: { readonly word: string }) =>
    `the decision must be keep or revoke, or empty, not ${quote(word)}`,
  "bad-worksheet": ({ detail }: { readonly detail: string }) =>
    `${detail}: use a worksheet from review --output csv=FILE, as saved by the HTML page or a spreadsheet`,
  "held-after-expiry": ({
    holder,
    email,
    role,
  }: {
    readonly holder: string;
    readonly email: string;
    /** Null for the whole access. */
    readonly role: string | null;
  }) =>
    role === null
      ? `${holder} is still in Polytomic, but ${holder === email ? "their access" : `the access of ${email}`} has expired in this file: run apply to remove it, or set a later date; then export again`
      : `${holder} still holds ${role}, which has expired in this file: run apply to remove it, or set a later date; then export again`,
  "unknown-expiring-role": ({
    role,
    expires,
    email,
    held,
  }: {
    readonly role: string;
    readonly expires: string | null;
    readonly email: string;
    readonly held: readonly string[];
  }) =>
    `the organization has no role ${quote(role)}, which this file grants to ${email} until ${expires} (${email} holds ${held.join(", ")}): rename the role in this file if it was renamed in Polytomic, otherwise remove it; then export again`,
  "demotion-to-admin": ({ name }: Name) =>
    `on_removal would give the admin role ${quote(name)} to every user who no longer has access in the files: choose another role`,
  "unknown-organization": ({ name, near, known }: Name & Near & Known) =>
    `this key cannot reach an organization ${quote(name)}${didYouMean(name, near, known.length === 0 ? ": it can reach no organizations" : `: it can reach ${list(known)}`)}`,
  "ambiguous-organization": ({ name, ids }: Name & { readonly ids: readonly string[] }) =>
    `${ids.length} organizations are named ${quote(name)}: use the id instead, one of ${firstOf(ids, LISTED)}`,
  "duplicate-organization": ({
    name,
    id,
    sources,
  }: Name & { readonly id: string; readonly sources: readonly string[] }) =>
    `${name} (${id}) is also described in ${firstOf(sources, LISTED)}: keep one file for it`,

  // What is right in itself, judged by the day and by rules
  rule: ({ finding }: { readonly finding: RuleFinding }) => findingText(finding),
  "access-expired": ({ email, on }: { readonly email: string; readonly on: string }) =>
    `the access of ${quote(email)} expired on ${on}, so the entry grants nothing: remove it, or set a later date`,

  // The sandbox's state file
  "sandbox-state": ({ message }: { readonly kind: string; readonly message: string }) => message,
} as const;

/** A syntax mistake, as far as it is known. Columns count from 1. */
export type SyntaxMistake =
  | { readonly kind: "tab" }
  | { readonly kind: "unclosed"; readonly what: "quote" | "bracket"; readonly character: string }
  | { readonly kind: "extra-bracket"; readonly character: string }
  | { readonly kind: "space-after-colon"; readonly key: string; readonly value: string }
  | { readonly kind: "space-after-dash"; readonly text: string }
  | { readonly kind: "missing-colon"; readonly key: string }
  | { readonly kind: "missing-comma"; readonly before: string }
  | { readonly kind: "colon-in-text"; readonly text: string }
  | { readonly kind: "reserved-character"; readonly character: string; readonly text: string }
  | { readonly kind: "escape"; readonly escape: string }
  | {
      readonly kind: "misaligned";
      readonly what: "key" | "entry";
      readonly column: number;
      readonly expected: number;
      readonly line: number;
    }
  | { readonly kind: "space-before-comment" }
  | { readonly kind: "odd-space"; readonly code: string }
  | { readonly kind: "conflict-marker" }
  /** `error`: the YAML package's code. */
  | { readonly kind: "other"; readonly error: string };

const OPENING: Readonly<Record<string, string>> = { "]": "[", "}": "{" };

function syntaxWords(mistake: SyntaxMistake): string {
  switch (mistake.kind) {
    case "tab":
      return "a tab cannot be used for indentation in YAML: replace it with spaces";
    case "unclosed":
      return mistake.what === "quote"
        ? `this ${mistake.character} is never closed: add the closing ${mistake.character} on this line`
        : `this ${mistake.character} is never closed: add the closing ${mistake.character === "[" ? "]" : "}"}`;
    case "extra-bracket":
      return `this ${mistake.character} has no matching ${OPENING[mistake.character] ?? "bracket"}: delete it`;
    case "space-after-colon":
      return `a space is missing after the colon: write ${mistake.key}: ${shorten(mistake.value)}`;
    case "space-after-dash":
      return `a space is missing after the dash: write - ${shorten(mistake.text)}`;
    case "missing-colon":
      return `a colon is missing after ${quote(mistake.key)}: write ${shorten(mistake.key)}:`;
    case "missing-comma":
      return `a comma is missing before ${quote(mistake.before)}: add it`;
    case "colon-in-text":
      return `": " inside text starts a new value: put the text in quotes, ${quote(mistake.text)}`;
    case "reserved-character":
      return `text cannot start with ${mistake.character}: put it in quotes, ${quote(mistake.text)}`;
    case "escape":
      return `${mistake.escape} is not an escape sequence: write \\\\ for a backslash, or use single quotes`;
    case "misaligned": {
      const moved = mistake.expected - mistake.column;
      return `this ${mistake.what} is indented by ${counted(mistake.column - 1, "space")}, but the ${mistake.what === "key" ? "keys" : "entries"} around it (line ${mistake.line}) by ${mistake.expected - 1}: ${moved > 0 ? "add" : "remove"} ${counted(Math.abs(moved), "space")}`;
    }
    case "space-before-comment":
      return "a space is missing before #: add it, or put the text in quotes";
    case "odd-space":
      return `this character looks like a space but is ${mistake.code}: replace it with a space`;
    case "conflict-marker":
      return "this is a git conflict marker: resolve the conflict and delete the markers";
    case "other":
      return (
        otherMistakes[mistake.error] ??
        "this is not valid YAML: check the quotes, brackets, colons and indentation on this line and the one before"
      );
  }
}

/** By the YAML package's codes. */
const otherMistakes: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias (*name) cannot have an anchor: remove the anchor",
  BAD_ALIAS:
    "an alias (*) or anchor (&) needs a name: put the text in quotes if * or & is part of it",
  BAD_DIRECTIVE: "YAML directives (%) are not allowed: remove this line",
  BAD_INDENT: "this line is not aligned with the lines around it: correct its indentation",
  BAD_PROP_ORDER: "an anchor (&name) must come directly before its value: move it",
  BLOCK_AS_IMPLICIT_KEY:
    'a key and its value cannot start here: start a new line, or put text with ": " in quotes',
  BLOCK_IN_FLOW:
    "a list or map over several lines cannot be inside [ ] or { }: separate the entries with commas",
  KEY_OVER_1024_CHARS: "this key is too long: check for a missing quote or line break",
  MISSING_CHAR:
    "a character is missing here: check for a quote, a bracket, a comma, or a space after : or -",
  MULTILINE_IMPLICIT_KEY: "a key must be on one line: check for a missing colon or quote",
  MULTIPLE_ANCHORS: "a value can have only one anchor (&name): remove the others",
  NON_STRING_KEY: "a key must be text: put it in quotes",
  UNEXPECTED_TOKEN:
    "this is not expected here: check for a missing quote, bracket or colon before it",
};

function mustBe({
  subject,
  what,
  found,
  hint = null,
}: {
  readonly subject: string;
  /** Completes `… must be`. */
  readonly what: string;
  /** The actual value; null if there is none. */
  readonly found: string | null;
  /** A specific fix, instead of the expected value. */
  readonly hint?: string | null;
}): string {
  if (found === null) return `${subject} is empty: ${hint ?? `it must be ${what}`}`;
  const wrong = `${subject} must be ${what}, not ${found}`;
  return hint === null ? wrong : `${wrong}: ${hint}`;
}

function duplicate(what: string, at: Place): string {
  return `duplicate ${what}, also at ${formatPlace(at)} (names are not case-sensitive): keep one`;
}

export function didYouMean(written: string | null, near: string | null, otherwise: string): string {
  if (near === null) return otherwise;
  if (written !== null && differsOnlyInAccents(written, near)) {
    return `: it looks the same as ${quote(near)} but uses different Unicode characters (composed and decomposed accents): type it again`;
  }
  return `: did you mean ${quote(near)}?`;
}

/** In composed and decomposed accents, which look the same. */
function differsOnlyInAccents(a: string, b: string): boolean {
  const [one, other] = [a.toLowerCase(), b.toLowerCase()];
  return one !== other && one.normalize("NFC") === other.normalize("NFC");
}

function describeCharacter(character: string): string {
  const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  if (character === "\0") return `${code} (NUL)`;
  return character === "\r"
    ? `${code} (a carriage return without a line feed)`
    : `${code} (a control character)`;
}

const LONGEST_QUOTE = 80;

function shorten(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE - 1)}…`;
}

/** Text from a file inside a message: in quotes, on one line, shortened. */
export function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

function andMore(more: number): string {
  return more === 0 ? "" : ` and in ${counted(more, "more file")}`;
}

const LISTED = 12;

/** `"a", "b" and 3 more`, sorted. */
function list(names: readonly string[]): string {
  return firstOf([...new Set(names)].sort(compareText).map(quote), LISTED);
}
