/** The commands and their flags: the source of parsing, help, completion and the reference page. */
import { Argument, type Command, Help, Option } from "commander";
import { CommandLine, type WrittenFlag } from "./command-line.ts";
import type { ApplyFlags } from "./commands/apply.ts";
import * as shared from "./commands/flags.ts";
import type { CreateApiKeyFlags } from "./commands/create-api-key.ts";
import type { ExplainFlags } from "./commands/explain.ts";
import type { ExportFlags } from "./commands/flags.ts";
import type { InitFlags } from "./commands/init.ts";
import type { EditFlags } from "./commands/finish-edit.ts";
import type { GrantFlags } from "./commands/grant.ts";
import type { DoctorFlags } from "./commands/doctor.ts";
import type { RolesFlags } from "./commands/roles.ts";
import type { ExitCode, Io } from "./commands/io.ts";
import type { PlanFlags } from "./commands/plan.ts";
import type { ReportFlags } from "./commands/report.ts";
import type { ReviewFlags } from "./commands/review.ts";
import type { RevokeFlags } from "./commands/revoke.ts";
import type { SandboxFlags } from "./commands/sandbox.ts";
import type { ValidateFlags } from "./commands/validate.ts";
import { SHELLS, type Shell } from "./completion/grammar.ts";
import {
  COMMANDS,
  type CommandName,
  commandHelp,
  DESCRIPTION,
  programHelp,
  sentence,
} from "./manual.ts";
import { VERSION } from "./version.ts";

const CI_SERVICES = ["github", "gitlab"];
const PLAN_FORMATS = ["text", "json", "markdown", "html", "gitlab"];
/** The default of `--organization` for commands that take one organization. */
const API_KEYS_OWN = "the API key's organization; required with other keys";
const REPORT_FORMATS = ["text", "json", "markdown", "html", "csv", "vanta"];

/** `finish` gets the exit code of the command that ran. Commands are loaded when they are run. */
export function buildProgram(io: Io, finish: (exitCode: ExitCode) => void): Command {
  const program = new CommandLine("polytomic-users")
    .description(DESCRIPTION)
    .version(VERSION, "-V, --version", "print the version")
    .option("--no-color", "disable color (also: NO_COLOR in the environment)")
    .option("--quiet", "print only results and errors")
    .option("--verbose", "print a line for each request on stderr, without credentials")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .showSuggestionAfterError()
    .hook("preAction", (_, self) => {
      if (self instanceof CommandLine) self.checkWords();
    })
    .showHelpAfterError("(see --help)")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false, optionDescription })
    .addHelpText("after", programHelp())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => (io.stdout.isTTY === true ? io.stdout.columns || 80 : 100),
      getErrHelpWidth: () => (io.stderr.isTTY === true ? io.stderr.columns || 80 : 100),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });

  const command = (name: CommandName): Command =>
    program
      .command(name)
      .summary(COMMANDS[name].summary)
      .description(`${sentence(COMMANDS[name].summary)}\n\n${COMMANDS[name].detail}`)
      .helpOption("-h, --help", "show help")
      .addHelpText("after", commandHelp(name));
  const paths = (one: Command): Command => one.addArgument(pathArgument());

  validateCommand(paths(command("validate")), io, finish);
  planCommand(paths(command("plan")), io, finish);
  applyCommand(paths(command("apply")), io, finish);
  reportCommand(paths(command("report")), io, finish);
  explainCommand(command("explain"), io, finish);
  grantCommand(command("grant"), io, finish);
  revokeCommand(command("revoke"), io, finish);
  renameCommand(command("rename"), io, finish);
  rolesCommand(command("roles"), io, finish);
  reviewCommand(paths(command("review")), io, finish);
  initCommand(command("init"), io, finish);
  exportCommand(command("export"), io, finish);
  doctorCommand(command("doctor"), io, finish);
  createApiKeyCommand(command("create-api-key"), io, finish);
  sandboxCommand(command("sandbox"), io, finish);
  completionCommand(command("completion"), io, finish);
  return program;
}

function pathArgument(): Argument {
  return new Argument(
    "[path...]",
    "files, folders (searched for *.yaml and *.yml), or - for stdin",
  ).default(["users.yaml"], "users.yaml");
}

type Finish = (exitCode: ExitCode) => void;

function validateCommand(command: Command, io: Io, finish: Finish): void {
  shared.withFileFlags(command);
  command.addOption(shared.asOfOption());
  shared.withOutputFlags(command, ["text", "json"]);
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { validate } = await import("./commands/validate.ts");
    finish(await validate(io, given(self, paths), self.optsWithGlobals<ValidateFlags>()));
  });
}

function planCommand(command: Command, io: Io, finish: Finish): void {
  addPlanAndApplyFlags(command, "");
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { plan } = await import("./commands/plan.ts");
    const flags = { ...self.optsWithGlobals<PlanFlags>(), written: writtenOf(self) };
    finish(await plan(io, given(self, paths), flags));
  });
}

function applyCommand(command: Command, io: Io, finish: Finish): void {
  command
    .option("--yes", "do not ask for confirmation; required without a terminal", false)
    .option("--dry-run", "show the plan without applying it, as plan does", false)
    .addOption(
      new Option(
        "--plan <file>",
        "apply exactly this saved plan (from plan --output json=FILE)",
      ).default(null, "a new plan"),
    )
    .option(
      "--skip-failed",
      "skip organizations that cannot be planned, or whose files have problems (exit code 4)",
      false,
    )
    .addOption(
      new Option(
        "--audit-log <file>",
        "append a JSON line to this file for the start of the run, each change, and the end of the run",
      ).default(null, "none"),
    );
  addPlanAndApplyFlags(command, "with --dry-run: ");
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { apply } = await import("./commands/apply.ts");
    const flags = { ...self.optsWithGlobals<ApplyFlags>(), written: writtenOf(self) };
    finish(await apply(io, given(self, paths), flags));
  });
}

/** `planning` precedes the flags that concern only a plan. */
function addPlanAndApplyFlags(command: Command, planning: string): void {
  shared.withOutputFlags(command, PLAN_FORMATS);
  command
    .option("--detailed-exitcode", `${planning}exit with code 2 if there are changes`, false)
    .option("--diff", "in text output, show a unified diff of each user's roles", false)
    .addOption(
      shared.repeatable(
        "--since <file>",
        `${planning}a saved plan or audit log of the last apply, to distinguish drift from pending changes; repeatable`,
        "none",
      ),
    )
    .addOption(
      new Option("--expect-digest <digest>", "refuse a plan with any other digest").default(
        null,
        "any",
      ),
    );
  shared.withScopeFlags(command);
  shared.withCoverageFlag(command);
  shared.withGuardFlags(command);
  shared.withConnectionFlags(command);
  shared.withFileFlags(command);
  shared.withMarkdownLimit(command);
}

function reportCommand(command: Command, io: Io, finish: Finish): void {
  shared.withOutputFlags(command, REPORT_FORMATS);
  shared.withOrganizationFlag(command);
  shared.withCoverageFlag(command);
  command
    .addOption(shared.shardOption())
    .addOption(shared.asOfOption())
    .addOption(
      new Option(
        "--role <name or id>",
        "include only users who hold or are granted this role",
      ).default(null, "all users"),
    )
    .addOption(
      new Option(
        "--at <commit or date>",
        "report what the files granted at this commit or date, from git, offline",
      ).default(null, "the current state of Polytomic"),
    )
    .optionsGroup("Evidence bundle:")
    .addOption(
      new Option("--bundle <folder>", "write the evidence bundle to this folder").default(
        null,
        "none",
      ),
    )
    .addOption(
      new Option(
        "--since <commit or date>",
        "include every change of access since then in the bundle; required with --bundle",
      ).default(null, "none"),
    )
    .addOption(
      shared.repeatable(
        "--audit-log <file>",
        "include the outcomes of this audit log in the bundle; repeatable",
        "none",
      ),
    )
    .addOption(
      new Option(
        "--verify <folder>",
        "check offline that no file of a bundle was changed, added or removed",
      ).default(null, "none"),
    )
    .optionsGroup("");
  shared.withConnectionFlags(command);
  shared.withFileFlags(command);
  shared.withMarkdownLimit(command);
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { report } = await import("./commands/report.ts");
    finish(await report(io, given(self, paths), self.optsWithGlobals<ReportFlags>()));
  });
}

function explainCommand(command: Command, io: Io, finish: Finish): void {
  command
    .argument("<email>", "the user's e-mail address")
    .addArgument(pathArgument())
    .option(
      "--offline",
      "use only the files and git, without a credential or network access",
      false,
    )
    .option(
      "--history",
      "show every change of this user's access in the files, with its commit",
      false,
    );
  shared.withOutputFlags(command, ["text", "json"]);
  shared.withOrganizationFlag(command).addOption(shared.asOfOption());
  shared.withConnectionFlags(command);
  shared.withFileFlags(command);
  command.action(async (email: string, paths: string[], _: unknown, self: Command) => {
    const { explain } = await import("./commands/explain.ts");
    const named = self.args.length < 2 ? [] : paths;
    finish(await explain(io, email, named, self.optsWithGlobals<ExplainFlags>()));
  });
}

function grantCommand(command: Command, io: Io, finish: Finish): void {
  command.argument("<email...>", "the e-mail addresses of the users");
  shared.withRoleFlag(command, "a role to grant; repeatable", "none");
  command
    .addOption(
      shared.repeatable("--group <name>", "a group to add the users to; repeatable", "none"),
    )
    .addOption(
      new Option(
        "--expires <date>",
        "the last day of access: a date (2026-12-31), a number of days (30d) or never; without --role and --group, applies to all of the user's access",
      ).default(null, "no expiry; existing expiries are kept"),
    )
    .addOption(
      new Option("--reason <text>", "the reason: a ticket or a sentence").default(
        null,
        "unchanged",
      ),
    );
  shared.withEditFlags(command);
  command.addOption(shared.asOfOption());
  command.action(async (emails: string[], _: unknown, self: Command) => {
    const { grant } = await import("./commands/grant.ts");
    finish(await grant(io, emails, self.optsWithGlobals<GrantFlags>()));
  });
}

function revokeCommand(command: Command, io: Io, finish: Finish): void {
  command.argument("<email...>", "the e-mail addresses of the users");
  shared.withRoleFlag(command, "revoke only this role; repeatable", "all access");
  command.option("--everywhere", "revoke access in every file that lists the user", false);
  shared.withEditFlags(command);
  command.addOption(shared.asOfOption());
  command.action(async (emails: string[], _: unknown, self: Command) => {
    const { revoke } = await import("./commands/revoke.ts");
    finish(await revoke(io, emails, self.optsWithGlobals<RevokeFlags>()));
  });
}

function renameCommand(command: Command, io: Io, finish: Finish): void {
  command.argument("<old>", "the current address").argument("<new>", "the new address");
  shared.withEditFlags(command);
  command.action(async (former: string, address: string, _: unknown, self: Command) => {
    const { rename } = await import("./commands/rename.ts");
    finish(await rename(io, former, address, self.optsWithGlobals<EditFlags>()));
  });
}

function reviewCommand(command: Command, io: Io, finish: Finish): void {
  shared.withOutputFlags(command, ["text", "csv", "html"]);
  command
    .addOption(
      shared.repeatable(
        "--decisions <file>",
        "edit the files according to the decisions in this worksheet; repeatable",
        "none; a worksheet is created",
      ),
    )
    .option("--dry-run", "with --decisions: show the diff without writing it", false);
  shared.withRoleFlag(command, "include only this role; repeatable", "all roles");
  shared.withScopeFlags(command);
  shared.withConnectionFlags(command);
  shared.withFileFlags(command);
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { review } = await import("./commands/review.ts");
    finish(await review(io, given(self, paths), self.optsWithGlobals<ReviewFlags>()));
  });
}

function initCommand(command: Command, io: Io, finish: Finish): void {
  command
    .addOption(
      new Option("--ci <service>", "also copy the CI files and print the remaining setup steps")
        .choices(CI_SERVICES)
        .default(null, "none"),
    )
    .option("--force", "overwrite users.yaml or, with --ci, existing CI files", false)
    .addOption(
      shared.repeatable("--organization <id or name>", "the organization to read", API_KEYS_OWN),
    )
    .addOption(ignoreOption());
  command.addOption(shared.asOfOption());
  shared.withConnectionFlags(command);
  command.action(async (_: unknown, self: Command) => {
    const { init } = await import("./commands/init.ts");
    finish(await init(io, self.optsWithGlobals<InitFlags>()));
  });
}

function exportCommand(command: Command, io: Io, finish: Finish): void {
  command
    .addOption(
      new Option("--into <file>", "update this file in place").default(
        null,
        "a new file, to stdout",
      ),
    )
    .option(
      "--all",
      "export each organization that the key can reach to a separate file; requires --dir",
      false,
    )
    .addOption(
      new Option("--dir <folder>", "with --all: the folder to write to").default(null, "none"),
    )
    .option("--force", "with --all: overwrite existing files", false)
    .addOption(
      shared.repeatable(
        "--organization <id or name>",
        "the organization to export; repeatable with --all",
        `${API_KEYS_OWN}, unless --all is given`,
      ),
    )
    .addOption(ignoreOption());
  command.addOption(shared.asOfOption());
  shared.withConnectionFlags(command);
  shared.withFileFlags(command);
  command.action(async (_: unknown, self: Command) => {
    const { exportUsers } = await import("./commands/export.ts");
    finish(await exportUsers(io, self.optsWithGlobals<ExportFlags>()));
  });
}

function rolesCommand(command: Command, io: Io, finish: Finish): void {
  shared.withOutputFlags(command, ["text", "yaml", "json"]);
  command.addOption(oneOrganization("the organization whose roles to list", API_KEYS_OWN));
  shared.withConnectionFlags(command);
  command.action(async (_: unknown, self: Command) => {
    const { roles } = await import("./commands/roles.ts");
    finish(await roles(io, self.optsWithGlobals<RolesFlags>()));
  });
}

function doctorCommand(command: Command, io: Io, finish: Finish): void {
  shared.withOutputFlags(command, ["text", "json"]);
  command.addOption(
    oneOrganization("the organization to check", "the first one that the key can reach"),
  );
  shared.withConnectionFlags(command);
  command.action(async (_: unknown, self: Command) => {
    const { doctor } = await import("./commands/doctor.ts");
    finish(await doctor(io, self.optsWithGlobals<DoctorFlags>()));
  });
}

function ignoreOption(): Option {
  return shared.repeatable(
    "--ignore <pattern>",
    "omit users who match, and add the pattern to policy.ignore; repeatable",
    "none",
  );
}

function oneOrganization(which: string, without: string): Option {
  return shared.repeatable("--organization <id or name>", which, without);
}

function createApiKeyCommand(command: Command, io: Io, finish: Finish): void {
  command
    .argument("<email>", "the user's e-mail address")
    .addOption(
      new Option(
        "--out <file>",
        "write the key to this file, readable only by you; required unless --stdout is given",
      ).default(null, "none"),
    )
    .option("--stdout", "print the key to standard output", false)
    .option("--force", "revoke the user's existing key and overwrite the file", false);
  command.addOption(oneOrganization("the organization of the user", API_KEYS_OWN));
  shared.withConnectionFlags(command);
  command.action(async (email: string, _: unknown, self: Command) => {
    const { createKey } = await import("./commands/create-api-key.ts");
    finish(await createKey(io, email, self.optsWithGlobals<CreateApiKeyFlags>()));
  });
}

function sandboxCommand(command: Command, io: Io, finish: Finish): void {
  command.argument(
    "[file]",
    "a YAML file with the organizations, keys, limits and faults of the sandbox",
  );
  shared.withSandboxFlags(command);
  command.action(async (state: string | undefined, _: unknown, self: Command) => {
    const { sandbox } = await import("./commands/sandbox.ts");
    finish(await sandbox(io, state ?? null, self.optsWithGlobals<SandboxFlags>()));
  });
}

function completionCommand(command: Command, io: Io, finish: Finish): void {
  command.addArgument(new Argument("<shell>", "the shell").choices(SHELLS));
  command.action(async (shell: Shell) => {
    const { completion } = await import("./commands/completion.ts");
    finish(await completion(io, shell, command.parent ?? command));
  });
}

function writtenOf(command: Command): readonly WrittenFlag[] {
  return command instanceof CommandLine ? command.written : [];
}

/** Hides the default of a switch. */
function optionDescription(option: Option): string {
  return option.defaultValue === false
    ? option.description
    : Help.prototype.optionDescription.call(new Help(), option);
}

/** Without a path commander fills in the default, which looks like a given path. */
function given(command: Command, paths: readonly string[]): readonly string[] {
  return command.args.length === 0 ? [] : paths;
}
