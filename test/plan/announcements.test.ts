import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DesiredUser } from "../../src/model/desired.ts";
import { BILLING, demoteTo, file, MEMBER, now, planOf, user, VIEWER, at } from "./build.ts";

const jane = user("jane@x.io", "Admin");

function announced(sam: DesiredUser, current = now({ "jane@x.io": "Admin" })): readonly string[] {
  return planOf(file([jane, sam]), current).expiring.map(
    ({ email, role, on }) => `${email} ${role ?? "everything"} ${on}`,
  );
}

describe("what ends soon", () => {
  const rows: readonly (readonly [string, DesiredUser, readonly string[]])[] = [
    ["nothing, where nothing ends", user("sam@x.io", "Member"), []],
    [
      "access that ends today",
      user("sam@x.io", "Member", { expires: "2026-11-23" }),
      ["sam@x.io everything 2026-11-23"],
    ],
    [
      "access that ends in 14 days",
      user("sam@x.io", "Member", { expires: "2026-12-07" }),
      ["sam@x.io everything 2026-12-07"],
    ],
    [
      "not what ends in 15 days",
      user("sam@x.io", "Member Billing@2026-12-08", { expires: "2026-12-09" }),
      [],
    ],
    ["not what has ended", user("sam@x.io", "Member Billing@2026-11-22"), []],
    ["nor a user who has left", user("sam@x.io", "Member", { expires: "2026-11-22" }), []],
    [
      "a role that ends while another stays",
      user("sam@x.io", "Member Billing@2026-11-30"),
      ["sam@x.io Billing 2026-11-30"],
    ],
    [
      "a role through a group",
      user("sam@x.io", "Member finance/Billing@2026-11-30"),
      ["sam@x.io Billing 2026-11-30"],
    ],
    [
      "the last roles, all on one day, are the whole access",
      user("sam@x.io", "Member@2026-11-30 Billing@2026-11-30"),
      ["sam@x.io everything 2026-11-30"],
    ],
    [
      "roles that end on different days, the next first",
      user("sam@x.io", "Member@2026-12-01 Billing@2026-11-30"),
      ["sam@x.io Billing 2026-11-30", "sam@x.io Member 2026-12-01"],
    ],
    [
      "a role before the whole access",
      user("sam@x.io", "Member Billing@2026-11-30", { expires: "2026-12-05" }),
      ["sam@x.io Billing 2026-11-30", "sam@x.io Member 2026-12-05"],
    ],
    [
      "not a role that another grant holds up",
      user("sam@x.io", "Billing@2026-11-30 finance/Billing"),
      [],
    ],
  ];
  for (const [name, sam, expected] of rows) {
    test(name, () => assert.deepEqual(announced(sam), expected));
  }

  test("users are sorted by day, then address; the place is that of their entry", () => {
    const desired = file([
      user("B@x.io", "Admin", { expires: "2026-12-01", place: at(31) }),
      user("a@x.io", "Admin", { expires: "2026-12-01", place: at(32) }),
      user("c@x.io", "Admin", { expires: "2026-11-24", place: at(33) }),
    ]);
    assert.deepEqual(planOf(desired, now({})).expiring, [
      { email: "c@x.io", role: null, on: "2026-11-24", source: at(33) },
      { email: "a@x.io", role: null, on: "2026-12-01", source: at(32) },
      { email: "b@x.io", role: null, on: "2026-12-01", source: at(31) },
    ]);
  });

  test("the horizon goes with as-of, over the end of a year", () => {
    const sam = user("sam@x.io", "Member", { expires: "2027-01-03" });
    const on = (asOf: string) => planOf(file([jane, sam]), now({}), { asOf }).expiring.length;
    assert.deepEqual(
      [on("2026-12-19"), on("2026-12-20"), on("2027-01-03"), on("2027-01-04")],
      [0, 1, 1, 0],
    );
  });
});

describe("who is left alone", () => {
  const current = now({ "jane@x.io": "Admin", "zed@x.io": "Viewer", "Bob@x.io": "Member Billing" });

  test("users who are kept are named, by address, with all roles", () => {
    const plan = planOf(file([jane], { unmanaged: "keep" }), current);
    assert.deepEqual(plan.unmanaged, [
      { email: "bob@x.io", roles: [BILLING, MEMBER], demoted: false },
      { email: "zed@x.io", roles: [VIEWER], demoted: false },
    ]);
  });

  for (const unmanaged of ["remove", "keep"] as const) {
    test(`the old address of a rename waits for the new one (create: false, unmanaged: ${unmanaged})`, () => {
      const renamed = user("new@x.io", "Viewer", { previously: "Zed@x.io" });
      const policy = { create: false, unmanaged } as const;
      const plan = planOf(
        file([jane, renamed], policy),
        now({ "jane@x.io": "Admin", "zed@x.io": "Viewer" }),
      );
      assert.deepEqual(plan.changes, []);
      assert.deepEqual(plan.unmanaged, [
        { email: "zed@x.io", roles: [VIEWER], demoted: false, renamedTo: "new@x.io" },
      ]);
    });
  }

  test("a user who is to be demoted is not, as long as that is still to be done", () => {
    const plan = planOf(file([jane], { onRemoval: demoteTo("Viewer") }), current);
    assert.deepEqual(plan.unmanaged, [{ email: "zed@x.io", roles: [VIEWER], demoted: true }]);
  });

  test("a user who is to be removed is not either, even if --only leaves that out", () => {
    const plan = planOf(file([jane]), current, { only: ["zed@x.io"] });
    assert.deepEqual([plan.unmanaged, plan.leftOut.map(({ email }) => email)], [[], ["bob@x.io"]]);
  });

  test("a user whose access ended and who was demoted is", () => {
    const zed = user("zed@x.io", "Admin", { expires: "2026-01-01" });
    const plan = planOf(
      file([jane, zed], { onRemoval: demoteTo("Viewer") }),
      now({ "jane@x.io": "Admin", "zed@x.io": "Viewer" }),
    );
    assert.deepEqual([plan.changes, plan.unmanaged.map(({ email }) => email)], [[], ["zed@x.io"]]);
  });

  test("a listed user who was demoted is not kept by policy.unmanaged", () => {
    const zed = user("zed@x.io", "Admin", { expires: "2026-01-01" });
    const plan = planOf(
      file([jane, zed], { onRemoval: demoteTo("Viewer"), unmanaged: "keep" }),
      now({ "jane@x.io": "Admin", "zed@x.io": "Viewer", "bob@x.io": "Member" }),
    );
    assert.deepEqual(
      plan.unmanaged.map(({ email, demoted }) => [email, demoted]),
      [
        ["bob@x.io", false],
        ["zed@x.io", true],
      ],
    );
  });

  test("ignored users are named, and are not unmanaged", () => {
    const plan = planOf(file([jane], { unmanaged: "keep", ignore: ["BOB@*"] }), current);
    assert.deepEqual(plan.ignored, [{ email: "bob@x.io", roles: [BILLING, MEMBER] }]);
    assert.deepEqual(
      plan.unmanaged.map(({ email }) => email),
      ["zed@x.io"],
    );
  });

  test("every user of Polytomic is in one of the lists", () => {
    const desired = file([jane, user("new@x.io", "Member")], {
      unmanaged: "keep",
      ignore: ["zed@*"],
    });
    const plan = planOf(desired, current);
    const visible =
      plan.unchanged + plan.changes.length + plan.unmanaged.length + plan.ignored.length;
    assert.equal(visible, current.users.length + 1);
  });
});
