/**
 * State files, in YAML or JSON: the state of the sandbox at the start, and its limits and faults.
 * `schemas/sandbox.schema.json` describes the format; this file checks the names and ids, which a schema cannot check,
 * and sets the defaults. Ids are optional: they are derived from names, so the same file always has the same ids.
 */
import { collectProblems } from "../model/problem.ts";
import { checkSchema } from "../config/schema-problems.ts";
import type { Path } from "../config/yaml-document.ts";
import { readYaml } from "../config/yaml.ts";
import { emailKey, nameKey } from "../model/desired.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import { type Dialects, parseDialects } from "./dialects.ts";
import type { FaultRule } from "./faults.ts";
import { derivedId } from "./ids.ts";
import type { LimitOptions, LimitRule } from "./limits.ts";
import type { SandboxSettings } from "./sandbox.ts";
import {
  BUILT_IN_ROLES,
  type SandboxApiKey,
  type SandboxCredentials,
  type SandboxOrganization,
  type SandboxPartnerKey,
  type SandboxRole,
  type SandboxUser,
  withSystemRoles,
} from "./state.ts";
import type { Duplicates } from "./users.ts";
import {
  type LimitEntry,
  type OrganizationEntry,
  type StateFile,
  stateFormat,
} from "./state-format.ts";

/** Everything that a state file says; what it leaves out has its default. */
export type LoadedState = Required<SandboxSettings>;

/** Takes note of a mistake in the value at this path. */
type Complain = (path: Path, kind: string, message: string) => void;

/** Throws `InvalidFiles` with every problem of the text, each with line and column; `path` is for messages. */
export function loadState(text: string, path: string): LoadedState {
  const problems = collectProblems();
  const refuseProblems = (): void => {
    const found = problems.sorted();
    if (found.length > 0) throw new InvalidFiles(found);
  };
  const document = readYaml(path, text, problems.report);
  const isReadable = document !== null && document.refused.length === 0;
  if (isReadable) checkSchema(document, stateFormat, problems.report);
  refuseProblems();
  if (document === null) throw new Error("a document without problems is missing");
  const file = document.value as StateFile; // checked by the schema
  const complain: Complain = (at, kind, message) =>
    problems.report(document.locate(at), "sandbox-state", { kind, message });
  const loaded = readSettings(file, complain);
  refuseProblems();
  return loaded;
}

function readSettings(file: StateFile, complain: Complain): LoadedState {
  const duplicates = file.duplicates ?? "refuse";
  const read = file.organizations.map((entry, index) =>
    readOrganization(entry, ["organizations", index], duplicates, complain),
  );
  unique(
    read.map(({ id }, index) => [["organizations", index], `organization id ${id}`]),
    complain,
  );
  return {
    state: {
      organizations: read.map(({ id, name, users, roles }) => ({ id, name, users, roles })),
      credentials: readCredentials(file, read, complain),
    },
    faults: (file.faults ?? []).map(readFault),
    limit: readLimit(file),
    latencyMs: file.latency_ms ?? 0,
    jitterMs: file.jitter_ms ?? 0,
    seed: file.seed ?? 1,
    duplicates,
    dialects: readDialects(file.dialects ?? [], complain),
  };
}

interface ReadOrganization extends SandboxOrganization {
  readonly apiKeys: readonly SandboxApiKey[];
}

function readOrganization(
  entry: OrganizationEntry,
  at: Path,
  duplicates: Duplicates,
  complain: Complain,
): ReadOrganization {
  const { name } = entry;
  const id = entry.id ?? derivedId("organization", name);
  const given = (entry.roles ?? []).map((role) => readRole(role, id));
  unique(
    given.map((role, index) => [[...at, "roles", index], `role id ${role.id}`]),
    complain,
  );
  const roles = withSystemRoles(id, given);
  const users = (entry.users ?? []).map(({ id: userId, email, roles: names }, index) => ({
    id: userId ?? derivedId("user", id, email),
    email,
    role_ids: readRoleIds(names ?? null, roles, [...at, "users", index, "roles"], complain),
  }));
  const each = (what: (user: SandboxUser) => string) =>
    users.map((user, index) => [[...at, "users", index], what(user)] as const);
  unique(
    each((user) => `user id ${user.id}`),
    complain,
  );
  if (duplicates === "refuse") {
    unique(
      each((user) => `user ${emailKey(user.email)}`),
      complain,
    );
  }
  const own = (entry.api_keys ?? []).map((key) => ({ key, organizationId: id, userId: null }));
  const ofUsers = (entry.users ?? []).flatMap(({ api_key: key }, index) => {
    const userId = users[index]?.id ?? null;
    return key === undefined ? [] : [{ key, organizationId: id, userId }];
  });
  return { id, name, users, roles, apiKeys: [...own, ...ofUsers] };
}

/** A role is its name, or a mapping where its id matters. */
function readRole(
  entry: string | { readonly id?: string; readonly name: string },
  organizationId: string,
): SandboxRole {
  const { name, id } = typeof entry === "string" ? { name: entry, id: undefined } : entry;
  return {
    id: id ?? derivedId("role", organizationId, name),
    name,
    system: BUILT_IN_ROLES.some((one) => nameKey(one) === nameKey(name)),
  };
}

/** By id, or by name without regard to case; without any, Member, as where a user is created without roles. */
function readRoleIds(
  names: readonly string[] | null,
  roles: readonly SandboxRole[],
  at: Path,
  complain: Complain,
): readonly string[] {
  const found = (names ?? ["Member"]).flatMap((text, index) => {
    const byId = roles.filter(({ id }) => id === text);
    const named = roles.filter(({ name }) => nameKey(name) === nameKey(text));
    const meant = byId.length > 0 ? byId : named;
    if (meant.length === 1) return meant;
    const known = roles.map(({ name }) => name).join(", ");
    const [kind, message] =
      meant.length === 0
        ? [
            "unknown-role",
            `no role ${JSON.stringify(text)} in this organization; its roles are ${known}`,
          ]
        : [
            "ambiguous-role",
            `two roles are named ${JSON.stringify(text)}; name this one by its id`,
          ];
    complain([...at, index], kind ?? "", message ?? "");
    return [];
  });
  return [...new Set(found.map(({ id }) => id))];
}

/** A file without any key gets default keys: `sandbox-api-key` and `sandbox-partner-key`. */
function readCredentials(
  file: StateFile,
  read: readonly ReadOrganization[],
  complain: Complain,
): SandboxCredentials {
  const apiKeys = read.flatMap((organization) => organization.apiKeys);
  const partnerKeys = (file.partner_keys ?? []).map(
    ({ key, organizations }, index): SandboxPartnerKey => ({
      key,
      organizationIds:
        organizations?.flatMap((text, at) =>
          findOrganizationId(text, read, ["partner_keys", index, "organizations", at], complain),
        ) ?? null,
    }),
  );
  const deploymentKey = file.deployment_key ?? null;
  const all = [...apiKeys, ...partnerKeys].map(({ key }) => key);
  if (deploymentKey !== null) all.push(deploymentKey);
  if (new Set(all).size < all.length) {
    complain(["organizations", 0], "duplicate-key", "this key is used twice in this file");
  }
  if (all.length > 0) return { apiKeys, partnerKeys, deploymentKey };
  const [only, ...others] = read;
  const own = only === undefined || others.length > 0 ? [] : [only.id];
  return {
    apiKeys: own.map((id) => ({ key: "sandbox-api-key", organizationId: id, userId: null })),
    partnerKeys: [{ key: "sandbox-partner-key", organizationIds: null }],
    deploymentKey,
  };
}

function findOrganizationId(
  text: string,
  read: readonly ReadOrganization[],
  at: Path,
  complain: Complain,
): readonly string[] {
  const found = read.filter(({ id, name }) => id === text || name === text);
  if (found.length !== 1) {
    const many = found.length === 0 ? "no" : "more than one";
    complain(
      at,
      "unknown-organization",
      `${many} organization ${JSON.stringify(text)} in this file`,
    );
  }
  return found.map(({ id }) => id);
}

function unique(named: readonly (readonly [at: Path, what: string])[], complain: Complain): void {
  const seen = new Set<string>();
  for (const [at, what] of named) {
    if (seen.has(what)) complain(at, "duplicate", `${what} is used twice`);
    seen.add(what);
  }
}

function readDialects(names: readonly string[], complain: Complain): Dialects {
  try {
    return parseDialects(names);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    complain(["dialects"], "dialect", error.message);
    return new Set();
  }
}

function readFault(entry: NonNullable<StateFile["faults"]>[number]): FaultRule {
  const { kind, probability, nth = 1, methods = null, path = null, ms = null } = entry;
  return { kind, methods, path, ms, when: probability === undefined ? { nth } : { probability } };
}

function readLimit({ rate_limit: entry }: StateFile): LimitOptions | null {
  if (entry === undefined) return null;
  const changes = (entry.changes ?? []).map((change) => ({
    afterMs: change.after_seconds * 1000,
    rule: readRule(change),
  }));
  return {
    rule: readRule(entry),
    retryAfter: entry.retry_after ?? "seconds",
    rateLimitHeaders: entry.headers ?? true,
    changes: changes.sort((a, b) => a.afterMs - b.afterMs),
  };
}

/** The schema sees to it that each kind has what it needs. */
function readRule({ kind = "token-bucket", ...entry }: LimitEntry): LimitRule {
  const { per_second: perSecond = 1, burst, requests = 1, window_seconds: seconds = 1 } = entry;
  switch (kind) {
    case "token-bucket":
      return { kind, perSecond, burst: burst ?? Math.max(1, perSecond) };
    case "fixed-window":
    case "sliding-window":
      return { kind, requests, windowMs: seconds * 1000 };
    case "concurrent":
      return { kind, requests };
  }
}
