import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { type Limit, nowhere } from "../../src/model/desired.ts";
import type { Change, GuardInputs } from "../../src/model/plan.ts";
import { computeDigest } from "../../src/plan/digest.ts";
import { ADMIN, at, file, MEMBER, now, planOf, user, VIEWER, wholePlan } from "./build.ts";
import { created, removed, updated } from "./change.ts";

const URL = "https://app.polytomic.com";

const guardInputs: GuardInputs = {
  adminRole: ADMIN,
  policy: {
    ignore: ["*@polytomic.com"],
    protected: ["cto@x.io"],
    maxRemovals: { kind: "share", percent: 25 },
    maxRoleChanges: { kind: "count", count: 9 },
    minAdmins: 1,
    limitPlaces: nowhere,
  },
  users: 9,
  admins: [],
  callerId: null,
  implausible: [],
};

function digest(
  changes: readonly Change[],
  id = "org-1",
  name = "Example",
  policy: Partial<GuardInputs["policy"]> = {},
): string | null {
  const judgedBy = { ...guardInputs, policy: { ...guardInputs.policy, ...policy } };
  return computeDigest(
    URL,
    [{ organization: { id, name }, changes, guardInputs: judgedBy, ruleFindings: [] }],
    [],
  );
}

const invite = created("ann@x.io", "Member");
const change = updated("sam@x.io", "Member", "Admin Viewer");
const removal = removed("bob@x.io", "Billing");
const all = [invite, change, removal];

test("the digest is the one that the documentation describes", () => {
  const json =
    '["https://app.polytomic.com",' +
    '[["org-1","create","ann@x.io",null,null,[["r-member","Member"]],null,null],' +
    '["org-1","remove","bob@x.io","u-bob@x.io",[["r-billing","Billing"]],null,null,null],' +
    '["org-1","update","sam@x.io","u-sam@x.io",[["r-member","Member"]],[["r-admin","Admin"],["r-viewer","Viewer"]],null,null]],' +
    '[["org-1","r-admin",["*@polytomic.com"],["cto@x.io"],"25%","9",1,[]]],[]]';
  assert.equal(digest(all), `sha256:${createHash("sha256").update(json).digest("hex")}`);
});

test("nothing to do has a digest of its own", () => {
  const json = '["https://app.polytomic.com",[],[],[]]';
  const empty = computeDigest(URL, [], []);
  assert.equal(empty, `sha256:${createHash("sha256").update(json).digest("hex")}`);
  assert.equal(digest([]), empty);
});

test("a plan that could not be made has no digest", () => {
  assert.equal(
    computeDigest(URL, [], [{ source: "a.yaml", organization: null, message: "" }]),
    null,
  );
});

describe("the digest changes with", () => {
  const ORG = { id: "org-1", name: "Example" };
  const FAILED = { source: "b.yaml", organization: null, message: "" };
  const NINE: Limit = { kind: "count", count: 9 };
  const FEW: Limit = { kind: "share", percent: 9 };
  const rows: readonly (readonly [string, string | null])[] = [
    ["the organization", digest(all, "org-2")],
    [
      "the address of the API",
      computeDigest(
        "https://x.example",
        [{ organization: ORG, changes: all, guardInputs, ruleFindings: [] }],
        [],
      ) ?? "",
    ],
    [
      "an organization that failed",
      computeDigest(
        URL,
        [{ organization: ORG, changes: all, guardInputs, ruleFindings: [] }],
        [FAILED],
      ) ?? "",
    ],
    ["the last day", digest([{ ...invite, until: "2026-12-31" }, change, removal])],
    ["which changes are a rename", digest([invite, change, { ...removal, renamedTo: "ann@x.io" }])],
    ["the ignored users", digest(all, "org-1", "Example", { ignore: [] })],
    ["the protected users", digest(all, "org-1", "Example", { protected: [] })],
    ["the limit of removals", digest(all, "org-1", "Example", { maxRemovals: NINE })],
    ["the limit of role changes", digest(all, "org-1", "Example", { maxRoleChanges: FEW })],
    ["the minimum of admins", digest(all, "org-1", "Example", { minAdmins: 0 })],
    ["a change less", digest([invite, change])],
    ["a change more", digest([...all, removed("eve@x.io", "Member")])],
    ["the action", digest([invite, change, updated("bob@x.io", "Billing", "Member")])],
    ["the invited user", digest([created("anne@x.io", "Member"), change, removal])],
    ["the removed user", digest([invite, change, removed("rob@x.io", "Billing")])],
    ["the id of the user who is removed", digest([invite, change, { ...removal, userId: "u-2" }])],
    ["the id of the user who is changed", digest([invite, { ...change, userId: "u-2" }, removal])],
    ["the roles of the invited user", digest([created("ann@x.io", "Admin"), change, removal])],
    ["one role more", digest([created("ann@x.io", "Admin Member"), change, removal])],
    [
      "a user's previous roles",
      digest([invite, updated("sam@x.io", "Billing", "Admin Viewer"), removal]),
    ],
    ["a user's new roles", digest([invite, updated("sam@x.io", "Member", "Admin"), removal])],
    ["the roles that a removal takes", digest([invite, change, removed("bob@x.io", "Admin")])],
    ["a role's id", digest([{ ...invite, after: [{ ...MEMBER, id: "r-2" }] }, change, removal])],
    ["a role's name", digest([{ ...invite, after: [{ ...MEMBER, name: "M" }] }, change, removal])],
    [
      "which of two users has which change",
      digest([created("ann@x.io", "Billing"), change, removed("bob@x.io", "Member")]),
    ],
  ];
  for (const [name, other] of rows) {
    test(name, () => assert.notEqual(other, digest(all)));
  }

  test("no two of these are the same", () => {
    assert.equal(new Set(rows.map(([, other]) => other)).size, rows.length);
  });
});

describe("the digest does not change with", () => {
  const rows: readonly (readonly [string, string | null])[] = [
    ["the order of the changes", digest(all.toReversed())],
    ["the organization's name", digest(all, "org-1", "Another")],
    [
      "reasons",
      digest(all.map((one) => ({ ...one, reasons: [{ code: "not-in-files" as const }] }))),
    ],
    ["places", digest(all.map((one) => ({ ...one, source: at(99, "other.yaml") })))],
    [
      "the order of patterns",
      digest(all, "org-1", "Example", { ignore: [...guardInputs.policy.ignore].reverse() }),
    ],
    ["the order of roles", digest([invite, { ...change, after: [VIEWER, ADMIN] }, removal])],
  ];
  for (const [name, same] of rows) {
    test(name, () => assert.equal(same, digest(all)));
  }

  test("the order of organizations", () => {
    const one = {
      organization: { id: "org-1", name: "One" },
      changes: [invite],
      guardInputs,
      ruleFindings: [],
    };
    const two = {
      organization: { id: "org-2", name: "Two" },
      changes: [removal],
      guardInputs,
      ruleFindings: [],
    };
    assert.equal(computeDigest(URL, [two, one], []), computeDigest(URL, [one, two], []));
    assert.notEqual(
      computeDigest(URL, [one, two], []),
      computeDigest(
        URL,
        [
          { ...one, changes: two.changes },
          { ...two, changes: one.changes },
        ],
        [],
      ),
    );
  });
});

test("the same users in two organizations: changes with their organizations, not with their order", () => {
  const one = {
    organization: { id: "org-1", name: "One" },
    changes: [invite],
    guardInputs,
    ruleFindings: [],
  };
  const two = {
    organization: { id: "org-2", name: "Two" },
    changes: [created("ann@x.io", "Admin")],
    guardInputs,
    ruleFindings: [],
  };
  assert.equal(computeDigest(URL, [two, one], []), computeDigest(URL, [one, two], []));
  assert.notEqual(
    computeDigest(URL, [one, two], []),
    computeDigest(
      URL,
      [
        { ...one, changes: two.changes },
        { ...two, changes: one.changes },
      ],
      [],
    ),
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
  const whole = wholePlan([
    planOf(
      file([user("jane@x.io", "Admin"), user("ann@x.io", "Member")], { unmanaged: "keep" }),
      current,
    ),
  ]);
  assert.equal(part.digest, whole.digest);
});
