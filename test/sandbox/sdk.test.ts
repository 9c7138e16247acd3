/** Polytomic's own SDK against the sandbox: each understands the other. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Polytomic, PolytomicClient } from "polytomic";

import { systemClock } from "../../src/clock.ts";
import { nth } from "../../src/sandbox/faults.ts";
import { startSandboxServer } from "../../src/sandbox/server.ts";
import type { SandboxServer } from "../../src/sandbox/server.ts";
import { ACME, ADA, ADMIN, BOB, GLOBEX, HIDDEN, VIEWER, sandboxWith } from "./calls.ts";

let server: SandboxServer;

before(async () => {
  const faults = [nth(1, "GET", `/api/organizations/${ACME}`, "too-many-requests")];
  const sandbox = sandboxWith({ clock: systemClock, faults });
  server = await startSandboxServer(sandbox, { port: 0 });
});
after(() => server.close());

function client(token: string, version: string): PolytomicClient {
  return new PolytomicClient({ environment: server.url, token, version });
}

// The SDK updates by PUT, so it speaks the versions that do; and it names the organization in the path.
for (const version of ["2024-02-08", "2025-09-18"]) {
  for (const token of ["key-of-partner", "key-of-deployment", "key-of-acme", "key-of-ada"]) {
    test(`${token}, ${version}: users are listed, created, read, updated and removed`, async () => {
      const { users } = client(token, version);
      const listed = await users.list(ACME);
      assert.deepEqual(
        listed.data?.map(({ id }) => id),
        [ADA, BOB],
      );
      const body = { email: "New@Example.com", role_ids: [VIEWER] };
      const created = (await users.create(ACME, body)).data;
      const id = created?.id ?? "";
      assert.deepEqual([created?.email, created?.role], ["new@example.com", "viewer"]);
      assert.deepEqual((await users.get(id, ACME)).data, created);
      const change = { email: "new@example.com", role_ids: [ADMIN] };
      assert.deepEqual((await users.update(id, ACME, change)).data?.role_ids, [ADMIN]);
      assert.equal((await users.remove(id, ACME)).data?.id, id);
      await assert.rejects(users.get(id, ACME), Polytomic.NotFoundError);
    });
  }
}

describe("what else the SDK asks for", () => {
  const version = "2025-09-18";

  test("identity", async () => {
    const { data } = await client("key-of-ada", version).identity.get();
    assert.deepEqual([data?.id, data?.email, data?.is_user], [ADA, "ada@example.com", true]);
  });

  test("organizations, of which it repeats a 429 by itself", async () => {
    const { organization } = client("key-of-partner", version);
    assert.deepEqual(
      (await organization.list()).data?.map(({ name }) => name),
      ["Acme", "Globex"],
    );
    assert.equal((await organization.get(ACME)).data?.name, "Acme");
  });

  test("roles", async () => {
    const { data } = await client("key-of-acme", version).permissions.roles.list();
    assert.deepEqual(
      data?.map(({ name }) => name),
      ["Admin", "Member", "Viewer"],
    );
  });

  test("an organization without users: null", async () => {
    assert.deepEqual(await client("key-of-partner", version).users.list(GLOBEX), { data: null });
  });

  test("an API key, once and again by force", async () => {
    const { users } = client("key-of-partner", version);
    const key = (await users.createApiKey(ACME, BOB, { force: true })).data?.value ?? "";
    assert.equal((await client(key, version).identity.get()).data?.id, BOB);
  });
});

describe("refusals are the SDK's own errors", () => {
  const body = { email: "bob@example.com" };
  const rows: readonly (readonly [string, () => Promise<unknown>, new (body: never) => Error])[] = [
    ["401", () => client("nobody", "2025-09-18").users.list(ACME), Polytomic.UnauthorizedError],
    [
      "403",
      () => client("key-of-partner", "2025-09-18").users.list(HIDDEN),
      Polytomic.ForbiddenError,
    ],
    [
      "404",
      () => client("key-of-partner", "2025-09-18").users.list("nowhere"),
      Polytomic.NotFoundError,
    ],
    [
      "422",
      () => client("key-of-partner", "2025-09-18").users.create(ACME, body),
      Polytomic.UnprocessableEntityError,
    ],
  ];
  for (const [status, call, kind] of rows) {
    test(status, () => assert.rejects(call, kind));
  }

  test("405: it updates by PUT, which the older versions do not know", async () => {
    const { users } = client("key-of-partner", "2023-04-25");
    await assert.rejects(users.update(BOB, ACME, body), { statusCode: 405 });
  });
});
