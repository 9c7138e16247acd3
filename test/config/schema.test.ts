/** The schema describes every key, and the types in the code match it. */
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import assert from "node:assert/strict";
import { expectationAt, expectations, patternOf } from "../../src/config/users-format.ts";
import type {
  RawException,
  RawFile,
  RawGroup,
  RawPolicy,
  RawRule,
  UserEntry,
} from "../../src/config/raw-file.ts";
import type { Path } from "../../src/config/yaml-document.ts";

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
}

const path = new URL("../../schemas/users.schema.json", import.meta.url);
const schema: Schema = JSON.parse(await readFile(path, "utf8"));

function definition(name: string): Schema {
  const found = schema.$defs?.[name];
  assert.ok(found, name);
  return found;
}

function resolved(one: Schema): Schema {
  return one.$ref === undefined ? one : { ...definition(one.$ref.replace("#/$defs/", "")), ...one };
}

/** Every place in a file that the schema describes, as an example path. */
function* placesIn(one: Schema, path: Path): Generator<readonly [Path, Schema]> {
  const whole = resolved(one);
  yield [path, whole];
  for (const [key, inner] of Object.entries(whole.properties ?? {})) {
    yield* placesIn(inner, [...path, key]);
  }
  if (whole.items !== undefined) yield* placesIn(whole.items, [...path, 0]);
  if (typeof whole.additionalProperties === "object") {
    yield* placesIn(whole.additionalProperties, [...path, "any name"]);
  }
}

test("it is a schema of draft 2020-12 with a name", () => {
  assert.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema");
  assert.equal(schema.$id, "https://unpkg.com/polytomic-users/schemas/users.schema.json");
  assert.equal(schema.title, "Polytomic users");
});

test("every key has a description and examples", () => {
  let keys = 0;
  for (const one of [schema, ...Object.values(schema.$defs ?? {})]) {
    for (const [key, inner] of Object.entries(one.properties ?? {})) {
      keys += 1;
      const { description, examples } = resolved(inner);
      assert.match(description ?? "", /^[A-Z].+\.$/, `description of ${key}`);
      assert.ok((examples ?? []).length > 0, `examples of ${key}`);
    }
  }
  assert.equal(keys, 45);
});

test("objects take no unknown keys", () => {
  for (const [where, { properties, additionalProperties }] of placesIn(schema, [])) {
    if (properties !== undefined) assert.equal(additionalProperties, false, patternOf(where));
  }
});

test("every place in a file has words for what belongs there, and no other has", () => {
  const places = [...placesIn(schema, [])].map(([where]) => where);
  for (const where of places) assert.notEqual(expectationAt(where).what, "something else");
  assert.deepEqual(new Set(places.map(patternOf)), new Set(Object.keys(expectations)));
});

// Both directions: a key missing in the schema fails here, one missing in the type fails to compile.
const file: Record<keyof RawFile, true> = {
  version: true,
  organization: true,
  include: true,
  roles: true,
  groups: true,
  policy: true,
  users: true,
};
const group: Record<keyof RawGroup, true> = { roles: true };
const policy: Record<keyof RawPolicy, true> = {
  unmanaged: true,
  on_removal: true,
  ignore: true,
  protected: true,
  max_removals: true,
  max_role_changes: true,
  min_admins: true,
  admin_role: true,
  create: true,
  rules: true,
};
const rule: Record<keyof RawRule, true> = {
  name: true,
  who: true,
  roles: true,
  level: true,
  conflict: true,
  expires_within: true,
  reason: true,
  domains: true,
  at_most: true,
  through: true,
  reviewed_within: true,
  except: true,
};
const exception: Record<keyof RawException, true> = { email: true, until: true, reason: true };
const user: Record<keyof UserEntry, true> = {
  email: true,
  roles: true,
  groups: true,
  expires: true,
  reason: true,
  reviewed: true,
  previously: true,
};

const types: readonly (readonly [string, Schema, object, readonly string[]])[] = [
  ["file", schema, file, ["version"]],
  ["group", definition("group"), group, ["roles"]],
  ["policy", definition("policy"), policy, []],
  ["rule", definition("rule"), rule, ["name"]],
  ["ruleException", definition("ruleException"), exception, ["email", "until"]],
  ["user", definition("user"), user, ["email"]],
  ["roleEntry", definition("roleEntry"), { role: true, expires: true }, ["role"]],
  ["groupEntry", definition("groupEntry"), { group: true, expires: true }, ["group"]],
  ["onRemoval", definition("onRemoval"), { demote_to: true }, ["demote_to"]],
];
for (const [name, described, keys, required] of types) {
  test(`the schema's ${name} has the keys of the type`, () => {
    assert.deepEqual(Object.keys(described.properties ?? {}).sort(), Object.keys(keys).sort());
    assert.deepEqual(described.required ?? [], required);
  });
}
