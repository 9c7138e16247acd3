import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DesiredUser, Policy } from "../../src/model/desired.ts";
import { resolveEntitlement } from "../../src/plan/entitlement.ts";
import { roleBook } from "../../src/plan/roles.ts";
import { ANALYST, demoteTo, file, names, now, planOf, ROLES, told, user } from "./build.ts";

const jane = user("jane@x.io", "Admin");
const EVE = "2026-11-22"; // the day before today
const LAST = "2026-11-23"; // today
const NEXT = "2026-11-24";

type Row = readonly [
  name: string,
  sam: DesiredUser,
  has: string,
  changes: readonly string[],
  policy?: Partial<Policy>,
];

const rows: readonly Row[] = [
  ["on the last day a user is there", user("sam@x.io", "Member", { expires: LAST }), "Member", []],
  [
    "the day after, the user is removed, and expiry is the reason",
    user("sam@x.io", "Member", { expires: EVE }),
    "Member",
    ["- sam@x.io Member: access expired on 2026-11-22"],
  ],
  [
    "an ended user is demoted where the policy says so",
    user("sam@x.io", "Member", { expires: EVE }),
    "Member",
    ["~ sam@x.io Member → Viewer: access expired on 2026-11-22"],
    { onRemoval: demoteTo("Viewer") },
  ],
  [
    "an ended user who is demoted already stays",
    user("sam@x.io", "Member", { expires: EVE }),
    "Viewer",
    [],
    { onRemoval: demoteTo("Viewer") },
  ],
  [
    "keeping unmanaged people keeps nobody whose access ended",
    user("sam@x.io", "Member", { expires: EVE }),
    "Member",
    ["- sam@x.io Member: access expired on 2026-11-22"],
    { unmanaged: "keep" },
  ],
  [
    "on its last day a role is held",
    user("sam@x.io", "Member Billing@2026-11-23"),
    "Member Billing",
    [],
  ],
  [
    "the day after, the role is taken away",
    user("sam@x.io", "Member Billing@2026-11-22"),
    "Member Billing",
    ["~ sam@x.io Billing, Member → Member: Billing expired on 2026-11-22"],
  ],
  [
    "an ended role is not granted",
    user("sam@x.io", "Member Billing@2026-11-22"),
    "Viewer",
    ["~ sam@x.io Viewer → Member"],
  ],
  [
    "a role that ended and is gone is not a reason for another change",
    user("sam@x.io", "Viewer Billing@2026-01-31", { reason: "HR-7" }),
    "Member",
    ["~ sam@x.io Member → Viewer: HR-7"],
  ],
  [
    "a role that ended long before the user was added is not in the reasons",
    user("new@x.io", "Viewer Billing@2026-01-31"),
    "",
    ["+ new@x.io Viewer"],
  ],
  [
    "an ended last role means removal, with the reason",
    user("sam@x.io", "Member@2026-11-22"),
    "Member",
    ["- sam@x.io Member: Member expired on 2026-11-22"],
  ],
  [
    "all roles ended: every one of them is a reason",
    user("sam@x.io", "Member@2026-10-31 Billing@2026-11-22"),
    "Member Billing",
    ["- sam@x.io Billing, Member: Billing expired on 2026-11-22; Member expired on 2026-10-31"],
  ],
  [
    "an ended last role means demotion where the policy says so",
    user("sam@x.io", "Member@2026-11-22"),
    "Member",
    ["~ sam@x.io Member → Viewer: Member expired on 2026-11-22"],
    { onRemoval: demoteTo("Viewer") },
  ],
  [
    "on the last day of a membership its roles are held",
    user("sam@x.io", "Member data/Analyst@2026-11-23"),
    "Member Analyst",
    [],
  ],
  [
    "the day after, they are taken away",
    user("sam@x.io", "Member data/Analyst@2026-11-22"),
    "Member Analyst",
    ["~ sam@x.io Analyst, Member → Member: Analyst expired on 2026-11-22"],
  ],
  [
    "a role that one grant ends and another holds up stays",
    user("sam@x.io", "Analyst@2026-11-22 data/Analyst"),
    "Analyst",
    [],
  ],
  [
    "whatever name the other grant uses, it is not a reason either",
    user("sam@x.io", "analyst@2026-11-22 data/r-analyst"),
    "Analyst Billing",
    ["~ sam@x.io Analyst, Billing → Analyst: group data"],
  ],
  [
    "two grants of one role that ended: the later day is the reason",
    user("sam@x.io", "Member Analyst@2026-11-22 data/Analyst@2026-10-31"),
    "Member Analyst",
    ["~ sam@x.io Analyst, Member → Member: Analyst expired on 2026-11-22"],
  ],
  [
    "a role that ended need not exist any more",
    user("sam@x.io", "Member Vanished@2026-11-22"),
    "Member",
    [],
  ],
  [
    "nor need it where it was the last one",
    user("sam@x.io", "Vanished@2026-11-22"),
    "Member",
    ["- sam@x.io Member: Vanished expired on 2026-11-22"],
  ],
  ["a user who is already gone stays gone", user("sam@x.io", "Member", { expires: EVE }), "", []],
];

describe("expiry", () => {
  for (const [name, sam, has, changes, policy] of rows) {
    test(name, () => {
      const users = { "jane@x.io": "Admin", ...(has === "" ? {} : { "sam@x.io": has }) };
      const plan = planOf(file([jane, sam], policy), now(users));
      assert.deepEqual(plan.changes.map(told), changes);
    });
  }

  test("as-of decides what today is", () => {
    const desired = file([jane, user("sam@x.io", "Member", { expires: "2026-03-31" })]);
    const current = now({ "jane@x.io": "Admin", "sam@x.io": "Member" });
    assert.deepEqual(planOf(desired, current, { asOf: "2026-03-31" }).changes, []);
    assert.deepEqual(planOf(desired, current, { asOf: "2026-04-01" }).changes.map(told), [
      "- sam@x.io Member: access expired on 2026-03-31",
    ]);
  });
});

describe("the last day of what is granted", () => {
  const untilOf = (sam: DesiredUser) => {
    const book = roleBook({ aliases: [] }, ROLES);
    const { until, held } = resolveEntitlement(sam, book, LAST);
    return [until, held.map((one) => `${names([one.role])} ${one.until}`)];
  };

  const table: readonly (readonly [string, DesiredUser, string | null, readonly string[]])[] = [
    ["none where nothing ends", user("s@x.io", "Member"), null, ["Member null"]],
    ["the person's own", user("s@x.io", "Member", { expires: NEXT }), NEXT, [`Member ${NEXT}`]],
    [
      "a role's, where that is earlier",
      user("s@x.io", "Member Billing@2026-11-24", { expires: "2026-12-31" }),
      NEXT,
      ["Member 2026-12-31", "Billing 2026-11-24"],
    ],
    [
      "the person's, where that is earlier",
      user("s@x.io", "Billing@2026-12-31", { expires: NEXT }),
      NEXT,
      ["Billing 2026-11-24"],
    ],
    [
      "the longest of several grants of one role",
      user("s@x.io", "Billing@2026-11-24 a/Billing@2026-12-31 b/billing@2026-12-01"),
      "2026-12-31",
      ["Billing 2026-12-31"],
    ],
    [
      "none where one grant of the role never ends",
      user("s@x.io", "Billing@2026-11-24 a/Billing"),
      null,
      ["Billing null"],
    ],
  ];
  for (const [name, sam, until, held] of table) {
    test(name, () => assert.deepEqual(untilOf(sam), [until, held]));
  }

  test("is shown at the changes that grant the access", () => {
    const desired = file([
      user("jane@x.io", "Admin", { expires: NEXT }),
      user("new@x.io", "Member Billing@2026-12-01"),
    ]);
    const { changes } = planOf(desired, now({ "jane@x.io": "Member" }));
    assert.deepEqual(
      changes.map((one) => [one.email, one.action === "remove" ? "" : one.until]),
      [
        ["new@x.io", "2026-12-01"],
        ["jane@x.io", NEXT],
      ],
    );
  });

  test("a demotion has none: it is no grant", () => {
    const desired = file([jane, user("sam@x.io", "Member", { expires: EVE })], {
      onRemoval: demoteTo("Analyst"),
    });
    const { changes } = planOf(desired, now({ "jane@x.io": "Admin", "sam@x.io": "Member" }));
    assert.deepEqual(
      changes.map((one) => one.action === "update" && [one.after, one.until]),
      [[[ANALYST], null]],
    );
  });
});
