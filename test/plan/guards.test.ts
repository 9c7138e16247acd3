import { violationText } from "../../src/model/plan-words.ts";
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CurrentState, ListedUser } from "../../src/model/current.ts";
import type { DesiredUser, Limit, Policy } from "../../src/model/desired.ts";
import { type GuardName, violationsOf } from "../../src/model/plan.ts";
import { allowed, type Overrides } from "../../src/plan/guards.ts";
import {
  caller,
  demoteTo,
  file,
  judged,
  listed,
  now,
  number,
  type Options,
  planOf,
  share,
  user,
  wholePlan,
} from "./build.ts";

/** The violations, as `guard: message`. */
function said(
  users: readonly DesiredUser[],
  current: CurrentState,
  policy: Partial<Policy> = {},
  overrides: Partial<Overrides> = {},
  options: Options = {},
): readonly string[] {
  const plan = judged(planOf(file(users, policy), current, options), overrides);
  return plan.violations.map((one) => `${one.guard}: ${violationText(one)}`);
}

/** The names of the violated guards. */
function guards(...input: Parameters<typeof said>): readonly GuardName[] {
  const [users, current, policy, overrides, options] = input;
  const plan = planOf(file(users, policy), current, options);
  return judged(plan, overrides).violations.map(({ guard }) => guard);
}

const email = (index: number): string => `p${String(index).padStart(3, "0")}@x.io`;
const accounts = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

/** An organization of this many users, all with the role Member. */
function staff(count: number, roles = "Member"): CurrentState {
  return now(accounts(count).map((index) => listed(email(index), roles)));
}

function entries(count: number, roles = "Member"): readonly DesiredUser[] {
  return accounts(count).map((index) => user(email(index), roles));
}

const noAdmins = { minAdmins: 0 };

describe("max-removals", () => {
  const rows: readonly (readonly [users: number, limit: Limit, most: number, override?: Limit])[] =
    [
      // in a small organization a share allows at least one
      [1, share(25), 1],
      [2, share(25), 1],
      [3, share(25), 1],
      [4, share(25), 1],
      [7, share(25), 1],
      [8, share(25), 2],
      [30, share(25), 7],
      [100, share(25), 25],
      [100, share(29), 29],
      [3, share(1), 1],
      [3, share(100), 3],
      [30, share(0), 0],
      [1, share(0), 0],
      [30, number(0), 0],
      [30, number(12), 12],
      [2, number(1), 1],
      [30, share(25), 12, number(12)],
      [30, share(0), 3, share(10)],
      [30, number(12), 0, number(0)],
    ];
  for (const [users, limit, most, override = null] of rows) {
    const of = `${users} users, ${text(limit)}${override === null ? "" : `, overridden by ${text(override)}`}`;
    test(`${of}: ${most} may go, one more may not`, () => {
      const removing = (count: number) =>
        guards(
          entries(users - count),
          staff(users),
          { ...noAdmins, maxRemovals: limit },
          { maxRemovals: override },
        );
      assert.deepEqual(removing(most), []);
      if (most < users) assert.deepEqual(removing(most + 1), ["max-removals"]);
    });
  }

  test("the message has the numbers and the flag that allows it", () => {
    assert.deepEqual(said(entries(18), staff(30), noAdmins), [
      "max-removals: 12 of 30 users (40%) would be removed; the limit is 25% (7): to allow it, raise policy.max_removals or pass --max-removals 12",
    ]);
    assert.deepEqual(said(entries(27), staff(30), { ...noAdmins, maxRemovals: number(2) }), [
      "max-removals: 3 of 30 users (10%) would be removed; the limit is 2: to allow it, raise policy.max_removals or pass --max-removals 3",
    ]);
    assert.deepEqual(said([], staff(1), { ...noAdmins, maxRemovals: share(0) }), [
      "max-removals: 1 of 1 user (100%) would be removed; the limit is 0% (0): to allow it, raise policy.max_removals or pass --max-removals 1",
    ]);
  });

  test("the value that the message suggests is enough, and one less is not", () => {
    const input = [entries(18), staff(30), noAdmins] as const;
    assert.deepEqual(guards(...input, { maxRemovals: number(12) }), []);
    assert.deepEqual(guards(...input, { maxRemovals: number(11) }), ["max-removals"]);
  });

  test("ignored users do not count among the users of whom a share may be removed", () => {
    const ignored = accounts(40).map((index) => listed(`bot${index}@bots.io`, "Member"));
    const current = now([...staff(8).users, ...ignored]);
    assert.deepEqual(guards(entries(6), current, { ...noAdmins, ignore: ["*@bots.io"] }), []);
    assert.deepEqual(guards(entries(5), current, { ...noAdmins, ignore: ["*@bots.io"] }), [
      "max-removals",
    ]);
  });

  test("newcomers do not make room for more removals", () => {
    const newcomers = accounts(40).map((index) => user(`new${index}@x.io`, "Member"));
    assert.deepEqual(guards([...entries(5), ...newcomers], staff(8), noAdmins), ["max-removals"]);
  });

  test("the old half of a rename is a removal", () => {
    const renamed = accounts(2).map((index) =>
      user(`new${index}@x.io`, "Member", { previously: email(index) }),
    );
    assert.deepEqual(guards([...renamed, ...entries(4).slice(2)], staff(4), noAdmins), [
      "max-removals",
    ]);
  });

  test("a demotion is not a removal", () => {
    assert.deepEqual(
      guards(entries(1), staff(4), { ...noAdmins, onRemoval: demoteTo("Viewer") }),
      [],
    );
  });

  test("--only applies a part, and the whole is judged", () => {
    const only = [email(29)];
    const plan = planOf(file(entries(18), noAdmins), staff(30), { only });
    assert.equal(plan.changes.length, 1);
    assert.deepEqual(
      judged(plan).violations.map(({ guard }) => guard),
      ["max-removals"],
    );
    assert.deepEqual(judged(plan, { maxRemovals: number(12) }).violations, []);
    assert.deepEqual(said(entries(18), staff(30), noAdmins, {}, { only }), [
      "max-removals: 12 of 30 users (40%) would be removed (--only skips 11 of them, but guards check the whole plan); the limit is 25% (7): to allow it, raise policy.max_removals or pass --max-removals 12",
    ]);
  });

  test("each organization has its own limit", () => {
    const one = planOf(file(entries(6), noAdmins), staff(8));
    const other = planOf(file(entries(5), noAdmins), staff(8));
    const plan = wholePlan([one, { ...other, organization: { id: "org-0", name: "Other" } }]);
    assert.deepEqual(
      plan.organizations.map(({ organization, violations }) => [
        organization.id,
        violations.length,
      ]),
      [
        ["org-1", 0],
        ["org-0", 1],
      ],
    );
    assert.equal(violationsOf(plan).length, 1);
  });
});

describe("max-role-changes", () => {
  const rows: readonly (readonly [users: number, limit: Limit, most: number, override?: Limit])[] =
    [
      // in a small organization a share allows at least five
      [1, share(50), 1],
      [4, share(50), 4],
      [5, share(50), 5],
      [6, share(50), 5],
      [11, share(50), 5],
      [12, share(50), 6],
      [100, share(50), 50],
      [6, share(1), 5],
      [6, share(0), 0],
      [1, share(0), 0],
      [6, number(0), 0],
      [6, number(2), 2],
      [12, share(50), 12, number(12)],
      [12, share(50), 0, number(0)],
      [12, share(0), 5, share(10)],
    ];
  for (const [users, limit, most, override = null] of rows) {
    const of = `${users} users, ${text(limit)}${override === null ? "" : `, overridden by ${text(override)}`}`;
    test(`${of}: ${most} may change, one more may not`, () => {
      const changing = (count: number) =>
        guards(
          accounts(users).map((index) => user(email(index), index < count ? "Viewer" : "Member")),
          staff(users),
          { ...noAdmins, maxRoleChanges: limit },
          { maxRoleChanges: override },
        );
      assert.deepEqual(changing(most), []);
      if (most < users) assert.deepEqual(changing(most + 1), ["max-role-changes"]);
    });
  }

  test("the message has the numbers and the flag that allows it", () => {
    assert.deepEqual(said(entries(12, "Viewer"), staff(12), noAdmins), [
      "max-role-changes: the roles of 12 of 12 users (100%) would change; the limit is 50% (6): to allow it, raise policy.max_role_changes or pass --max-role-changes 12",
    ]);
  });

  test("demotions count", () => {
    const policy = { ...noAdmins, onRemoval: demoteTo("Viewer") };
    assert.deepEqual(guards([], staff(6), policy), ["max-role-changes"]);
  });

  test("--only applies a part, and the whole is judged", () => {
    assert.deepEqual(guards(entries(12, "Viewer"), staff(12), noAdmins, {}, { only: [email(3)] }), [
      "max-role-changes",
    ]);
  });
});

describe("min-admins", () => {
  const rows: readonly (readonly [
    name: string,
    users: readonly DesiredUser[],
    now: Readonly<Record<string, string>>,
    says: readonly string[],
    policy?: Partial<Policy>,
    overrides?: Partial<Overrides>,
    only?: readonly string[],
  ])[] = [
    ["one is left of one", [user("a@x.io", "Admin Member")], { "a@x.io": "Admin" }, []],
    [
      "the only admin is demoted",
      [user("a@x.io", "Member")],
      { "a@x.io": "Admin" },
      [
        "min-admins: the plan would leave 0 holders of the role Admin (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
    ],
    [
      "the only admin is removed",
      [],
      { "a@x.io": "Admin" },
      [
        "min-admins: the plan would leave 0 holders of the role Admin (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
    ],
    [
      "the admin's access ends",
      [user("a@x.io", "Admin", { expires: "2026-11-22" }), user("b@x.io", "Member")],
      { "a@x.io": "Admin", "b@x.io": "Member" },
      [
        "min-admins: the plan would leave 0 holders of the role Admin (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
    ],
    [
      "another user takes over",
      [user("a@x.io", "Member"), user("b@x.io", "Admin")],
      { "a@x.io": "Admin", "b@x.io": "Member" },
      [],
    ],
    ["a newcomer takes over", [user("c@x.io", "Admin")], { "a@x.io": "Admin" }, []],
    [
      "an admin is renamed",
      [user("new@x.io", "Admin", { previously: "a@x.io" })],
      { "a@x.io": "Admin" },
      [],
    ],
    [
      "an admin is renamed and loses the admin role",
      [user("new@x.io", "Member", { previously: "a@x.io" })],
      { "a@x.io": "Admin" },
      [
        "min-admins: the plan would leave 0 holders of the role Admin (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
    ],
    [
      "one too few of two",
      [user("a@x.io", "Admin"), user("b@x.io", "Member")],
      { "a@x.io": "Admin", "b@x.io": "Admin" },
      [
        "min-admins: the plan would leave 1 holder of the role Admin (2 now); the minimum is 2: to allow it, lower policy.min_admins or pass --min-admins 1",
      ],
      { minAdmins: 2 },
    ],
    [
      "exactly as many as there must be",
      [user("a@x.io", "Admin"), user("b@x.io", "Admin"), user("c@x.io", "Member")],
      { "a@x.io": "Admin", "b@x.io": "Admin", "c@x.io": "Admin" },
      [],
      { minAdmins: 2 },
    ],
    [
      "the flag allows fewer",
      [user("a@x.io", "Member")],
      { "a@x.io": "Admin" },
      [],
      {},
      { minAdmins: 0 },
    ],
    [
      "the flag asks for more",
      [user("a@x.io", "Admin Member")],
      { "a@x.io": "Admin" },
      [
        "min-admins: the plan would leave 1 holder of the role Admin (1 now); the minimum is 2: to allow it, lower policy.min_admins or pass --min-admins 1",
      ],
      {},
      { minAdmins: 2 },
    ],
    [
      "a plan without changes has nothing to stop",
      [user("a@x.io", "Member")],
      { "a@x.io": "Member" },
      [],
    ],
    [
      "there were too few before, and there still are",
      [user("a@x.io", "Viewer")],
      { "a@x.io": "Member" },
      [
        "min-admins: the plan would leave 0 holders of the role Admin (0 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
    ],
    [
      "there were too few before, and the plan makes it right",
      [user("a@x.io", "Admin")],
      { "a@x.io": "Member" },
      [],
    ],
    [
      "another role is the admin role",
      [user("a@x.io", "Admin")],
      { "a@x.io": "Admin Billing" },
      [
        "min-admins: the plan would leave 0 holders of the role Billing (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
      { adminRole: "billing" },
    ],
    [
      "an ignored admin does not count",
      [],
      { "a@x.io": "Admin", "help@polytomic.com": "Admin" },
      [
        "min-admins: the plan would leave 0 holders of the role Admin (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
      { ignore: ["*@polytomic.com"], maxRemovals: share(100) },
    ],
    [
      "--only leaves the old admin's half of a hand-over",
      [user("a@x.io", "Member"), user("b@x.io", "Admin")],
      { "a@x.io": "Admin", "b@x.io": "Member" },
      [
        "min-admins: the part of the plan that --only selects would leave 0 holders of the role Admin (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
      {},
      {},
      ["a@x.io"],
    ],
    [
      "--only leaves the new admin's half of it",
      [user("a@x.io", "Member"), user("b@x.io", "Admin")],
      { "a@x.io": "Admin", "b@x.io": "Member" },
      [],
      {},
      {},
      ["b@x.io"],
    ],
    [
      "--only leaves what is harmless of a plan that is not",
      [user("a@x.io", "Member"), user("b@x.io", "Viewer")],
      { "a@x.io": "Admin", "b@x.io": "Member" },
      [
        "min-admins: the whole plan would leave 0 holders of the role Admin (1 now); the minimum is 1: to allow it, lower policy.min_admins or pass --min-admins 0",
      ],
      {},
      {},
      ["b@x.io"],
    ],
    [
      "--only leaves nothing of it",
      [user("a@x.io", "Admin"), user("b@x.io", "Viewer")],
      { "a@x.io": "Admin", "b@x.io": "Member" },
      [],
      {},
      {},
      ["a@x.io"],
    ],
  ];
  for (const [name, users, current, says, policy, overrides, only] of rows) {
    test(name, () => {
      const options = only === undefined ? {} : { only };
      assert.deepEqual(said(users, now(current), policy, overrides, options), says);
    });
  }
});

describe("self", () => {
  const admins = { "me@x.io": "Admin", "a@x.io": "Admin", "b@x.io": "Member" };
  const a = user("a@x.io", "Admin");
  const b = user("b@x.io", "Member");
  const way = "keep that access in the files, or apply with another key";
  const removed = `self: me@x.io, the owner of the API key, would be removed: ${way}`;
  const notByOnly = "(--only skips this, but guards check the whole plan)";
  const demoted = `self: me@x.io, the owner of the API key, would lose Admin: ${way}`;

  const rows: readonly (readonly [
    name: string,
    users: readonly DesiredUser[],
    who: CurrentState["caller"],
    says: readonly string[],
    options?: Options,
  ])[] = [
    ["the caller, by id, would be removed", [a, b], caller("u-me@x.io", null), [removed]],
    ["the caller, by address, would be removed", [a, b], caller(null, "ME@x.io"), [removed]],
    [
      "the caller would lose the admin role",
      [a, b, user("me@x.io", "Member")],
      caller("u-me@x.io", "me@x.io"),
      [demoted],
    ],
    [
      "the caller's access has ended",
      [a, b, user("me@x.io", "Admin", { expires: "2026-01-01" })],
      caller("u-me@x.io", "me@x.io"),
      [removed],
    ],
    [
      "the caller would be renamed, which removes the old address",
      [a, b, user("i@x.io", "Admin", { previously: "me@x.io" })],
      caller("u-me@x.io", "me@x.io"),
      [removed],
    ],
    [
      "the caller's removal is left out by --only",
      [a, user("b@x.io", "Viewer")],
      caller("u-me@x.io", "me@x.io"),
      [removed.replace("removed:", `removed ${notByOnly}:`)],
      { only: ["b@x.io"] },
    ],
    [
      "the caller stays admin and changes otherwise",
      [a, b, user("me@x.io", "Admin Billing")],
      caller("u-me@x.io", "me@x.io"),
      [],
    ],
    ["another user's key", [a, b], caller("u-b@x.io", "b@x.io"), []],
    ["a key that is nobody's", [a, b], null, []],
    ["the organization's key", [a, b], caller(null, null), []],
  ];
  for (const [name, users, who, says, options] of rows) {
    test(name, () => {
      assert.deepEqual(said(users, now(admins, { caller: who }), {}, {}, options), says);
    });
  }

  test("a caller who is no admin may lose another role", () => {
    const current = now(admins, { caller: caller("u-b@x.io", "b@x.io") });
    const users = [user("me@x.io", "Admin"), a, user("b@x.io", "Viewer")];
    assert.deepEqual(said(users, current), []);
  });

  test("a demotion in place of a removal is judged as one", () => {
    const current = now(admins, { caller: caller("u-me@x.io", "me@x.io") });
    assert.deepEqual(said([a, b], current, { onRemoval: demoteTo("Viewer") }), [demoted]);
  });
});

describe("protected", () => {
  const current = {
    "cto@x.io": "Admin Billing",
    "a@x.io": "Admin",
    "b@x.io": "Member",
    "c@x.io": "Viewer",
  };
  const others = [user("a@x.io", "Admin"), user("b@x.io", "Member"), user("c@x.io", "Viewer")];
  const way = "to allow it, remove the address from policy.protected";
  const removed = `protected: cto@x.io is protected and would be removed: ${way}`;

  const rows: readonly (readonly [
    name: string,
    cto: readonly DesiredUser[],
    says: readonly string[],
    policy?: Partial<Policy>,
    options?: Options,
  ])[] = [
    ["is as the files say", [user("cto@x.io", "Admin Billing")], []],
    ["gains a role", [user("cto@x.io", "Admin Billing Member")], []],
    ["would be removed", [], [removed]],
    ["would be removed, and a pattern says so", [], [removed], { protected: ["C*O@x.io"] }],
    [
      "would lose one role",
      [user("cto@x.io", "Admin")],
      [`protected: cto@x.io is protected and would lose Billing: ${way}`],
    ],
    [
      "would lose one role and gain another",
      [user("cto@x.io", "Admin Member")],
      [`protected: cto@x.io is protected and would lose Billing: ${way}`],
    ],
    [
      "would lose every role",
      [user("cto@x.io", "Member")],
      [`protected: cto@x.io is protected and would lose Admin, Billing: ${way}`],
    ],
    [
      "would be demoted in place of a removal",
      [],
      [`protected: cto@x.io is protected and would lose Admin, Billing: ${way}`],
      { onRemoval: demoteTo("Viewer") },
    ],
    [
      "a role has ended",
      [user("cto@x.io", "Admin Billing@2026-11-22")],
      [`protected: cto@x.io is protected and would lose Billing: ${way}`],
    ],
    ["access has ended", [user("cto@x.io", "Admin", { expires: "2026-11-22" })], [removed]],
    [
      "would be renamed, which removes the old address",
      [user("head@x.io", "Admin Billing", { previously: "cto@x.io" })],
      [removed],
    ],
    [
      "the new address of a rename takes nothing away",
      [user("cto@x.io", "Admin Billing"), user("new@x.io", "Member", { previously: "b@x.io" })],
      [],
      { protected: ["cto@x.io", "new@x.io"] },
    ],
    [
      "is left out by --only",
      [],
      [
        `protected: cto@x.io is protected and would be removed (--only skips this, but guards check the whole plan): ${way}`,
      ],
      {},
      { only: ["b@x.io"] },
    ],
    ["is kept with all unmanaged users", [], [], { unmanaged: "keep" }],
  ];
  for (const [name, cto, says, policy, options] of rows) {
    test(`a protected user ${name}`, () => {
      const renamed = new Set(cto.map(({ previously }) => previously?.value));
      const rest = others.filter((one) => !renamed.has(one.email));
      assert.deepEqual(
        said([...cto, ...rest], now(current), { protected: ["cto@x.io"], ...policy }, {}, options),
        says,
      );
    });
  }

  test("no flag lifts the guard", () => {
    const overrides = { maxRemovals: number(99), maxRoleChanges: number(99), minAdmins: 0 };
    assert.deepEqual(said(others, now(current), { protected: ["cto@x.io"] }, overrides), [removed]);
  });
});

describe("implausible-state", () => {
  test("each reason is a violation that says what to do, even if nothing is to be done", () => {
    const twice: readonly ListedUser[] = [
      listed("a@x.io", "Admin"),
      listed("A@x.io", "Admin", { id: "u-2", organizationId: "org-2" }),
    ];
    const way = "Run the command again; if it persists, contact Polytomic support";
    assert.deepEqual(said([user("a@x.io", "Admin")], now(twice)), [
      `implausible-state: Polytomic's response is implausible: listed twice: a@x.io. ${way}`,
      `implausible-state: Polytomic's response is implausible: 1 of 2 users belong to another organization. ${way}`,
    ]);
  });

  test("an empty list for a user's own key does not invite all users again", () => {
    const current = now({}, { caller: caller("u-a@x.io", "a@x.io") });
    assert.deepEqual(guards([user("a@x.io", "Admin")], current), ["implausible-state"]);
  });
});

test("all guards are reported at once", () => {
  const current = now(
    { "me@x.io": "Admin", "cto@x.io": "Member", "c@x.io": "Member" },
    {
      caller: caller("u-me@x.io", "me@x.io"),
    },
  );
  assert.deepEqual(
    guards([user("c@x.io", "Viewer")], current, {
      protected: ["cto@x.io"],
      maxRoleChanges: number(0),
    }),
    ["protected", "self", "min-admins", "max-removals", "max-role-changes"],
  );
});

test("a share is rounded down, and 0 % is none", () => {
  assert.deepEqual(
    [0, 1, 3, 4, 7, 8, 400].map((users) => allowed(share(25), users, 1)),
    [1, 1, 1, 1, 1, 2, 100],
  );
  assert.deepEqual(
    [allowed(share(0), 400, 5), allowed(number(0), 400, 5), allowed(number(3), 1, 5)],
    [0, 0, 3],
  );
});

function text(limit: Limit): string {
  return limit.kind === "share" ? `${limit.percent} %` : String(limit.count);
}
