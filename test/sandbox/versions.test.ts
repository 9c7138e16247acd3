import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { ACME, BOB, MEMBER, ask, sandboxWith } from "./calls.ts";

const BODY = { email: "bob@example.com", role_ids: [MEMBER] };
const BY_PATH = `/api/organizations/${ACME}/users/${BOB}`;
const OWN = `/api/organization/users/${BOB}`;

// version, PATCH and PUT by the path that names the organization, PUT by the caller's own
const ROWS: readonly (readonly [string, number, number, number])[] = [
  ["2022-12-12", 200, 405, 404],
  ["2023-04-25", 200, 405, 404],
  ["2024-02-08", 405, 200, 404],
  ["2025-09-18", 405, 200, 200],
];

describe("each version has its update method and its families", () => {
  for (const [version, patch, put, own] of ROWS) {
    test(version, async () => {
      const sandbox = sandboxWith();
      const statuses = [
        (await ask(sandbox, "PATCH", BY_PATH, { version, body: BODY })).status,
        (await ask(sandbox, "PUT", BY_PATH, { version, body: BODY })).status,
        (await ask(sandbox, "PUT", OWN, { version, body: BODY })).status,
      ];
      assert.deepEqual(statuses, [patch, put, own]);
    });
  }
});

test("an answer says which version served it", async () => {
  const sandbox = sandboxWith();
  for (const [version] of ROWS) {
    const { headers } = await ask(sandbox, "GET", "/api/me", { version });
    assert.equal(headers["x-polytomic-version"], version);
  }
});

test("a request without a version is served by the newest", async () => {
  const { status, headers } = await ask(sandboxWith(), "GET", "/api/organization/users");
  assert.equal(status, 200);
  assert.equal(headers["x-polytomic-version"], "2025-09-18");
});

test("405 names the method that works", async () => {
  const rows = [
    ["PUT", BY_PATH, "2023-04-25", "GET, PATCH, DELETE"],
    ["PATCH", BY_PATH, "2025-09-18", "GET, PUT, DELETE"],
    ["DELETE", `/api/organizations/${ACME}/users`, "2025-09-18", "GET, POST"],
    ["POST", "/api/me", "2025-09-18", "GET"],
    ["GET", `${BY_PATH}/keys`, "2025-09-18", "POST"],
  ] as const;
  for (const [method, path, version, allow] of rows) {
    const { status, headers } = await ask(sandboxWith(), method, path, { version, body: BODY });
    assert.deepEqual([status, headers["allow"]], [405, allow]);
  }
});

test("an unknown version is 400, and so is the one with another envelope, by name", async () => {
  const sandbox = sandboxWith();
  const rows = [
    ["2019-01-01", /unsupported X-Polytomic-Version; use one of 2025-09-18/],
    ["2021-05-23", /2021-05-23 has another response format/],
  ] as const;
  for (const [version, message] of rows) {
    const { status, body } = await ask(sandbox, "GET", "/api/me", { version });
    assert.equal(status, 400);
    assert.match(body.message, message);
  }
});

test("unknown paths are 404", async () => {
  const sandbox = sandboxWith();
  const paths = [
    "/",
    "/api",
    "/api/users",
    "/api/organization/",
    "/api/organizations/",
    `${OWN}/keys`,
    `${BY_PATH}/keys/1`,
    `${BY_PATH}/`,
    "/api/permissions/roles/1",
    "/api/permissions/policies/1",
    "/api/permissions/actions",
    "/api/%zz",
  ];
  for (const path of paths) {
    const { status, body } = await ask(sandbox, "GET", path);
    assert.deepEqual([path, status, body.status], [path, 404, 404]);
  }
});
