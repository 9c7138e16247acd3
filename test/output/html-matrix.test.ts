/** Users × roles as the page receives them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { matrix } from "../../src/output/html/matrix.ts";
import type { AccessTable } from "../../src/model/access.ts";
import { acme, role } from "./build.ts";
import { holding, user } from "./html-situations.ts";

function table(more: Partial<AccessTable>): AccessTable {
  return {
    organization: acme,
    source: "users.yaml",
    adminRole: role("Admin"),
    roles: [role("Admin"), role("Member")],
    users: [],
    ...more,
  };
}

const globex = { id: "3f1c2d4e-0000-4000-8000-000000000002", name: "Globex" };

test("roles of the same name share a column across organizations, admin roles first", () => {
  const { columns } = matrix(
    [
      table({}),
      table({
        organization: globex,
        adminRole: { id: "owner", name: "Owner" },
        roles: [
          { id: "owner", name: "Owner" },
          { id: "other", name: "member" },
        ],
      }),
    ],
    "plan",
  );
  assert.deepEqual(columns, [
    { name: "Admin", admin: true, organizations: [0] },
    { name: "Owner", admin: true, organizations: [1] },
    { name: "Member", admin: false, organizations: [0, 1] },
  ]);
});

test("two roles of one organization never share a column, whatever their names", () => {
  const roles = [role("Admin"), { id: "a", name: "Twin" }, { id: "b", name: "twin" }];
  const { columns, rows } = matrix(
    [
      table({
        roles,
        users: [user("jane@acme.example", { held: [{ id: "b", name: "twin" }] })],
      }),
    ],
    "plan",
  );
  assert.deepEqual(
    columns.map(({ name }) => name),
    ["Admin", "Twin (a)", "twin (b)"],
  );
  assert.deepEqual(
    rows[0]?.cells.map(({ column }) => column),
    [2],
  );
});

test("organizations with the same name are distinguished by their ids", () => {
  const { organizations } = matrix(
    [table({}), table({ organization: { ...globex, name: "Acme" } })],
    "plan",
  );
  assert.deepEqual(organizations, [`Acme (${acme.id})`, `Acme (${globex.id})`]);
});

const member = role("Member");
const users = [
  user("new@acme.example", { held: [], now: false, holdings: [holding(member, false, true)] }),
  user("gone@acme.example", {
    held: [],
    planned: false,
    holdings: [holding(member, true, false)],
  }),
  user("stays@acme.example", { held: [member] }),
];

test("a plan marks what is kept, gained and lost", () => {
  const { rows } = matrix([table({ users })], "plan");
  assert.deepEqual(
    rows.map(({ email, change, cells }) => [email, change, cells[0]?.mark, cells[0]?.words]),
    [
      ["new@acme.example", "added", "gained", "users.yaml:12"],
      ["gone@acme.example", "removed", "lost", "held, but not granted by the files"],
      ["stays@acme.example", "unchanged", "kept", "users.yaml:12"],
    ],
  );
});

test("a report has the users whom Polytomic has now, and no others", () => {
  const { rows } = matrix([table({ users })], "report");
  assert.deepEqual(
    rows.map(({ email, cells }) => [email, cells[0]?.mark, cells[0]?.words]),
    [
      ["gone@acme.example", "kept", "held, but not granted by the files; apply would remove it"],
      ["stays@acme.example", "kept", "users.yaml:12"],
    ],
  );
});

test("the first expiry is the earliest of the user's and of the roles'", () => {
  const jane = user("jane@acme.example", {
    held: [],
    expires: "2027-03-31",
    holdings: [holding(member, true, true, { expires: "2026-12-31" })],
  });
  const { rows } = matrix([table({ users: [jane] })], "plan");
  assert.equal(rows[0]?.ends, "2026-12-31");
});

test("invisible characters are made visible", () => {
  const { rows } = matrix(
    [table({ users: [user("a\u202eb@acme.example", { held: [] })] })],
    "plan",
  );
  assert.equal(rows[0]?.email, "a\\u{202e}b@acme.example");
});

test("a rename is one row under the new address, with what it gains and loses", () => {
  const viewer = role("Viewer");
  const all = [
    user("new@acme.example", {
      held: [],
      now: false,
      formerly: "old@acme.example",
      holdings: [holding(member, false, true), holding(viewer, false, true)],
    }),
    user("old@acme.example", {
      held: [],
      planned: false,
      becomes: "new@acme.example",
      holdings: [holding(role("Admin"), true, false), holding(member, true, false)],
    }),
  ];
  const roles = [role("Admin"), member, viewer];
  const { rows, columns } = matrix([table({ users: all, roles })], "plan");
  assert.deepEqual(
    rows.map(({ email, change, cells }) => [
      email,
      change,
      cells.map(({ column, mark }) => `${mark} ${columns[column]?.name}`).sort(),
    ]),
    [["new@acme.example", "renamed", ["gained Viewer", "kept Member", "lost Admin"]]],
  );
});

test("a report lists a user who is to be renamed under the address that Polytomic has", () => {
  const old = user("old@acme.example", { held: [member], becomes: "new@acme.example" });
  const { rows } = matrix([table({ users: [old] })], "report");
  assert.deepEqual(
    rows.map(({ email, words }) => [email, words]),
    [["old@acme.example", ["to be renamed to new@acme.example"]]],
  );
});
