import { differenceText, violationText } from "../../src/model/plan-words.ts";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { CurrentState, ListedUser, Role } from "../../src/model/current.ts";
import type { OrganizationPlan } from "../../src/model/plan.ts";
import { checkApproved } from "../../src/plan/approved-plan.ts";
import { computeDigest } from "../../src/plan/digest.ts";
import type { Overrides } from "../../src/plan/guards.ts";
import { planDocument } from "../../src/plan/plan-document.ts";
import { readSavedPlan } from "../../src/plan/read-saved-plan.ts";
import { worlds } from "./arbitraries.ts";
import {
  ADMIN,
  after,
  caller,
  file,
  judged,
  listed,
  MEMBER,
  now,
  number,
  planOf,
  ROLES,
  shortly,
  TODAY,
  user,
  VIEWER,
  wholePlan,
} from "./build.ts";

/**
 * One change of each kind (added, renamed, made admin, changed, no longer admin, removed), and two unchanged users.
 */
const before = {
  "jane@x.io": "Admin",
  "stay@x.io": "Member",
  "eve@x.io": "Member",
  "sam@x.io": "Member",
  "kim@x.io": "Admin",
  "bob@x.io": "Member",
  "old@x.io": "Viewer",
};
const desired = file(
  [
    user("jane@x.io", "Admin"),
    user("stay@x.io", "Member"),
    user("ann@x.io", "Member Billing@2026-12-31"),
    user("new@x.io", "Viewer", { previously: "old@x.io" }),
    user("eve@x.io", "Admin"),
    user("sam@x.io", "Billing", { expires: "2026-12-15" }),
    user("kim@x.io", "Member"),
  ],
  { maxRemovals: number(2) },
);

/** The plan as it is read back from its file. */
function approvedPlan(plan = planOf(desired, now(before))): OrganizationPlan {
  const text = JSON.stringify(planDocument(wholePlan([plan])));
  const [saved] = readSavedPlan(text, "plan.json").organizations;
  assert.ok(saved !== undefined);
  return saved;
}

const saved = approvedPlan();
const all = [
  "+ ann@x.io Billing, Member",
  "+ new@x.io Viewer",
  "~ eve@x.io Member → Admin",
  "~ sam@x.io Member → Billing",
  "~ kim@x.io Admin → Member",
  "- bob@x.io Member",
  "- old@x.io Viewer",
];
const without = (...emails: readonly string[]): readonly string[] =>
  all.filter((line) => !emails.some((email) => line.includes(` ${email} `)));

/** The state of `before` with these users changed or removed. */
function but(
  users: Readonly<Record<string, string | ListedUser | null>>,
  roles: readonly Role[] = ROLES,
): CurrentState {
  const merged: Record<string, string | ListedUser | null> = { ...before, ...users };
  return now(
    Object.entries(merged).flatMap(([email, one]) => {
      if (one === null) return [];
      return [typeof one === "string" ? listed(email, one) : one];
    }),
    { roles },
  );
}

const called = (role: Role, name: string): readonly Role[] =>
  ROLES.map((one) => (one.id === role.id ? { ...one, name } : one));
const lacking = (role: Role): readonly Role[] => ROLES.filter(({ id }) => id !== role.id);
const again = (email: string, roles: string): ListedUser => listed(email, roles, { id: "u-again" });

interface Outcome {
  /** The changes left to do; all unless given. */
  readonly open?: readonly string[];
  readonly already?: readonly string[];
  /** The messages of `approved-plan`, without the hint. */
  readonly moved?: readonly string[];
  readonly drift?: readonly string[];
  /** The other guards that are violated. */
  readonly guards?: readonly string[];
}

const ADVICE = ": make a new plan and have it reviewed";

function outcomeOf(
  plan: OrganizationPlan,
  current: CurrentState,
  asOf: string,
  overrides: Partial<Overrides> = {},
): Required<Outcome> {
  const { plan: left, already, drift } = checkApproved(plan, current, asOf);
  const { violations } = judged(left, overrides);
  const moved = violations.filter(({ guard }) => guard === "approved-plan").map(violationText);
  for (const message of moved) assert.ok(message.endsWith(ADVICE), message);
  return {
    open: left.changes.map(shortly),
    already: already.map(shortly),
    moved: moved.map((message) => message.slice(0, -ADVICE.length)),
    drift: drift.map((one) => `${one.email} ${differenceText(one, "since the plan was made")}`),
    guards: violations.map(({ guard }) => guard).filter((guard) => guard !== "approved-plan"),
  };
}

const nothing: Required<Outcome> = { open: all, already: [], moved: [], drift: [], guards: [] };

describe("between the plan and the apply", () => {
  const rows: readonly (readonly [
    situation: string,
    current: CurrentState,
    outcome: Outcome,
    asOf?: string,
  ])[] = [
    ["nothing has happened", but({}), {}],
    ["everything was made already", after(now(before), saved.changes), { open: [], already: all }],
    [
      "a user was invited already, as approved",
      but({ "ann@x.io": "Billing Member" }),
      { open: without("ann@x.io"), already: ["+ ann@x.io Billing, Member"] },
    ],
    [
      "a user was invited already, with other roles",
      but({ "ann@x.io": "Member" }),
      { open: without("ann@x.io"), moved: ["ann@x.io: already exists, with Member"] },
    ],
    [
      "a role change was made already",
      but({ "sam@x.io": "Billing" }),
      { open: without("sam@x.io"), already: ["~ sam@x.io Member → Billing"] },
    ],
    [
      "a user to be changed has other roles",
      but({ "sam@x.io": "Member Viewer" }),
      {
        open: without("sam@x.io"),
        moved: ["sam@x.io: had Member when the plan was made and has Member and Viewer now"],
      },
    ],
    [
      "a user to be changed has no roles",
      but({ "sam@x.io": "" }),
      {
        open: without("sam@x.io"),
        moved: ["sam@x.io: had Member when the plan was made and has no role now"],
      },
    ],
    [
      "a user to be changed is gone",
      but({ "sam@x.io": null }),
      { open: without("sam@x.io"), moved: ["sam@x.io: no longer exists"] },
    ],
    [
      "a user to be changed was removed and added again",
      but({ "sam@x.io": again("sam@x.io", "Member") }),
      { open: without("sam@x.io"), moved: ["sam@x.io: was removed and added again"] },
    ],
    [
      "a user to be changed was removed and added again with the approved roles",
      but({ "sam@x.io": again("sam@x.io", "Billing") }),
      { open: without("sam@x.io"), moved: ["sam@x.io: was removed and added again"] },
    ],
    [
      "a removal was made already",
      but({ "bob@x.io": null }),
      { open: without("bob@x.io"), already: ["- bob@x.io Member"] },
    ],
    [
      "a user to be removed was removed and added again",
      but({ "bob@x.io": again("bob@x.io", "Member") }),
      { open: without("bob@x.io"), moved: ["bob@x.io: was removed and added again"] },
    ],
    [
      "a user to be removed has become an admin",
      but({ "bob@x.io": "Admin Member" }),
      {
        open: without("bob@x.io"),
        moved: ["bob@x.io: had Member when the plan was made and has Admin and Member now"],
      },
    ],
    [
      "the new half of a rename is done",
      but({ "new@x.io": "Viewer" }),
      { open: without("new@x.io"), already: ["+ new@x.io Viewer"] },
    ],
    [
      "both halves of a rename are done",
      but({ "new@x.io": "Viewer", "old@x.io": null }),
      {
        open: without("new@x.io", "old@x.io"),
        already: ["+ new@x.io Viewer", "- old@x.io Viewer"],
      },
    ],
    [
      "the old half of a rename alone is done",
      but({ "old@x.io": null }),
      { open: without("old@x.io"), already: ["- old@x.io Viewer"] },
    ],
    [
      "the new address of a rename exists with other roles",
      but({ "new@x.io": "Admin" }),
      { open: without("new@x.io"), moved: ["new@x.io: already exists, with Admin"] },
    ],
    [
      "the old address of a rename has other roles",
      but({ "old@x.io": "Admin" }),
      {
        open: without("old@x.io"),
        moved: ["old@x.io: had Viewer when the plan was made and has Admin now"],
      },
    ],
    [
      "a role that was to be given is called something else",
      but({}, called(MEMBER, "Owner")),
      {
        open: without("ann@x.io", "kim@x.io"),
        moved: [
          "ann@x.io: the role Member is now named Owner",
          "kim@x.io: the role Member is now named Owner",
        ],
      },
    ],
    [
      "a role that was to be given no longer exists",
      but({}, lacking(VIEWER)),
      { open: without("new@x.io"), moved: ["new@x.io: the role Viewer no longer exists"] },
    ],
    [
      "a role that is only taken away is called something else",
      but({ "bob@x.io": "Viewer" }, called(VIEWER, "Guest")),
      {
        open: without("bob@x.io", "new@x.io"),
        moved: [
          "new@x.io: the role Viewer is now named Guest",
          "bob@x.io: had Member when the plan was made and has Guest now",
        ],
      },
    ],
    [
      "the admin role no longer exists",
      but({}, lacking(ADMIN)),
      {
        open: without("eve@x.io"),
        moved: [
          "the admin role Admin no longer exists",
          "eve@x.io: the role Admin no longer exists",
        ],
      },
    ],
    [
      "the admin role is called something else",
      but({}, called(ADMIN, "Owner")),
      {
        open: [
          "+ ann@x.io Billing, Member",
          "+ new@x.io Viewer",
          "~ sam@x.io Member → Billing",
          "~ kim@x.io Admin → Member",
          "- bob@x.io Member",
          "- old@x.io Viewer",
        ],
        moved: ["eve@x.io: the role Admin is now named Owner"],
      },
    ],
    ["it is the last day of what was approved", but({}), {}, "2026-12-15"],
    [
      "access approved for a user has ended",
      but({}),
      {
        open: without("sam@x.io"),
        moved: ["sam@x.io: the approved access expired on 2026-12-15"],
      },
      "2026-12-16",
    ],
    [
      "a part of what was approved for a newcomer has ended",
      but({ "sam@x.io": "Billing" }),
      {
        open: without("ann@x.io", "sam@x.io"),
        already: ["~ sam@x.io Member → Billing"],
        moved: ["ann@x.io: the approved access expired on 2026-12-31"],
      },
      "2027-01-01",
    ],
    [
      "other users were added, removed, changed, and added again: left alone, and reported",
      but({
        "zed@x.io": "Admin",
        "stay@x.io": null,
        "jane@x.io": "Admin Billing",
      }),
      {
        drift: [
          "jane@x.io gained Billing since the plan was made",
          "stay@x.io was removed since the plan was made; had Member",
          "zed@x.io was added since the plan was made, with Admin",
        ],
      },
    ],
    [
      "another user was removed and added again",
      but({ "stay@x.io": again("stay@x.io", "Member") }),
      { drift: ["stay@x.io was removed and added again since the plan was made"] },
    ],
    [
      "the only other admins are gone: a guard says no, though it did not before",
      but({ "jane@x.io": null, "eve@x.io": null }),
      {
        open: without("eve@x.io"),
        moved: ["eve@x.io: no longer exists"],
        drift: ["jane@x.io was removed since the plan was made; had Admin"],
        guards: ["min-admins"],
      },
    ],
    [
      "the response cannot be true",
      but({ "twin@x.io": listed("STAY@x.io", "Member", { id: "u-twin" }) }),
      { guards: ["implausible-state"] },
    ],
    [
      "addresses come in another case",
      but({ "sam@x.io": listed("SAM@X.io", "Member"), "bob@x.io": listed("Bob@x.io", "Member") }),
      {},
    ],
    [
      "two things have happened: both are reported",
      but({ "sam@x.io": null, "bob@x.io": "Viewer" }),
      {
        open: without("sam@x.io", "bob@x.io"),
        moved: [
          "sam@x.io: no longer exists",
          "bob@x.io: had Member when the plan was made and has Viewer now",
        ],
      },
    ],
  ];
  for (const [situation, current, outcome, asOf = TODAY] of rows) {
    test(situation, () => {
      assert.deepEqual(outcomeOf(saved, current, asOf), { ...nothing, ...outcome });
    });
  }

  test("the key now belongs to a user who would be removed", () => {
    const current = { ...but({}), caller: caller("u-bob@x.io", "bob@x.io") };
    assert.deepEqual(outcomeOf(saved, current, TODAY), { ...nothing, guards: ["self"] });
  });

  test("what is over the limit of removals by now is refused, and the flag allows it", () => {
    const shared = approvedPlan(
      planOf(
        file([user("jane@x.io", "Admin")], { maxRemovals: { kind: "share", percent: 50 } }),
        now({ "jane@x.io": "Admin", "a@x.io": "Member", "b@x.io": "Member", "c@x.io": "Member" }),
        { only: ["a@x.io", "b@x.io"] },
      ),
    );
    const users = { "jane@x.io": "Admin", "a@x.io": "Member", "b@x.io": "Member" };
    const gone = {
      ...nothing,
      open: ["- a@x.io Member", "- b@x.io Member"],
      drift: ["c@x.io was removed since the plan was made; had Member"],
    };
    assert.deepEqual(outcomeOf(shared, now(users), TODAY), { ...gone, guards: ["max-removals"] });
    assert.deepEqual(outcomeOf(shared, now(users), TODAY, { maxRemovals: number(2) }), gone);
  });

  test("the violations that the plan was saved with are judged again, on what is there now", () => {
    const refused = judged(
      planOf(file([user("jane@x.io", "Member")]), now({ "jane@x.io": "Admin" })),
    );
    assert.equal(refused.violations.length, 1);
    const one = approvedPlan(refused);
    const open = ["~ jane@x.io Admin → Member"];
    assert.deepEqual(outcomeOf(one, now({ "jane@x.io": "Admin" }), TODAY), {
      ...nothing,
      open,
      guards: ["min-admins"],
    });
    assert.deepEqual(outcomeOf(one, now({ "jane@x.io": "Admin", "kim@x.io": "Admin" }), TODAY), {
      ...nothing,
      open,
      drift: ["kim@x.io was added since the plan was made, with Admin"],
    });
  });
});

describe("what --only left out of an approved plan", () => {
  const part = approvedPlan(planOf(desired, now(before), { only: ["sam@x.io"] }));

  test("is still judged as long as it is open", () => {
    const { plan } = checkApproved(part, but({}), TODAY);
    assert.deepEqual(plan.changes.map(shortly), ["~ sam@x.io Member → Billing"]);
    assert.deepEqual(plan.leftOut.map(shortly), without("sam@x.io"));
    assert.deepEqual(
      judged(plan, { maxRemovals: number(1) }).violations.map(({ guard }) => guard),
      ["max-removals"],
    );
  });

  test("is drift where others have made it or undone it since, and is no conflict", () => {
    const current = but({ "bob@x.io": null, "kim@x.io": "Viewer", "ann@x.io": "Admin" });
    const { plan, already, drift } = checkApproved(part, current, TODAY);
    assert.deepEqual([plan.violations, already], [[], []]);
    assert.deepEqual(
      plan.leftOut.map(shortly),
      without("sam@x.io", "bob@x.io", "kim@x.io", "ann@x.io"),
    );
    assert.deepEqual(
      drift.map(({ email }) => email),
      ["ann@x.io", "bob@x.io", "kim@x.io"],
    );
  });
});

test("what is left is judged on what is there now, by the policy that was approved", () => {
  const current = but({ "zed@x.io": "Admin", "bob@x.io": null });
  const { plan } = checkApproved(
    saved,
    { ...current, organization: { id: "org-1", name: "New name" } },
    TODAY,
  );
  assert.deepEqual(plan.organization, { id: "org-1", name: "New name" });
  assert.deepEqual(plan.guardInputs.admins, ["jane@x.io", "kim@x.io", "zed@x.io"]);
  assert.equal(plan.guardInputs.users, 7);
  assert.deepEqual(plan.guardInputs.policy, saved.guardInputs.policy);
  assert.ok(plan.seen.some(({ email }) => email === "zed@x.io"));
});

describe("for every organization", () => {
  test("an approved plan is all open before, and all done afterwards", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const plan = planOf(world.desired, world.current);
        const ready = checkApproved(plan, world.current, TODAY);
        assert.deepEqual(ready, { plan, already: [], drift: [] });
        const done = checkApproved(plan, after(world.current, plan.changes), TODAY);
        assert.deepEqual(done.plan.violations, []);
        assert.deepEqual([done.plan.changes, done.already, done.drift], [[], plan.changes, []]);
      }),
      { numRuns: 200 },
    );
  });

  test("whatever part of it is made, the rest is open and nothing has moved", () => {
    const parts = worlds.chain((world) => {
      const plan = planOf(world.desired, world.current);
      return fc.tuple(fc.constant({ world, plan }), fc.subarray([...plan.changes]));
    });
    fc.assert(
      fc.property(parts, ([{ world, plan }, part]) => {
        const half = checkApproved(plan, after(world.current, part), TODAY);
        const rest = plan.changes.filter((change) => !part.includes(change));
        assert.deepEqual(half.plan.changes, rest);
        assert.deepEqual(half.already, part);
        assert.deepEqual([half.plan.violations, half.drift], [[], []]);
        assert.equal(
          computeDigest("", [{ ...plan, changes: [...half.plan.changes, ...half.already] }], []),
          computeDigest("", [plan], []),
        );
      }),
      { numRuns: 200 },
    );
  });
});
