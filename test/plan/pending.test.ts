/** `policy.create: false`: no user is created; with `unmanaged: keep` no user is removed either. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { noticeTexts } from "../../src/model/plan-words.ts";
import { at, BILLING, demoteTo, file, now, planOf, shortly, user, VIEWER } from "./build.ts";

const jane = user("jane@x.io", "Admin");
const sam = user("Sam@x.io", "Viewer Billing", { place: at(21) });
const there = { "jane@x.io": "Admin" };

test("a user who is still missing is pending, and no change", () => {
  const plan = planOf(file([jane, sam], { create: false }), now(there));
  assert.deepEqual(plan.changes, []);
  assert.deepEqual(plan.pending, [{ email: "sam@x.io", roles: [BILLING, VIEWER], source: at(21) }]);
  assert.equal(plan.unchanged, 1);
});

test("with create: true no user is pending", () => {
  assert.deepEqual(planOf(file([jane, sam]), now(there)).pending, []);
});

test("a user who has arrived gets the roles of the files", () => {
  const plan = planOf(
    file([jane, sam], { create: false }),
    now({ ...there, "sam@x.io": "Member" }),
  );
  assert.deepEqual(plan.changes.map(shortly), ["~ sam@x.io Member → Billing, Viewer"]);
  assert.deepEqual(plan.pending, []);
});

test("a user whose access has ended is not pending", () => {
  const gone = user("sam@x.io", "Viewer", { expires: "2026-01-01" });
  assert.deepEqual(planOf(file([jane, gone], { create: false }), now(there)).pending, []);
});

test("the previous address of a rename stays as long as the new one is pending", () => {
  const renamed = user("sam@x.io", "Viewer", { previously: "old@x.io" });
  const rename = (users: Readonly<Record<string, string>>) =>
    planOf(file([jane, renamed], { create: false }), now({ ...there, ...users }));
  assert.deepEqual(rename({ "old@x.io": "Viewer" }).changes, []);
  assert.deepEqual(rename({ "old@x.io": "Viewer", "sam@x.io": "Viewer" }).changes.map(shortly), [
    "- old@x.io Viewer",
  ]);
});

describe("with unmanaged: keep no user is removed", () => {
  const policy = { create: false, unmanaged: "keep" } as const;
  const rows = [
    ["a user who is not in the files", file([jane], policy), { ...there, "zed@x.io": "Viewer" }],
    [
      "whose access has ended",
      file([jane, user("sam@x.io", "Viewer", { expires: "2026-01-01" })], policy),
      { ...there, "sam@x.io": "Viewer" },
    ],
    [
      "the previous address of a rename",
      file([jane, user("sam@x.io", "Viewer", { previously: "old@x.io" })], policy),
      { ...there, "sam@x.io": "Viewer", "old@x.io": "Viewer" },
    ],
  ] as const;
  for (const [name, desired, users] of rows) {
    test(name, () => assert.deepEqual(planOf(desired, now(users)).changes, []));
  }

  test("ended access that is kept is a notice; with demote_to it ends there", () => {
    const ended = user("sam@x.io", "Admin", { expires: "2026-01-01" });
    const users = now({ ...there, "sam@x.io": "Admin" });
    const kept = planOf(file([jane, ended], policy), users);
    assert.deepEqual(kept.notices, [{ code: "access-kept", emails: ["sam@x.io"] }]);
    assert.match(
      noticeTexts([kept]).join(),
      /The files no longer grant access to sam@x\.io, who keeps it/,
    );
    const demoted = planOf(
      file([jane, ended], { ...policy, onRemoval: demoteTo("Viewer") }),
      users,
    );
    assert.deepEqual(demoted.changes.map(shortly), ["~ sam@x.io Admin → Viewer"]);
    assert.deepEqual(demoted.notices, []);
  });
});
