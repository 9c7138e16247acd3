import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  ADMIN,
  asDesired,
  demoteTo,
  file,
  listed,
  MEMBER,
  now,
  planOf,
  problemsOf,
  shortly,
  told,
  user,
  at,
} from "./build.ts";
import { problemText } from "../../src/model/problem.ts";
import type { CurrentState } from "../../src/model/current.ts";
import type { DesiredOrganization } from "../../src/model/desired.ts";

const jane = user("jane@x.io", "Admin", { place: at(20) });
const sam = user("sam@x.io", "Member", { place: at(21) });
const staff = { "jane@x.io": "Admin", "sam@x.io": "Member" };

type Row = readonly [
  name: string,
  desired: DesiredOrganization,
  current: CurrentState,
  changes: readonly string[],
];

const rows: readonly Row[] = [
  ["nothing is to be done", file([jane, sam]), now(staff), []],
  [
    "a new user is invited",
    file([jane, sam]),
    now({ "jane@x.io": "Admin" }),
    ["+ sam@x.io Member"],
  ],
  [
    "there are no users yet, and the key is not a user's",
    file([jane, sam]),
    now({}),
    ["+ jane@x.io Admin", "+ sam@x.io Member"],
  ],
  [
    "roles are sorted by name, each once",
    file([jane, user("sam@x.io", "Viewer Billing ops/Viewer Analyst")]),
    now({ "jane@x.io": "Admin" }),
    ["+ sam@x.io Analyst, Billing, Viewer: group ops"],
  ],
  [
    "a role is granted, with its group and the written reason",
    file([jane, user("sam@x.io", "Member finance/Billing", { reason: "DATA-142" })]),
    now(staff),
    ["~ sam@x.io Member → Billing, Member: group finance; DATA-142"],
  ],
  [
    "a role is taken away",
    file([jane, sam]),
    now({ ...staff, "sam@x.io": "Billing Member" }),
    ["~ sam@x.io Billing, Member → Member"],
  ],
  [
    "one role takes another's place",
    file([jane, sam]),
    now({ ...staff, "sam@x.io": "Viewer" }),
    ["~ sam@x.io Viewer → Member"],
  ],
  [
    "a user who is not in the files is removed",
    file([jane, sam]),
    now({ ...staff, "bob@x.io": "Viewer" }),
    ["- bob@x.io Viewer: not in the files"],
  ],
  [
    "a user who is not in the files is kept if the policy says so",
    file([jane], { unmanaged: "keep" }),
    now(staff),
    [],
  ],
  [
    "keeping users who are not in the files does not keep extra roles of users who are",
    file([jane, sam], { unmanaged: "keep" }),
    now({ "jane@x.io": "Admin", "sam@x.io": "Viewer", "bob@x.io": "Viewer" }),
    ["~ sam@x.io Viewer → Member"],
  ],
  [
    "ignored people are left alone, whatever their case",
    file([jane], { ignore: ["*@Polytomic.com"] }),
    now({ "jane@x.io": "Admin", "Help@POLYTOMIC.com": "Admin" }),
    [],
  ],
  [
    "an ignored person is not invited either",
    file([jane, user("help@polytomic.com", "Member")], { ignore: ["*@polytomic.com"] }),
    now({ "jane@x.io": "Admin" }),
    [],
  ],
  [
    "a removal becomes a demotion",
    file([jane], { onRemoval: demoteTo("viewer") }),
    now(staff),
    ["~ sam@x.io Member → Viewer: not in the files"],
  ],
  [
    "a user who is already demoted stays",
    file([jane], { onRemoval: demoteTo("Viewer") }),
    now({ "jane@x.io": "Admin", "sam@x.io": "Viewer" }),
    [],
  ],
  [
    "a demotion takes everything but the one role",
    file([jane], { onRemoval: demoteTo("Viewer") }),
    now({ "jane@x.io": "Admin", "sam@x.io": "Admin Viewer" }),
    ["~ sam@x.io Admin, Viewer → Viewer: not in the files"],
  ],
  [
    "keep leaves nobody to demote",
    file([jane], { unmanaged: "keep", onRemoval: demoteTo("Viewer") }),
    now(staff),
    [],
  ],
  [
    "upper and lower case are the same address",
    file([user("Jane@X.io", "Admin"), user("SAM@x.io", "Member")]),
    now({ "jane@x.IO": "Admin", "sam@x.io": "Member" }),
    [],
  ],
  [
    "addresses in changes are in lower case",
    file([jane, user("New.Name@X.io", "Member")]),
    now({ "jane@x.io": "Admin", "OLD@x.io": "Member" }),
    ["+ new.name@x.io Member", "- old@x.io Member: not in the files"],
  ],
  [
    "a role that the organization does not list is called by its id, and taken away",
    file([jane, sam]),
    now({ ...staff, "sam@x.io": "Member r-gone" }),
    ["~ sam@x.io Member, r-gone → Member"],
  ],
  [
    "the deprecated role counts where the response names no role ids",
    file([jane, sam]),
    now([
      listed("jane@x.io", "", { roleIds: null, legacyRole: "admin" }),
      listed("sam@x.io", "", { roleIds: null, legacyRole: "viewer" }),
    ]),
    ["~ sam@x.io Viewer → Member"],
  ],
  [
    "the deprecated role counts where the list of role ids is empty: nobody is without a role",
    file([jane, sam]),
    now([
      listed("jane@x.io", "", { roleIds: [], legacyRole: "admin" }),
      listed("sam@x.io", "Member"),
    ]),
    [],
  ],
  [
    "role ids count more than the deprecated role",
    file([jane, sam]),
    now([listed("jane@x.io", "Admin"), listed("sam@x.io", "Member", { legacyRole: "admin" })]),
    [],
  ],
  [
    "a deprecated role that the organization does not have is another role",
    file([jane, sam]),
    now([
      listed("jane@x.io", "Admin"),
      listed("sam@x.io", "", { roleIds: null, legacyRole: "custom" }),
    ]),
    ["~ sam@x.io custom → Member"],
  ],
  [
    "somebody without any role is given theirs",
    file([jane, sam]),
    now({ "jane@x.io": "Admin", "sam@x.io": "" }),
    ["~ sam@x.io nothing → Member"],
  ],
  [
    "newcomers, admin grants, other roles, admin losses, removals; by address inside each",
    file([
      user("z@x.io", "Viewer"),
      user("new2@x.io", "Member"),
      user("new1@x.io", "Admin"),
      user("gain@x.io", "Admin"),
      user("lose@x.io", "Member"),
      user("a@x.io", "Viewer"),
    ]),
    now({
      "lose@x.io": "Admin",
      "b@x.io": "Member",
      "a@x.io": "Member",
      "z@x.io": "Member",
      "gain@x.io": "Member",
      "a0@x.io": "Admin",
    }),
    [
      "+ new1@x.io Admin",
      "+ new2@x.io Member",
      "~ gain@x.io Member → Admin",
      "~ a@x.io Member → Viewer",
      "~ z@x.io Member → Viewer",
      "~ lose@x.io Admin → Member",
      "- a0@x.io Admin: not in the files",
      "- b@x.io Member: not in the files",
    ],
  ],
];

describe("planning an organization", () => {
  for (const [name, desired, current, changes] of rows) {
    test(name, () => assert.deepEqual(planOf(desired, current).changes.map(told), changes));
  }

  test("a change carries who, what, why and where from", () => {
    const plan = planOf(file([jane, sam]), now({ "jane@x.io": "Viewer", "bob@x.io": "Member" }));
    assert.deepEqual(plan.changes, [
      {
        action: "create",
        email: "sam@x.io",
        userId: null,
        before: null,
        after: [MEMBER],
        until: null,
        reasons: [],
        source: at(21),
        renamedFrom: null,
      },
      {
        action: "update",
        email: "jane@x.io",
        userId: "u-jane@x.io",
        before: [{ id: "r-viewer", name: "Viewer" }],
        after: [ADMIN],
        until: null,
        reasons: [],
        source: at(20),
        insteadOfRemoval: false,
      },
      {
        action: "remove",
        email: "bob@x.io",
        userId: "u-bob@x.io",
        before: [MEMBER],
        after: null,
        reasons: [{ code: "not-in-files" }],
        source: null,
        renamedTo: null,
      },
    ]);
  });

  test("a demotion says that it stands for a removal; any other role change does not", () => {
    const desired = file([jane, user("eve@x.io", "Viewer")], { onRemoval: demoteTo("Viewer") });
    const { changes } = planOf(desired, now({ ...staff, "eve@x.io": "Member" }));
    assert.deepEqual(
      changes.map((one) => [shortly(one), one.action === "update" && one.insteadOfRemoval]),
      [
        ["~ eve@x.io Member → Viewer", false],
        ["~ sam@x.io Member → Viewer", true],
      ],
    );
  });

  test("a state derived from the files leaves nothing to do", () => {
    const desired = file([jane, sam, user("Ann@x.io", "Billing Viewer")]);
    const plan = planOf(desired, asDesired(desired));
    assert.deepEqual(plan.changes, []);
    assert.equal(plan.unchanged, 3);
  });

  test("all users of Polytomic are recorded, ignored ones included, by address", () => {
    const plan = planOf(
      file([jane], { ignore: ["help@*"] }),
      now({ "sam@x.io": "Viewer Member", "Help@y.io": "Admin", "jane@x.io": "Admin" }),
    );
    assert.deepEqual(plan.seen, [
      { email: "help@y.io", userId: "u-help@y.io", roleIds: ["r-admin"] },
      { email: "jane@x.io", userId: "u-jane@x.io", roleIds: ["r-admin"] },
      { email: "sam@x.io", userId: "u-sam@x.io", roleIds: ["r-member", "r-viewer"] },
    ]);
    assert.equal(plan.guardInputs.users, 2);
    assert.deepEqual(plan.guardInputs.admins, ["jane@x.io"]);
  });
});

describe("files that do not fit the organization", () => {
  test("an admin role that it does not have is a problem, whatever else is right", () => {
    const problems = problemsOf(
      file([sam], { adminRole: "Owner", adminRolePlace: at(4) }),
      now({}),
    );
    assert.deepEqual(problems, [
      {
        place: at(4),
        code: "unknown-role",
        values: {
          name: "Owner",
          near: null,
          known: ["Admin", "Member", "Viewer", "Billing", "Analyst"],
        },
      },
    ]);
  });

  test("demotion to the admin role is a problem, by whatever name it goes", () => {
    const aliases = [{ name: "boss", id: ADMIN.id, place: at(3) }];
    for (const role of ["Admin", "admin", ADMIN.id, "boss"]) {
      const problems = problemsOf(file([jane], { onRemoval: demoteTo(role) }, aliases), now(staff));
      assert.deepEqual(
        problems.map(({ code, place }) => [code, place.line]),
        [["demotion-to-admin", 2]],
        role,
      );
    }
  });

  test("demotion to a missing role is a problem even while no user is removed", () => {
    const problems = problemsOf(file([jane], { onRemoval: demoteTo("Guest") }), now(staff));
    assert.deepEqual(
      problems.map(({ code, place }) => [code, place.line]),
      [["unknown-role", 2]],
    );
  });

  test("all problems are reported, sorted by place, each once", () => {
    const place = at(30);
    const problems = problemsOf(
      file(
        [
          user("z@x.io", "Nope", { place: at(50) }),
          user("a@x.io", "Membr", { place }),
          user("b@x.io", "Membr", { place }), // the same line: a group's role
        ],
        { adminRole: "Owner", adminRolePlace: at(4) },
      ),
      now({}),
    );
    assert.deepEqual(
      problems.map(({ code, place: { line } }) => `${line} ${code}`),
      ["4 unknown-role", "30 unknown-role", "50 unknown-role"],
    );
  });

  test("an organization without roles says so", () => {
    const [problem] = problemsOf(file([jane]), now({}, { roles: [] }));
    assert.ok(problem);
    assert.equal(problemText(problem), 'the organization has no role "Admin": it has no roles');
  });
});
