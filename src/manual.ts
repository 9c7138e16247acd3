/** The text of `--help` (src/program.ts) and docs/reference.md (scripts/reference.ts), apart from the flags. */
import { EXIT, type ExitCode } from "./commands/io.ts";

export interface CommandManual {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** A paragraph below the summary. */
  readonly detail: string;
  /** One command line each. */
  readonly examples: readonly string[];
}

export const DESCRIPTION = "Manage Polytomic users and their roles as reviewed YAML.";

const PROGRAM_EXAMPLES: readonly (readonly [line: string, meaning: string])[] = [
  ["polytomic-users validate", "check users.yaml, offline"],
  ["polytomic-users plan", "show what would change"],
  ["polytomic-users apply", "show the plan, ask, and apply it"],
  ["polytomic-users sandbox", "run a local Polytomic to try it on"],
];

export const COMMANDS = {
  validate: {
    summary: "check the files offline: no credential, no network",
    detail:
      "Reports every problem in every file in one run, each with file, line and column, the cause, and how to fix it. Rules of the policy are checked too.",
    examples: [
      "polytomic-users validate",
      "polytomic-users validate access/ --output json=problems.json",
      "cat users.yaml | polytomic-users validate -",
    ],
  },
  plan: {
    summary: "show what apply would do, without changing anything",
    detail:
      "Lists gained admin rights and removals first, then the other changes, totals, access that expires soon, guard violations, and the digest. The same input gives the same output. Exits with 3 if a guard or a rule would refuse the apply.",
    examples: [
      "polytomic-users plan",
      "polytomic-users plan access/ --detailed-exitcode",
      "polytomic-users plan --output json=plan.json --output markdown=plan.md",
      "polytomic-users plan --only sam@example.com",
    ],
  },
  apply: {
    summary: "change Polytomic to match the files, after a confirmation",
    detail:
      "Plans again, checks the guards of all organizations, asks for confirmation, writes, then lists the users again and reports whether Polytomic matches the plan. One failed change does not stop the others. With --plan, applies exactly the changes in a saved plan, each only if its user is still as the plan saw it. A saved plan can be applied again while that is so: where its files are in the working folder, apply warns if they no longer grant what the plan gives. If an organization cannot be planned, or its file has a problem, nothing is written, unless --skip-failed skips it.",
    examples: [
      "polytomic-users apply",
      "polytomic-users apply --plan plan.json --yes --audit-log audit.jsonl",
      "polytomic-users apply --yes --expect-digest sha256:1f2e…",
      "polytomic-users apply --yes --only leaver@example.com",
    ],
  },
  report: {
    summary: "show who has access: users, roles, where each grant comes from, since when, expiries",
    detail:
      "Lists every user in Polytomic, managed by the files or not, and for each grant the commit that introduced it. Without any file, reports what is in Polytomic. With --at, reports what the files said at an earlier commit. With --bundle, writes the evidence that an auditor asks for. Changes nothing in Polytomic.",
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
    summary: "show why one user has each role: since when, by which commit and pull request",
    detail:
      "Shows every grant of each role (file and line, group, expiry, reason) and the commit since which the files have granted it without a gap, on the first-parent history of HEAD. Moving a line, renaming a file or splitting a group does not change that commit. Changes nothing in Polytomic.",
    examples: [
      "polytomic-users explain sam@example.com",
      "polytomic-users explain sam@example.com access/ --history",
      "polytomic-users explain sam@example.com --offline --output json",
    ],
  },
  export: {
    summary: "print the current users and roles as YAML, or update a file from them",
    detail:
      "The plan of the exported file is empty. With --into, an existing file keeps its comments, order and quoting, and only differing entries change; users who are missing are added, except those that policy.ignore matches. Expiries of roles that a user still holds are kept. If access has expired in the file but the user still holds it, nothing is written and the line is reported. Changes nothing in Polytomic.",
    examples: [
      "polytomic-users export > users.yaml",
      'polytomic-users export --ignore "*@polytomic.com" --organization "Acme GmbH" > acme.yaml',
      "polytomic-users export --into users.yaml",
      "polytomic-users export --all --dir customers",
    ],
  },
  grant: {
    summary: "add users, roles, groups or expiries to the files, offline",
    detail:
      "Edits the entry in the file that contains it, included files too, or adds a new one. Keeps comments, order and style, shows the diff, and validates the result before writing it. Granting what is already there changes nothing.",
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
      "Without --role, revokes all access. If a role comes from a group, the membership is replaced by the group's other roles, with their expiries. Under policy.unmanaged: keep, the entry stays and expires yesterday: without an entry the user would keep the access. Shows the diff and validates the result before writing it.",
    examples: [
      "polytomic-users revoke leaver@example.com",
      "polytomic-users revoke sam@example.com --role Billing",
      "polytomic-users revoke leaver@example.com --everywhere --file customers/",
    ],
  },
  rename: {
    summary: "change a user's e-mail address in the files, offline",
    detail:
      "Polytomic cannot change an address, so apply adds the new user, then removes the old one. The entry keeps the old address under previously.",
    examples: ["polytomic-users rename old.name@example.com new.name@example.com"],
  },
  roles: {
    summary: "list the organization's roles, their ids and how many users hold each",
    detail:
      "With --output yaml, prints a roles: block for other files to include or copy. If the key may not list roles, as documented for partner keys, prints the role ids that users hold and says why the names are missing. Changes nothing in Polytomic.",
    examples: [
      "polytomic-users roles",
      'polytomic-users roles --organization "Acme GmbH" --output yaml=common/acme-roles.yaml',
      "polytomic-users roles --output json",
    ],
  },
  doctor: {
    summary: "check the key, the connection and the API",
    detail:
      "Reports which key was found and where, whose it is, which organizations it reaches, whether it may list users and roles, which API version responds, and where the service differs from its documentation (docs/fidelity.md). Only reads, and never prints a key. Exits with 1 if plan and apply would not work.",
    examples: [
      "polytomic-users doctor",
      "polytomic-users doctor --organization Globex",
      "polytomic-users doctor --output json",
    ],
  },
  init: {
    summary: "write a users.yaml for an existing organization",
    detail:
      "Reads the organization and writes users.yaml in the working folder, with comments, suggested groups and unmanaged: keep. Its plan is empty. Points out many admins, addresses outside the main domains, roles without a name, and users that a file cannot describe. With --ci, also copies the CI files; a users.yaml that exists is kept then, and only the CI files are added. Never overwrites a file without --force.",
    examples: [
      "polytomic-users init",
      "polytomic-users init --ci github",
      "polytomic-users init --organization Acme --ignore '*@polytomic.com'",
    ],
  },
  review: {
    summary: "review access: make a worksheet, or edit the files by its decisions",
    detail:
      "The worksheet has a row for each role of each user, as CSV or as an HTML page that works offline and saves the same CSV. With --decisions, keep sets reviewed: once every row of a user is decided, revoke removes the grant, and the diff is shown. Rows that are undecided, decided differently in two files, or out of date are listed and left unchanged (exit code 2); the other decisions are carried out.",
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
      "Polytomic shows a key only once. It is written to a file that only you can read or, with --stdout, to standard output.",
    examples: [
      "polytomic-users create-api-key ci@example.com --out ci.key",
      "polytomic-users create-api-key ci@example.com --stdout | gh secret set POLYTOMIC_API_KEY",
    ],
  },
  sandbox: {
    summary: "run a local Polytomic on 127.0.0.1, for trying and testing",
    detail:
      "Has the same endpoints for users, roles and organizations. Its state is lost when it ends. Without a file it starts with an example company. GET /_sandbox/log returns the requests it received, GET /_sandbox/state its current state.",
    examples: [
      "polytomic-users sandbox",
      "polytomic-users sandbox company.yaml --port 8080",
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
    meaning: "the key of a user or an organization, for that organization",
  },
  { name: "POLYTOMIC_PARTNER_KEY", meaning: "a partner key, for all organizations of the partner" },
  {
    name: "POLYTOMIC_DEPLOYMENT_KEY",
    meaning: "the key of an on-premises deployment, for all its organizations",
  },
  { name: "POLYTOMIC_DEPLOYMENT_URL", meaning: "the address of an on-premises deployment" },
];

/** The other variables that are read. */
export const ENVIRONMENT: readonly Variable[] = [
  { name: "POLYTOMIC_API_VERSION", meaning: "the version of Polytomic's API, like --api-version" },
  { name: "HTTPS_PROXY", meaning: "the proxy for requests; ALL_PROXY if it is not set" },
  { name: "NO_PROXY", meaning: "hosts to reach without a proxy, separated by commas; * for all" },
  { name: "NODE_EXTRA_CA_CERTS", meaning: "a file with a private certificate authority" },
  {
    name: "SOURCE_DATE_EPOCH",
    meaning:
      "the time, in seconds, to record in reports and bundles, so that the same input gives the same output",
  },
  {
    name: "NODE_DEBUG",
    meaning: "refused for Node's network modules, because they would print the key",
  },
  { name: "NO_COLOR", meaning: "disables colour if not empty; TERM=dumb does the same" },
  {
    name: "GITHUB_ACTIONS",
    meaning: "if true, problems are also printed as annotations of the workflow run",
  },
  {
    name: "GITHUB_EVENT_NAME, CI_PIPELINE_SOURCE",
    meaning: "in CI: whether the plan is for a pull request or merge request",
  },
  { name: "GITHUB_STEP_SUMMARY", meaning: "in a workflow: the file to append the plan to" },
  { name: "GITHUB_OUTPUT", meaning: "in a workflow: the file to write the step's outputs to" },
  {
    name: "GITHUB_SHA",
    meaning:
      "the commit to record in the audit log; in GitLab CI_COMMIT_SHA; without them, git's HEAD where the files have no uncommitted changes",
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
      "only with plan --detailed-exitcode: there are changes; review --decisions: rows are undecided",
  },
  {
    code: EXIT.refused,
    meaning:
      "refused by a guard or a rule, or Polytomic no longer matches the approved plan: nothing was written",
  },
  {
    code: EXIT.partly,
    meaning:
      "partly applied: some changes failed or were not tried, or organizations were skipped; the report lists every one; running again finishes",
  },
  {
    code: EXIT.interrupted,
    meaning:
      "interrupted: no new requests were started; those already sent had up to 7 s to complete and are otherwise reported as in doubt",
  },
];

export const FILES: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: "users.yaml", meaning: "in the working folder: read if no path is given" },
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
    ...PROGRAM_EXAMPLES.map(([line, meaning]) => `  ${line.padEnd(40)} ${meaning}`),
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
