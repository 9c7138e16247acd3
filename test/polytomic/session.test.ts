/** Requests: the key, the version and the path, for every kind of key; and the output of --verbose. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createApiKey } from "../../src/polytomic/api-key.ts";
import type { CredentialKind } from "../../src/polytomic/credential.ts";
import { createReader } from "../../src/polytomic/reader.ts";
import { createWriter } from "../../src/polytomic/writer.ts";
import { ACME, BOB, MEMBER, basic } from "../sandbox/calls.ts";
import { sandboxFor, scripted, sessionTo } from "./support.ts";

const NOBODY = { status: 200, body: { data: null } };
const USER = { status: 200, body: { data: { id: BOB, email: "bob@example.com" } } };

describe("headers of a read", () => {
  const bearer = {
    api: "Bearer key-of-acme",
    partner: "Bearer key-of-partner",
    deployment: "Bearer key-of-deployment",
  } as const;
  for (const kind of ["api", "partner", "deployment"] as const) {
    test(`with the ${kind} key`, async (t) => {
      const { url, received } = await scripted(t, [NOBODY]);
      const reader = createReader(sessionTo(url, { kind }));
      await reader.users(ACME);
      await reader.roles(ACME);
      await reader.organizations();
      const [users, roles, organizations] = received.map(({ headers }) => headers.authorization);
      assert.equal(users, bearer[kind]);
      assert.equal(roles, kind === "api" ? bearer.api : basic(ACME, `key-of-${kind}`));
      assert.equal(organizations, bearer[kind]);
      const headers = received[0]?.headers;
      assert.equal(headers?.["x-polytomic-version"], kind === "api" ? "2025-09-18" : "2023-04-25");
      assert.equal(headers?.["user-agent"], "polytomic-users/0.0.0-test");
      assert.equal(headers?.["idempotency-key"], undefined);
      assert.equal(headers?.["content-type"], undefined);
    });
  }
});

test("a create carries its key, its content type and the wire's names", async (t) => {
  const { url, received } = await scripted(t, [USER]);
  const writer = createWriter(sessionTo(url));
  await writer.create(ACME, { email: "bob@example.com", roleIds: [MEMBER] }, "key-12345678");
  assert.equal(received[0]?.path, `/api/organizations/${ACME}/users`);
  assert.equal(received[0]?.headers["idempotency-key"], "key-12345678");
  assert.equal(received[0]?.headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(received[0]?.body ?? ""), {
    email: "bob@example.com",
    role_ids: [MEMBER],
  });
});

describe("the method of an update follows from the version", () => {
  for (const [kind, version, request] of [
    ["api", "2025-09-18", `PUT /api/organization/users/${BOB}`],
    ["partner", "2025-09-18", `PUT /api/organizations/${ACME}/users/${BOB}`],
    ["partner", "2024-02-08", `PUT /api/organizations/${ACME}/users/${BOB}`],
    ["deployment", "2023-04-25", `PATCH /api/organizations/${ACME}/users/${BOB}`],
    ["partner", "2022-12-12", `PATCH /api/organizations/${ACME}/users/${BOB}`],
  ] as const) {
    test(`${version} with the ${kind} key: ${request}`, async (t) => {
      const { url, received } = await scripted(t, [USER]);
      const writer = createWriter(sessionTo(url, { kind, version }));
      const address = kind === "api" ? null : ACME;
      await writer.update(address, BOB, { email: "bob@example.com", roleIds: [MEMBER] });
      assert.equal(`${received[0]?.method} ${received[0]?.path}`, request);
    });
  }
});

test("every key reads and writes the sandbox in every version it may", async (t) => {
  const { sandbox, url } = await sandboxFor(t);
  const pairs: readonly (readonly [CredentialKind, string])[] = [
    ["api", "2025-09-18"],
    ["partner", "2025-09-18"],
    ["partner", "2024-02-08"],
    ["deployment", "2023-04-25"],
    ["deployment", "2022-12-12"],
  ];
  for (const [kind, version] of pairs) {
    const session = sessionTo(url, { kind, version });
    const reader = createReader(session);
    const writer = createWriter(session);
    const email = `${kind}-${version}@example.com`;
    const made = await writer.create(ACME, { email, roleIds: [MEMBER] }, `key-${kind}-${version}`);
    assert.equal(made.kind, "done");
    const user = (await reader.users(ACME)).find((one) => one.email === email);
    const roles = await reader.roles(ACME);
    assert.deepEqual(user?.roleIds, [MEMBER]);
    const admin = roles?.find(({ name }) => name === "Admin")?.id ?? "";
    const id = user?.id ?? "";
    assert.equal((await writer.update(ACME, id, { email, roleIds: [admin] })).kind, "done");
    const updated = (await reader.users(ACME)).find((one) => one.id === id);
    assert.deepEqual(updated?.roleIds, [admin]);
    assert.equal((await writer.remove(ACME, id)).kind, "done");
  }
  assert.ok(sandbox.log.every(({ status }) => status === 200));
});

test("an id in a path cannot lead to another endpoint", async (t) => {
  const { url, received } = await scripted(t, [USER]);
  const writer = createWriter(sessionTo(url));
  await assert.rejects(writer.remove(ACME, ".."), /the invalid id/);
  await assert.rejects(writer.remove(ACME, ""), /the invalid id/);
  await writer.remove(ACME, "../../organizations");
  assert.deepEqual(
    received.map(({ path }) => path),
    [`/api/organizations/${ACME}/users/..%2F..%2Forganizations`],
  );
});

test("the trace has one line per request, with its try, and no key", async (t) => {
  const { url } = await scripted(t, [
    "reset",
    { status: 401, body: { message: "key-of-partner" } },
  ]);
  const lines: string[] = [];
  const session = sessionTo(url, { trace: (line) => lines.push(line) });
  assert.equal(await createReader(session).roles(ACME), null);
  assert.equal(lines.length, 2);
  assert.match(
    lines[0] ?? "",
    /^GET \/api\/permissions\/roles → .*closed the connection.* in \d+ ms$/,
  );
  assert.match(lines[1] ?? "", /^GET \/api\/permissions\/roles → 401 in \d+ ms \(try 2\)$/);
  assert.doesNotMatch(lines.join(), /key-of-partner|Basic|Bearer/);
});

describe("Create API Key", () => {
  test("gives the new key's value", async (t) => {
    const { url } = await sandboxFor(t);
    const key = await createApiKey(sessionTo(url), ACME, BOB, true);
    assert.ok(key.length >= 8);
  });

  for (const [name, step, message] of [
    ["no answer", "reset", /a key may have been created, but its value was not received/],
    ["500", { status: 500 }, /a key may have been created, but its value was not received/],
    [
      "garbage",
      { status: 200, text: "<html>" },
      /a key may have been created, but its value was not received/,
    ],
    ["403", { status: 403 }, /this key does not have permission/],
    ["404", { status: 404 }, /the organization or user does not exist/],
  ] as const) {
    test(`is asked for once: ${name}`, async (t) => {
      const { url, received } = await scripted(t, [step]);
      await assert.rejects(createApiKey(sessionTo(url), ACME, BOB, false), message);
      assert.equal(received.length, 1);
    });
  }

  test("is asked for again after a 429", async (t) => {
    const made = { status: 200, body: { data: { value: "brand-new-key" } } };
    const { url, received } = await scripted(t, [{ status: 429 }, made]);
    assert.equal(await createApiKey(sessionTo(url), ACME, BOB, true), "brand-new-key");
    assert.equal(received[1]?.path, `/api/organizations/${ACME}/users/${BOB}/keys?force=true`);
  });

  test("that certainly was not made is reported as such", async () => {
    await assert.rejects(
      createApiKey(sessionTo("http://127.0.0.1:1"), ACME, BOB, false),
      (error) => error instanceof Error && !/may have been made/.test(error.message),
    );
  });
});
