/** Plans with a key that is not allowed to list roles: roles by id, with the names in the files. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CurrentState } from "../../src/model/current.ts";
import type { DesiredOrganization } from "../../src/model/desired.ts";
import { problemText } from "../../src/model/problem.ts";
import { noticeTexts } from "../../src/model/plan-words.ts";
import { at, demoteTo, file, listed, now, planOf, problemsOf, shortly, user } from "./build.ts";

const ID = "d9f8e7c6-b5a4-4210-9fed-cba987654321";
const unlisted = (users: Readonly<Record<string, string>>): CurrentState =>
  now(users, { roles: null });
const names = (...pairs: readonly (readonly [name: string, id: string])[]) =>
  pairs.map(([name, id], index) => ({ name, id, place: at(index + 2) }));
const ALL = names(["Admin", "r-admin"], ["Viewer", "r-viewer"], ["analyst", ID]);

const changesOf = (desired: DesiredOrganization, current: CurrentState) =>
  planOf(desired, current).changes.map(shortly);

test("names come from the files, also for roles that no user has", () => {
  const desired = file([user("jane@x.io", "admin"), user("sam@x.io", "ANALYST")], {}, ALL);
  const users = unlisted({ "jane@x.io": "Admin", "sam@x.io": "Viewer" });
  assert.deepEqual(changesOf(desired, users), ["~ sam@x.io Viewer → analyst"]);
});

test("ids without a name are shown as ids", () => {
  const desired = file([user("jane@x.io", "Admin"), user("sam@x.io", "Viewer")], {}, ALL);
  const users = unlisted({ "jane@x.io": "Admin", "sam@x.io": "Billing" });
  assert.deepEqual(changesOf(desired, users), ["~ sam@x.io r-billing → Viewer"]);
});

test("a role may be written by its id, whether users have it or not", () => {
  const desired = file([user("jane@x.io", "Admin"), user("sam@x.io", `r-billing ${ID}`)], {}, [
    ...names(["Admin", "r-admin"]),
  ]);
  const users = unlisted({ "jane@x.io": "Admin", "sam@x.io": "Billing" });
  assert.deepEqual(changesOf(desired, users), [`~ sam@x.io r-billing → ${ID}, r-billing`]);
});

test("the legacy role is found by the files' names", () => {
  const desired = file([user("jane@x.io", "Admin"), user("sam@x.io", "Viewer")], {}, ALL);
  const users = now(
    [listed("jane@x.io", "Admin"), listed("sam@x.io", "", { roleIds: null, legacyRole: "viewer" })],
    { roles: null },
  );
  assert.deepEqual(changesOf(desired, users), []);
});

describe("a name without an id is a problem at its line that says what to write", () => {
  const users = unlisted({ "jane@x.io": "Admin" });
  const words = (name: string): string =>
    `"${name}" has no id in this file, and this key is not allowed to list roles: add it under roles:, as ${name}: ID (polytomic-users roles --output yaml, with an API key of this organization, prints the ids)`;
  const told = (desired: DesiredOrganization): readonly string[] =>
    problemsOf(desired, users).map((problem) => `${problem.place.line}: ${problemText(problem)}`);

  test("of a user's role", () => {
    const desired = file([user("jane@x.io", "Admin Billing", { place: at(20) })], {}, ALL);
    assert.deepEqual(told(desired), [`20: ${words("Billing")}`]);
  });

  test("of policy.admin_role, of which the default is Admin", () => {
    const desired = file([user("jane@x.io", "Viewer")], {}, names(["Viewer", "r-viewer"]));
    assert.deepEqual(told(desired), [`1: ${words("Admin")}`]);
  });

  test("of on_removal.demote_to", () => {
    const desired = file([user("jane@x.io", "Admin")], { onRemoval: demoteTo("Member") }, ALL);
    assert.deepEqual(told(desired), [`2: ${words("Member")}`]);
  });
});

test("the plan says once that names come from the files", () => {
  const plan = planOf(
    file([user("jane@x.io", "Admin")], {}, ALL),
    unlisted({ "jane@x.io": "Admin" }),
  );
  assert.deepEqual(plan.notices, [{ code: "roles-not-listed" }]);
  assert.deepEqual(noticeTexts([plan, plan]), [
    "Role names come from the files: this key is not allowed to list the roles of Example, Example. A role without a name is shown by its id.",
  ]);
});
