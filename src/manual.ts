/** The text of `--help` (src/commands-and-flags.ts) and docs/reference.md (scripts/reference.ts), apart from the flags. */
import { EXIT, type ExitCode } from "./commands/io.ts";

export interface CommandManual {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** A paragraph below the summary. */
  readonly detail: string;
  /** One command line each. */
  readonly examples: readonly string[];
}

export const DESCRIPTION = "Manage Polytomic users and their roles in reviewed YAML files.";

const PROGRAM_EXAMPLES: readonly (readonly [line: string, meaning: string])[] = [
  ["polytomic-users validate", "check users.yaml, offline"],
  ["polytomic-users plan", "show what would change"],
  ["polytomic-users apply", "show the plan, ask for confirmation, and apply it"],
  ["polytomic-users sandbox", "run a local sandbox of Polytomic's API to try it on"],
];

export const COMMANDS = {
  validate: {
    summary: "check the files offline, without a credential or network access",
    detail:
      "Reports every problem in every file in one run, each with file, line and column, the cause, and how to fix it. Also checks the rules in policy.rules.",
    examples: [
      "polytomic-users validate",
      "polytomic-users validate access/ --output json=problems.json",
      "cat users.yaml | polytomic-users validate -",
    ],
  },
  plan: {
    summary: "show what apply would do, without changing anything",
    detail:
      "Lists gained admin rights and removals first, then the other changes, the totals, access that expires within 14 days, guard violations, and the digest. The same input always gives the same output. Exits with code 3 if a guard or a rule would refuse the apply.",
    examples: [
      "polytomic-users plan",
      "polytomic-users plan access/ --detailed-exitcode",
      "polytomic-users plan --output json=plan.json --output markdown=plan.md",
      "polytomic-users plan --only sam@example.com",
    ],
  },
  apply: {
    summary: "change Polytomic to match the files, after confirmation",
    detail:
      "Makes a plan, checks the guards of all organizations, asks for confirmation, makes the changes, then lists the users again and reports whether Polytomic matches the plan. One failed change does not stop the others. With --plan, applies exactly the changes in a saved plan: changes that are already in place count as done, and if any other user to be changed no longer has the roles that the plan recorded, nothing is written. A saved plan can be applied more than once; if its files are in the working directory, apply warns when they no longer grant what the plan would grant. If an organization cannot be planned, or its file has a problem, nothing is written, unless --skip-failed is given to skip that organization.",
    examples: [
      "polytomic-users apply",
      "polytomic-users apply --plan plan.json --yes --audit-log audit.jsonl",
      "polytomic-users apply --yes --expect-digest sha256:1f2e…",
      "polytomic-users apply --yes --only leaver@example.com",
    ],
  },
  report: {
    summary:
      "show who has access: each user's roles, the source and start date of each grant, and expiries",
    detail:
      "Lists every user in Polytomic, whether or not the files manage them, and for each grant the commit that introduced it. If there is no users file, reports what is in Polytomic. With --at, reports what the files granted at an earlier commit or date. With --bundle, writes an evidence bundle for an auditor. Changes nothing in Polytomic.",
    examples: [
      "polytomic-users report",
      "polytomic-users report access/ --output csv=access.csv --output html=access.html",
      "polytomic-users report --role Admin",
      "polytomic-users report --at 2026-01-31 --output csv",
      "polytomic-users report --bundle evidence --since 2026-01-01 --audit-log audit.jsonl",
      "polytomic-users report --verify evidence",
    ],
  },
  explain: {
    summary: "show why a user has each role: the commit and pull request that granted it, and when",
    detail:
      "Shows every grant of each role (file and line, group, expiry, reason) and the commit that began the current, uninterrupted grant of the role, in the first-parent history of HEAD. Moving a line, renaming a file or splitting a group does not change that commit. Changes nothing in Polytomic.",
    examples: [
      "polytomic-users explain sam@example.com",
      "polytomic-users explain sam@example.com access/ --history",
      "polytomic-users explain sam@example.com --offline --output json",
    ],
  },
  export: {
    summary: "print the current users and roles as YAML, or update a users file with them",
    detail:
      "A plan of the exported file shows no changes. With --into, updates an existing file: its comments, order and quoting are kept, and only entries that differ are changed; users who are missing from the file are added, unless they match policy.ignore. Expiries of roles that a user still holds are kept. If access has expired in the file but the user still has it, nothing is written and the line is reported. Changes nothing in Polytomic.",
    examples: [
      "polytomic-users export > users.yaml",
      'polytomic-users export --ignore "*@polytomic.com" --organization "Acme GmbH" > acme.yaml',
      "polytomic-users export --into users.yaml",
      "polytomic-users export --all --dir customers",
    ],
  },
  grant: {
    summary: "add users, roles and groups to the files, or change expiries, offline",
    detail:
      "Edits the user's entry in whichever file contains it (included files too), or adds a new entry. Keeps comments, order and style, shows the diff, and validates the result before writing it. Granting what the user already has changes nothing.",
    examples: [
      "polytomic-users grant jane@example.com --role Billing",
      "polytomic-users grant sam@example.com --group data-team --expires 30d --reason DATA-142",
      "polytomic-users grant sam@example.com --expires 2027-03-31     # extend all access",
      "polytomic-users grant kim@example.com --role Viewer --file customers/acme.yaml --dry-run",
    ],
  },
  revoke: {
    summary: "remove users, or some of their roles, from the files, offline",
    detail:
      "Without --role, revokes all access. If a role comes from a group, the membership is replaced by the group's other roles, with their expiries. If policy.unmanaged is keep, the entry is kept and its expires is set to yesterday, because a user without an entry would keep their access. Shows the diff and validates the result before writing it.",
    examples: [
      "polytomic-users revoke leaver@example.com",
      "polytomic-users revoke sam@example.com --role Billing",
      "polytomic-users revoke leaver@example.com --everywhere --file customers/",
    ],
  },
  rename: {
    summary: "change a user's e-mail address in the files, offline",
    detail:
      "Polytomic cannot change an address, so apply adds the new user, then removes the old one. The entry records the previous address in its previously: key.",
    examples: ["polytomic-users rename old.name@example.com new.name@example.com"],
  },
  roles: {
    summary: "list the organization's roles, their ids and how many users hold each",
    detail:
      "With --output yaml, prints a roles: block that other files can include or copy. If the key is not allowed to list roles (as documented for partner keys), prints the ids of the roles that users hold, with placeholder names in YAML, and the reason why the names are missing. Changes nothing in Polytomic.",
    examples: [
      "polytomic-users roles",
      'polytomic-users roles --organization "Acme GmbH" --output yaml=common/acme-roles.yaml',
      "polytomic-users roles --output json",
    ],
  },
  doctor: {
    summary: "check the key, the connection and the API",
    detail:
      "Reports which key is used and from which variable, who owns it, which organizations it can reach, whether it can list users and roles, which API version responds, and where the service differs from its documentation (docs/fidelity.md). Makes only read requests, and never prints a key. Exits with code 1 if plan and apply would not work.",
    examples: [
      "polytomic-users doctor",
      "polytomic-users doctor --organization Globex",
      "polytomic-users doctor --output json",
    ],
  },
  init: {
    summary: "write a users.yaml for an existing organization",
    detail:
      "Reads the organization and writes users.yaml in the working directory, with comments, suggested groups and unmanaged: keep. A plan of it shows no changes. Reports what to check: a large number of admins, addresses outside the main domains, roles without a name, and users that a file cannot describe. With --ci, also copies the CI files; if users.yaml already exists, it is kept and only the CI files are added. Never overwrites a file without --force.",
    examples: [
      "polytomic-users init",
      "polytomic-users init --ci github",
      "polytomic-users init --organization Acme --ignore '*@polytomic.com'",
    ],
  },
  review: {
    summary: "review access: create a worksheet, or edit the files according to its decisions",
    detail:
      "The worksheet has a row for each role of each user, as CSV or as an HTML page that works offline and saves the same CSV. With --decisions, edits the files and shows the diff: revoke removes a grant; keep sets the user's reviewed: date once every row of the user is decided. Rows that are undecided, decided differently in two files, or out of date are listed and left unchanged (exit code 2); the other decisions are carried out.",
    examples: [
      "polytomic-users review --output html=review.html --output csv=review.csv",
      "polytomic-users review --role Admin --output html=admins.html",
      "polytomic-users review --decisions review.csv --dry-run",
      "polytomic-users review --decisions ann.csv --decisions bob.csv",
    ],
  },
  "create-api-key": {
    summary: "create an API key for a user",
    detail:
      "Polytomic shows a key only once. The key is written to a file that only you can read or, with --stdout, to standard output.",
    examples: [
      "polytomic-users create-api-key ci@example.com --out ci.key",
      "polytomic-users create-api-key ci@example.com --stdout | gh secret set POLYTOMIC_API_KEY",
    ],
  },
  sandbox: {
    summary: "run a local sandbox of Polytomic's API on 127.0.0.1",
    detail:
      "Has the same endpoints as Polytomic for users, roles and organizations. The state is lost when the sandbox stops. Without a file, the sandbox starts with an example organization. GET /_sandbox/log returns the requests that it received, GET /_sandbox/state its current state.",
    examples: [
      "polytomic-users sandbox",
      "polytomic-users sandbox state.yaml --port 8080",
      "polytomic-users sandbox --limit 50/s,burst=20 --latency 30 --fault lost-answer=0.05:POST --seed 7",
    ],
  },
  completion: {
    summary: "print a shell completion script",
    detail:
      "Completes commands, flags and files. The script is self-contained; generate it again after an update.",
    examples: [
      'eval "$(polytomic-users completion bash)"          # in ~/.bashrc',
      'eval "$(polytomic-users completion zsh)"           # in ~/.zshrc, after compinit',
      "polytomic-users completion fish > ~/.config/fish/completions/polytomic-users.fish",
    ],
  },
} as const satisfies Readonly<Record<string, CommandManual>>;

export type CommandName = keyof typeof COMMANDS;

export interface Variable {
  readonly name: string;
  readonly meaning: string;
}

/** Credentials and address. */
export const CREDENTIALS: readonly Variable[] = [
  {
    name: "POLYTOMIC_API_KEY",
    meaning: "an API key of a user or of an organization, for one organization",
  },
  { name: "POLYTOMIC_PARTNER_KEY", meaning: "a partner key, for all organizations of the partner" },
  {
    name: "POLYTOMIC_DEPLOYMENT_KEY",
    meaning: "the key of an on-premises deployment, for all of its organizations",
  },
  {
    name: "POLYTOMIC_DEPLOYMENT_URL",
    meaning: "the API address of an on-premises deployment; --url overrides it",
  },
];

/** The other variables that are read. */
export const ENVIRONMENT: readonly Variable[] = [
  { name: "POLYTOMIC_API_VERSION", meaning: "the version of Polytomic's API, like --api-version" },
  { name: "HTTPS_PROXY", meaning: "the proxy for requests; if not set, ALL_PROXY is used" },
  { name: "NO_PROXY", meaning: "hosts to reach without a proxy, separated by commas; * for all" },
  {
    name: "NODE_EXTRA_CA_CERTS",
    meaning: "a file with the certificate of a private certificate authority",
  },
  {
    name: "SOURCE_DATE_EPOCH",
    meaning:
      "the time, in seconds since 1970, to record in reports and bundles, so that the same input gives the same output",
  },
  {
    name: "NODE_DEBUG",
    meaning:
      "must not name Node's network modules (http, tls and others), because these would print the key",
  },
  { name: "NO_COLOR", meaning: "disables color if not empty; TERM=dumb does the same" },
  {
    name: "GITHUB_ACTIONS",
    meaning: "if true, problems are also printed as annotations of the workflow run",
  },
  {
    name: "GITHUB_EVENT_NAME, CI_PIPELINE_SOURCE",
    meaning: "in CI: determine whether the plan is for a pull request or a merge request",
  },
  { name: "GITHUB_STEP_SUMMARY", meaning: "in a workflow: the file to append the plan to" },
  { name: "GITHUB_OUTPUT", meaning: "in a workflow: the file to write the step's outputs to" },
  {
    name: "GITHUB_SHA",
    meaning:
      "the commit to record in the audit log; in GitLab, CI_COMMIT_SHA; without either, git's HEAD if the files have no uncommitted changes",
  },
];

export const EXIT_CODES: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: EXIT.done, meaning: "done, or nothing to do" },
  {
    code: EXIT.failed,
    meaning:
      "failed before anything was written: bad input, bad credential, API unreachable, an organization that could not be planned (without --skip-failed)",
  },
  {
    code: EXIT.changes,
    meaning:
      "with --detailed-exitcode: there are changes; with review --decisions: some rows are still open (undecided, conflicting or out of date)",
  },
  {
    code: EXIT.refused,
    meaning:
      "refused by a guard or a rule, or Polytomic no longer matches the approved plan: nothing was written",
  },
  {
    code: EXIT.partly,
    meaning:
      "partly applied: some changes failed or were not attempted, or organizations were skipped; the output lists all of them; to finish, run the command again",
  },
  {
    code: EXIT.interrupted,
    meaning:
      "interrupted: no new requests were started; requests already sent had up to 7 s to complete, and those that did not are reported as in doubt",
  },
];

export const FILES: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: "users.yaml", meaning: "in the working directory: read if no path is given" },
  {
    name: "polytomic-users/schemas/users.schema.json",
    meaning:
      "in the package: the JSON Schema of users files, for editors; plan.schema.json, audit.schema.json and sandbox.schema.json next to it describe saved plans, the audit log and the sandbox's state",
  },
  {
    name: "polytomic-users/users.example.yaml",
    meaning: "in the package: an example of the whole format",
  },
];

/** A summary as a sentence. */
export function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

/** Printed below the program's own flags. */
export function programHelp(): string {
  const width = Math.max(...CREDENTIALS.map(({ name }) => name.length));
  return [
    "",
    "Credentials come from the environment, never from a flag:",
    ...CREDENTIALS.map(({ name, meaning }) => `  ${name.padEnd(width)}  ${meaning}`),
    "",
    "Exit codes:",
    ...EXIT_CODES.map(({ code, meaning }) => wrapped(`  ${String(code).padEnd(3)}  `, meaning)),
    "",
    "Examples:",
    ...PROGRAM_EXAMPLES.map(([line, meaning]) => `  ${line.padEnd(25)} ${meaning}`),
    "",
  ].join("\n");
}

/** In lines of at most 80 characters, aligned after the label. */
function wrapped(label: string, text: string): string {
  const lines = text.match(new RegExp(`\\S.{0,${79 - label.length}}(?=\\s|$)`, "g")) ?? [];
  return label + lines.join(`\n${" ".repeat(label.length)}`);
}

/** Printed below a command's flags. */
export function commandHelp(name: CommandName): string {
  return ["", "Examples:", ...COMMANDS[name].examples.map((line) => `  ${line}`), ""].join("\n");
}
