/**
 * State files: what the sandbox's Polytomic holds, and how it misbehaves, as YAML or JSON
 * (`schemas/sandbox.schema.json` describes them, `examples/sandbox/` shows them). Ids may be left out:
 * they are derived from names, so the same file always has the same ids.
 */
import { emailKey, nameKey } from "../model/desired.ts";
import { Failure, InvalidFiles } from "../model/failure.ts";
import { compareProblems } from "../model/problem.ts";
import { parseDialects } from "./dialects.ts";
import { derivedId } from "./ids.ts";
import type { SandboxSettings } from "./sandbox.ts";
import { readDocument } from "./state-document.ts";
import type { Entry } from "./state-document.ts";
import { readFault, readLimit } from "./state-file-faults.ts";
import { BUILT_IN_ROLES, withSystemRoles } from "./state.ts";
import type { SandboxApiKey, SandboxCredentials, SandboxOrganization } from "./state.ts";
import type { SandboxPartnerKey, SandboxRole, SandboxUser } from "./state.ts";

/** Everything that a state file says; what it leaves out has its default. */
export type LoadedState = Required<SandboxSettings>;

type Fields = ReadonlyMap<string, Entry>;

const TOP = ["organizations", "partner_keys", "deployment_key", "rate_limit", "latency_ms"];
const TOP_REST = ["jitter_ms", "faults", "seed", "duplicates", "dialects"];
const DAY_MS = 24 * 60 * 60 * 1000;
const MAX_SEED = 2 ** 32 - 1;

/** Throws `InvalidFiles` with every problem of the text, each with line and column; `path` is for messages. */
export function loadState(text: string, path: string): LoadedState {
  const { top, document } = readDocument(text, path);
  const fields = top.fields([...TOP, ...TOP_REST]);
  const settings: LoadedState = {
    duplicates: fields.get("duplicates")?.oneOf(["refuse", "accept"]) ?? "refuse",
    state: readState(top, fields),
    faults: (fields.get("faults")?.items() ?? []).flatMap(readFault),
    limit: readLimit(fields.get("rate_limit")),
    latencyMs: fields.get("latency_ms")?.number(0, DAY_MS) ?? 0,
    jitterMs: fields.get("jitter_ms")?.number(0, DAY_MS) ?? 0,
    seed: fields.get("seed")?.number(0, MAX_SEED, true) ?? 1,
    dialects: readDialects(fields.get("dialects")),
  };
  if (document.problems.length === 0) return settings;
  throw new InvalidFiles(document.problems.toSorted(compareProblems));
}

function readDialects(list: Entry | undefined): LoadedState["dialects"] {
  const names = (list?.items() ?? []).flatMap((item) => item.text() ?? []);
  try {
    return parseDialects(names);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    list?.problem("dialect", [error.message, error.hint ?? []].flat().join("; "));
    return new Set();
  }
}

interface ReadOrganization extends SandboxOrganization {
  readonly entry: Entry;
  readonly apiKeys: readonly SandboxApiKey[];
}

function readState(top: Entry, fields: Fields): SandboxSettings["state"] {
  const list = fields.get("organizations");
  const entries = list?.items() ?? [];
  if (list === undefined) missing(top, "organizations");
  else if (entries.length === 0 && Array.isArray(list.value)) {
    list.problem("missing", "organizations must have an entry");
  }
  const allowTwice = fields.get("duplicates")?.value === "accept";
  const read = entries.flatMap((entry) => readOrganization(entry, allowTwice));
  unique(read.map(({ id, entry }) => [entry, `organization id ${id}`]));
  const credentials = readCredentials(fields, read);
  const organizations = read.map(({ id, name, users, roles }) => ({ id, name, users, roles }));
  return { organizations, credentials };
}

function readOrganization(entry: Entry, allowTwice: boolean): readonly ReadOrganization[] {
  const fields = entry.fields(["id", "name", "roles", "users", "api_keys"]);
  const name = required(entry, fields, "name");
  if (name === null) return [];
  const id = fields.get("id")?.text() ?? derivedId("organization", name);
  const roles = readRoles(id, fields.get("roles"));
  const people = (fields.get("users")?.items() ?? []).flatMap((item) => readUser(item, id, roles));
  unique(people.map(({ entry, user }) => [entry, `user id ${user.id}`]));
  if (!allowTwice) unique(people.map(({ entry, user }) => [entry, `user ${emailKey(user.email)}`]));
  const users = people.map(({ user }) => user);
  const ofPeople = people.flatMap(({ user, key }) => {
    return key === null ? [] : [{ key, organizationId: id, userId: user.id }];
  });
  const own = (fields.get("api_keys")?.items() ?? []).flatMap((item) => {
    const key = item.text();
    return key === null ? [] : [{ key, organizationId: id, userId: null }];
  });
  return [{ id, name, users, roles, entry, apiKeys: [...own, ...ofPeople] }];
}

function readRoles(organizationId: string, list: Entry | undefined): readonly SandboxRole[] {
  const read = (list?.items() ?? []).flatMap((entry) => {
    const role = readRole(entry, organizationId);
    return role === null ? [] : [{ entry, role }];
  });
  unique(read.map(({ entry, role }) => [entry, `role id ${role.id}`]));
  return withSystemRoles(
    organizationId,
    read.map(({ role }) => role),
  );
}

/** A role is its name, or a mapping where its id matters. */
function readRole(entry: Entry, organizationId: string): SandboxRole | null {
  const fields = typeof entry.value === "string" ? null : entry.fields(["id", "name"]);
  const name = fields === null ? entry.text() : required(entry, fields, "name");
  if (name === null) return null;
  const id = fields?.get("id")?.text() ?? derivedId("role", organizationId, name);
  return { id, name, system: BUILT_IN_ROLES.some((system) => nameKey(system) === nameKey(name)) };
}

interface ReadUser {
  readonly entry: Entry;
  readonly user: SandboxUser;
  readonly key: string | null;
}

/** Who has no `roles` is a Member, as where Polytomic is asked to create a user without any. */
function readUser(
  entry: Entry,
  organizationId: string,
  roles: readonly SandboxRole[],
): readonly ReadUser[] {
  const fields = entry.fields(["id", "email", "roles", "api_key"]);
  const email = required(entry, fields, "email");
  if (email === null) return [];
  const id = fields.get("id")?.text() ?? derivedId("user", organizationId, email);
  const names = fields.get("roles")?.items();
  if (names?.length === 0) fields.get("roles")?.problem("no-roles", "roles must have an entry");
  const held = names?.flatMap((item) => findRole(item, roles)) ?? memberRole(roles);
  const role_ids = [...new Set(held.map((role) => role.id))];
  const key = fields.get("api_key")?.text() ?? null;
  return [{ entry, user: { id, email, role_ids }, key }];
}

/** By id, or by name without regard to case. */
function findRole(entry: Entry, roles: readonly SandboxRole[]): readonly SandboxRole[] {
  const text = entry.text();
  if (text === null) return [];
  const byId = roles.filter((role) => role.id === text);
  const found = byId.length > 0 ? byId : roles.filter((r) => nameKey(r.name) === nameKey(text));
  if (found.length === 1) return found;
  const names = roles.map((role) => role.name).join(", ");
  const message =
    found.length === 0
      ? `no role ${JSON.stringify(text)} in this organization; it has ${names}`
      : `two roles are called ${JSON.stringify(text)}; name this one by its id`;
  entry.problem(found.length === 0 ? "unknown-role" : "ambiguous-role", message);
  return [];
}

function memberRole(roles: readonly SandboxRole[]): readonly SandboxRole[] {
  return roles.filter((role) => nameKey(role.name) === "member").slice(0, 1);
}

/** A file without any key gets the ones that a reader would guess: `sandbox-api-key` and `sandbox-partner-key`. */
function readCredentials(fields: Fields, read: readonly ReadOrganization[]): SandboxCredentials {
  const apiKeys = read.flatMap((organization) => organization.apiKeys);
  const partners = fields.get("partner_keys")?.items() ?? [];
  const partnerKeys = partners.flatMap((entry) => readPartnerKey(entry, read));
  const deployment = fields.get("deployment_key");
  const deploymentKey = deployment?.text() ?? null;
  const all = [...apiKeys, ...partnerKeys].map(({ key }) => key);
  if (deploymentKey !== null) all.push(deploymentKey);
  if (new Set(all).size < all.length) {
    read[0]?.entry.problem("duplicate-key", "a key stands in this file twice");
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

function readPartnerKey(
  entry: Entry,
  read: readonly ReadOrganization[],
): readonly SandboxPartnerKey[] {
  const fields = entry.fields(["key", "organizations"]);
  const key = required(entry, fields, "key");
  const scope = fields.get("organizations")?.items();
  if (key === null) return [];
  if (scope === undefined) return [{ key, organizationIds: null }];
  return [{ key, organizationIds: scope.flatMap((item) => findOrganization(item, read)) }];
}

function findOrganization(entry: Entry, read: readonly ReadOrganization[]): readonly string[] {
  const text = entry.text();
  const found = read.filter(({ id, name }) => id === text || name === text);
  if (text !== null && found.length !== 1) {
    const message = `${found.length === 0 ? "no" : "more than one"} organization ${JSON.stringify(text)} in this file`;
    entry.problem("unknown-organization", message);
  }
  return found.map(({ id }) => id);
}

function required(entry: Entry, fields: Fields, key: string): string | null {
  const field = fields.get(key);
  if (field !== undefined) return field.text();
  return missing(entry, key);
}

function missing(entry: Entry, key: string): null {
  // A value of the wrong kind has been complained of already.
  const { value } = entry;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return entry.problem("missing", `${key} is missing`);
}

function unique(named: readonly (readonly [entry: Entry, what: string])[]): void {
  const seen = new Set<string>();
  for (const [entry, what] of named) {
    if (seen.has(what)) entry.problem("duplicate", `${what} stands here twice`);
    seen.add(what);
  }
}
