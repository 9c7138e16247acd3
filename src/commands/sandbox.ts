/** `sandbox`: runs the sandbox until Ctrl-C. */
import { once } from "node:events";
import { readInput } from "./files.ts";
import { Failure } from "../model/failure.ts";
import { counted } from "../model/text.ts";
import { parseDialects } from "../sandbox/dialects.ts";
import { parseFault } from "../sandbox/faults.ts";
import { type LimitOptions, parseLimit, parseLimitChange } from "../sandbox/limits.ts";
import { createSandbox, type SandboxSettings } from "../sandbox/sandbox.ts";
import { startSandboxServer } from "../sandbox/server.ts";
import { exampleState, type SandboxState } from "../sandbox/state.ts";
import { loadState } from "../sandbox/state-file.ts";
import type { GlobalFlags } from "./flags.ts";
import { EXIT, type ExitCode, type Io, print } from "./io.ts";

export type SandboxFlags = GlobalFlags & {
  readonly port: number;
  readonly limit: string | null;
  readonly limitChange: readonly string[];
  readonly latency: number | null;
  readonly jitter: number | null;
  readonly fault: readonly string[];
  readonly dialect: readonly string[];
  readonly seed: number | null;
};

export async function sandbox(
  io: Io,
  stateFile: string | null,
  flags: SandboxFlags,
): Promise<ExitCode> {
  const settings = mergeSettings(await loaded(io, stateFile), flags);
  const server = await startSandboxServer(createSandbox({ ...settings, clock: io.clock }), {
    port: flags.port,
  });
  await print(io.stdout, flags.quiet ? `${server.url}\n` : welcome(server.url, settings.state));
  if (!io.interrupt.aborted) await once(io.interrupt, "abort");
  await server.close();
  return EXIT.done;
}

async function loaded(io: Io, file: string | null): Promise<SandboxSettings> {
  if (file === null) return { state: exampleState() };
  const hint =
    "name a YAML file such as examples/sandbox/acme.yaml, or omit the argument to start with an example organization";
  return loadState(await readInput(io, file, `the sandbox's state from ${file}`, hint), file);
}

/** Flags override the state file. */
function mergeSettings(file: SandboxSettings, flags: SandboxFlags): SandboxSettings {
  return {
    ...file,
    limit: mergeLimit(file.limit ?? null, flags),
    ...(flags.latency === null ? {} : { latencyMs: flags.latency }),
    ...(flags.jitter === null ? {} : { jitterMs: flags.jitter }),
    ...(flags.seed === null ? {} : { seed: flags.seed }),
    ...(flags.fault.length === 0 ? {} : { faults: flags.fault.map(parseFault) }),
    ...(flags.dialect.length === 0 ? {} : { dialects: parseDialects(flags.dialect) }),
  };
}

function mergeLimit(file: LimitOptions | null, flags: SandboxFlags): LimitOptions | null {
  const limit = flags.limit === null ? file : parseLimit(flags.limit);
  if (flags.limitChange.length === 0) return limit;
  if (limit === null) {
    throw new Failure("--limit-change requires --limit", {
      hint: "pass --limit, or set rate_limit in the state file",
    });
  }
  return { ...limit, changes: flags.limitChange.map(parseLimitChange) };
}

/** What a user needs to connect from another terminal. The keys open nothing but this. */
function welcome(url: string, { organizations, credentials }: SandboxState): string {
  const key =
    credentials.apiKeys[0] !== undefined
      ? `POLYTOMIC_API_KEY=${credentials.apiKeys[0].key}`
      : credentials.partnerKeys[0] !== undefined
        ? `POLYTOMIC_PARTNER_KEY=${credentials.partnerKeys[0].key}`
        : `POLYTOMIC_DEPLOYMENT_KEY=${credentials.deploymentKey ?? ""}`;
  const listed = organizations
    .slice(0, 5)
    .map(
      ({ id, name, users }) => `  ${id}  ${JSON.stringify(name)}, ${counted(users.length, "user")}`,
    );
  const more = organizations.length > 5 ? [`  and ${organizations.length - 5} more`] : [];
  return `${[
    `Sandbox running at ${url} (Ctrl-C to stop). Organizations:`,
    ...listed,
    ...more,
    "In another terminal:",
    `  export POLYTOMIC_DEPLOYMENT_URL=${url} ${key}`,
    ...(credentials.apiKeys[0] === undefined
      ? ["  polytomic-users export --all --dir access", "  polytomic-users plan access"]
      : ["  polytomic-users init", "  polytomic-users plan"]),
    "plan shows no changes until you edit the files, for example with grant or revoke.",
    `Requests received: ${url}/_sandbox/log`,
  ].join("\n")}\n`;
}
