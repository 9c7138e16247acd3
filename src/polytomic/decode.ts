/**
 * Polytomic's responses → exact types. All fields are optional in the API's description, so missing required fields
 * are reported by name. `data: null` is an empty list.
 */
import type { Identity, ListedUser, Organization, Role } from "../model/current.ts";

/** The response differs from the documentation: the message says where and how. */
export class Undecodable extends Error {
  /** Whether a retry would get the same response. */
  readonly lasting: boolean;

  constructor(message: string, lasting = false) {
    super(message);
    this.name = "Undecodable";
    this.lasting = lasting;
  }
}

/** Far above realistic sizes; larger responses are broken or malicious. */
const MAX_ENTRIES = 1_000_000;
const MAX_ROLES_OF_A_USER = 10_000;
const MAX_TEXT = 4096;

type Fields = Readonly<Record<string, unknown>>;

export function decodeUsers(body: unknown): readonly ListedUser[] {
  return list(body).map((entry, index) => user(entry, `data[${index}]`));
}

export function decodeUser(body: unknown): ListedUser {
  return user(data(body), "data");
}

export function decodeRoles(body: unknown): readonly Role[] {
  return namedList(body);
}

export function decodeOrganizations(body: unknown): readonly Organization[] {
  return namedList(body);
}

export function decodeOrganization(body: unknown): Organization {
  return named(data(body), "data");
}

/** An entry that is listed twice is one. */
function namedList(body: unknown): readonly { readonly id: string; readonly name: string }[] {
  const entries = list(body).map((entry, index) => named(entry, `data[${index}]`));
  return [...new Map(entries.map((entry) => [entry.id, entry])).values()];
}

/** What has no name is shown by its id: it must not stop all others. */
function named(value: unknown, at: string): { readonly id: string; readonly name: string } {
  const fields = object(value, at);
  const id = required(fields, "id", at);
  return { id, name: optional(fields, "name", at) ?? id };
}

export function decodeIdentity(body: unknown): Identity {
  const fields = object(data(body), "data");
  return {
    userId: optional(fields, "id", "data"),
    email: address(fields, "data"),
    organizationId: optional(fields, "organization_id", "data"),
    organizationName: optional(fields, "organization_name", "data"),
    ...identityKind(fields),
  };
}

function identityKind(fields: Fields): Pick<Identity, "kind"> {
  const kinds = ["user", "organization", "partner", "system"] as const;
  const kind = kinds.find((one) => fields[`is_${one}`] === true);
  return kind === undefined ? {} : { kind };
}

/**
 * The value of a new API key: `{"data": {"value"}}` in the SDKs. The documentation does not name the field, and a value
 * that is not found is lost, so other likely forms are read too.
 */
export function decodeKeyValue(body: unknown): string {
  const content = data(body);
  if (typeof content === "string" && content.trim() !== "") return content;
  const fields = object(content, "data");
  const given = ["value", "key", "api_key", "token"].map((name) => optional(fields, name, "data"));
  return given.find((value) => value !== null) ?? required(fields, "value", "data");
}

/** The API's own words in an error answer, in whichever field they are; null when there are none. */
export function errorText(body: unknown): string | null {
  if (!isFields(body)) return null;
  for (const field of [body["message"], body["error"], body["key"]]) {
    if (typeof field === "string" && field.trim() !== "") return field;
  }
  return null;
}

function user(value: unknown, at: string): ListedUser {
  const fields = object(value, at);
  return {
    id: optional(fields, "id", at),
    email: address(fields, at),
    organizationId: optional(fields, "organization_id", at),
    roleIds: roleIds(fields["role_ids"], `${at}.role_ids`),
    legacyRole: optional(fields, "role", at),
  };
}

function roleIds(value: unknown, at: string): readonly string[] | null {
  if (value === undefined || value === null) return null;
  const ids = array(value, at, MAX_ROLES_OF_A_USER);
  return ids.map((id, index) => text(id, `${at}[${index}]`));
}

function list(body: unknown): readonly unknown[] {
  const value = data(body);
  const entries = value === null ? [] : array(value, "data", MAX_ENTRIES);
  const page = pageSign(object(body, "the response"), entries.length, "");
  if (page === null) return entries;
  throw new Undecodable(
    `\`${page}\` indicates one page of a longer list, but Polytomic documents these lists as unpaginated`,
    true,
  );
}

const NEXT =
  /^(next|next_?(page|token|cursor|url|link)\w*|(end_?)?cursor|(has|is)_?(more|next)\w*)$/i;
const TOTAL = /^(total|total_?(count|entries|items|results))$/i;

/** The field that announces more entries than are in the list; null where there is none. */
function pageSign(fields: Fields, entries: number, at: string): string | null {
  for (const [name, value] of Object.entries(fields)) {
    if (name === "data") continue;
    if (NEXT.test(name) && Boolean(value)) return `${at}${name}`;
    if (TOTAL.test(name) && typeof value === "number" && value > entries) return `${at}${name}`;
    const inside = at === "" && isFields(value) ? pageSign(value, entries, `${name}.`) : null;
    if (inside !== null) return inside;
  }
  return null;
}

function data(body: unknown): unknown {
  if (body === undefined || body === "") throw new Undecodable("the response is not JSON");
  const fields = object(body, "the response");
  if (!Object.hasOwn(fields, "data")) throw new Undecodable("the response has no `data`");
  return fields["data"];
}

function array(value: unknown, at: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new Undecodable(`\`${at}\` is ${kindOf(value)}, not a list`);
  if (value.length > most) {
    throw new Undecodable(`\`${at}\` has ${value.length} entries, more than the ${most} allowed`);
  }
  return value;
}

function object(value: unknown, at: string): Fields {
  if (isFields(value)) return value;
  const subject = at === "the response" ? at : `\`${at}\``;
  throw new Undecodable(`${subject} is ${kindOf(value)}, not an object`);
}

function required(fields: Fields, name: string, at: string): string {
  const value = optional(fields, name, at);
  if (value === null) throw new Undecodable(`\`${at}.${name}\` is missing`);
  return value;
}

/** Without spaces around it: compared with them, a user in the files would seem not to be there yet. */
function address(fields: Fields, at: string): string | null {
  return optional(fields, "email", at)?.trim() || null;
}

/** Missing, null and empty are equivalent. */
function optional(fields: Fields, name: string, at: string): string | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : null;
  if (value === null || value === undefined || value === "") return null;
  return text(value, `${at}.${name}`);
}

function text(value: unknown, at: string): string {
  if (typeof value !== "string") throw new Undecodable(`\`${at}\` is ${kindOf(value)}, not text`);
  if (value.length > MAX_TEXT)
    throw new Undecodable(`\`${at}\` is longer than ${MAX_TEXT} characters`);
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
