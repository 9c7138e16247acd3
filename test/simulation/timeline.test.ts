import assert from "node:assert/strict";
import { test } from "node:test";
import type { Edit } from "../../src/sandbox/live-state.ts";
import { isAsPlanned, Timeline } from "./timeline.ts";
import { create, MEMBER, remove, update, VIEWER } from "../apply/support.ts";

function edit(
  kind: Edit["kind"],
  email: string,
  userId: string,
  after: readonly string[] | null,
): Edit {
  return { kind, by: "request", organizationId: "org", email, userId, before: null, after };
}

function timeline(): Timeline {
  const users = [{ id: "u-1", email: "a@x", role_ids: ["r-admin"] }];
  const history = [
    edit("updated", "a@x", "u-1", ["r-member"]),
    edit("created", "b@x", "u-2", ["r-admin"]),
    edit("removed", "a@x", "u-1", null),
    edit("created", "b@x", "u-3", ["r-viewer"]),
    edit("removed", "b@x", "u-2", null),
  ];
  const all = new Timeline([{ id: "org", name: "Org", users, roles: [] }], history);
  all.extend();
  return all;
}

test("state n is the state after n edits", () => {
  const states = [0, 1, 2, 3].map((position) => timeline().at("org", "a@x", position));
  assert.deepEqual(states, [
    [{ id: "u-1", roleIds: ["r-admin"] }],
    [{ id: "u-1", roleIds: ["r-member"] }],
    [{ id: "u-1", roleIds: ["r-member"] }],
    [],
  ]);
});

test("two users with one address are both there until one is removed", () => {
  const ids = [1, 2, 4, 5].map((position) =>
    timeline()
      .at("org", "b@x", position)
      .map(({ id }) => id),
  );
  assert.deepEqual(ids, [[], ["u-2"], ["u-2", "u-3"], ["u-3"]]);
});

test("the states between two positions include both ends", () => {
  assert.deepEqual(
    timeline()
      .between("org", "a@x", 0, 2)
      .map((users) => users.map(({ roleIds }) => roleIds[0])),
    [["r-admin"], ["r-member"]],
  );
});

test("the holders of a role follow the edits", () => {
  const holders = [0, 1, 2, 5].map((position) => timeline().holders("org", "r-admin", position));
  assert.deepEqual(holders, [["a@x"], [], ["b@x"], []]);
});

for (const [name, change, users, expected] of [
  ["created with the roles", create("a@x", [MEMBER]), [{ id: "new", roleIds: ["r-member"] }], true],
  ["created with others", create("a@x", [MEMBER]), [{ id: "new", roleIds: ["r-viewer"] }], false],
  ["not created", create("a@x", [MEMBER]), [], false],
  ["changed", update("a@x", [MEMBER], [VIEWER]), [{ id: "id-a@x", roleIds: ["r-viewer"] }], true],
  [
    "another user with the roles",
    update("a@x", [MEMBER], [VIEWER]),
    [{ id: "other", roleIds: ["r-viewer"] }],
    false,
  ],
  ["removed", remove("a@x", [MEMBER]), [], true],
  ["removed and added again", remove("a@x", [MEMBER]), [{ id: "other", roleIds: [] }], true],
  ["still there", remove("a@x", [MEMBER]), [{ id: "id-a@x", roleIds: [] }], false],
] as const) {
  test(`as planned or not: ${name}`, () => {
    assert.equal(isAsPlanned(change, users), expected);
  });
}
