/** Organizations, roles and policies, as Polytomic's Terraform provider creates, reads, updates and removes them. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { ACME, ADMIN, GLOBEX, MEMBER, VIEWER, ask, askList, basic, sandboxWith } from "./calls.ts";

const PARTNER = { authorization: "Bearer key-of-partner" };
const ROLES = "/api/permissions/roles";
const POLICIES = "/api/permissions/policies";

test("an organization is created, read, changed and removed; what is not set is not shown", async () => {
  const sandbox = sandboxWith();
  const body = { name: "Initech", sso_domain: "initech.example", client_secret: "hush" };
  const created = await ask(sandbox, "POST", "/api/organizations", { ...PARTNER, body });
  const { id } = created.body.data;
  assert.deepEqual(created.body, { data: { id, name: "Initech", sso_domain: "initech.example" } });
  const path = `/api/organizations/${id}`;
  assert.deepEqual((await ask(sandbox, "GET", path, PARTNER)).body, created.body);
  const roles = await askList(sandbox, ROLES, { authorization: basic(id, "key-of-partner") });
  assert.deepEqual(
    roles.map(({ name }) => name),
    ["Admin", "Member"],
  );
  const renamed = { name: "Initrode", issuer: "https://id.example" };
  const changed = await ask(sandbox, "PUT", path, { ...PARTNER, body: renamed });
  assert.deepEqual(changed.body, { data: { id, ...renamed } });
  assert.equal((await ask(sandbox, "DELETE", path, PARTNER)).status, 204);
  assert.equal((await ask(sandbox, "GET", path, PARTNER)).status, 404);
});

test("organizations: a name is needed and unique, and an API key changes none", async () => {
  const sandbox = sandboxWith();
  const statuses = [];
  for (const body of [{}, { name: "Acme" }]) {
    statuses.push((await ask(sandbox, "POST", "/api/organizations", { ...PARTNER, body })).status);
  }
  const body = { name: "Other" };
  statuses.push((await ask(sandbox, "POST", "/api/organizations", { body })).status);
  statuses.push((await ask(sandbox, "DELETE", `/api/organizations/${ACME}`)).status);
  assert.deepEqual(statuses, [422, 409, 403, 403]);
});

test("the organization that the credential implies", async () => {
  const sandbox = sandboxWith();
  const path = "/api/organization";
  assert.deepEqual((await ask(sandbox, "GET", path)).body, { data: { id: ACME, name: "Acme" } });
  const globex = await ask(sandbox, "GET", path, {
    authorization: basic(GLOBEX, "key-of-partner"),
  });
  assert.equal(globex.body.data.name, "Globex");
  assert.equal((await ask(sandbox, "GET", path, PARTNER)).status, 403);
  assert.equal((await ask(sandbox, "GET", path, { version: "2024-02-08" })).status, 404);
});

test("a role is created, read, renamed and removed; system roles stay", async () => {
  const sandbox = sandboxWith();
  const created = await ask(sandbox, "POST", ROLES, { body: { name: "Custom" } });
  const { id } = created.body.data;
  assert.deepEqual(created.body.data, { id, name: "Custom", system: false, organization_id: ACME });
  assert.deepEqual((await ask(sandbox, "GET", `${ROLES}/${id}`)).body, created.body);
  const renamed = await ask(sandbox, "PUT", `${ROLES}/${id}`, { body: { name: "Curator" } });
  assert.equal(renamed.body.data.name, "Curator");
  assert.equal((await ask(sandbox, "DELETE", `${ROLES}/${id}`)).status, 204);
  assert.equal((await ask(sandbox, "GET", `${ROLES}/${id}`)).status, 404);
  const body = { name: "Boss" };
  assert.equal((await ask(sandbox, "PUT", `${ROLES}/${ADMIN}`, { body })).status, 403);
  assert.equal((await ask(sandbox, "DELETE", `${ROLES}/${MEMBER}`)).status, 403);
  assert.equal((await ask(sandbox, "POST", ROLES, { body: { name: "viewer" } })).status, 400);
});

test("a policy is created, listed, replaced and removed", async () => {
  const sandbox = sandboxWith();
  const body = { name: "P", policy_actions: [{ action: "delete", role_ids: [VIEWER] }] };
  const created = await ask(sandbox, "POST", POLICIES, { body });
  const { id } = created.body.data;
  assert.deepEqual(created.body.data, { id, ...body, system: false, organization_id: ACME });
  assert.deepEqual(await askList(sandbox, POLICIES), [created.body.data]);
  const other = { name: "P", policy_actions: [{ action: "read", role_ids: [] }] };
  const replaced = await ask(sandbox, "PUT", `${POLICIES}/${id}`, { body: other });
  assert.deepEqual(replaced.body.data, { ...created.body.data, ...other });
  const unknown = { name: "P", policy_actions: [{ action: "read", role_ids: ["nope"] }] };
  assert.equal((await ask(sandbox, "PUT", `${POLICIES}/${id}`, { body: unknown })).status, 400);
  assert.equal((await ask(sandbox, "DELETE", `${POLICIES}/${id}`)).status, 204);
  assert.deepEqual((await ask(sandbox, "GET", POLICIES)).body, { data: null });
});
