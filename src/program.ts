/** The commands and their flags: parsing, help, completion and the reference page all come from this. */
import { Argument, Command, Help, Option } from "commander";
import type { ApplyFlags } from "./commands/apply.ts";
import * as shared from "./commands/flags.ts";
import type { CreateApiKeyFlags } from "./commands/create-api-key.ts";
import type { ExportFlags } from "./commands/export-one.ts";
import type { ExitCode, Io } from "./commands/io.ts";
import type { PlanFlags } from "./commands/plan.ts";
import type { ReportFlags } from "./commands/report.ts";
import type { SandboxFlags } from "./commands/sandbox.ts";
import type { ValidateFlags } from "./commands/validate.ts";
import { VERSION } from "./version.ts";

const PLAN_FORMATS = ["text", "json", "markdown", "html", "gitlab"];
const REPORT_FORMATS = ["text", "json", "markdown", "html", "csv"];

/** `finish` gets the exit code of the command that ran. Commands are loaded when they are run. */
export function buildProgram(io: Io, finish: (exitCode: ExitCode) => void): Command {
  const program = new Command("polytomic-users")
    .description(
      "Who may use Polytomic, and as what, stands in YAML under review: this shows what would change, and makes Polytomic match exactly that.",
    )
    .version(VERSION, "--version", "print the version")
    .option("--no-color", "no colour (also: NO_COLOR in the environment)")
    .option("--quiet", "no progress and no notes, only results and errors")
    .option("--verbose", "a line for each request on stderr, without credentials")
    .helpOption("--help", "show help")
    .helpCommand(false)
    .showSuggestionAfterError()
    .showHelpAfterError("(see --help)")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, optionDescription })
    .addHelpText("after", PROGRAM_HELP)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => (io.stdout.isTTY === true ? (io.stdout.columns ?? 80) : 100),
      getErrHelpWidth: () => (io.stderr.isTTY === true ? (io.stderr.columns ?? 80) : 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });

  const command = (usage: string, summary: string, examples: string): Command =>
    program
      .command(usage)
      .description(summary)
      .helpOption("--help", "show help")
      .addHelpText("after", `\nExamples:\n${examples}\n`);
  const paths = (one: Command): Command =>
    one.addArgument(
      new Argument(
        "[path...]",
        "files, folders (searched for *.yaml and *.yml) or - for stdin",
      ).default(["users.yaml"], "users.yaml"),
    );

  validateCommand(paths(command("validate", VALIDATE, VALIDATE_EXAMPLES)), io, finish);
  planCommand(paths(command("plan", PLAN, PLAN_EXAMPLES)), io, finish);
  applyCommand(paths(command("apply", APPLY, APPLY_EXAMPLES)), io, finish);
  reportCommand(paths(command("report", REPORT, REPORT_EXAMPLES)), io, finish);
  exportCommand(command("export", EXPORT, EXPORT_EXAMPLES), io, finish);
  createApiKeyCommand(command("create-api-key", CREATE_KEY, CREATE_KEY_EXAMPLES), io, finish);
  sandboxCommand(command("sandbox", SANDBOX, SANDBOX_EXAMPLES), io, finish);
  return program;
}

type Finish = (exitCode: ExitCode) => void;

function validateCommand(command: Command, io: Io, finish: Finish): void {
  shared.withFileFlags(command);
  shared.withOutputFlags(command, ["text", "json"]);
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { validate } = await import("./commands/validate.ts");
    finish(await validate(io, given(self, paths), self.optsWithGlobals<ValidateFlags>()));
  });
}

function planCommand(command: Command, io: Io, finish: Finish): void {
  planFlags(command);
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { plan } = await import("./commands/plan.ts");
    finish(await plan(io, given(self, paths), self.optsWithGlobals<PlanFlags>()));
  });
}

function applyCommand(command: Command, io: Io, finish: Finish): void {
  command
    .option("--yes", "do not ask; required without a terminal", false)
    .option("--dry-run", "the same as plan", false)
    .addOption(
      new Option("--plan <file>", "do exactly this saved plan (plan --output json=FILE)").default(
        null,
        "make one now",
      ),
    )
    .addOption(
      new Option("--audit-log <file>", "append one JSON line a change and one a run").default(
        null,
        "none",
      ),
    );
  planFlags(command);
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { apply } = await import("./commands/apply.ts");
    finish(await apply(io, given(self, paths), self.optsWithGlobals<ApplyFlags>()));
  });
}

function planFlags(command: Command): void {
  shared.withOutputFlags(command, PLAN_FORMATS);
  command
    .option("--detailed-exitcode", "exit with 2 when there are changes (plan only)", false)
    .option("--diff", "in text: a unified diff of each person's roles", false)
    .addOption(
      new Option("--expect-digest <digest>", "refuse anything but the plan of this digest").default(
        null,
        "any",
      ),
    );
  shared.withScopeFlags(command);
  shared.withGuardFlags(command);
  shared.withConnectionFlags(command);
  shared.withFileFlags(command);
  shared.withMarkdownLimit(command);
}

function reportCommand(command: Command, io: Io, finish: Finish): void {
  shared.withOutputFlags(command, REPORT_FORMATS);
  shared.withOrganizationFlag(command);
  command.addOption(shared.shardOption()).addOption(shared.asOfOption());
  shared.withConnectionFlags(command);
  shared.withFileFlags(command);
  shared.withMarkdownLimit(command);
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { report } = await import("./commands/report.ts");
    finish(await report(io, given(self, paths), self.optsWithGlobals<ReportFlags>()));
  });
}

function exportCommand(command: Command, io: Io, finish: Finish): void {
  command
    .addOption(
      new Option("--into <file>", "bring this file up to date; only what differs changes").default(
        null,
        "a new file, to stdout",
      ),
    )
    .option("--all", "every organization of the key, a file each (with --dir)", false)
    .addOption(new Option("--dir <folder>", "where the files of --all go").default(null, "none"))
    .option("--force", "with --all: replace the files that are there already", false)
    .addOption(
      new Option("--ignore <pattern>", "leave these people out, under policy.ignore; repeatable")
        .argParser(shared.collect)
        .default([], "nobody"),
    );
  shared.withOrganizationFlag(command);
  command.addOption(shared.asOfOption());
  shared.withConnectionFlags(command);
  shared.withFileFlags(command);
  command.action(async (_: unknown, self: Command) => {
    const { exportUsers } = await import("./commands/export.ts");
    finish(await exportUsers(io, self.optsWithGlobals<ExportFlags>()));
  });
}

function createApiKeyCommand(command: Command, io: Io, finish: Finish): void {
  command
    .argument("<email>", "whose key")
    .addOption(
      new Option("--out <file>", "the file for the key, readable by you alone").default(
        null,
        "none",
      ),
    )
    .option("--stdout", "print the key instead", false)
    .option("--force", "revoke the user's existing key, and replace the file", false);
  shared.withOrganizationFlag(command);
  shared.withConnectionFlags(command);
  command.action(async (email: string, _: unknown, self: Command) => {
    const { createKey } = await import("./commands/create-api-key.ts");
    finish(await createKey(io, email, self.optsWithGlobals<CreateApiKeyFlags>()));
  });
}

function sandboxCommand(command: Command, io: Io, finish: Finish): void {
  command.argument("[state]", "a YAML file of its organizations, keys, limits and faults", null);
  shared.withSandboxFlags(command);
  command.action(async (state: string | null, _: unknown, self: Command) => {
    const { sandbox } = await import("./commands/sandbox.ts");
    finish(await sandbox(io, state, self.optsWithGlobals<SandboxFlags>()));
  });
}

/** That a switch is off unless given goes without saying. */
function optionDescription(option: Option): string {
  return option.defaultValue === false
    ? option.description
    : Help.prototype.optionDescription.call(new Help(), option);
}

/** Without a path the default stands in `processedArgs`, which cannot be told from one that was given. */
function given(command: Command, paths: readonly string[]): readonly string[] {
  return command.args.length === 0 ? [] : paths;
}

const PROGRAM_HELP = `
Credentials come from the environment, never from a flag:
  POLYTOMIC_API_KEY          a user's or an organization's key: its own organization
  POLYTOMIC_PARTNER_KEY      a partner's key: all organizations of the partner
  POLYTOMIC_DEPLOYMENT_KEY   an on-premises deployment's key: all its organizations
  POLYTOMIC_DEPLOYMENT_URL   the address of an on-premises deployment

Exit codes: 0 done, 1 failed before anything was written, 2 changes (plan --detailed-exitcode),
3 refused by a guard, 4 partly applied, 130 interrupted.

Examples:
  polytomic-users validate                 check users.yaml, offline
  polytomic-users plan                     show what would change
  polytomic-users apply                    show it, ask, and do it
  polytomic-users sandbox                  a local Polytomic to try all that on
`;

const VALIDATE = "check the files offline: no credential, no network";
const VALIDATE_EXAMPLES = `  polytomic-users validate
  polytomic-users validate access/ --output json=problems.json
  cat users.yaml | polytomic-users validate -`;

const PLAN = "show what apply would do; writes nothing";
const PLAN_EXAMPLES = `  polytomic-users plan
  polytomic-users plan access/ --detailed-exitcode
  polytomic-users plan --output json=plan.json --output markdown=plan.md
  polytomic-users plan --only sam@example.com`;

const APPLY = "make Polytomic match the files: plans, judges, asks, writes, reads back";
const APPLY_EXAMPLES = `  polytomic-users apply
  polytomic-users apply --plan plan.json --yes --audit-log audit.jsonl
  polytomic-users apply --yes --expect-digest sha256:1f2e…
  polytomic-users apply --yes --only leaver@example.com`;

const REPORT = "show who has access now: people, roles, where each grant comes from, expiries";
const REPORT_EXAMPLES = `  polytomic-users report
  polytomic-users report access/ --output csv=access.csv --output html=access.html`;

const EXPORT = "print what is there now as YAML whose plan is empty, or bring a file up to date";
const EXPORT_EXAMPLES = `  polytomic-users export > users.yaml
  polytomic-users export --ignore "*@polytomic.com" --organization "Acme GmbH" > acme.yaml
  polytomic-users export --into users.yaml
  polytomic-users export --all --dir customers`;

const CREATE_KEY = "make an API key for a user; it is shown this one time";
const CREATE_KEY_EXAMPLES = `  polytomic-users create-api-key ci@example.com --out ci.key
  polytomic-users create-api-key ci@example.com --stdout | gh secret set POLYTOMIC_API_KEY`;

const SANDBOX =
  "run a local Polytomic on this machine's loopback, for trying, rehearsing and testing";
const SANDBOX_EXAMPLES = `  polytomic-users sandbox
  polytomic-users sandbox company.yaml --port 8080
  polytomic-users sandbox --limit 50/s,burst=20 --latency 30 --fault lost-answer=0.05:POST --seed 7`;
