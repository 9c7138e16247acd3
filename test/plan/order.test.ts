import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Change } from "../../src/model/plan.ts";
import { sortChanges, phaseOf } from "../../src/plan/order.ts";
import { ADMIN, BILLING, shortly } from "./build.ts";
import { created, removed, updated } from "./change.ts";

describe("the phase of a change", () => {
  const rows: readonly (readonly [Change, string])[] = [
    [created("a@x.io", "Admin"), "create"],
    [created("a@x.io", "Member"), "create"],
    [updated("a@x.io", "Member", "Admin"), "grant-admin"],
    [updated("a@x.io", "Member", "Admin Member"), "grant-admin"],
    [updated("a@x.io", "Member", "Viewer"), "change-roles"],
    [updated("a@x.io", "Admin", "Admin Member"), "change-roles"],
    [updated("a@x.io", "Admin Member", "Admin"), "change-roles"],
    [updated("a@x.io", "Admin", "Member"), "take-admin"],
    [updated("a@x.io", "Admin Member", "Member"), "take-admin"],
    [removed("a@x.io", "Admin"), "remove"],
    [removed("a@x.io", "Member"), "remove"],
  ];
  for (const [change, phase] of rows) {
    test(`${shortly(change)} is ${phase}`, () => assert.equal(phaseOf(change, ADMIN), phase));
  }

  test("uses the id of the admin role, whatever its name", () => {
    const owner = { id: ADMIN.id, name: "Owner" };
    assert.equal(phaseOf(updated("a@x.io", "Member", "Admin"), owner), "grant-admin");
    assert.equal(phaseOf(updated("a@x.io", "Admin", "Member"), BILLING), "change-roles");
  });
});

test("the order is by phase, then by code unit of the address; the input stays as it is", () => {
  const changes = [
    removed("b@x.io", "Admin"),
    updated("b-2@x.io", "Admin", "Member"),
    created("é@x.io", "Member"),
    updated("b.1@x.io", "Member", "Viewer"),
    created("z@x.io", "Member"),
    updated("b_3@x.io", "Member", "Admin"),
    created("10@x.io", "Member"),
    created("9@x.io", "Member"),
  ];
  const before = [...changes];
  assert.deepEqual(
    sortChanges(changes, ADMIN).map(({ email }) => email),
    ["10@x.io", "9@x.io", "z@x.io", "é@x.io", "b_3@x.io", "b.1@x.io", "b-2@x.io", "b@x.io"],
  );
  assert.deepEqual(changes, before);
});
