import assert from "node:assert/strict";
import { test } from "node:test";
import { assemblePlan } from "../../src/plan/make-plan.ts";
import { changeCount, violationsOf } from "../../src/model/plan.ts";
import { computeDigest } from "../../src/plan/digest.ts";
import { noOverrides } from "../../src/plan/guards.ts";
import { file, now, planOf, URL, user } from "./build.ts";

const one = (id: string) => ({
  ...planOf(
    file([user("jane@x.io", "Admin"), user("ann@x.io", "Member")]),
    now({ "jane@x.io": "Viewer" }),
  ),
  organization: { id, name: `Organization ${id}` },
});

test("organizations are sorted by id, failures by file, and the digest is over all changes", () => {
  const failed = ["z.yaml", "a.yaml"].map((source) => ({
    source,
    organization: null,
    message: "403",
  }));
  const plan = assemblePlan(URL, [one("org-2"), one("org-1")], failed, noOverrides);
  assert.deepEqual(
    plan.organizations.map(({ organization }) => organization.id),
    ["org-1", "org-2"],
  );
  assert.deepEqual(
    plan.failed.map(({ source }) => source),
    ["a.yaml", "z.yaml"],
  );
  assert.equal(plan.url, URL);
  assert.equal(plan.digest, computeDigest(URL, [one("org-1"), one("org-2")], failed));
  assert.equal(changeCount(plan), 4);
  assert.deepEqual(violationsOf(plan), []);
});

test("what an organization's plan says against itself stays, before what the guards say", () => {
  const moved = {
    guard: "approved-plan",
    place: null,
    email: null,
    conflict: { code: "missing" },
  } as const;
  const plan = assemblePlan(URL, [{ ...one("org-1"), violations: [moved] }], [], {
    ...noOverrides,
    minAdmins: 2,
  });
  assert.deepEqual(
    violationsOf(plan).map(({ guard }) => guard),
    ["approved-plan", "min-admins"],
  );
});

test("organizations are sorted by name, without regard to case, then by id", () => {
  const named = (id: string, name: string) => ({ ...one(id), organization: { id, name } });
  const plans = [named("1", "Zeta"), named("3", "acme"), named("2", "Acme"), named("0", "Bolt")];
  assert.deepEqual(
    assemblePlan(URL, plans, [], noOverrides).organizations.map(({ organization }) => organization),
    [
      { id: "2", name: "Acme" },
      { id: "3", name: "acme" },
      { id: "0", name: "Bolt" },
      { id: "1", name: "Zeta" },
    ],
  );
});
