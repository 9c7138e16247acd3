import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, test } from "node:test";

import { Failure } from "../../src/model/failure.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { DIALECTS, type Dialect, parseDialects } from "../../src/sandbox/dialects.ts";
import { nth } from "../../src/sandbox/faults.ts";
import { ACME, ADA, BOB, HIDDEN, MEMBER, UNKNOWN, VIEWER, ask, basic } from "./calls.ts";
import { sandboxWith, send } from "./calls.ts";

const USERS = "/api/organization/users";
const BY_PATH = `/api/organizations/${ACME}/users`;
const PARTNER = { authorization: "Bearer key-of-partner" };
const NEW = { email: "New@example.com", role_ids: [VIEWER] };

function speaking(...names: readonly Dialect[]): Sandbox {
  return sandboxWith({ dialects: parseDialects(names) });
}

/** Without the dialect first, then with it. */
async function both<T>(dialect: Dialect, asks: (sandbox: Sandbox) => Promise<T>): Promise<T[]> {
  return [await asks(sandboxWith()), await asks(speaking(dialect))];
}

async function statusOf(sandbox: Sandbox, method: string, path: string, asked = {}) {
  return (await ask(sandbox, method, path, asked)).status;
}

describe("the status of one request, without the dialect and with it", () => {
  const basicRoles = { authorization: basic(ACME, "key-of-partner") };
  const roles = (asked: object) => (one: Sandbox) =>
    statusOf(one, "GET", "/api/permissions/roles", asked);
  const remove = (one: Sandbox) => statusOf(one, "DELETE", `${USERS}/${BOB}`);
  const twice = async (one: Sandbox) => [await remove(one), await remove(one)];
  const update = (method: string, version: string) => (one: Sandbox) =>
    statusOf(one, method, `${BY_PATH}/${BOB}`, { version, body: { ...NEW, email: "bob@a.b" } });
  const create = (body: object) => (one: Sandbox) => statusOf(one, "POST", USERS, { body });
  const rows: readonly (readonly [Dialect, (sandbox: Sandbox) => Promise<unknown>, unknown[]])[] = [
    ["partner-roles-401", roles(basicRoles), [200, 401]],
    ["partner-roles-403", roles(basicRoles), [200, 403]],
    ["partner-roles-404", roles(basicRoles), [200, 404]],
    ["partner-roles-403", roles({}), [200, 200]],
    ["roles-refused", roles({}), [200, 403]],
    ["identity-refused", (one) => statusOf(one, "GET", "/api/me"), [200, 403]],
    ["no-current-organization", (one) => statusOf(one, "GET", "/api/organization"), [200, 404]],
    ["partner-users-by-basic", (one) => statusOf(one, "GET", BY_PATH, PARTNER), [200, 403]],
    ["partner-users-by-basic", (one) => statusOf(one, "GET", BY_PATH, basicRoles), [200, 200]],
    ["api-key-organization-users-403", (one) => statusOf(one, "GET", BY_PATH), [200, 403]],
    ["api-key-organization-users-403", (one) => statusOf(one, "GET", USERS), [200, 200]],
    [
      "api-key-lists-organizations",
      (one) => statusOf(one, "GET", "/api/organizations"),
      [403, 200],
    ],
    ["update-by-other-method", update("PATCH", "2023-04-25"), [200, 405]],
    ["update-by-other-method", update("PUT", "2023-04-25"), [405, 200]],
    ["update-by-other-method", update("PATCH", "2025-09-18"), [405, 200]],
    ["newest-version-only", update("PUT", "2023-04-25"), [405, 200]],
    ["created-201", create(NEW), [200, 201]],
    ["updated-204", update("PUT", "2025-09-18"), [200, 204]],
    ["removed-204", remove, [200, 204]],
    [
      "removed-again-200",
      twice,
      [
        [200, 404],
        [200, 200],
      ],
    ],
    [
      "missing-user-422",
      (one) => statusOf(one, "PUT", `${USERS}/${UNKNOWN}`, { body: NEW }),
      [404, 422],
    ],
    ["existing-user-409", create({ email: "bob@example.com" }), [422, 409]],
    ["existing-user-200", create({ email: "bob@example.com" }), [422, 200]],
    [
      "out-of-reach-404",
      (one) => statusOf(one, "GET", `/api/organizations/${HIDDEN}/users`, PARTNER),
      [403, 404],
    ],
  ];
  for (const [dialect, asks, statuses] of rows) {
    test(`${dialect}: ${JSON.stringify(statuses)}`, async () => {
      assert.deepEqual(await both(dialect, asks), statuses);
    });
  }
});

describe("what an answer shows", () => {
  const ada = async (one: Sandbox) => (await ask(one, "GET", `${USERS}/${ADA}`)).body.data;

  test("identity-without-organization", async () => {
    const { body } = await ask(speaking("identity-without-organization"), "GET", "/api/me");
    assert.equal("organization_id" in body.data, false);
  });

  test("email-case-kept", async () => {
    const emails = await both("email-case-kept", async (one) => {
      return (await ask(one, "POST", USERS, { body: NEW })).body.data.email;
    });
    assert.deepEqual(emails, ["new@example.com", "New@example.com"]);
  });

  test("empty-list", async () => {
    const lists = await both("empty-list", async (one) => {
      return (await ask(one, "GET", "/api/permissions/policies")).body.data;
    });
    assert.deepEqual(lists, [null, []]);
  });

  test("extra-fields", async () => {
    const shown = await ada(speaking("extra-fields"));
    assert.deepEqual(
      { ...shown },
      { ...(await ada(sandboxWith())), created_by: null, labels: { tier: 1 } },
    );
  });

  test("organization-id-missing", async () => {
    assert.equal("organization_id" in (await ada(speaking("organization-id-missing"))), false);
  });

  test("role-ids-missing, -null and -empty: until the user is updated", async () => {
    const sandbox = speaking("role-ids-missing");
    assert.equal("role_ids" in (await ada(sandbox)), false);
    const body = { email: "ada@example.com", role_ids: [MEMBER] };
    await ask(sandbox, "PUT", `${USERS}/${ADA}`, { body });
    assert.deepEqual((await ada(sandbox)).role_ids, [MEMBER]);
    assert.equal((await ada(speaking("role-ids-null"))).role_ids, null);
    assert.deepEqual((await ada(speaking("role-ids-empty"))).role_ids, []);
  });

  test("legacy-role-user and legacy-role-missing", async () => {
    const bob = async (one: Sandbox) => (await ask(one, "GET", `${USERS}/${BOB}`)).body.data.role;
    assert.deepEqual(await both("legacy-role-user", bob), ["member", "user"]);
    assert.equal(await bob(speaking("legacy-role-missing")), undefined);
  });

  test("removed-empty", async () => {
    const removed = await send(speaking("removed-empty"), "DELETE", `${USERS}/${BOB}`);
    assert.deepEqual(removed.kind === "answer" && [removed.answer.status, removed.text], [200, ""]);
  });

  test("errors-as-text and errors-as-html", async () => {
    const text = await send(speaking("errors-as-text"), "GET", `${USERS}/${UNKNOWN}`);
    assert.deepEqual(text.kind === "answer" && text.text, "404: no such user\n");
    const html = await send(speaking("errors-as-html"), "GET", `${USERS}/${UNKNOWN}`);
    assert.match((html.kind === "answer" && html.text) || "", /^<!doctype html><title>Error 404/);
  });

  test("version-header-missing", async () => {
    const headers = await both("version-header-missing", async (one) => {
      return (await ask(one, "GET", "/api/me")).headers["x-polytomic-version"];
    });
    assert.deepEqual(headers, ["2025-09-18", undefined]);
  });

  test("no-retry-after", async () => {
    const faults = [nth(1, "GET", "/api/me", "too-many-requests")];
    const dialects = parseDialects(["no-retry-after"]);
    const { status, headers } = await ask(sandboxWith({ faults, dialects }), "GET", "/api/me");
    assert.deepEqual([status, headers["retry-after"]], [429, undefined]);
  });

  test("idempotency-ignored: the second POST with a key is judged anew", async () => {
    const statuses = await both("idempotency-ignored", async (one) => {
      const asked = { body: NEW, key: "12345678" };
      return [await statusOf(one, "POST", USERS, asked), await statusOf(one, "POST", USERS, asked)];
    });
    assert.deepEqual(statuses, [
      [200, 200],
      [200, 422],
    ]);
  });

  test("paged-lists and linked-lists", async () => {
    for (const [dialect, field] of [
      ["paged-lists", "pagination"],
      ["linked-lists", "links"],
    ] as const) {
      const sandbox = speaking(dialect);
      assert.equal(field in (await ask(sandbox, "GET", USERS)).body, false);
      for (const name of ["a", "b", "c", "d"]) {
        sandbox.state.addUser(ACME, { email: `${name}@example.com`, role_ids: [MEMBER] });
      }
      const { body } = await ask(sandbox, "GET", USERS);
      const { data } = body as unknown as { readonly data: readonly unknown[] };
      assert.deepEqual([data.length, field in body], [5, true]);
    }
  });
});

test("dialects that are unknown, or about the same point, are refused", () => {
  const cause = (...names: string[]) => {
    try {
      parseDialects(names);
      return null;
    } catch (error) {
      assert.ok(error instanceof Failure);
      return error.message;
    }
  };
  assert.equal(cause("created-201", "email-case-kept", "created-201"), null);
  assert.equal(cause("latin"), 'unknown dialect "latin"');
  assert.equal(
    cause("removed-204", "removed-empty"),
    "the dialects removed-204 and removed-empty cannot be combined",
  );
});

test("the schema and docs/fidelity.md have every dialect", async () => {
  const root = new URL("../../", import.meta.url);
  const schema: unknown = JSON.parse(
    await readFile(new URL("schemas/sandbox.schema.json", root), "utf8"),
  );
  const { properties } = schema as {
    properties: { dialects: { items: { enum: readonly string[] } } };
  };
  assert.deepEqual(properties.dialects.items.enum, Object.keys(DIALECTS));
  const docs = await readFile(new URL("docs/fidelity.md", root), "utf8");
  const missing = Object.keys(DIALECTS).filter((name) => !docs.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
});
