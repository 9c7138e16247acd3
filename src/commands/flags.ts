/** The flags that commands share. Help, completion and reference come from here and from `commands-and-flags.ts`. */
import { type Command, Option } from "commander";
import { COMMENT_LIMIT } from "../output/markdown/budget.ts";
import type { Limit } from "../model/desired.ts";
import type { Day } from "../model/days.ts";
import {
  day,
  limit,
  type OutputTarget,
  outputTarget,
  positive,
  seconds,
  type Shard,
  shard,
  wholeNumber,
} from "./flag-values.ts";

export interface GlobalFlags {
  readonly color: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export interface FileFlags {
  readonly root: string | null;
}

export interface ConnectionFlags {
  readonly credential: "api" | "partner" | "deployment" | null;
  readonly apiVersion: string | null;
  readonly url: string | null;
  readonly concurrency: number;
  readonly maxRate: number;
  readonly timeout: number;
}

export interface ScopeFlags {
  readonly organization: readonly string[];
  readonly shard: Shard | null;
  readonly only: readonly string[];
  readonly asOf: Day | null;
}

export interface CoverageFlags {
  /** Refuse if the key can reach an organization that no file covers. */
  readonly requireCoverage: boolean;
}

export interface GuardFlags {
  readonly maxRemovals: Limit | null;
  readonly maxRoleChanges: Limit | null;
  readonly minAdmins: number | null;
}

export interface OutputFlags {
  readonly output: readonly OutputTarget[];
  readonly diff: boolean;
  readonly markdownLimit: number;
}

export type ExportFlags = GlobalFlags &
  FileFlags &
  ConnectionFlags & {
    readonly organization: readonly string[];
    readonly asOf: Day | null;
    /** The file to update, or null: a new one to stdout. */
    readonly into: string | null;
    readonly all: boolean;
    /** With `all`: the folder of the files. */
    readonly dir: string | null;
    readonly force: boolean;
    readonly ignore: readonly string[];
  };

/** Enough to hide the API's latency; more helps only if the latency is high. */
const DEFAULT_CONCURRENCY = 20;
/** For an API without a rate limit: the rate of 20 concurrent requests that take 40 ms each. */
const DEFAULT_MAX_RATE = 500;
const DEFAULT_TIMEOUT = 30;

export function withFileFlags(command: Command): Command {
  return command.addOption(
    new Option(
      "--root <folder>",
      "refuse includes and symbolic links that point outside this folder",
    ).default(null, "the root of the repository, or the working directory outside a repository"),
  );
}

export function withConnectionFlags(command: Command): Command {
  return command
    .optionsGroup("Connection:")
    .addOption(
      new Option("--credential <kind>", "which kind of key to use if several are set")
        .choices(["api", "partner", "deployment"])
        .default(null, "the one that is set"),
    )
    .addOption(
      new Option("--api-version <date>", "the version of Polytomic's API")
        .env("POLYTOMIC_API_VERSION")
        .argParser((text) => (text === "" ? null : text)) // an empty value counts as unset
        .default(null, "2025-09-18 with an API key, otherwise 2023-04-25"),
    )
    .addOption(
      new Option("--url <url>", "the API address").default(
        null,
        "POLYTOMIC_DEPLOYMENT_URL, or https://app.polytomic.com if it is not set",
      ),
    )
    .addOption(
      new Option("--concurrency <n>", "maximum number of requests in flight")
        .argParser(wholeNumber(1, 1000))
        .default(DEFAULT_CONCURRENCY),
    )
    .addOption(
      new Option(
        "--max-rate <n>",
        "maximum number of requests per second; the actual rate is adjusted at run time",
      )
        .argParser(positive)
        .default(DEFAULT_MAX_RATE),
    )
    .addOption(
      new Option("--timeout <seconds>", "how long to wait for a response")
        .argParser(seconds)
        .default(DEFAULT_TIMEOUT),
    )
    .optionsGroup("");
}

export function withScopeFlags(command: Command): Command {
  return withOrganizationFlag(command)
    .addOption(shardOption())
    .addOption(repeatable("--only <email>", "include only this user; repeatable", "all users"))
    .addOption(asOfOption());
}

export function withOrganizationFlag(command: Command): Command {
  return command.addOption(
    repeatable(
      "--organization <id or name>",
      "include only this organization; repeatable",
      "all in the files",
    ),
  );
}

export function withRoleFlag(command: Command, what: string, without: string): Command {
  return command.addOption(repeatable("--role <name>", what, without));
}

/** For commands that edit the files. */
export function withEditFlags(command: Command): Command {
  command
    .addOption(
      repeatable(
        "--file <path>",
        "the file to edit, or files and folders in which to look for the user's entry; repeatable",
        "users.yaml",
      ),
    )
    .option("--dry-run", "show the diff without writing it", false);
  return withFileFlags(command);
}

export function shardOption(): Option {
  return new Option(
    "--shard <k/n>",
    "include only part K of N of the organizations, for example in a CI matrix",
  )
    .argParser(shard)
    .default(null, "all");
}

export function asOfOption(): Option {
  return new Option("--as-of <date>", "the date to use instead of today, YYYY-MM-DD")
    .argParser(day)
    .default(null, "today, UTC");
}

export function withCoverageFlag(command: Command): Command {
  return command.option(
    "--require-coverage",
    "refuse if the key can reach an organization that no file covers (exit code 3)",
    false,
  );
}

export function withGuardFlags(command: Command): Command {
  return command
    .optionsGroup("Guards:")
    .addOption(
      new Option("--max-removals <n or %>", "override policy.max_removals")
        .argParser(limit)
        .default(null, "the value in the policy"),
    )
    .addOption(
      new Option("--max-role-changes <n or %>", "override policy.max_role_changes")
        .argParser(limit)
        .default(null, "the value in the policy"),
    )
    .addOption(
      new Option("--min-admins <n>", "override policy.min_admins")
        .argParser(wholeNumber(0, 1_000_000))
        .default(null, "the value in the policy"),
    )
    .optionsGroup("");
}

export function withOutputFlags(command: Command, formats: readonly string[]): Command {
  return command.addOption(
    new Option(
      "--output <format[=file]>",
      "output format, written to stdout or to FILE; repeatable",
    )
      .choices(formats)
      .argParser(outputTarget(formats))
      .default([], "text"),
  );
}

export function withMarkdownLimit(command: Command): Command {
  return command.addOption(
    new Option("--markdown-limit <characters>", "maximum size of Markdown output")
      .argParser(wholeNumber(2000, 10_000_000))
      .default(COMMENT_LIMIT),
  );
}

/** The sandbox's modules read limits and faults; they are loaded when the command runs. */
export function withSandboxFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--port <n>", "the port on 127.0.0.1; 0 for any free port")
        .argParser(wholeNumber(0, 65_535))
        .default(8765),
    )
    .addOption(
      new Option(
        "--limit <limit>",
        "the rate limit: 50/s,burst=20 or fixed-window=100/10s or sliding-window=100/60s or concurrent=4; append ,retry-after=seconds|date|none or ,headers=on|off",
      ).default(null, "from the state file, or none"),
    )
    .addOption(
      repeatable(
        "--limit-change <change>",
        "change the limit some time after the first request, for example 10s:25/s,burst=10 after 10 seconds; repeatable",
        "none",
      ),
    )
    .addOption(
      new Option("--latency <ms>", "how long each request takes")
        .argParser(wholeNumber(0, 600_000))
        .default(null, "from the state file, or 0"),
    )
    .addOption(
      new Option("--jitter <ms>", "maximum random time to add to the latency")
        .argParser(wholeNumber(0, 600_000))
        .default(null, "from the state file, or 0"),
    )
    .addOption(
      repeatable(
        "--fault <kind=probability[:methods]>",
        "a fault to inject, such as lost-answer=0.05:POST; repeatable; to list all kinds, pass an unknown one",
        "from the state file, or none",
      ),
    )
    .addOption(
      repeatable(
        "--dialect <name>",
        "another interpretation of Polytomic's documentation, such as partner-roles-403 (docs/fidelity.md); repeatable; to list all dialects, pass an unknown one",
        "from the state file, or none",
      ),
    )
    .addOption(
      new Option("--seed <n>", "the random seed: the same seed gives the same faults")
        .argParser(wholeNumber(0, 4_294_967_295))
        .default(null, "from the state file, or 1"),
    );
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** `without` describes the default. */
export function repeatable(flag: string, description: string, without: string): Option {
  return new Option(flag, description).argParser(collect).default([], without);
}
