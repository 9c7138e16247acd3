import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  ACME,
  ADA,
  ADMIN,
  BOB,
  GLOBEX,
  MEMBER,
  UNKNOWN,
  VIEWER,
  ask,
  askList,
  basic,
  sandboxWith,
} from "./calls.ts";

const USERS = "/api/organization/users";
const ACME_USERS = `/api/organizations/${ACME}/users`;
const BOB_SHOWN = {
  id: BOB,
  email: "bob@example.com",
  organization_id: ACME,
  role: "member",
  role_ids: [MEMBER, VIEWER],
};

test("users are listed with everything that is known of them", async () => {
  const { status, body } = await ask(sandboxWith(), "GET", USERS);
  const ada = { ...BOB_SHOWN, id: ADA, email: "ada@example.com", role: "admin", role_ids: [ADMIN] };
  assert.equal(status, 200);
  assert.deepEqual(body, { data: [ada, BOB_SHOWN] });
});

test("an organization without users answers null", async () => {
  const authorization = basic(GLOBEX, "key-of-partner");
  const { body } = await ask(sandboxWith(), "GET", USERS, { authorization });
  assert.deepEqual(body, { data: null });
});

test("one user is shown, an unknown one is 404", async () => {
  const sandbox = sandboxWith();
  assert.deepEqual((await ask(sandbox, "GET", `${USERS}/${BOB}`)).body, { data: BOB_SHOWN });
  assert.equal((await ask(sandbox, "GET", `${USERS}/${UNKNOWN}`)).status, 404);
});

test("a created user is there, in lower case, and was invited once", async () => {
  const sandbox = sandboxWith();
  const body = { email: "New.Name@Example.COM", role_ids: [VIEWER, ADMIN, VIEWER] };
  const created = await ask(sandbox, "POST", USERS, { body });
  const { id } = created.body.data;
  assert.equal(created.status, 200);
  assert.deepEqual(created.body.data, {
    id,
    email: "new.name@example.com",
    organization_id: ACME,
    role: "admin",
    role_ids: [VIEWER, ADMIN],
  });
  assert.deepEqual((await ask(sandbox, "GET", `${USERS}/${id}`)).body, created.body);
  const [entry] = sandbox.log;
  assert.equal(entry?.invitationSent, true);
  assert.deepEqual(entry?.committed, {
    kind: "created",
    by: "request",
    organizationId: ACME,
    email: "new.name@example.com",
    userId: id,
    before: null,
    after: [VIEWER, ADMIN],
  });
});

test("an update replaces the roles and keeps the address", async () => {
  const sandbox = sandboxWith();
  const body = { email: "another@example.com", role_ids: [ADMIN] };
  const updated = await ask(sandbox, "PUT", `${USERS}/${BOB}`, { body });
  assert.deepEqual(updated.body.data, { ...BOB_SHOWN, role: "admin", role_ids: [ADMIN] });
  assert.equal(sandbox.log[0]?.invitationSent, false);
  assert.deepEqual(sandbox.log[0]?.committed?.before, [MEMBER, VIEWER]);
});

test("the caller's own organization takes an update without an address", async () => {
  const body = { role_ids: [ADMIN] };
  const own = await ask(sandboxWith(), "PUT", `${USERS}/${BOB}`, { body });
  assert.deepEqual(own.body.data, { ...BOB_SHOWN, role: "admin", role_ids: [ADMIN] });
  const named = await ask(sandboxWith(), "PUT", `${ACME_USERS}/${BOB}`, { body });
  assert.deepEqual([named.status, named.body.message], [422, "email is required"]);
});

test("an update without roles changes nothing", async () => {
  const body = { email: "bob@example.com" };
  const updated = await ask(sandboxWith(), "PUT", `${USERS}/${BOB}`, { body });
  assert.deepEqual(updated.body.data, BOB_SHOWN);
});

test("a removed user is in the response, then gone, and comes back with another id", async () => {
  const sandbox = sandboxWith();
  const removed = await ask(sandbox, "DELETE", `${USERS}/${BOB}`);
  assert.deepEqual(removed.body, { data: BOB_SHOWN });
  assert.equal((await ask(sandbox, "DELETE", `${USERS}/${BOB}`)).status, 404);
  const body = { email: "bob@example.com" };
  const again = await ask(sandbox, "POST", USERS, { body });
  assert.equal(again.status, 200);
  assert.notEqual(again.body.data.id, BOB);
});

describe("the legacy role", () => {
  const rows = [
    [{ role: "admin" }, [ADMIN], "admin"],
    [{ role: "ADMIN" }, [ADMIN], "admin"],
    [{ role: "Viewer" }, [VIEWER], "viewer"],
    [{ role: "user" }, [MEMBER], "member"],
    [{}, [MEMBER], "member"],
    [{ role: null, role_ids: null }, [MEMBER], "member"],
  ] as const;
  for (const [given, roleIds, shown] of rows) {
    test(`${JSON.stringify(given)} makes a ${shown}`, async () => {
      const body = { email: "new@example.com", ...given };
      const { data } = (await ask(sandboxWith(), "POST", USERS, { body })).body;
      assert.deepEqual([data.role_ids, data.role], [roleIds, shown]);
    });
  }
});

describe("bodies that are 422", () => {
  const email = "new@example.com";
  const rows: readonly (readonly [unknown, string])[] = [
    [undefined, "the body must be a JSON object"],
    [[], "the body must be a JSON object"],
    [{}, "email is required"],
    [{ email: 1 }, "email is required"],
    [{ email: "nobody" }, "email is not an e-mail address"],
    [{ email: " a@b" }, "email is not an e-mail address"],
    [{ email, role_ids: [] }, "role_ids must have at least one entry"],
    [{ email, role_ids: MEMBER }, "role_ids must be a list"],
    [{ email, role_ids: ["nope"] }, 'role_ids names an unknown role: "nope"'],
    [{ email, role_ids: [MEMBER, 1] }, "role_ids names an unknown role: 1"],
    [{ email, role: "owner" }, "role is not the name of a role"],
    [{ email, role: "admin", role_ids: [ADMIN] }, "role and role_ids must not be set together"],
  ];
  for (const [body, message] of rows) {
    test(`${JSON.stringify(body)}: ${message}`, async () => {
      const sandbox = sandboxWith();
      const answers = [
        await ask(sandbox, "POST", USERS, { body }),
        await ask(sandbox, "PUT", `${ACME_USERS}/${BOB}`, { body }),
      ];
      for (const answer of answers) {
        assert.deepEqual([answer.status, answer.body.message], [422, message]);
      }
      assert.deepEqual(sandbox.state.history, []);
    });
  }
});

test("an unknown user cannot be updated", async () => {
  const body = { email: "bob@example.com", role_ids: [MEMBER] };
  assert.equal((await ask(sandboxWith(), "PUT", `${USERS}/${UNKNOWN}`, { body })).status, 404);
});

test("an address that is there already is 422, whatever its case", async () => {
  const sandbox = sandboxWith();
  const { status, body } = await ask(sandbox, "POST", USERS, {
    body: { email: "BOB@example.com" },
  });
  assert.deepEqual([status, body.key], [422, "user_exists"]);
  assert.equal(sandbox.log[0]?.invitationSent, false);
});

test("a server that accepts duplicates invites twice", async () => {
  const sandbox = sandboxWith({ duplicates: "accept" });
  const body = { email: "bob@example.com" };
  assert.equal((await ask(sandbox, "POST", USERS, { body })).status, 200);
  const emails = sandbox.state.users(ACME).map((user) => user.email);
  assert.deepEqual(emails, ["ada@example.com", "bob@example.com", "bob@example.com"]);
});

test("an API key is issued once, again only by force, and opens the sandbox", async () => {
  const sandbox = sandboxWith();
  const keys = `${ACME_USERS}/${BOB}/keys`;
  const first = (await ask(sandbox, "POST", keys)).body.data.value;
  const refused = await ask(sandbox, "POST", keys);
  const second = (await ask(sandbox, "POST", `${keys}?force=true`)).body.data.value;
  assert.deepEqual([refused.status, refused.body.key], [422, "api_key_exists"]);
  const statuses = [];
  for (const key of [first, second]) {
    const authorization = `Bearer ${key}`;
    statuses.push((await ask(sandbox, "GET", "/api/me", { authorization })).status);
  }
  assert.deepEqual(statuses, [401, 200]);
  assert.equal((await ask(sandbox, "POST", `${ACME_USERS}/${UNKNOWN}/keys`)).status, 404);
  assert.doesNotMatch(JSON.stringify([sandbox.log, sandbox.state.snapshot()]), /sandbox-key/);
});

test("edits by others are seen, and distinguished from requests in the history", async () => {
  const sandbox = sandboxWith();
  const carol = sandbox.state.addUser(ACME, { email: "Carol@example.com", role_ids: [VIEWER] });
  sandbox.state.changeUser(ACME, BOB, [ADMIN]);
  await ask(sandbox, "DELETE", `${USERS}/${carol.id}`);
  const edits = sandbox.state.history.map(({ kind, by, email }) => `${by} ${kind} ${email}`);
  assert.deepEqual(edits, [
    "other created carol@example.com",
    "other updated bob@example.com",
    "request removed carol@example.com",
  ]);
  assert.deepEqual(sandbox.state.userByEmail(ACME, "BOB@example.com")?.role_ids, [ADMIN]);
});

test("renamed and removed roles and organizations are seen", async () => {
  const sandbox = sandboxWith();
  sandbox.state.renameRole(ACME, VIEWER, "Reader");
  sandbox.state.addRole(ACME, "Writer");
  sandbox.state.removeRole(ACME, MEMBER);
  const names = (await askList(sandbox, "/api/permissions/roles")).map(({ name }) => name);
  assert.deepEqual(names, ["Admin", "Reader", "Writer"]);
  sandbox.state.removeOrganization(GLOBEX);
  const path = `/api/organizations/${GLOBEX}/users`;
  const authorization = "Bearer key-of-partner";
  assert.equal((await ask(sandbox, "GET", path, { authorization })).status, 404);
});
