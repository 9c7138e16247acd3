import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import type { Change } from "../../src/model/plan.ts";
import { digestOf } from "../../src/plan/digest.ts";
import { ADMIN, at, file, MEMBER, now, planOf, user, VIEWER, wholePlan } from "./build.ts";
import { created, removed, updated } from "./change.ts";

function digest(changes: readonly Change[], id = "org-1", name = "Example"): string {
  return digestOf([{ organization: { id, name }, changes }]);
}

const invite = created("ann@x.io", "Member");
const change = updated("sam@x.io", "Member", "Admin Viewer");
const removal = removed("bob@x.io", "Billing");
const all = [invite, change, removal];

test("the digest is the one that the documentation describes", () => {
  const json =
    '[["org-1","create","ann@x.io",null,null,[["r-member","Member"]]],' +
    '["org-1","remove","bob@x.io","u-bob@x.io",[["r-billing","Billing"]],null],' +
    '["org-1","update","sam@x.io","u-sam@x.io",[["r-member","Member"]],[["r-admin","Admin"],["r-viewer","Viewer"]]]]';
  assert.equal(digest(all), `sha256:${createHash("sha256").update(json).digest("hex")}`);
});

test("nothing to do has a digest of its own", () => {
  assert.equal(
    digestOf([]),
    "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
  );
  assert.equal(digest([]), digestOf([]));
});

describe("the digest changes with", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["the organization", digest(all, "org-2")],
    ["a change less", digest([invite, change])],
    ["a change more", digest([...all, removed("eve@x.io", "Member")])],
    ["the action", digest([invite, change, updated("bob@x.io", "Billing", "Member")])],
    ["who is invited", digest([created("anne@x.io", "Member"), change, removal])],
    ["who is removed", digest([invite, change, removed("rob@x.io", "Billing")])],
    ["the id of who is removed", digest([invite, change, { ...removal, userId: "u-2" }])],
    ["the id of who is changed", digest([invite, { ...change, userId: "u-2" }, removal])],
    ["the roles of who is invited", digest([created("ann@x.io", "Admin"), change, removal])],
    ["one role more", digest([created("ann@x.io", "Admin Member"), change, removal])],
    [
      "what somebody had",
      digest([invite, updated("sam@x.io", "Billing", "Admin Viewer"), removal]),
    ],
    ["what somebody gets", digest([invite, updated("sam@x.io", "Member", "Admin"), removal])],
    ["what is taken with a removal", digest([invite, change, removed("bob@x.io", "Admin")])],
    ["a role's id", digest([{ ...invite, after: [{ ...MEMBER, id: "r-2" }] }, change, removal])],
    ["a role's name", digest([{ ...invite, after: [{ ...MEMBER, name: "M" }] }, change, removal])],
    [
      "who has which of two changes",
      digest([created("ann@x.io", "Billing"), change, removed("bob@x.io", "Member")]),
    ],
  ];
  for (const [name, other] of rows) {
    test(name, () => assert.notEqual(other, digest(all)));
  }

  test("all of these: no two are the same", () => {
    assert.equal(new Set(rows.map(([, other]) => other)).size, rows.length);
  });
});

describe("the digest does not change with", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["the order of the changes", digest(all.toReversed())],
    ["the organization's name", digest(all, "org-1", "Another")],
    [
      "reasons",
      digest(all.map((one) => ({ ...one, reasons: [{ code: "not-in-files" as const }] }))),
    ],
    ["places", digest(all.map((one) => ({ ...one, source: at(99, "other.yaml") })))],
    [
      "the last day",
      digest([{ ...invite, until: "2026-12-31" }, { ...change, until: "2027-01-31" }, removal]),
    ],
    [
      "what stands for a removal, and what is a rename",
      digest([
        { ...invite, renamedFrom: "bob@x.io" },
        { ...change, insteadOfRemoval: true },
        { ...removal, renamedTo: "ann@x.io" },
      ]),
    ],
    ["the order of roles", digest([invite, { ...change, after: [VIEWER, ADMIN] }, removal])],
  ];
  for (const [name, same] of rows) {
    test(name, () => assert.equal(same, digest(all)));
  }

  test("the order of organizations", () => {
    const one = { organization: { id: "org-1", name: "One" }, changes: [invite] };
    const two = { organization: { id: "org-2", name: "Two" }, changes: [removal] };
    assert.equal(digestOf([two, one]), digestOf([one, two]));
    assert.notEqual(
      digestOf([one, two]),
      digestOf([
        { ...one, changes: two.changes },
        { ...two, changes: one.changes },
      ]),
    );
  });
});

test("the same person in two organizations: their order does not change it, who is where does", () => {
  const one = { organization: { id: "org-1", name: "One" }, changes: [invite] };
  const two = {
    organization: { id: "org-2", name: "Two" },
    changes: [created("ann@x.io", "Admin")],
  };
  assert.equal(digestOf([two, one]), digestOf([one, two]));
  assert.notEqual(
    digestOf([one, two]),
    digestOf([
      { ...one, changes: two.changes },
      { ...two, changes: one.changes },
    ]),
  );
});

test("the same change has the same digest tomorrow, and whatever else is there", () => {
  const ann = user("ann@x.io", "Member", { expires: "2026-11-30" });
  const desired = file([user("jane@x.io", "Admin"), ann], { unmanaged: "keep" });
  const today = planOf(desired, now({ "jane@x.io": "Admin" }));
  const tomorrow = planOf(desired, now({ "jane@x.io": "Admin", "zed@x.io": "Billing" }), {
    asOf: "2026-11-24",
  });
  assert.equal(wholePlan([today]).digest, wholePlan([tomorrow]).digest);
});

test("the digest is of what --only leaves", () => {
  const desired = file([user("jane@x.io", "Admin"), user("ann@x.io", "Member")]);
  const current = now({ "jane@x.io": "Admin", "bob@x.io": "Viewer" });
  const part = wholePlan([planOf(desired, current, { only: ["ann@x.io"] })]);
  assert.equal(part.digest, digest([created("ann@x.io", "Member")]));
});
