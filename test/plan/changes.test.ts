import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DesiredUser, Policy } from "../../src/model/desired.ts";
import { after, at, demoteTo, file, now, planOf, shortly, told, user } from "./build.ts";

const jane = user("jane@x.io", "Admin");
const renamed = user("new@x.io", "Member", { previously: "old@x.io", place: at(12) });

type Row = readonly [
  name: string,
  current: Readonly<Record<string, string>>,
  changes: readonly string[],
  policy?: Partial<Policy>,
  entry?: DesiredUser,
];

const rows: readonly Row[] = [
  [
    "the new address is added, then the old one is removed",
    { "old@x.io": "Member" },
    ["+ new@x.io Member: renamed from old@x.io", "- old@x.io Member: renamed to new@x.io"],
  ],
  [
    "the roles may change at once",
    { "old@x.io": "Admin Viewer" },
    ["+ new@x.io Member: renamed from old@x.io", "- old@x.io Admin, Viewer: renamed to new@x.io"],
  ],
  [
    "a rename is made while unmanaged users are kept",
    { "old@x.io": "Member" },
    ["+ new@x.io Member: renamed from old@x.io", "- old@x.io Member: renamed to new@x.io"],
    { unmanaged: "keep" },
  ],
  [
    "a rename removes, where other removals are demotions",
    { "old@x.io": "Member" },
    ["+ new@x.io Member: renamed from old@x.io", "- old@x.io Member: renamed to new@x.io"],
    { onRemoval: demoteTo("Viewer") },
  ],
  [
    "case does not matter",
    { "OLD@x.io": "Member" },
    ["+ new@x.io Member: renamed from old@x.io", "- old@x.io Member: renamed to new@x.io"],
    {},
    user("New@X.io", "Member", { previously: "Old@X.io" }),
  ],
  ["once the old one is gone, nothing is planned", { "new@x.io": "Member" }, []],
  ["if neither exists, the new one is invited", {}, ["+ new@x.io Member"]],
  [
    "once both exist, the old one is still to be removed",
    { "new@x.io": "Member", "old@x.io": "Member" },
    ["- old@x.io Member: renamed to new@x.io"],
  ],
  [
    "also where unmanaged users are kept",
    { "new@x.io": "Member", "old@x.io": "Admin" },
    ["- old@x.io Admin: renamed to new@x.io"],
    { unmanaged: "keep" },
  ],
  [
    "and where other removals are demotions",
    { "new@x.io": "Member", "old@x.io": "Admin" },
    ["- old@x.io Admin: renamed to new@x.io"],
    { onRemoval: demoteTo("Viewer") },
  ],
  [
    "while the new one gets its roles",
    { "new@x.io": "Viewer", "old@x.io": "Member" },
    ["~ new@x.io Viewer → Member", "- old@x.io Member: renamed to new@x.io"],
    { unmanaged: "keep" },
  ],
  [
    "an ignored old address is left alone; the new one is a newcomer",
    { "old@x.io": "Member" },
    ["+ new@x.io Member"],
    { ignore: ["old@*"] },
  ],
  [
    "an ignored new address is not a rename",
    { "old@x.io": "Member" },
    ["- old@x.io Member: not in the files"],
    { ignore: ["new@*"] },
  ],
  [
    "an entry that has expired still removes its former address",
    { "old@x.io": "Member" },
    ["- old@x.io Member: previous address of new@x.io; access expired on 2026-10-31"],
    {},
    user("new@x.io", "Member", { previously: "old@x.io", expires: "2026-10-31" }),
  ],
  [
    "also where unmanaged users are kept and other removals are demotions",
    { "old@x.io": "Member" },
    ["- old@x.io Member: previous address of new@x.io; Member expired on 2026-10-31"],
    { unmanaged: "keep", onRemoval: demoteTo("Viewer") },
    user("new@x.io", "Member@2026-10-31", { previously: "old@x.io" }),
  ],
  [
    "where both exist and the access has expired, both leave",
    { "old@x.io": "Member", "new@x.io": "Member" },
    [
      "- new@x.io Member: access expired on 2026-10-31",
      "- old@x.io Member: previous address of new@x.io; access expired on 2026-10-31",
    ],
    { unmanaged: "keep" },
    user("new@x.io", "Member", { previously: "old@x.io", expires: "2026-10-31" }),
  ],
];

describe("renames", () => {
  for (const [name, current, changes, policy, entry = renamed] of rows) {
    test(name, () => {
      const plan = planOf(file([jane, entry], policy), now({ "jane@x.io": "Admin", ...current }));
      assert.deepEqual(plan.changes.map(told), changes);
    });
  }

  test("the two halves name each other, and the line that asks for them", () => {
    const plan = planOf(file([jane, renamed]), now({ "jane@x.io": "Admin", "old@x.io": "Member" }));
    assert.deepEqual(
      plan.changes.map((one) => [
        one.action === "create" ? one.renamedFrom : one.action === "remove" && one.renamedTo,
        one.source,
      ]),
      [
        ["old@x.io", at(12)],
        ["new@x.io", at(12)],
      ],
    );
  });

  for (const policy of [{}, { unmanaged: "keep" as const }, { onRemoval: demoteTo("Viewer") }]) {
    test(`half of one done is finished (${JSON.stringify(Object.keys(policy))})`, () => {
      const desired = file([jane, renamed], policy);
      const before = now({ "jane@x.io": "Admin", "old@x.io": "Member" });
      const [create, remove] = planOf(desired, before).changes;
      assert.ok(create !== undefined && remove !== undefined);
      const half = after(before, [create]);
      assert.deepEqual(planOf(desired, half).changes.map(shortly), ["- old@x.io Member"]);
      assert.deepEqual(planOf(desired, after(half, [remove])).changes, []);
    });
  }
});

describe("--only", () => {
  const desired = file([jane, user("sam@x.io", "Member"), renamed]);
  const current = now({
    "jane@x.io": "Admin",
    "sam@x.io": "Viewer",
    "old@x.io": "Member",
    "bob@x.io": "Billing",
  });
  const halves = ["+ new@x.io Member", "- old@x.io Member"];
  const sam = "~ sam@x.io Viewer → Member";
  const bob = "- bob@x.io Billing";

  const table: readonly (readonly [string, readonly string[], readonly string[], string[]])[] = [
    ["one user", ["sam@x.io"], [sam], [halves[0] ?? "", bob, halves[1] ?? ""]],
    [
      "a user who is not in the files",
      ["bob@x.io"],
      [bob],
      [halves[0] ?? "", sam, halves[1] ?? ""],
    ],
    ["the new address of a rename means both halves", ["new@x.io"], halves, [sam, bob]],
    ["the old address of a rename means both halves", ["old@x.io"], halves, [sam, bob]],
    ["several people", ["sam@x.io", "bob@x.io"], [sam, bob], halves],
    ["a user without changes", ["jane@x.io"], [], [halves[0] ?? "", sam, bob, halves[1] ?? ""]],
  ];
  for (const [name, only, changes, leftOut] of table) {
    test(name, () => {
      const plan = planOf(desired, current, { only });
      assert.deepEqual(plan.changes.map(shortly), changes);
      assert.deepEqual(plan.leftOut.map(shortly), leftOut);
    });
  }

  test("nothing is left out without it", () => {
    assert.deepEqual(planOf(desired, current).leftOut, []);
  });

  test("what is left out is not counted as unchanged", () => {
    assert.equal(planOf(desired, current, { only: ["bob@x.io"] }).unchanged, 1);
  });
});
