/**
 * The words of the manual that are not a flag's: `--help` (src/program.ts) and docs/reference.md
 * (scripts/reference.ts) both come from here, and from nowhere else.
 */
import { EXIT, type ExitCode } from "./commands/io.ts";

export interface CommandManual {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What somebody should know before using it. */
  readonly detail: string;
  /** One command line each. */
  readonly examples: readonly string[];
}

export const DESCRIPTION =
  "Who may use Polytomic, and as what, stands in YAML under review: this shows what would change, and makes Polytomic match exactly that.";

const PROGRAM_EXAMPLES: readonly (readonly [line: string, meaning: string])[] = [
  ["polytomic-users validate", "check users.yaml, offline"],
  ["polytomic-users plan", "show what would change"],
  ["polytomic-users apply", "show it, ask, and do it"],
  ["polytomic-users sandbox", "a local Polytomic to try all that on"],
];

export const COMMANDS = {
  validate: {
    summary: "check the files offline: no credential, no network",
    detail:
      "Every problem of every file is told in one run, each with its place, what is wrong, and what to do.",
    examples: [
      "polytomic-users validate",
      "polytomic-users validate access/ --output json=problems.json",
      "cat users.yaml | polytomic-users validate -",
    ],
  },
  plan: {
    summary: "show what apply would do; writes nothing",
    detail:
      "Removals and gained admin rights come first; then totals, what ends soon, what the guards say, and the digest. The same input gives the same bytes. Where a guard would refuse the apply, it exits with 3.",
    examples: [
      "polytomic-users plan",
      "polytomic-users plan access/ --detailed-exitcode",
      "polytomic-users plan --output json=plan.json --output markdown=plan.md",
      "polytomic-users plan --only sam@example.com",
    ],
  },
  apply: {
    summary: "make Polytomic match the files: plans, judges, asks, writes, reads back",
    detail:
      "The guards of all organizations are judged before the first write of any. One failed change does not stop the others. Afterwards the users are listed again, and the report says whether Polytomic matches the plan. With --plan it makes exactly the changes of a saved plan, each only if its user is still as the plan saw it. Where an organization could not be planned, nothing is written unless --skip-failed leaves it out.",
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
      "For an access review or an audit: every user, whether the files name them or not, and of each grant the commit from which on the files have granted it. Without any file it reports what is in Polytomic. With --at it reports what the files said at an earlier commit; with --bundle it writes the evidence that an auditor asks for. It writes nothing to Polytomic.",
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
      "Each role with every grant of it (file and line, group, expiry, reason) and the commit from which on the files have granted it without a gap, on the first-parent history of HEAD: a moved line, a renamed file or a split group does not change it. It writes nothing to Polytomic.",
    examples: [
      "polytomic-users explain sam@example.com",
      "polytomic-users explain sam@example.com access/ --history",
      "polytomic-users explain sam@example.com --offline --output json",
    ],
  },
  export: {
    summary: "print what is in Polytomic now as YAML whose plan is empty, or update a file from it",
    detail:
      "With --into, an existing file keeps its comments, order and quoting; only what differs changes. Every expiry of a role that a user has is kept; where access has ended in the file and the user still has it, nothing is written, and the place is named. It writes nothing to Polytomic.",
    examples: [
      "polytomic-users export > users.yaml",
      'polytomic-users export --ignore "*@polytomic.com" --organization "Acme GmbH" > acme.yaml',
      "polytomic-users export --into users.yaml",
      "polytomic-users export --all --dir customers",
    ],
  },
  grant: {
    summary: "give users roles, groups and expiries in the files; offline",
    detail:
      "Edits the entry where it stands, in an included file too, or adds one; comments, order and style stay. Shows the diff, checks the result as validate does, and writes nothing where something is wrong. What is there already stays as it is.",
    examples: [
      "polytomic-users grant jane@example.com --role Billing",
      "polytomic-users grant sam@example.com --group data-team --expires 30d --reason DATA-142",
      "polytomic-users grant sam@example.com --expires 2027-03-31     # extend all access",
      "polytomic-users grant kim@example.com --role Viewer --file customers/acme.yaml --dry-run",
    ],
  },
  revoke: {
    summary: "take users, or some of their roles, out of the files; offline",
    detail:
      "Without --role all access. A role that comes from a group: the membership is replaced by the group's other roles, with their expiries. Under policy.unmanaged: keep the entry stays and ends yesterday, because without it the access would stay. Shows the diff and checks the result.",
    examples: [
      "polytomic-users revoke leaver@example.com",
      "polytomic-users revoke sam@example.com --role Billing",
      "polytomic-users revoke leaver@example.com --everywhere --file customers/",
    ],
  },
  rename: {
    summary: "give a user another address in the files; offline",
    detail:
      "Polytomic cannot change an address: apply adds the new one, then removes the old one, which the entry names under previously.",
    examples: ["polytomic-users rename old.name@example.com new.name@example.com"],
  },
  roles: {
    summary: "list the organization's roles, their ids and how many users have each",
    detail:
      "With --output yaml it prints a file with a roles: block, for files to include or copy. Where the key may not list roles, as documented for partner keys, it prints the ids that users have, and says why names are missing. It writes nothing to Polytomic.",
    examples: [
      "polytomic-users roles",
      'polytomic-users roles --organization "Acme GmbH" --output yaml=common/acme-roles.yaml',
      "polytomic-users roles --output json",
    ],
  },
  doctor: {
    summary:
      "check the key, the address and what Polytomic answers; what that means for plan and apply",
    detail:
      "Which key was found and where, whose it is, which organizations it reaches, whether users and roles may be listed, which API version answers, and which reading of the documentation the service follows (docs/fidelity.md). It reads only, never shows a key, and exits with 1 where plan and apply would not work.",
    examples: [
      "polytomic-users doctor",
      "polytomic-users doctor --organization Globex",
      "polytomic-users doctor --output json",
    ],
  },
  init: {
    summary:
      "start from an existing organization: a users.yaml whose plan is empty, and the CI files",
    detail:
      "Reads the organization and writes users.yaml in the working folder, with comments, suggested groups and unmanaged: keep, so that nothing happens until you change it. Says what is worth a look: many admins, addresses outside the main domains, roles without a name, users whom a file cannot describe. Never replaces a file without --force.",
    examples: [
      "polytomic-users init",
      "polytomic-users init --ci github",
      "polytomic-users init --organization Acme --ignore '*@polytomic.com'",
    ],
  },
  review: {
    summary:
      "an access review: a worksheet to decide on, and the decisions turned into edits of the files",
    detail:
      "The worksheet has a row for each role of each user, as CSV or as a page that works without a network and saves the same CSV. With --decisions, keep sets reviewed: once every row of a user is decided, revoke takes the grant out, and the diff is shown. What is undecided, decided differently in two files, or not as it was when the worksheet was made is listed and stays as it is (exit 2); the other decisions are carried out.",
    examples: [
      "polytomic-users review --output html=review.html --output csv=review.csv",
      "polytomic-users review --role Admin --output html=admins.html",
      "polytomic-users review --decisions review.csv --dry-run",
      "polytomic-users review --decisions ann.csv --decisions bob.csv",
    ],
  },
  "create-api-key": {
    summary: "make an API key for a user; it is shown this one time",
    detail:
      "The key goes to a file that only you can read, or, only with --stdout, to the terminal or a pipe.",
    examples: [
      "polytomic-users create-api-key ci@example.com --out ci.key",
      "polytomic-users create-api-key ci@example.com --stdout | gh secret set POLYTOMIC_API_KEY",
    ],
  },
  sandbox: {
    summary: "run a local Polytomic on this machine's loopback, for trying, rehearsing and testing",
    detail:
      "It has the same endpoints for users, roles and organizations, and it forgets everything when it ends. Without a file it is an example company. GET /_sandbox/log shows what it was asked, GET /_sandbox/state what is there now.",
    examples: [
      "polytomic-users sandbox",
      "polytomic-users sandbox company.yaml --port 8080",
      "polytomic-users sandbox --limit 50/s,burst=20 --latency 30 --fault lost-answer=0.05:POST --seed 7",
    ],
  },
  completion: {
    summary: "print a script that completes commands, flags and files in your shell",
    detail:
      "The script stands for itself: at a Tab no program runs. Make it again after an update.",
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

/** Credentials and address: what almost every command needs. */
export const CREDENTIALS: readonly Variable[] = [
  {
    name: "POLYTOMIC_API_KEY",
    meaning: "a user's or an organization's key: its own organization",
  },
  { name: "POLYTOMIC_PARTNER_KEY", meaning: "a partner's key: all organizations of the partner" },
  {
    name: "POLYTOMIC_DEPLOYMENT_KEY",
    meaning: "an on-premises deployment's key: all its organizations",
  },
  { name: "POLYTOMIC_DEPLOYMENT_URL", meaning: "the address of an on-premises deployment" },
];

/** Everything else that is read from the environment. */
export const ENVIRONMENT: readonly Variable[] = [
  { name: "POLYTOMIC_API_VERSION", meaning: "the version of Polytomic's API, like --api-version" },
  { name: "HTTPS_PROXY", meaning: "the proxy for requests; ALL_PROXY where it is not set" },
  { name: "NO_PROXY", meaning: "hosts that are reached without it, with commas; * is all" },
  { name: "NODE_EXTRA_CA_CERTS", meaning: "a file with a private certificate authority" },
  {
    name: "SOURCE_DATE_EPOCH",
    meaning: "in seconds: when reports and bundles are made, so that equal input gives equal bytes",
  },
  {
    name: "NODE_DEBUG",
    meaning: "refused for Node's network modules, because it would print the key",
  },
  { name: "NO_COLOR", meaning: "no colour when it is set and not empty; TERM=dumb does the same" },
  { name: "GITHUB_ACTIONS", meaning: "true: problems become annotations of the workflow run" },
  {
    name: "GITHUB_EVENT_NAME, CI_PIPELINE_SOURCE",
    meaning: "in a pipeline: whether the plan is for a pull request or merge request",
  },
  { name: "GITHUB_STEP_SUMMARY", meaning: "in a workflow: the file that gets the plan" },
  { name: "GITHUB_OUTPUT", meaning: "in a workflow: the file that gets the step's outputs" },
  { name: "GITHUB_SHA", meaning: "the commit for the audit log; in GitLab CI_COMMIT_SHA" },
];

export const EXIT_CODES: readonly { readonly code: ExitCode; readonly meaning: string }[] = [
  { code: EXIT.done, meaning: "done, or nothing to do" },
  {
    code: EXIT.failed,
    meaning: "failed before anything was written: bad input, bad credential, API unreachable",
  },
  { code: EXIT.changes, meaning: "only with plan --detailed-exitcode: there are changes" },
  {
    code: EXIT.refused,
    meaning: "refused by a guard, or what is there is not what was approved: nothing was written",
  },
  {
    code: EXIT.partly,
    meaning: "partly applied: the report lists every change; running again finishes",
  },
  {
    code: EXIT.interrupted,
    meaning: "interrupted: requests in flight were finished, nothing new was begun",
  },
];

export const FILES: readonly { readonly name: string; readonly meaning: string }[] = [
  { name: "users.yaml", meaning: "in the working folder: what is read where no path is given" },
  {
    name: "polytomic-users/schemas/users.schema.json",
    meaning:
      "in the package: the JSON Schema of these files, for editors; plan.schema.json, audit.schema.json and sandbox.schema.json beside it describe saved plans, the audit log and the sandbox's state",
  },
  { name: "polytomic-users/users.example.yaml", meaning: "in the package: all of the format" },
];

/** What stands under the program's own flags. */
export function programHelp(): string {
  const width = Math.max(...CREDENTIALS.map(({ name }) => name.length));
  return [
    "",
    "Credentials come from the environment, never from a flag:",
    ...CREDENTIALS.map(({ name, meaning }) => `  ${name.padEnd(width)}  ${meaning}`),
    "",
    "Exit codes:",
    ...EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padEnd(3)}  ${meaning}`),
    "",
    "Examples:",
    ...PROGRAM_EXAMPLES.map(([line, meaning]) => `  ${line.padEnd(40)} ${meaning}`),
    "",
  ].join("\n");
}

/** What stands under a command's flags. */
export function commandHelp(name: CommandName): string {
  return ["", "Examples:", ...COMMANDS[name].examples.map((line) => `  ${line}`), ""].join("\n");
}
