import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ACME, ADA, GLOBEX, HIDDEN, UNKNOWN, ask, askList, basic, sandboxWith } from "./calls.ts";

const CREDENTIALS: Readonly<Record<string, string | null>> = {
  none: null,
  "wrong key": "Bearer nobody",
  "no scheme": "key-of-acme",
  "API key": "Bearer key-of-acme",
  "API key by Basic": basic(ACME, "key-of-acme"),
  "partner key": "Bearer key-of-partner",
  "partner key for Acme": basic(ACME, "key-of-partner"),
  "partner key for Globex": basic(GLOBEX, "key-of-partner"),
  "partner key for Hidden": basic(HIDDEN, "key-of-partner"),
  "partner key for an unknown": basic(UNKNOWN, "key-of-partner"),
  "deployment key": "Bearer key-of-deployment",
  "deployment key for Acme": basic(ACME, "key-of-deployment"),
};

const ENDPOINTS = [
  "/api/me",
  "/api/organizations",
  `/api/organizations/${ACME}`,
  `/api/organizations/${ACME}/users`,
  `/api/organizations/${GLOBEX}/users`,
  `/api/organizations/${HIDDEN}/users`,
  `/api/organizations/${UNKNOWN}/users`,
  "/api/organization/users",
  "/api/permissions/roles",
];

// In the order of ENDPOINTS: me, organizations, Acme, its users, Globex's, Hidden's, unknown's, own users, roles.
const STATUSES: Readonly<Record<keyof typeof CREDENTIALS, readonly number[]>> = {
  none: [401, 401, 401, 401, 401, 401, 401, 401, 401],
  "wrong key": [401, 401, 401, 401, 401, 401, 401, 401, 401],
  "no scheme": [401, 401, 401, 401, 401, 401, 401, 401, 401],
  "API key": [200, 403, 200, 200, 403, 403, 404, 200, 200],
  "API key by Basic": [401, 401, 401, 401, 401, 401, 401, 401, 401],
  "partner key": [200, 200, 200, 200, 200, 403, 404, 403, 401],
  "partner key for Acme": [200, 200, 200, 200, 403, 403, 404, 200, 200],
  "partner key for Globex": [200, 200, 403, 403, 200, 403, 404, 200, 200],
  "partner key for Hidden": [200, 200, 403, 403, 403, 403, 404, 403, 403],
  "partner key for an unknown": [200, 200, 403, 403, 403, 403, 404, 404, 404],
  "deployment key": [200, 200, 200, 200, 200, 200, 404, 403, 401],
  "deployment key for Acme": [200, 200, 200, 200, 403, 403, 404, 200, 200],
};

describe("what each credential reaches", () => {
  for (const [name, authorization] of Object.entries(CREDENTIALS)) {
    test(name, async () => {
      const sandbox = sandboxWith();
      const statuses = [];
      for (const path of ENDPOINTS) {
        statuses.push((await ask(sandbox, "GET", path, { authorization })).status);
      }
      assert.deepEqual(statuses, STATUSES[name]);
    });
  }
});

const NO_ONE = { is_user: false, is_organization: false, is_partner: false, is_system: false };
const AT_ACME = { organization_id: ACME, organization_name: "Acme" };

describe("who the caller is", () => {
  const rows: readonly (readonly [string, object])[] = [
    ["Bearer key-of-acme", { ...NO_ONE, ...AT_ACME, is_organization: true }],
    [
      "Bearer key-of-ada",
      { ...NO_ONE, ...AT_ACME, is_user: true, id: ADA, email: "ada@example.com", role: "admin" },
    ],
    ["Bearer key-of-partner", { ...NO_ONE, is_partner: true }],
    [basic(ACME, "key-of-partner"), { ...NO_ONE, ...AT_ACME, is_partner: true }],
    ["Bearer key-of-deployment", { ...NO_ONE, is_system: true }],
  ];
  for (const [authorization, identity] of rows) {
    const [scheme = ""] = authorization.split(" ");
    test(`${scheme}: ${JSON.stringify(identity)}`, async () => {
      const { body } = await ask(sandboxWith(), "GET", "/api/me", { authorization });
      assert.deepEqual(body, { data: identity });
    });
  }
});

test("a partner lists the organizations of its scope, a deployment all", async () => {
  const sandbox = sandboxWith();
  const rows = [
    ["Bearer key-of-partner", ["Acme", "Globex"]],
    [basic(ACME, "key-of-partner"), ["Acme", "Globex"]],
    ["Bearer key-of-deployment", ["Acme", "Globex", "Hidden"]],
  ] as const;
  for (const [authorization, names] of rows) {
    const organizations = await askList(sandbox, "/api/organizations", { authorization });
    assert.deepEqual(
      organizations.map(({ name }) => name),
      names,
    );
  }
});

test("system roles are in every organization", async () => {
  const authorization = basic(GLOBEX, "key-of-partner");
  const roles = await askList(sandboxWith(), "/api/permissions/roles", { authorization });
  const named = roles.map((role) => [role.name, role.system, role.organization_id]);
  assert.deepEqual(named, [
    ["Admin", true, GLOBEX],
    ["Member", true, GLOBEX],
  ]);
});

test("a removed user's key no longer works", async () => {
  const sandbox = sandboxWith();
  const authorization = "Bearer key-of-ada";
  assert.equal((await ask(sandbox, "GET", "/api/me", { authorization })).status, 200);
  sandbox.state.removeUser(ACME, ADA);
  assert.equal((await ask(sandbox, "GET", "/api/me", { authorization })).status, 401);
});

test("a refusal has the documented body", async () => {
  const { body } = await ask(sandboxWith(), "GET", "/api/me", { authorization: null });
  assert.deepEqual(body, {
    key: "unauthorized",
    message: "the credential is missing or not valid",
    metadata: {},
    status: 401,
  });
});
