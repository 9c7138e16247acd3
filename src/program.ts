/** The commands and their flags: parsing, help, completion and the reference page all come from this. */
import { Argument, type Command, Help, Option } from "commander";
import { CommandLine, type WrittenFlag } from "./command-line.ts";
import type { ApplyFlags } from "./commands/apply.ts";
import * as shared from "./commands/flags.ts";
import type { CreateApiKeyFlags } from "./commands/create-api-key.ts";
import type { ExplainFlags } from "./commands/explain.ts";
import type { ExportFlags } from "./commands/flags.ts";
import type { InitFlags } from "./commands/init.ts";
import type { EditFlags } from "./commands/edit.ts";
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
import { SHELLS, type Shell } from "./completion/shells.ts";
import { COMMANDS, type CommandName, commandHelp, DESCRIPTION, programHelp } from "./manual.ts";
import { VERSION } from "./version.ts";

const CI_SERVICES = ["github", "gitlab"];
const PLAN_FORMATS = ["text", "json", "markdown", "html", "gitlab"];
const REPORT_FORMATS = ["text", "json", "markdown", "html", "csv", "vanta"];

/** `finish` gets the exit code of the command that ran. Commands are loaded when they are run. */
export function buildProgram(io: Io, finish: (exitCode: ExitCode) => void): Command {
  const program = new CommandLine("polytomic-users")
    .description(DESCRIPTION)
    .version(VERSION, "-V, --version", "print the version")
    .option("--no-color", "no colour (also: NO_COLOR in the environment)")
    .option("--quiet", "no progress and no notes, only results and errors")
    .option("--verbose", "a line for each request on stderr, without credentials")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .showSuggestionAfterError()
    .hook("preAction", (_, self) => {
      if (self instanceof CommandLine) self.refuseEmpty();
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
      .description(`${COMMANDS[name].summary}\n\n${COMMANDS[name].detail}`)
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
    "files, folders (searched for *.yaml and *.yml) or - for stdin",
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
  planFlags(command);
  command.action(async (paths: string[], _: unknown, self: Command) => {
    const { plan } = await import("./commands/plan.ts");
    const flags = { ...self.optsWithGlobals<PlanFlags>(), written: writtenOf(self) };
    finish(await plan(io, given(self, paths), flags));
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
    .option(
      "--skip-failed",
      "apply although some organizations could not be planned; ends with 4",
      false,
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
    const flags = { ...self.optsWithGlobals<ApplyFlags>(), written: writtenOf(self) };
    finish(await apply(io, given(self, paths), flags));
  });
}

function planFlags(command: Command): void {
  shared.withOutputFlags(command, PLAN_FORMATS);
  command
    .option("--detailed-exitcode", "exit with 2 when there are changes (plan only)", false)
    .option("--diff", "in text: a unified diff of each person's roles", false)
    .addOption(
      new Option(
        "--since <file>",
        "a saved plan or an audit log: tells drift from pending changes; repeatable (plan only)",
      )
        .argParser(shared.collect)
        .default([], "none"),
    )
    .addOption(
      new Option("--expect-digest <digest>", "refuse anything but the plan of this digest").default(
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
      new Option("--role <name or id>", "only who holds this role").default(null, "everybody"),
    )
    .addOption(
      new Option(
        "--at <commit or date>",
        "what the files said then, from git: no credential, no network",
      ).default(null, "now, and what Polytomic has"),
    )
    .optionsGroup("Evidence bundle:")
    .addOption(
      new Option("--bundle <folder>", "write the evidence for an auditor there").default(
        null,
        "none",
      ),
    )
    .addOption(
      new Option("--since <commit or date>", "the bundle has every change of access since").default(
        null,
        "needed with --bundle",
      ),
    )
    .addOption(
      new Option("--audit-log <file>", "the bundle has its outcomes; repeatable")
        .argParser(shared.collect)
        .default([], "none"),
    )
    .addOption(
      new Option(
        "--verify <folder>",
        "check a bundle, offline: nothing changed, added or missing",
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
    .argument("<email>", "the user")
    .addArgument(pathArgument())
    .option("--offline", "from the files and git alone: no credential, no network", false)
    .option("--history", "every change of this user's access in the files, with its commit", false);
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
  command.argument("<email...>", "the users, listed already or new");
  shared.withRoleFlag(command, "a role to grant; repeatable", "none");
  command
    .addOption(
      new Option("--group <name>", "a group to add the users to; repeatable")
        .argParser(shared.collect)
        .default([], "none"),
    )
    .addOption(
      new Option(
        "--expires <date>",
        "the last day of what is granted (without --role and --group: of all access): 2026-12-31, 30d, or never",
      ).default(null, "no end; for what is there already, as it is"),
    )
    .addOption(
      new Option("--reason <text>", "why: a ticket or a sentence").default(null, "as it is"),
    );
  shared.withEditFlags(command);
  command.addOption(shared.asOfOption());
  command.action(async (emails: string[], _: unknown, self: Command) => {
    const { grant } = await import("./commands/grant.ts");
    finish(await grant(io, emails, self.optsWithGlobals<GrantFlags>()));
  });
}

function revokeCommand(command: Command, io: Io, finish: Finish): void {
  command.argument("<email...>", "the users");
  shared.withRoleFlag(command, "revoke only this role; repeatable", "all access");
  command.option("--everywhere", "in every file that lists the user", false);
  shared.withEditFlags(command);
  command.addOption(shared.asOfOption());
  command.action(async (emails: string[], _: unknown, self: Command) => {
    const { revoke } = await import("./commands/revoke.ts");
    finish(await revoke(io, emails, self.optsWithGlobals<RevokeFlags>()));
  });
}

function renameCommand(command: Command, io: Io, finish: Finish): void {
  command.argument("<old>", "the address in the files").argument("<new>", "the new address");
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
      new Option(
        "--decisions <file>",
        "a worksheet with decisions: edit the files by it; repeatable",
      )
        .argParser(shared.collect)
        .default([], "none: make a worksheet"),
    )
    .option("--dry-run", "with --decisions: show the diff and write nothing", false);
  shared.withRoleFlag(command, "only this role; repeatable", "all");
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
      new Option("--ci <service>", "also copy the CI files, and print the set-up that is left")
        .choices(CI_SERVICES)
        .default(null, "none"),
    )
    .option("--force", "replace files that are there already", false)
    .addOption(
      new Option("--organization <id or name>", "which one, with a partner or deployment key")
        .argParser(shared.collect)
        .default([], "the API key's own"),
    )
    .addOption(
      new Option("--ignore <pattern>", "leave these users out, under policy.ignore; repeatable")
        .argParser(shared.collect)
        .default([], "nobody"),
    );
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
      new Option("--into <file>", "update this file; only what differs changes").default(
        null,
        "a new file, to stdout",
      ),
    )
    .option("--all", "every organization of the key, a file each (with --dir)", false)
    .addOption(new Option("--dir <folder>", "where the files of --all go").default(null, "none"))
    .option("--force", "with --all: replace the files that are there already", false)
    .addOption(
      new Option(
        "--organization <id or name>",
        "which one, with a partner or deployment key; repeatable with --all",
      )
        .argParser(shared.collect)
        .default([], "the API key's own"),
    )
    .addOption(
      new Option("--ignore <pattern>", "leave these people out, under policy.ignore; repeatable")
        .argParser(shared.collect)
        .default([], "nobody"),
    );
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
  command.addOption(oneOrganization("the API key's own"));
  shared.withConnectionFlags(command);
  command.action(async (_: unknown, self: Command) => {
    const { roles } = await import("./commands/roles.ts");
    finish(await roles(io, self.optsWithGlobals<RolesFlags>()));
  });
}

function doctorCommand(command: Command, io: Io, finish: Finish): void {
  shared.withOutputFlags(command, ["text", "json"]);
  command.addOption(oneOrganization("the first that the key reaches"));
  shared.withConnectionFlags(command);
  command.action(async (_: unknown, self: Command) => {
    const { doctor } = await import("./commands/doctor.ts");
    finish(await doctor(io, self.optsWithGlobals<DoctorFlags>()));
  });
}

function oneOrganization(otherwise: string): Option {
  return new Option("--organization <id or name>", "which organization")
    .argParser(shared.collect)
    .default([], otherwise);
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
  command.argument("[file]", "a YAML file of its organizations, keys, limits and faults");
  shared.withSandboxFlags(command);
  command.action(async (state: string | undefined, _: unknown, self: Command) => {
    const { sandbox } = await import("./commands/sandbox.ts");
    finish(await sandbox(io, state ?? null, self.optsWithGlobals<SandboxFlags>()));
  });
}

function completionCommand(command: Command, io: Io, finish: Finish): void {
  command.addArgument(new Argument("<shell>", "which shell").choices(SHELLS));
  command.action(async (shell: Shell) => {
    const { completion } = await import("./commands/completion.ts");
    finish(await completion(io, shell, command.parent ?? command));
  });
}

function writtenOf(command: Command): readonly WrittenFlag[] {
  return command instanceof CommandLine ? command.written : [];
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
